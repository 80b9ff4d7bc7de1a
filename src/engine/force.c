/* SPDX-License-Identifier: Apache-2.0 */
/* force - removal that does not wait for charms. */

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "engine/agent.h"
#include "model/seen.h"

void
engine_journal_forced(struct engine *e, const struct unit *u,
    const char *skipped)
{
	json_t *line = json_object();

	json_put_text(line, "kind", "forced");
	json_put_text(line, "result", "skipped");
	json_put_text(line, "message", skipped);
	if (!e->rehearsing)
		log_warn(u->name, "removal goes on, skipped: %s", skipped);
	engine_journal(e, u->app->model, u->name, line);
}

static void
add_name(struct strbuf *names, const char *name)
{
	if (names->len > 0)
		strbuf_adds(names, ", ");
	strbuf_adds(names, name);
}

/* "database-relation-departed (database:3), database-relation-broken (...)". */
static void
add_relation_hooks(struct strbuf *names, struct unit *u, struct relation *rel)
{
	const char *endpoint = relation_end_of(rel, u->app)->endpoint;
	autofree char *id = relation_hook_id(rel, u->app);
	autofree char *departed = xasprintf("%s-relation-departed (%s)",
	    endpoint, id);
	autofree char *broken = xasprintf("%s-relation-broken (%s)", endpoint,
	    id);

	if (relation_find_member(rel, u) == NULL)
		return;
	if (unit_has_met_others(u, rel))
		add_name(names, departed);
	add_name(names, broken);
}

/* What a dying unit would still have run. */
static void
add_unit_hooks(struct strbuf *names, struct unit *u)
{
	struct relation_end *end;

	if (!u->local.installed)
		return;
	RB_FOREACH(end, end_tree, &u->app->relations) {
		if (!end->relation->entity.deleted)
			add_relation_hooks(names, u, end->relation);
	}
	if (!u->local.stopped)
		add_name(names, "stop");
	add_name(names, "remove");
}

/* One that is not installed has no hooks left: it is taken out. */
void
unit_force(struct engine *e, struct unit *u)
{
	struct agent *a = agent_find(e, u);
	autostrbuf names = { 0 };

	if (a != NULL && a->context != NULL)
		strbuf_addf(&names, "%s (running)", a->context->name);
	add_unit_hooks(&names, u);
	if (names.len == 0)
		return;
	if (a != NULL)
		a->unwanted = true;
	engine_journal_forced(e, u, strbuf_cstr(&names));
	u->local.installed = false;
	entity_touch(&u->entity);
}

/* What the unit is doing because of the relation is not wanted any more. */
static void
unwant_hook(struct engine *e, const struct unit *u, const struct relation *rel)
{
	struct agent *a = agent_find(e, u);

	if (a != NULL && a->context != NULL && a->context->op.kind == OP_HOOK &&
	    a->context->op.relation == rel->id)
		a->unwanted = true;
}

void
relation_force(struct engine *e, struct relation *rel)
{
	struct unit *u;

	for (int i = 0; i < rel->nends; i++) {
		RB_FOREACH(u, unit_tree, &rel->ends[i].app->units) {
			autostrbuf names = { 0 };

			unwant_hook(e, u, rel);
			if (relation_find_member(rel, u) == NULL)
				continue;
			add_relation_hooks(&names, u, rel);
			engine_journal_forced(e, u, strbuf_cstr(&names));
			relation_leave(rel, u);
			entity_touch(&u->entity);
		}
	}
}

void
engine_drop_forced(struct engine *e)
{
	struct agent *a, *next;
	struct unit *u;

	if (e->rehearsing)
		return;
	RB_FOREACH_SAFE(a, agent_tree, &e->agents, next) {
		if (!a->unwanted)
			continue;
		a->unwanted = false;
		u = agent_unit(a);
		if (u != NULL)
			agent_drop(a, u, "cut off: removed by force");
	}
}

void
engine_spare_forced(struct engine *e)
{
	struct agent *a;

	RB_FOREACH(a, agent_tree, &e->agents)
		a->unwanted = false;
}
