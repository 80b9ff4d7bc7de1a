/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent - runs the operations of one unit, one at a time.
 *
 *	IDLE -> (agent_step: a hook or an action) -> BUSY -> (end) -> IDLE
 *
 * It holds the unit's charm process, which stays for a while after its last
 * hook when the charm is resident. An agent exists while its unit has work or a
 * process, and holds the unit by name.
 */

#ifndef ENGINE_AGENT_H
#define ENGINE_AGENT_H

#include <uv.h>

#include "engine/context.h"
#include "engine/internal.h"
#include "machine/runner.h"
#include "model/resolver.h"

struct agent {
	RB_ENTRY(agent) entry;
	TAILQ_ENTRY(agent) ready_entry, ended_entry, restless_entry, idle_entry;
	struct engine *engine; /* Borrowed. */
	char *model, *unit;    /* Names; the key. */
	bool queued;           /* On engine.ready. */
	bool ended;            /* On engine.ended: its operation has. */
	bool restless;         /* On engine.restless; see agent_rest(). */
	uint64_t asked_ms;     /* When it was last found to have nothing ... */
	uint64_t due_ms;       /* ... to do, and before which time. */
	bool idle;             /* On engine.idle: its process has no work. */
	bool closing;          /* The process is on its way out. */
	bool leaving;          /* The unit is being taken out. */
	bool unwanted;         /* To be dropped after the commit. */
	struct runner *runner; /* NULL while there is no process. */
	char *source;          /* Of the charm that the process runs, ... */
	int revision;          /* ... and which one of it. */
	json_t *part; /* What it takes part in, as it has said; NULL. */
	struct context *context; /* Of the operation that runs, or NULL. */
	uint64_t heard_ms;       /* When its charm last said something. */
	char *verdict;           /* Why we killed it; or NULL. */
	int64_t handling;        /* Tool request being answered; 0 if none. */
	uint64_t ended_ms;       /* When its operation did. */
	char *failure;           /* Why that failed; NULL: it succeeded. */
	uv_timer_t timer;        /* Retry, hang or linger, by state. */
};

RB_PROTOTYPE(agent_tree, agent, entry, agent_compare)

/* Ask the unit's agent for its next step, soon. */
void agent_kick(struct engine *, const struct unit *);
void agent_step(struct agent *);

/* The agent of a unit, or NULL. */
struct agent *agent_find(struct engine *, const struct unit *);
/* Is an operation of the unit running? */
bool unit_is_busy(struct engine *, const struct unit *);

/* Is the charm at work on it, and has not said how it ended? */
bool agent_is_at_work(const struct agent *);

/* The agent's unit, or NULL if it has gone. */
struct unit *agent_unit(struct agent *);

/* Answer tool request `id`: a value (stolen), or an error if it is NULL. */
void agent_answer(struct agent *, int64_t id, json_t *stolen_value,
    const struct error *);

/* Kill the process; the operation that runs counts as cut off, not failed. */
void agent_cut_off(struct agent *);

/*
 * The same for one operation, while the engine goes on: nothing of it is kept,
 * and nothing is held against the unit.
 */
void agent_drop(struct agent *, struct unit *, const char *why);

/* Forget the unit, which is being taken out; its process has ended. */
void agent_dismiss(struct engine *, const struct unit *);

/* ---- between agent.c, agent_process.c, agent_operation.c, agent_end.c ---- */

/* Ask it for its next step, soon. */
void agent_queue(struct agent *);
/*
 * Its unit has nothing to do, nor will it before that time, or ever if it is
 * 0; whatever changes that asks it again.
 */
void agent_rest(struct agent *, uint64_t due_ms);
/* Free an agent that has no process. */
void agent_forget(struct agent *);

/* Does its process, or what is to run, speak to us on the channel? */
bool agent_is_resident(const struct agent *, const struct unit *);
/* Has the charm one for what is to run? In an old one each hook has its own. */
bool agent_has_program(const struct agent *, const struct unit *);
int agent_start_process(struct agent *, const struct unit *, struct error *);
/* Its process is at work, or on its way out; it is not idle any more. */
void agent_unpark(struct agent *);
/* Tell the process to exit. Idempotent. */
void agent_close(struct agent *);
/*
 * Kill the process if it says nothing for long; each word starts it anew. What
 * is long depends on whether the unit is being removed: look at it again.
 */
void agent_watch_over(struct agent *);
void agent_watch_again(struct agent *);
/* Is it on its way out, or of an older revision than the application? */
bool agent_has_stale_process(const struct agent *, const struct unit *);

/* What a unit is said to do while it runs that hook, or NULL. */
const char *agent_announcement(const struct op *);

/* What its context is about, as the charm is told: a new reference. */
json_t *agent_event(struct agent *, struct unit *);
/* Run a hook, or the action of a task; `task` is NULL for a hook. */
void agent_begin(struct agent *, struct unit *, const struct op *,
    struct task *);
/* What the charm's process takes part in, as the end of its first event says. */
void agent_introduced(struct agent *, const json_t *end);
/* Is the charm to be told of this hook? */
bool agent_has_part(const struct agent *, const struct unit *,
    const struct op *);
/* It is not: the hook has succeeded as soon as that is written. */
void agent_pass_over(struct agent *, const struct unit *, const struct op *);
/*
 * The operation has ended; `failure` is NULL if it succeeded. What is kept of
 * it is written by agents_end(), soon.
 */
void agent_finish(struct agent *, const char *failure);
/* It has not: its end, should it wait to be written, does not count. */
void agent_unfinish(struct agent *);

#endif /* ENGINE_AGENT_H */
