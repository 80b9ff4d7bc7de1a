/* SPDX-License-Identifier: Apache-2.0 */
/*
 * resolver - what a unit has to do next: a pure function of the model and of
 * the unit's local state.
 *
 * There is no queue of events. A unit remembers what it has seen, and the
 * resolver compares that with what there is; bursts of changes collapse, and a
 * restart derives the same next step. Order, for a living unit:
 *
 *	install, <endpoint>-relation-created for each relation, leader-elected,
 *	config-changed, start; then upgrade-charm, leader-elected,
 *	config-changed, service-changed, secret-changed, and per relation by id:
 *	changed for who has just joined, departed, broken, changed of the
 *	remote application, joined and changed of units, in the order of names;
 *	and update-status when the time has come for which the charm asked,
 *	or was asked in its place
 *
 * and for a dying one: departed and broken for each relation (peer relations
 * last: what peers share may be needed to take leave of the others), stop,
 * remove; then OP_GONE, or at once if it was never installed. A unit whose last
 * hook failed repeats it when its time has come; when something else comes
 * first by then, that runs at once, and the failed hook is repeated after it.
 * A relation's hook that the charm has put off is left out until its time has
 * come; the unit goes on with the others. Actions are the engine's business;
 * they go in between.
 */

#ifndef MODEL_RESOLVER_H
#define MODEL_RESOLVER_H

#include <stdbool.h>
#include <stdint.h>

struct relation;
struct unit;

enum op_kind {
	OP_NONE, /* Nothing to do. */
	OP_WAIT, /* The hook has failed and is to be repeated at `at_ms`. */
	OP_HOOK,
	OP_GONE /* All hooks of a dying unit have run: take it out. */
};

enum hook_kind {
	HOOK_INSTALL,
	HOOK_LEADER_ELECTED,
	HOOK_CONFIG_CHANGED,
	HOOK_START,
	HOOK_UPGRADE_CHARM,
	HOOK_SERVICE_CHANGED,
	HOOK_UPDATE_STATUS,
	HOOK_SECRET_CHANGED,
	HOOK_STOP,
	HOOK_REMOVE,
	HOOK_RELATION_CREATED,
	HOOK_RELATION_JOINED,
	HOOK_RELATION_CHANGED,
	HOOK_RELATION_DEPARTED,
	HOOK_RELATION_BROKEN,
	HOOK_KIND_COUNT
};

struct op {
	enum op_kind kind;
	enum hook_kind hook;
	uint64_t at_ms; /* OP_WAIT; OP_NONE, if not 0: there will be then. */

	/* Relation hooks only; the names are copied. */
	int64_t relation;      /* -1 for none. */
	char remote_unit[152]; /* "" for none. */
	char remote_app[128];  /* "" for none. */
	char departing_unit[152];
	char service[64]; /* HOOK_SERVICE_CHANGED only. */
	char secret[24];  /* HOOK_SECRET_CHANGED only. */

	/* What the hook is going to see; op_done() records it. */
	uint64_t version; /* Of the bag, the config hash, the event ... */
};

struct op resolve(const struct unit *, uint64_t now_ms);
/*
 * The same; and the relations in which it has nothing to do are closed: they
 * are not looked at again until they change.
 */
struct op unit_resolve(struct unit *, uint64_t now_ms);

/* The longest that a failed hook waits to be repeated. */
#define OP_RETRY_LONGEST_MS 300000
#define OP_RETRY_JITTER_MS  1000
/* As retry_at_ms: not by itself. What is bounded does not care. */
#define OP_RETRY_NEVER ((uint64_t)INT64_MAX)

/*
 * The operation has succeeded: the unit has seen what it was about. Touches
 * what it changes: the unit, what it has seen of the relation, and the relation
 * whose scope it enters or leaves.
 * With an OP_WAIT, the failed hook is skipped.
 */
void op_done(struct unit *, const struct op *);

/*
 * Somebody's removal depends on the hook, and nobody's access on it: it is
 * tried a few times only. That is all that a dying unit does; and the leave that
 * a living one takes, as the one that requires, of an application that dies.
 */
bool op_is_bounded(const struct unit *, const struct op *);

/*
 * The hook has failed, for a reason that is copied: the unit is in error and
 * repeats it after a time that doubles from 5 s to 5 min; `jitter` is in
 * [0, 1000). A bounded one is tried three times, a second apart; then the unit
 * goes on as if it had succeeded, and the answer is true.
 */
bool op_failed(struct unit *, const struct op *, const char *reason,
    uint64_t now_ms, unsigned jitter);

/*
 * The hook of a relation could not be completed yet, for a reason that is
 * copied: it is as if it had not run, and comes again after that time.
 */
void op_deferred(struct unit *, const struct op *, const char *reason,
    uint64_t after_ms, uint64_t now_ms);

/*
 * The charm asks for the hook update-status, once, after that time. Of several
 * requests the soonest counts. If the clock is stepped meanwhile, the hook comes
 * early, or as late as if it had been asked for then.
 */
void unit_ask_update(struct unit *, uint64_t after_ms, uint64_t now_ms);

/*
 * The same for a charm that does not ask: it comes each time that long, or up
 * to `early_ms` less, after this was last called with it over, or with another
 * time. Else it does nothing.
 */
void unit_pace_update(struct unit *, uint64_t every_ms, uint64_t early_ms,
    uint64_t now_ms);

/* "database-relation-changed", "install": as JUJU_HOOK_NAME. Caller frees. */
char *op_hook_name(const struct unit *, const struct op *);

/*
 * Does the unit owe a hook of this relation? What an action waits for, so that
 * `relate` followed by an action finds the relation's data in place.
 */
bool unit_owes_relation(const struct unit *, const struct relation *);

/* Why the unit has put off its next hook of the relation; NULL if it has not. */
const char *unit_deferral(const struct unit *, struct relation *);

#endif /* MODEL_RESOLVER_H */
