/* SPDX-License-Identifier: Apache-2.0 */
/* The copy of a model, by way of the rows that the store would get. */

#include "base/json.h"
#include "base/mem.h"
#include "engine/plan.h"
#include "model/rows.h"
#include "model/secret.h"
#include "model/seen.h"

struct copy {
	struct ctl *to;
	struct application *app; /* Whose row is being read. */
	struct error *err;
	int rc;
};

/* What the application has, whatever its directory holds by now. */
static struct charm *
copy_charm(void *arg, const char *source, struct error *err)
{
	struct copy *c = arg;

	(void)source;
	(void)err;
	return charm_hold(c->app->charm);
}

static void
copy_entity(struct copy *c, const struct entity *ent)
{
	autofree char *key = NULL;
	json_auto_t *value = NULL;

	if (c->rc == -1 || ent->deleted)
		return;
	key = row_key(ent);
	value = row_value(ent);
	c->rc = row_read(c->to, key, value, copy_charm, c, c->err);
}

static void
copy_applications(struct copy *c, struct model *m)
{
	RB_FOREACH(c->app, application_tree, &m->applications)
		copy_entity(c, &c->app->entity);
}

static void
copy_machines(struct copy *c, struct model *m)
{
	struct machine *machine;

	RB_FOREACH(machine, machine_tree, &m->machines)
		copy_entity(c, &machine->entity);
}

static void
copy_units(struct copy *c, struct model *m)
{
	struct seen_relation *seen;
	struct application *app;
	struct service *s;
	struct unit *u;

	RB_FOREACH(app, application_tree, &m->applications) {
		RB_FOREACH(u, unit_tree, &app->units) {
			copy_entity(c, &u->entity);
			RB_FOREACH(seen, seen_tree, &u->local.relations)
				copy_entity(c, &seen->entity);
			RB_FOREACH(s, service_tree, &u->services)
				copy_entity(c, &s->entity);
		}
	}
}

static void
copy_relations(struct copy *c, struct model *m)
{
	struct relation *rel;
	struct secret *s;

	RB_FOREACH(rel, relation_tree, &m->relations)
		copy_entity(c, &rel->entity);
	RB_FOREACH(s, secret_tree, &m->secrets)
		copy_entity(c, &s->entity);
}

/* Of tasks only those that the change has added; what they do is no row. */
static void
copy_tasks(struct copy *c, struct model *m)
{
	struct model *to = ctl_find_model(c->to, m->name);
	struct task *t, *twin;

	RB_FOREACH(t, task_tree, &m->tasks) {
		if (!t->entity.fresh)
			continue;
		copy_entity(c, &t->entity);
		twin = c->rc == 0 ? model_find_task(to, t->id) : NULL;
		if (twin == NULL)
			return;
		twin->params = json_deep_copy(t->params);
		xreplace(&twin->command, t->command);
		twin->machine = t->machine;
	}
}

/* ---- all models that relations connect with it ---- */

struct models {
	struct model **v; /* Owned; none of them is. */
	size_t n, room;
};

static void
models_add(struct models *all, struct model *m)
{
	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i] == m)
			return;
	}
	if (all->n == all->room) {
		all->room = all->room == 0 ? 4 : 2 * all->room;
		all->v = xrealloc(all->v, all->room * sizeof(struct model *));
	}
	all->v[all->n++] = m;
}

static void
models_connect(struct models *all, struct model *m)
{
	struct relation *rel;

	models_add(all, m);
	for (size_t i = 0; i < all->n; i++) {
		RB_FOREACH(rel, relation_tree, &all->v[i]->relations) {
			if (rel->guest != NULL)
				models_add(all, rel->guest);
		}
		RB_FOREACH(rel, guest_tree, &all->v[i]->guests)
			models_add(all, rel->model);
	}
}

static void
copy_models(struct copy *c, const struct models *all)
{
	static void (*const parts[])(struct copy *, struct model *) = {
		copy_applications,
		copy_machines,
		copy_units,
		copy_relations,
		copy_tasks,
	};

	for (size_t i = 0; i < all->n; i++)
		copy_entity(c, &all->v[i]->entity);
	for (size_t part = 0; part < nitems(parts); part++) {
		for (size_t i = 0; i < all->n && c->rc == 0; i++)
			parts[part](c, all->v[i]);
	}
}

struct ctl *
plan_copy(struct model *m, struct error *err)
{
	struct copy c = { .to = ctl_new(), .err = err };
	struct models all = { 0 };

	models_connect(&all, m);
	copy_models(&c, &all);
	free(all.v);
	if (c.rc == 0)
		return c.to;
	ctl_free(c.to);
	return NULL;
}
