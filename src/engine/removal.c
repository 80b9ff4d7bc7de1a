/* SPDX-License-Identifier: Apache-2.0 */

#include "base/mem.h"
#include "engine/internal.h"
#include "engine/offers.h"
#include "model/open.h"

/* ---- what goes along ---- */

void
unit_condemn(struct unit *u)
{
	if (u->life == LIFE_DYING)
		return;
	u->life = LIFE_DYING;
	unit_open_all(u);
	entity_touch(&u->entity);
}

void
relation_condemn(struct relation *rel)
{
	if (rel->life == LIFE_DYING)
		return;
	rel->life = LIFE_DYING;
	relation_open(rel);
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
	offers_forget(app);
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
application_reap(struct application *app)
{
	if (app->life == LIFE_DYING && !app->entity.deleted &&
	    application_is_empty(app))
		application_delete(app);
}

static void
relation_reap(struct relation *rel)
{
	if (rel->life != LIFE_DYING || rel->entity.deleted ||
	    !relation_is_empty(rel))
		return;
	entity_delete(&rel->entity);
	for (int i = 0; i < rel->nends; i++)
		application_reap(rel->ends[i].app);
}

static void
models_reap(struct engine *e)
{
	struct model *m;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		if (m->life != LIFE_DYING || m->entity.deleted ||
		    !model_is_empty(m))
			continue;
		if (m->destroy_storage)
			model_take_out(e, m);
		else
			model_delete(e, m);
	}
}

/* Deleting moves what is on the list. */
static struct entity **
list_touched(const struct ctl *ctl, size_t *n)
{
	struct entity **all = NULL, *ent;
	size_t room = 0;

	*n = 0;
	TAILQ_FOREACH(ent, &ctl->touched, touched_entry) {
		if (*n == room) {
			room = room == 0 ? 16 : 2 * room;
			all = xrealloc(all, room * sizeof(struct entity *));
		}
		all[(*n)++] = ent;
	}
	return all;
}

void
engine_reap(struct engine *e)
{
	size_t n;
	struct entity **all = list_touched(e->ctl, &n);

	for (size_t i = 0; i < n; i++) {
		if (all[i]->kind == ENTITY_RELATION)
			relation_reap(
			    container_of(all[i], struct relation, entity));
		else if (all[i]->kind == ENTITY_APPLICATION)
			application_reap(
			    container_of(all[i], struct application, entity));
	}
	free(all);
	models_reap(e);
}

static void
application_reap_relations(struct application *app)
{
	struct relation_end *end;

	RB_FOREACH(end, end_tree, &app->relations)
		relation_reap(end->relation);
	application_reap(app);
}

void
engine_reap_application(struct engine *e, struct application *app)
{
	application_reap_relations(app);
	models_reap(e);
}

void
engine_reap_all(struct engine *e)
{
	struct application *app;
	struct model *m;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		RB_FOREACH(app, application_tree, &m->applications)
			application_reap_relations(app);
	}
	models_reap(e);
}
