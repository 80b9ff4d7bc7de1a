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

struct ctl *
plan_copy(struct model *m, struct error *err)
{
	static void (*const parts[])(struct copy *, struct model *) = {
		copy_applications,
		copy_machines,
		copy_units,
		copy_relations,
		copy_tasks,
	};
	struct copy c = { .to = ctl_new(), .err = err };

	copy_entity(&c, &m->entity);
	for (size_t i = 0; i < nitems(parts) && c.rc == 0; i++)
		parts[i](&c, m);
	if (c.rc == 0)
		return c.to;
	ctl_free(c.to);
	return NULL;
}
