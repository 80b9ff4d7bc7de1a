/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "engine/internal.h"
#include "model/rows.h"

static struct store_batch *
commit_batch(struct engine *e)
{
	if (e->batch == NULL)
		e->batch = store_batch_new();
	return e->batch;
}

void
engine_journal(struct engine *e, const struct model *m, const char *subject,
    json_t *stolen)
{
	autofree char *line = json_line(stolen);

	store_batch_journal(commit_batch(e), clock_wall_ms(),
	    m != NULL ? m->uuid : "", subject, line);
	json_decref(stolen);
}

static struct model *
entity_model(struct entity *ent)
{
	switch (ent->kind) {
	case ENTITY_CTL:
		return NULL;
	case ENTITY_MODEL:
		return container_of(ent, struct model, entity);
	case ENTITY_APPLICATION:
		return container_of(ent, struct application, entity)->model;
	case ENTITY_UNIT:
		return container_of(ent, struct unit, entity)->app->model;
	case ENTITY_MACHINE:
		return container_of(ent, struct machine, entity)->model;
	case ENTITY_RELATION:
		return container_of(ent, struct relation, entity)->model;
	case ENTITY_SERVICE:
		return container_of(ent, struct service, entity)
		    ->unit->app->model;
	case ENTITY_TASK:
		return container_of(ent, struct task, entity)->model;
	}
	return NULL;
}

static void
kick_application(struct engine *e, struct application *app)
{
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units)
		agent_kick(e, u);
}

/* The units that may have something to do because the entity has changed. */
static void
kick_for(struct engine *e, struct entity *ent)
{
	struct relation *rel;
	struct unit *u;

	switch (ent->kind) {
	case ENTITY_APPLICATION:
		kick_application(e,
		    container_of(ent, struct application, entity));
		break;
	case ENTITY_UNIT:
		agent_kick(e, container_of(ent, struct unit, entity));
		break;
	case ENTITY_RELATION:
		rel = container_of(ent, struct relation, entity);
		for (int i = 0; i < rel->nends; i++)
			kick_application(e, rel->ends[i].app);
		break;
	case ENTITY_SERVICE:
		agent_kick(e, container_of(ent, struct service, entity)->unit);
		break;
	case ENTITY_TASK:
		u = model_find_unit(entity_model(ent),
		    container_of(ent, struct task, entity)->unit);
		if (u != NULL)
			agent_kick(e, u);
		break;
	case ENTITY_CTL:
	case ENTITY_MODEL:
	case ENTITY_MACHINE:
		break;
	}
}

/* A change of one unit may let another unit's action start. */
static void
kick_waiting_tasks(struct engine *e, struct model *m)
{
	struct task *t;
	struct unit *u;

	RB_FOREACH_REVERSE(t, task_tree, &m->tasks)
	{
		if (t->state != TASK_PENDING)
			continue;
		u = model_find_unit(m, t->unit);
		if (u != NULL)
			agent_kick(e, u);
	}
}

/* The model's generation moves with each commit that concerns it. */
static void
commit_generations(struct engine *e)
{
	struct entity *ent;
	struct model *m;

	TAILQ_FOREACH(ent, &e->ctl->touched, touched_entry) {
		m = entity_model(ent);
		if (m != NULL)
			entity_touch(&m->entity);
	}
	TAILQ_FOREACH(ent, &e->ctl->touched, touched_entry) {
		if (ent->kind == ENTITY_MODEL)
			container_of(ent, struct model, entity)->generation++;
	}
}

static void
commit_rows(struct engine *e, struct store_batch *batch)
{
	struct entity *ent;

	TAILQ_FOREACH(ent, &e->ctl->touched, touched_entry) {
		autofree char *key = row_key(ent);

		if (ent->deleted) {
			store_batch_delete(batch, key);
		} else {
			json_auto_t *row = row_value(ent);
			autofree char *line = json_line(row);

			store_batch_put(batch, key, line);
		}
	}
}

