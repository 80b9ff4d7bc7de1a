/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world - an engine on a loop of its own, in a directory of its own, with a
 * controller, a model "m", and charms:
 *
 *	db	resident; peers "cluster", provides "database", storage "data"
 *	web	resident; requires "backend"; an option "size"
 *	wise	as db, without storage; foresees some of its hooks and actions
 *	shell	not resident: `dispatch` is a shell script
 *
 * db and web are the program probe.c, and do what it says there.
 */

#ifndef TESTS_UNIT_ENGINE_WORLD_H
#define TESTS_UNIT_ENGINE_WORLD_H

#include "../machine/support.h"

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/agent.h"

struct world {
	uv_loop_t loop;
	char *dir, *home, *charms;
	struct engine *engine; /* NULL while it is down. */
	struct error err;      /* Of the last call. */
	bool stopped;
};

#define world_test(f) \
	cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int world_setup(void **state);
int world_teardown(void **state);

/* At its beginning: the charms that it can deploy. */
void world_make_charms(struct world *);

/* Down and up again: another engine on the same directory. */
void world_down(struct world *);
void world_up(struct world *);
void world_restart(struct world *);

/*
 * A verb, and what it waits for; the arguments are text, "{}" for none.
 * world_call() has to succeed; a new reference. world_refused() has to be
 * refused, with just that message.
 */
json_t *world_call(struct world *w, engine_verb *verb, const char *subject,
    const char *args);
void world_do(struct world *w, engine_verb *verb, const char *subject,
    const char *args);
void world_refused(struct world *w, engine_verb *verb, const char *subject,
    const char *args, const char *message);
/* Only begin: what the verb would wait for is left to itself. */
void world_begin(struct world *w, engine_verb *verb, const char *subject,
    const char *args);

/* Deploy one of the charms under its own name, and settle. */
void world_deploy(struct world *, const char *charm, int units);
void world_settle(struct world *);
bool world_is_settled(struct world *);
/* Run an action to its end: the task. */
json_t *world_run(struct world *, const char *unit, const char *action,
    const char *params);

/* Borrowed; world_unit() and world_model() have to exist. */
struct model *world_model(struct world *);
struct unit *world_unit(struct world *, const char *name);
struct unit *world_find_unit(struct world *, const char *name);
struct relation *world_relation(struct world *, int64_t id);

/* What the charm is to do, forgetting what was seen; NULL ends the rule. */
void world_rule(struct world *, const char *charm, const char *event,
    const char *rule);
/* Let the charm that waits at its gate go on. */
void world_open_gate(struct world *, const char *charm);
/* All that the charm has seen; owned by the caller. */
char *world_seen(struct world *, const char *charm);
void world_forget_seen(struct world *, const char *charm);
bool world_has_seen(struct world *, const char *charm, const char *line);
/* Wait until it has seen the line, or until a condition holds. */
void world_await_seen(struct world *, const char *charm, const char *line);
void world_await(struct world *, condition_fn *);

/* The same of a unit by name: "error", "gone", "idle", "busy". */
void world_await_unit(struct world *, const char *unit, const char *what);

/* The store refuses to write, until it is told otherwise. */
void world_break_store(struct world *);
void world_mend_store(struct world *);

/* A line of the journal that holds the text: a new reference, or NULL. */
json_t *world_journal(struct world *, const char *subject, const char *kind);

#endif /* TESTS_UNIT_ENGINE_WORLD_H */
