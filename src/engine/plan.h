/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - what a change would lead to, without making it. The change is made in
 * the model, the model copied, and all taken back. In the copy each unit is
 * taken through the hooks that it then has; a charm that can say what it would
 * do in one is asked, in a process of its own, and what it would write is there
 * for the hooks that follow.
 *
 *	plan_new -> plan_go (-> plan_ask -> plan_answered)* -> is_over
 *
 * Whoever has asked for it may have gone by then: it is forgotten after a
 * while.
 */

#ifndef ENGINE_PLAN_H
#define ENGINE_PLAN_H

#include "engine/agent.h"

struct plan {
	TAILQ_ENTRY(plan) entry;
	struct engine *engine; /* Borrowed. */
	int64_t number;
	struct ctl *ctl;     /* Owned: the copy. */
	struct model *model; /* Of it. */
	json_t *steps;       /* Owned: [{unit, step, cause, ...}]. */
	json_t *gone;        /* Owned: the names of units that are through. */
	uint64_t now_ms;
	struct unit *at; /* Who was last looked at in this round, or NULL. */
	bool going;      /* Somebody had something to do in this round. */
	bool is_over;
	uint64_t over_ms; /* When it was. */

	/* The step about which a charm is being asked. */
	struct agent agent; /* Stands for its unit's: engine and context. */
	struct unit *unit;
	struct op op;
	struct task *task; /* Of an action; else NULL. */
	struct runner *runner;
	bool has_ended; /* The charm has said how ... */
	char *failure;  /* ... and why it would fail, if it would. Owned. */
	uv_timer_t timer;
};

/* Makes the copy; on the engine's list, not yet begun. */
struct plan *plan_new(struct engine *, struct model *, struct error *);
void plan_free(struct plan *);
/* Go on until it is over or a charm has been asked. */
void plan_go(struct plan *);
/* Kill what runs of them; the engine is about to stop. */
void plans_stop(struct engine *);

/* ---- plan_copy.c ---- */

/* The model as it is, with what is not committed, in a tree of its own. */
struct ctl *plan_copy(struct model *, struct error *);

/* ---- plan_charm.c ---- */

/* Has the unit's charm something to say of that hook or action? */
bool plan_can_ask(const struct unit *, const char *name);
/*
 * Ask the charm about p->unit, p->op and p->task; what it says is added to the
 * step. Calls plan_answered() once, later.
 */
void plan_ask(struct plan *, json_t *step);
/* The charm has gone; the step has been applied to the copy. */
void plan_answered(struct plan *);
/* Add what is to be said of a step to it. */
void plan_note(json_t *step, const char *, ...)
    __attribute__((format(printf, 2, 3)));

#endif /* ENGINE_PLAN_H */
