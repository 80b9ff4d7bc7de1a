/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/mem.h"
#include "engine/agent.h"

/* Applications that relations connect with one: causes travel only there. */
struct component {
	struct application **apps; /* Borrowed. */
	size_t n;
};

static bool
component_has(const struct component *c, const struct application *app)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->apps[i] == app)
			return true;
	}
	return false;
}

static void
component_add(struct component *c, struct application *app)
{
	if (component_has(c, app))
		return;
	c->apps = xrealloc(c->apps, (c->n + 1) * sizeof(struct application *));
	c->apps[c->n++] = app;
}

static void
component_grow(struct component *c)
{
	struct relation_end *end;

	for (size_t i = 0; i < c->n; i++) {
		RB_FOREACH(end, end_tree, &c->apps[i]->relations)
			component_add(c,
			    relation_far_end(end->relation, c->apps[i])->app);
	}
}

static int
unit_settled(struct engine *e, struct unit *u, uint64_t now, struct error *err)
{
	autofree char *why = NULL;

	if (unit_is_busy(e, u))
		return 0;
	switch (resolve(u, now).kind) {
	case OP_NONE:
		return unit_next_task(u) == NULL;
	case OP_WAIT:
		/* It leaves out what fails, and goes. */
		if (u->life == LIFE_DYING)
			return 0;
		why = unit_failure(u);
		error_set(err, ERROR_CONFLICT, "unit %s is in error: %s",
		    u->name, why);
		return error_hint(err,
		    "it is tried again by itself; see \"tenon journal %s\"",
		    u->name);
	case OP_HOOK:
	case OP_GONE:
		break;
	}
	return 0;
}

int
model_settled(struct engine *e, struct model *m, struct application *app,
    struct error *err)
{
	struct component c = { 0 };
	uint64_t now = clock_wall_ms();
	struct unit *u;
	int settled = 1, one;

	if (app != NULL) {
		component_add(&c, app);
		component_grow(&c);
	} else {
		RB_FOREACH(app, application_tree, &m->applications)
			component_add(&c, app);
	}
	for (size_t i = 0; i < c.n && settled != -1; i++) {
		RB_FOREACH(u, unit_tree, &c.apps[i]->units) {
			one = unit_settled(e, u, now, err);
			if (one < settled)
				settled = one;
		}
	}
	free(c.apps);
	return settled;
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
	struct relation_end *end;
	struct relation *rel;
	struct unit *leader;

	RB_FOREACH(end, end_tree, &u->app->relations) {
		rel = end->relation;
		if (rel->nends != 2)
			continue;
		leader = application_leader(relation_far_end(rel, u->app)->app);
		if (leader != NULL && unit_is_at_relation(e, leader, rel))
			return false;
		leader = application_leader(u->app);
		if (leader != NULL && leader != u &&
		    unit_is_at_relation(e, leader, rel))
			return false;
	}
	return true;
}
