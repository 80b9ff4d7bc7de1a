/* SPDX-License-Identifier: Apache-2.0 */

#include "base/mem.h"
#include "engine/internal.h"

/* ---- what goes along ---- */

void
unit_condemn(struct unit *u)
{
	if (u->life == LIFE_DYING)
		return;
	u->life = LIFE_DYING;
	entity_touch(&u->entity);
}

void
relation_condemn(struct relation *rel)
{
	if (rel->life == LIFE_DYING)
		return;
	rel->life = LIFE_DYING;
	entity_touch(&rel->entity);
}

void
application_condemn(struct application *app)
{
	struct relation_end *end;
	struct unit *u;

	if (app->life == LIFE_DYING)
		return;
	app->life = LIFE_DYING;
	entity_touch(&app->entity);
	RB_FOREACH(end, end_tree, &app->relations) {
		if (end->relation->nends == 2)
			relation_condemn(end->relation);
	}
	RB_FOREACH(u, unit_tree, &app->units) {
		u->destroy_storage |= app->destroy_storage;
		unit_condemn(u);
	}
}

/* ---- parents that have lost their last child ---- */

static bool
application_is_empty(struct application *app)
{
	struct relation_end *end;

	if (!RB_EMPTY(&app->units))
		return false;
	RB_FOREACH(end, end_tree, &app->relations) {
		if (end->relation->nends == 2 && !end->relation->entity.deleted)
			return false;
	}
	return true;
}

static void
application_delete(struct application *app)
{
	struct relation_end *end;

	RB_FOREACH(end, end_tree, &app->relations) {
		if (end->relation->nends == 1)
			entity_delete(&end->relation->entity);
	}
	entity_delete(&app->entity);
}

static bool
model_is_empty(struct model *m)
{
	struct application *app;

	RB_FOREACH(app, application_tree, &m->applications) {
		if (!app->entity.deleted)
			return false;
	}
	return true;
}

void
model_delete(struct engine *e, struct model *m)
{
	struct machine *machine;
	struct task *t;

	RB_FOREACH(machine, machine_tree, &m->machines)
		entity_delete(&machine->entity);
	RB_FOREACH(t, task_tree, &m->tasks)
		entity_delete(&t->entity);
	entity_delete(&m->entity);
	if (e->ctl->current_model != NULL &&
	    strcmp(e->ctl->current_model, m->name) == 0) {
		xreplace(&e->ctl->current_model, NULL);
		entity_touch(&e->ctl->entity);
	}
}

static void
model_reap(struct engine *e, struct model *m)
{
	struct application *app;
	struct relation *rel;

	RB_FOREACH(rel, relation_tree, &m->relations) {
		if (rel->life == LIFE_DYING && !rel->entity.deleted &&
		    TAILQ_EMPTY(&rel->members))
			entity_delete(&rel->entity);
	}
	RB_FOREACH(app, application_tree, &m->applications) {
		if (app->life == LIFE_DYING && !app->entity.deleted &&
		    application_is_empty(app))
			application_delete(app);
	}
	if (m->life != LIFE_DYING || m->entity.deleted || !model_is_empty(m))
		return;
	if (m->destroy_storage)
		model_take_out(e, m);
	else
		model_delete(e, m);
}

void
engine_reap(struct engine *e)
{
	struct model *m;

	RB_FOREACH(m, model_tree, &e->ctl->models)
		model_reap(e, m);
}
