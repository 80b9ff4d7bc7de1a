/* SPDX-License-Identifier: Apache-2.0 */
/* action - asking units to run an action, and what came of it as data. */

#ifndef CLI_ACTION_H
#define CLI_ACTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/timetext.h"

struct args;
struct cli;
struct error;
struct strbuf;

/* "x/0"; and also "x/leader". */
bool action_is_unit(const char *);
bool action_is_unit_or_leader(const char *);

/*
 * <unit> [...] <action> [key=value ...] as the body of POST .../actions, or
 * NULL. Values are YAML unless --string-args; key.sub=value nests; the file of
 * --params comes first.
 */
json_t *action_body(const struct args *, struct error *);

/* "unit-x-0", owned by the caller. */
char *action_unit_tag(const char *unit);

/* A number or a text of the answer as text; owned by the caller. */
char *action_id(const json_t *object, const char *key);

/*
 * Wait for a task for up to *left_ms (-1: for ever), which is reduced. Returns
 * 1 with the task as it is when the time is up.
 */
int action_wait(struct cli *, const char *id, int64_t *left_ms, json_t **task,
    struct error *);

/*
 * The same for --wait and --watch of the verbs that show a task, or what is at
 * that path ("operations/19"); without the flags, as it is.
 */
int action_show(struct cli *, const char *id, json_t **task, struct error *);
int action_look(struct cli *, const char *what, json_t **found, struct error *);

/* A number; or ERROR_USAGE for that kind of ID. */
int action_check_id(const char *id, const char *kind, struct error *);

/* What documents have in common: times, log lines, results as a tree. */
json_t *action_timing(const json_t *task, enum timetext_form);
void action_put_log(json_t *document, const json_t *task, enum timetext_form);
json_t *action_nested(const json_t *results);

/* An array of tasks as Juju 2.9 lists them. A new reference. */
json_t *action_statuses(const json_t *tasks);

/* A task as Juju 2.9's run-action shows it. A new reference. */
json_t *action_document(const json_t *task);

/* A task as Juju 3's run shows it; times in UTC or local. A new reference. */
enum action_times {
	ACTION_LOCAL,
	ACTION_UTC
};
json_t *action_document3(const json_t *task, enum action_times);

/* The results as YAML, a blank line, and what the program wrote. */
void action_plain(const json_t *task, struct strbuf *);

/* The results without return-code, stdout and stderr. A new reference. */
json_t *action_results(const json_t *task);

/* The exit status of the charm's program, 0 if there is none. */
int64_t action_return_code(const json_t *task);

#endif /* CLI_ACTION_H */
