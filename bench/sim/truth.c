/* SPDX-License-Identifier: Apache-2.0 */
/* truth - what has to hold when a model has settled. */

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "bench/sim/sim.h"
#include "engine/agent.h"
#include "model/rows.h"
#include "model/seen.h"

/* ---- each has seen all that there is ---- */

static void
check_unit(struct unit *u)
{
	struct service *s;

	if (u->life != LIFE_ALIVE || !u->local.started)
		sim_fail("unit %s has not started", u->name);
	if (u->local.failed_hook != NULL)
		sim_fail("unit %s is in error: %s", u->name,
		    u->local.failed_title);
	if (u->status.word != WORKLOAD_ACTIVE)
		sim_fail("unit %s is not active", u->name);
	RB_FOREACH(s, service_tree, &u->services) {
		if (s->state != SERVICE_RUNNING || s->pid == 0)
			sim_fail("service %s of %s does not run", s->name,
			    u->name);
	}
}

/* Who has nothing of its own to say of it has seen it all. */
static void
check_seen(struct relation *rel, const struct unit *u)
{
	struct relation_end *far = relation_far_end(rel, u->app);
	const struct seen_relation *seen = unit_seen(u, rel->id);
	const struct seen_member *known;
	struct member *m;

	if (seen == NULL)
		return;
	if (seen->app_version != far->bag_version &&
	    !(rel->nends == 1 && unit_is_leader(u)))
		sim_fail("%s has not seen relation %lld", u->name,
		    (long long)rel->id);
	RB_FOREACH(m, member_tree, &far->members) {
		if (m->unit == u)
			continue;
		known = seen_find_member(seen, m->unit->number);
		if (known == NULL || !known->changed ||
		    known->version != m->bag_version)
			sim_fail("%s has not seen %s in relation %lld", u->name,
			    m->unit->name, (long long)rel->id);
	}
}

static void
check_granted(const struct relation *rel)
{
	const char *wanted = json_text(rel->ends[0].bag, "database", NULL);
	const char *given = json_text(rel->ends[1].bag, "database", NULL);
	autofree char *user = xasprintf("relation-%lld", (long long)rel->id);

	if (wanted == NULL || given == NULL || strcmp(wanted, given) != 0 ||
	    strcmp(user, json_text(rel->ends[1].bag, "username", "")) != 0)
		sim_fail("relation %lld has not got what it asked for",
		    (long long)rel->id);
}

static void
check_relation(struct relation *rel)
{
	struct unit *u;
	size_t members = 0, units = 0;
	struct member *m;

	if (rel->life != LIFE_ALIVE)
		sim_fail("relation %lld is not gone", (long long)rel->id);
	for (int i = 0; i < rel->nends; i++) {
		RB_FOREACH(u, unit_tree, &rel->ends[i].app->units) {
			units++;
			if (relation_find_member(rel, u) == NULL)
				sim_fail("%s is not in relation %lld", u->name,
				    (long long)rel->id);
			check_seen(rel, u);
		}
		RB_FOREACH(m, member_tree, &rel->ends[i].members)
			members++;
	}
	if (members != units)
		sim_fail("relation %lld has %zu members, not %zu",
		    (long long)rel->id, members, units);
	if (rel->nends == 2)
		check_granted(rel);
}

void
truth_check(struct sim *sim)
{
	struct model *m = sim_model(sim);
	struct application *app;
	struct relation *rel;
	struct unit *u;

	RB_FOREACH(app, application_tree, &m->applications) {
		RB_FOREACH(u, unit_tree, &app->units)
			check_unit(u);
	}
	RB_FOREACH(rel, relation_tree, &m->relations)
		check_relation(rel);
	if (!TAILQ_EMPTY(&sim->engine->ctl->touched))
		sim_fail("something was changed and not committed");
}

/* ---- who has settled ---- */

enum {
	WORD_ERROR = -1,
	WORD_AT_WORK,
	WORD_SETTLED
};

static int
ask_unit(struct sim *sim, struct unit *u)
{
	if (unit_is_busy(sim->engine, u))
		return WORD_AT_WORK;
	switch (resolve(u, clock_wall_ms()).kind) {
	case OP_NONE:
		return unit_next_task(u) == NULL ? WORD_SETTLED : WORD_AT_WORK;
	case OP_WAIT:
		return u->life == LIFE_DYING ? WORD_AT_WORK : WORD_ERROR;
	case OP_HOOK:
	case OP_GONE:
		break;
	}
	return WORD_AT_WORK;
}

