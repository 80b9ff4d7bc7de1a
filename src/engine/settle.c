/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "model/far.h"

/* ---- who may have something to do ---- */

/*
 * What an application waits for: those that relations connect with it, since
 * causes travel only there. Marks them all with the number of this look; those
 * of other models too.
 */
static void
mark_connected(struct engine *e, struct application *app)
{
	struct application **met, *far;
	struct relation_end *end;
	size_t n = 1, room = 16;

	met = xcalloc(room, sizeof(struct application *));
	met[0] = app;
	app->look = e->looks;
	for (size_t i = 0; i < n; i++) {
		RB_FOREACH(end, end_tree, &met[i]->relations) {
			far = relation_far_end(end->relation, met[i])->app;
			if (far->look == e->looks)
				continue;
			far->look = e->looks;
			if (n == room) {
				room *= 2;
				met = xrealloc(met,
				    room * sizeof(struct application *));
			}
			met[n++] = far;
		}
	}
	free(met);
}

enum settling {
	SETTLED,
	AT_WORK,
	IN_ERROR
};

static enum settling
unit_settling(struct engine *e, struct unit *u, uint64_t now)
{
	if (unit_is_busy(e, u))
		return AT_WORK;
	switch (resolve(u, now).kind) {
	case OP_NONE:
		return unit_next_task(u) == NULL ? SETTLED : AT_WORK;
	case OP_WAIT:
		/* It leaves out what fails, and goes. */
		return u->life == LIFE_DYING ? AT_WORK : IN_ERROR;
	case OP_HOOK:
	case OP_GONE:
		break;
	}
	return AT_WORK;
}

/* Nothing is due, if the clock has not been set back. */
static bool
agent_rests(const struct agent *a, uint64_t now)
{
	return a->asked_ms <= now && now < a->due_ms;
}

/* What the model waits for in those whose offers it has consumed. */
static void
mark_far(struct engine *e, struct model *m)
{
	struct relation *rel;

	RB_FOREACH(rel, guest_tree, &m->guests) {
		for (int i = 0; i < rel->nends; i++) {
			if (rel->ends[i].app->look != e->looks)
				mark_connected(e, rel->ends[i].app);
		}
	}
}

/* Is it one of those that are marked, or of the whole model? */
static bool
is_looked_at(const struct engine *e, const struct unit *u,
    const struct model *whole)
{
	return u != NULL &&
	    (u->app->model == whole || u->app->look == e->looks);
}

static int
refuse_failed(const struct unit *u, const struct model *m, struct error *err)
{
	autofree char *why = unit_failure(u), *name = unit_name_in(u, m);

	error_set(err, ERROR_CONFLICT, "unit %s is in error: %s", name, why);
	if (u->local.retry_at_ms == OP_RETRY_NEVER)
		return error_hint(err,
		    "\"tenon resolved -m %s %s\" has it tried again",
		    u->app->model->name, u->name);
	if (u->app->model == m)
		return error_hint(err,
		    "it is tried again by itself; see \"tenon journal %s\"",
		    u->name);
	return error_hint(err,
	    "it is tried again by itself; see \"tenon journal -m %s %s\"",
	    u->app->model->name, u->name);
}

int
model_settled(struct engine *e, struct model *m, struct application *app,
    struct error *err)
{
	const struct unit *failed = NULL;
	uint64_t now = clock_wall_ms();
	enum settling one;
	int settled = 1;
	struct agent *a;
	struct unit *u;

	e->looks++;
	if (app != NULL)
		mark_connected(e, app);
	else
		mark_far(e, m);
	TAILQ_FOREACH(a, &e->restless, restless_entry) {
		if (agent_rests(a, now))
			continue;
		u = agent_unit(a);
		if (!is_looked_at(e, u, app == NULL ? m : NULL))
			continue;
		one = unit_settling(e, u, now);
		if (one != SETTLED)
			settled = 0;
		if (one == IN_ERROR &&
		    (failed == NULL || name_compare(u->name, failed->name) < 0))
			failed = u;
	}
	return failed != NULL ? refuse_failed(failed, m, err) : settled;
}

/* Is the unit running a hook of the relation, or has it one to come? */
static bool
unit_is_at_relation(struct engine *e, struct unit *u, struct relation *rel)
{
	const struct agent *a = agent_find(e, u);

	if (a != NULL && a->context != NULL && a->context->op.kind == OP_HOOK &&
	    a->context->op.relation == rel->id)
		return true;
	return unit_owes_relation(u, rel);
}

bool
unit_relations_settled(struct engine *e, struct unit *u)
{
	struct unit *own = application_leader(u->app), *leader;
	struct relation_end *end;
	struct relation *rel;

	RB_FOREACH(end, end_tree, &u->app->relations) {
		rel = end->relation;
		/* Nobody has anything to look at there. */
		if (rel->nends != 2 || LIST_EMPTY(&rel->open))
			continue;
		leader = application_leader(relation_far_end(rel, u->app)->app);
		if (leader != NULL && unit_is_at_relation(e, leader, rel))
			return false;
		if (own != NULL && own != u && unit_is_at_relation(e, own, rel))
			return false;
	}
	return true;
}