/* Children before their parents, so that nothing is freed twice. */
static void
commit_free_deleted(struct engine *e, struct entity_list *deleted)
{
	static const enum entity_kind order[] = { ENTITY_TASK, ENTITY_SERVICE,
		ENTITY_RELATION, ENTITY_UNIT, ENTITY_MACHINE,
		ENTITY_APPLICATION, ENTITY_MODEL };
	struct entity *ent, *next;

	(void)e;
	for (size_t i = 0; i < nitems(order); i++) {
		TAILQ_FOREACH_SAFE(ent, deleted, touched_entry, next) {
			if (ent->kind != order[i])
				continue;
			TAILQ_REMOVE(deleted, ent, touched_entry);
			entity_free(ent);
		}
	}
}

/* The marks go, the units wake, and what was deleted is gone. */
static void
commit_settle(struct engine *e)
{
	struct entity_list deleted = TAILQ_HEAD_INITIALIZER(deleted);
	struct entity *ent;

	while ((ent = TAILQ_FIRST(&e->ctl->touched)) != NULL) {
		TAILQ_REMOVE(&e->ctl->touched, ent, touched_entry);
		ent->touched = ent->fresh = false;
		if (ent->kind == ENTITY_MODEL)
			kick_waiting_tasks(e,
			    container_of(ent, struct model, entity));
		kick_for(e, ent);
		if (ent->deleted)
			TAILQ_INSERT_TAIL(&deleted, ent, touched_entry);
	}
	commit_free_deleted(e, &deleted);
	engine_changed(e);
}

int
engine_commit(struct engine *e, struct error *err)
{
	if (TAILQ_EMPTY(&e->ctl->touched) && e->batch == NULL)
		return 0;
	commit_generations(e);
	commit_rows(e, commit_batch(e));
	if (store_commit(e->store, e->batch, err) == -1) {
		engine_rollback(e);
		return -1;
	}
	store_batch_free(take_ptr(e->batch));
	commit_settle(e);
	return 0;
}

void
engine_commit_late(struct engine *e)
{
	struct error err = { 0 };
	struct store_batch *journal = take_ptr(e->batch);

	if (TAILQ_EMPTY(&e->ctl->touched) && journal == NULL)
		return;
	e->batch = journal != NULL ? journal : store_batch_new();
	commit_generations(e);
	commit_rows(e, e->batch);
	if (store_commit(e->store, e->batch, &err) == -1) {
		log_error("store", "%s; keeping the change in memory", err.msg);
		store_batch_free(take_ptr(e->batch));
		engine_changed(e);
		return;
	}
	store_batch_free(take_ptr(e->batch));
	commit_settle(e);
}

static struct charm *
rollback_charm(void *arg, const char *dir, struct error *err)
{
	(void)arg;
	return charm_load(dir, err);
}

/* Put an entity back to what its row says. */
static void
rollback_entity(struct engine *e, struct entity *ent)
{
	struct error err = { 0 };
	autofree char *key = row_key(ent);
	autofree char *text = store_get(e->store, key, &err);
	json_auto_t *row = NULL;

	if (text != NULL)
		row = json_loads(text, JSON_DECODE_ANY, NULL);
	if (row == NULL ||
	    row_read(e->ctl, key, row, rollback_charm, e, &err) == -1)
		log_error("store", "cannot take back %s: %s", key, err.msg);
}

void
engine_rollback(struct engine *e)
{
	struct entity_list fresh = TAILQ_HEAD_INITIALIZER(fresh);
	struct entity *ent;

	while ((ent = TAILQ_FIRST(&e->ctl->touched)) != NULL) {
		TAILQ_REMOVE(&e->ctl->touched, ent, touched_entry);
		ent->touched = false;
		if (ent->fresh) {
			TAILQ_INSERT_TAIL(&fresh, ent, touched_entry);
			continue;
		}
		ent->deleted = false;
		rollback_entity(e, ent);
	}
	commit_free_deleted(e, &fresh);
	store_batch_free(take_ptr(e->batch));
}
