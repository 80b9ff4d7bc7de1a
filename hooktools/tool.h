/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tool - one of Juju's hook tools: how its words become a request to tenond,
 * and how the answer is shown.
 */

#ifndef HOOKTOOLS_TOOL_H
#define HOOKTOOLS_TOOL_H

#include <jansson.h>

#include "cli/cmd.h"

struct args;
struct error;

enum tool_output {
	TOOL_SILENT,
	TOOL_VALUE,  /* In the format that was asked for, by default smart. */
	TOOL_STATUS, /* Of status-get: a word, or all with --include-data. */
	TOOL_NETWORK /* Of network-get: all, or what the flags pick. */
};

/* What the charm asks for; `remote` is the tool's name in tenond. */
struct tool_request {
	const struct args *args;
	const char *remote;
	json_t *body; /* The tool's arguments. */
};

typedef int tool_fill_fn(struct tool_request *, struct error *);

struct tool {
	struct cmd cmd;     /* Its name and words; the rest is unused. */
	tool_fill_fn *fill; /* NULL: one that tenond does not have. */
	const char *reason; /* Why not. */
	enum tool_output output;
};

/* Up to a row without a name. */
extern const struct tool tools[];

/* ---- tool_fill.c, tool_fill_secret.c ---- */

tool_fill_fn fill_key, fill_endpoint, fill_relation, fill_relation_list,
    fill_relation_get, fill_relation_set, fill_status_set, fill_status_get,
    fill_log, fill_values, fill_message, fill_version, fill_port, fill_nothing,
    fill_network, fill_name, fill_storage, fill_state_set, fill_state_delete;
tool_fill_fn fill_secret_add, fill_secret_set, fill_secret_get,
    fill_secret_info, fill_secret_grant, fill_secret_revoke, fill_secret_remove;

/* All words, with blanks between them; owned by the caller. */
char *tool_words(const struct args *, int from);

/* ---- tool_output.c ---- */

/* What the charm reads; owned by the caller. */
char *tool_text(const struct tool *, const struct args *, const json_t *value,
    struct error *);

#endif /* HOOKTOOLS_TOOL_H */
