/* SPDX-License-Identifier: Apache-2.0 */
/*
 * context - what one hook or action has read and written so far.
 *
 * In a plan (see plan.h) nothing takes effect, at once or at the end.
 *
 * Reads see one snapshot (what was first read stays as it was) plus the
 * operation's own writes. Writes are kept here and applied to the model, all
 * together, by context_apply() when the operation has succeeded.
 */

#ifndef ENGINE_CONTEXT_H
#define ENGINE_CONTEXT_H

#include <jansson.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "model/model.h"
#include "model/resolver.h"

struct agent;
struct error;

struct context {
	struct agent *agent; /* Borrowed. */
	int64_t number;      /* Tells it from any other. */
	char *id;            /* The same, for programs: cannot be guessed. */
	int stops;           /* Of services, that the charm waits for. */
	struct op op;        /* kind is OP_NONE in an action. */
	char *name;          /* Of the hook or action. */
	char *command;       /* That runs instead of the charm; or NULL. */
	bool on_machine;     /* Without the unit. */
	char *cause, *asker; /* Why it runs, and who asked; or NULL. */
	int64_t task;        /* -1 in a hook. */
	uint64_t started_ms;
	bool passed_over; /* The charm has no part in the hook. */
	json_t *bags;     /* "3/unit" or "3/app" -> {key: text or null}. */
	json_t *seen;     /* "3/postgresql/0" -> the bag as first read. */
	json_t *state;    /* {key: value or null}. */
	json_t *ports;    /* {"5432/tcp": true to open, false to close}. */
	json_t *services; /* {name: its event, as service-get has shown it}. */
	int64_t defer_ms; /* Puts itself off for so long; -1: does not. */
	int64_t update_after_ms; /* Asks for update-status; -1: does not. */
	json_t *results;         /* Of the action. */
	struct strbuf output[2]; /* What its program has written. */
	json_t *secrets;  /* By id: the terms as they are to be; or null. */
	json_t *readings; /* By id: the unit's place among the observers. */
	char *failure;    /* action-fail's message; NULL if it did not. */
	json_t *plan;     /* Of a step of a plan: it, borrowed; else NULL. */
};

/* `t` is the action's task, or NULL for the hook of `op`. */
struct context *context_new(struct agent *, const struct unit *,
    const struct op *, const struct task *t, uint64_t now_ms);
void context_free(struct context *);

/* Put the writes into the model and touch what changed. */
void context_apply(struct context *, struct unit *);
/* Do the writes delete anything? */
bool context_takes_away(const struct context *);
/* Add and remove ports as the writes, {"5432/tcp": bool}, say. */
void ports_apply(json_t *ports, json_t *writes);

/* ---- tools.c ---- */

/*
 * Run one hook tool. Returns a new reference, or NULL with an error - or NULL
 * with err->code ERROR_NONE: the answer comes later, through agent_answer().
 */
json_t *context_call(struct context *, struct unit *, const char *tool,
    const json_t *args, struct error *);

/* One tool: checks `args` itself. */
struct tool_call {
	struct context *context;
	struct unit *unit;
	const json_t *args;
};

typedef json_t *tool_fn(struct tool_call *, struct error *);

tool_fn tool_action_get, tool_action_set, tool_action_fail, tool_action_log;
tool_fn tool_relation_get, tool_relation_set, tool_relation_ids,
    tool_relation_list, tool_relation_app;
tool_fn tool_secret_add, tool_secret_set, tool_secret_get, tool_secret_info_get,
    tool_secret_grant, tool_secret_revoke, tool_secret_remove, tool_secret_ids;
tool_fn tool_plan_add;
tool_fn tool_open_port, tool_close_port, tool_opened_ports;
tool_fn tool_service_set, tool_service_start, tool_service_stop,
    tool_service_get;

/* A required text argument, or NULL with `argument "name" is missing`. */
const char *tool_text(const struct tool_call *, const char *name,
    struct error *);

/* One member of an object, or all of it when `key` is not given. */
json_t *tool_pick(const struct tool_call *, json_t *object);

/* The leader may; others are told so. */
int tool_check_leader(const struct tool_call *, struct error *);

/* The relation of the argument, or of the hook that runs; or NULL. */
struct relation *tool_relation(const struct tool_call *, struct error *);

/* Store now what was touched; at-once tools end with it. */
json_t *tool_commit(struct tool_call *, struct error *);

#endif /* ENGINE_CONTEXT_H */