static int
worse(int a, int b)
{
	return a < b ? a : b;
}

static int
ask_application(struct sim *sim, struct application *app)
{
	int word = WORD_SETTLED;
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units)
		word = worse(word, ask_unit(sim, u));
	return word;
}

/* Those that relations connect with it, and so on: by name, in an object. */
static int
ask_connected(struct sim *sim, struct application *app, json_t *met)
{
	int word = ask_application(sim, app);
	struct relation_end *end;
	struct application *far;

	json_object_set_new(met, app->name, json_true());
	RB_FOREACH(end, end_tree, &app->relations) {
		far = relation_far_end(end->relation, app)->app;
		if (json_object_get(met, far->name) == NULL)
			word = worse(word, ask_connected(sim, far, met));
	}
	return word;
}

void
truth_check_settled(struct sim *sim)
{
	struct model *m = sim_model(sim);
	struct application *app;
	int all = WORD_SETTLED, word;
	struct error err;

	RB_FOREACH(app, application_tree, &m->applications) {
		json_auto_t *met = json_object();

		all = worse(all, ask_application(sim, app));
		word = ask_connected(sim, app, met);
		if (model_settled(sim->engine, m, app, &err) != word)
			sim_fail("%s is said to be settled: not %d", app->name,
			    word);
	}
	if (model_settled(sim->engine, m, NULL, &err) != all)
		sim_fail("the model is said to be settled: not %d", all);
}

/* ---- what is on disk is what is in memory ---- */

static void
put_row(json_t *rows, const struct entity *ent)
{
	autofree char *key = row_key(ent);

	json_object_set_new(rows, key, row_value(ent));
}

static void
put_application(json_t *rows, struct application *app)
{
	struct unit *u;
	struct seen_relation *seen;
	struct service *s;

	put_row(rows, &app->entity);
	RB_FOREACH(u, unit_tree, &app->units) {
		put_row(rows, &u->entity);
		RB_FOREACH(seen, seen_tree, &u->local.relations)
			put_row(rows, &seen->entity);
		RB_FOREACH(s, service_tree, &u->services)
			put_row(rows, &s->entity);
	}
}

json_t *
truth_rows(struct sim *sim)
{
	struct model *m = sim_model(sim);
	json_t *rows = json_object();
	struct application *app;
	struct machine *machine;
	struct relation *rel;

	put_row(rows, &sim->engine->ctl->entity);
	put_row(rows, &m->entity);
	RB_FOREACH(app, application_tree, &m->applications)
		put_application(rows, app);
	RB_FOREACH(machine, machine_tree, &m->machines)
		put_row(rows, &machine->entity);
	RB_FOREACH(rel, relation_tree, &m->relations)
		put_row(rows, &rel->entity);
	return rows;
}

static int
take_row(void *arg, const char *key, const char *value, struct error *err)
{
	json_t *row = json_loads(value, 0, NULL);

	(void)err;
	if (row == NULL)
		sim_fail("row %s is not JSON", key);
	json_object_set_new(arg, key, row);
	return 0;
}

json_t *
truth_stored(struct sim *sim)
{
	json_t *rows = json_object();
	struct error err;
	struct store *store = store_open(sim->home, &err);

	if (store == NULL)
		sim_fail("%s", err.msg);
	for (size_t i = 0; row_prefixes[i] != NULL; i++) {
		if (store_each(store, row_prefixes[i], take_row, rows, &err) ==
		    -1)
			sim_fail("%s", err.msg);
	}
	store_close(store);
	return rows;
}

void
truth_compare(json_t *memory, const json_t *other, const char *what)
{
	const char *key;
	json_t *row;

	json_object_foreach(memory, key, row) {
		if (!json_equal(row, json_object_get(other, key)))
			sim_fail("row %s is different %s", key, what);
	}
	if (json_object_size(memory) != json_object_size(other))
		sim_fail("there are %zu rows, and %zu %s",
		    json_object_size(memory), json_object_size(other), what);
}
