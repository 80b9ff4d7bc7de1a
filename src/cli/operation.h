/* SPDX-License-Identifier: Apache-2.0 */
/* operation - the tasks of one request, as Juju 3 shows them. */

#ifndef CLI_OPERATION_H
#define CLI_OPERATION_H

#include <jansson.h>
#include <stdint.h>

#include "cli/action.h"

struct cli;
struct error;

/* The operation of the API; keys are in Juju's order. A new reference. */
json_t *operation_document(const json_t *operation, enum action_times);

/* As cli_emit(), in the order in which the keys are. */
int operation_emit(const struct cli *, const json_t *document,
    const char *format, struct error *);

enum operation_kind {
	OPERATION_RESULTS, /* Of an action. */
	OPERATION_OUTPUT,  /* Of a command. */
	OPERATION_LIST     /* Of a command, as Juju 2.9 shows it. */
};

struct operation_style {
	enum operation_kind kind;
	int64_t wait_ms; /* At most; -1 for ever. */
};

/*
 * The operation has been accepted: wait for its tasks, unless --background is
 * given, and show what came of them. Fails if one of their programs has.
 */
int operation_finish(struct cli *, const json_t *reply,
    const struct operation_style *, struct error *);

#endif /* CLI_OPERATION_H */
