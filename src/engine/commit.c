/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "engine/internal.h"
#include "engine/messages.h"
#include "model/far.h"
#include "model/open.h"
#include "model/rows.h"
#include "model/secret.h"
#include "model/task.h"

struct store_batch *
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
	messages_tell(e, m, subject, stolen);
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
	case ENTITY_SEEN:
		return container_of(ent, struct seen_relation, entity)
		    ->unit->app->model;
	case ENTITY_TASK:
		return container_of(ent, struct task, entity)->model;
	case ENTITY_SECRET:
		return container_of(ent, struct secret, entity)->model;
	}
	return NULL;
}

/* The other model that a relation between two concerns; else NULL. */
static struct model *
entity_guest(struct entity *ent)
{
	return ent->kind == ENTITY_RELATION ?
	    container_of(ent, struct relation, entity)->guest :
	    NULL;
}

static void
kick_readers(struct engine *e, struct secret *s)
{
	const char *name;
	json_t *observer;
	struct unit *u;

	json_object_foreach(s->observers, name, observer) {
		u = model_find_far_unit(s->model, name);
		if (u != NULL)
			agent_kick(e, u);
	}
}

/* The unit that may have something to do because its entity has changed. */
static void
kick_for(struct engine *e, struct entity *ent)
{
	struct unit *u;

	switch (ent->kind) {
	case ENTITY_UNIT:
		agent_kick(e, container_of(ent, struct unit, entity));
		break;
	case ENTITY_SERVICE:
		agent_kick(e, container_of(ent, struct service, entity)->unit);
		break;
	case ENTITY_SEEN:
		agent_kick(e,
		    container_of(ent, struct seen_relation, entity)->unit);
		break;
	case ENTITY_TASK:
		u = model_find_unit(entity_model(ent),
		    container_of(ent, struct task, entity)->unit);
		if (u != NULL)
			agent_kick(e, u);
		break;
	case ENTITY_SECRET:
		kick_readers(e, container_of(ent, struct secret, entity));
		break;
	case ENTITY_CTL:
	case ENTITY_MODEL:
	case ENTITY_APPLICATION:
	case ENTITY_MACHINE:
	case ENTITY_RELATION:
		break;
	}
}

/* Those who can see a change of an application or a relation. */
static void
kick_stirred(struct engine *e)
{
	struct unit *u;

	while ((u = TAILQ_FIRST(&e->ctl->stirred)) != NULL) {
		unit_calm(u);
		if (!u->entity.deleted)
			agent_kick(e, u);
	}
}

/* A change of one unit may let another unit's action start. */
static void
kick_waiting_tasks(struct engine *e, struct model *m)
{
	struct task *t = model_next_pending(m, NULL);
	struct unit *u;

	for (; t != NULL; t = model_next_pending(m, t->unit)) {
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
		m = entity_guest(ent);
		if (m != NULL)
			entity_touch(&m->entity);
	}
	TAILQ_FOREACH(ent, &e->ctl->touched, touched_entry) {
		if (ent->kind == ENTITY_MODEL)
			container_of(ent, struct model, entity)->generation++;
	}
}

/* The entity's row as text; NULL if it is to be deleted. */
static char *
commit_line(const struct entity *ent)
{
	json_auto_t *row = ent->deleted ? NULL : row_value(ent);

	return row != NULL ? json_line(row) : NULL;
}

static void
batch_row(struct store_batch *batch, const char *key, const char *line)
{
	if (line != NULL)
		store_batch_put(batch, key, line);
	else
		store_batch_delete(batch, key);
}

/* What is still owed comes first: what was touched since is newer. */
static void
commit_rows(struct engine *e, struct store_batch *batch)
{
	struct entity *ent;
	const char *owed_key;
	json_t *owed;

	json_object_foreach(e->owed, owed_key, owed)
		batch_row(batch, owed_key, json_string_value(owed));
	TAILQ_FOREACH(ent, &e->ctl->touched, touched_entry) {
		autofree char *key = row_key(ent);
		autofree char *line = commit_line(ent);

		/* What came and went since the last commit has no row. */
		if (line != NULL || !ent->fresh)
			batch_row(batch, key, line);
		history_note(ent, batch);
	}
}

/* ---- rows that could not be written ---- */

static void
owe(struct engine *e, const struct entity *ent)
{
	autofree char *key = row_key(ent);
	autofree char *line = commit_line(ent);

	json_object_set_new(e->owed, key,
	    line != NULL ? json_string(line) : json_null());
}

bool
engine_owes(const struct engine *e)
{
	return json_object_size(e->owed) > 0;
}

static void
engine_on_retry(uv_timer_t *timer)
{
	engine_pay(timer->data);
}

static void
owe_touched(struct engine *e)
{
	struct entity *ent;

	TAILQ_FOREACH(ent, &e->ctl->touched, touched_entry)
		owe(e, ent);
}

/* From now on it is tried again, whether or not anything is owed. */
static void
store_failed(struct engine *e, const struct error *err)
{
	e->fault = *err;
	engine_changed(e);
	if (!uv_is_closing((uv_handle_t *)&e->retry))
		uv_timer_start(&e->retry, engine_on_retry, e->timing.retry_ms,
		    0);
}

/* "status-set: store: ..." is one as well. */
bool
failure_is_of_store(const char *why)
{
	return why != NULL && strstr(why, "store: ") != NULL;
}

/* A hook that could not be written need not wait for its turn. */
static void
store_kick_failed(struct engine *e)
{
	struct application *app;
	struct model *m;
	struct unit *u;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		RB_FOREACH(app, application_tree, &m->applications) {
			RB_FOREACH(u, unit_tree, &app->units) {
				if (!failure_is_of_store(
					u->local.failed_reason))
					continue;
				u->local.retry_at_ms = clock_wall_ms();
				agent_kick(e, u);
			}
		}
	}
}

static void
store_works(struct engine *e)
{
	if (e->fault.code == ERROR_NONE)
		return;
	log_info("store", "can be written again");
	e->fault = (struct error){ 0 };
	e->mended_ms = clock_mono_ms();
	(void)uv_timer_stop(&e->retry);
	store_kick_failed(e);
	engine_changed(e);
}

/* Everything is in the store: who waited for that may go on. */
static void
owe_nothing(struct engine *e)
{
	if (!engine_owes(e))
		return;
	log_info("store", "what could not be written before is written");
	json_object_clear(e->owed);
	engine_changed(e);
}

/* As good as any row, to see whether the store takes it. */
static void
commit_probe(struct engine *e, struct store_batch *batch)
{
	autofree char *key = row_key(&e->ctl->entity);
	autofree char *line = commit_line(&e->ctl->entity);

	batch_row(batch, key, line);
}

void
engine_pay(struct engine *e)
{
	struct error err = { 0 };
	struct store_batch *batch;

	if (!engine_owes(e) && e->fault.code == ERROR_NONE)
		return;
	batch = store_batch_new();
	commit_rows(e, batch);
	if (!engine_owes(e) && e->ctl->name != NULL)
		commit_probe(e, batch);
	if (store_commit(e->store, batch, &err) == 0) {
		owe_nothing(e);
		store_works(e);
	} else {
		log_debug("store", "still %s", err.msg);
		owe_touched(e);
		store_failed(e, &err);
	}
	store_batch_free(batch);
}

static void
commit_free_kind(struct entity_list *deleted, enum entity_kind kind)
{
	struct entity *ent, *next;

	TAILQ_FOREACH_SAFE(ent, deleted, touched_entry, next) {
		if (ent->kind != kind)
			continue;
		TAILQ_REMOVE(deleted, ent, touched_entry);
		entity_free(ent);
	}
}

/* Children before their parents, so that nothing is freed twice. */
static void
commit_free_deleted(struct entity_list *deleted)
{
	static const enum entity_kind order[] = { ENTITY_TASK, ENTITY_SERVICE,
		ENTITY_SEEN, ENTITY_SECRET, ENTITY_RELATION, ENTITY_UNIT,
		ENTITY_MACHINE, ENTITY_APPLICATION, ENTITY_MODEL };

	for (size_t i = 0; i < nitems(order); i++)
		commit_free_kind(deleted, order[i]);
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
		if (ent->deleted && ent->kind == ENTITY_MODEL)
			messages_remove(e,
			    container_of(ent, struct model, entity));
		if (ent->deleted)
			TAILQ_INSERT_TAIL(&deleted, ent, touched_entry);
	}
	kick_stirred(e);
	commit_free_deleted(&deleted);
	engine_changed(e);
}

int
engine_commit(struct engine *e, struct error *err)
{
	if (e->rehearsing ||
	    (TAILQ_EMPTY(&e->ctl->touched) && e->batch == NULL))
		return 0;
	commit_generations(e);
	commit_rows(e, commit_batch(e));
	if (store_commit(e->store, e->batch, err) == -1) {
		engine_rollback(e);
		store_failed(e, err);
		return -1;
	}
	store_batch_free(take_ptr(e->batch));
	owe_nothing(e);
	commit_settle(e);
	messages_told(e);
	store_works(e);
	return 0;
}

/*
 * If the store refuses, the rows are kept, as they are now, and written with
 * the next commit or by a timer; meanwhile they are what a rollback goes back
 * to. The lines of the journal are lost, but for those of the log.
 */
void
engine_commit_late(struct engine *e)
{
	struct error err = { 0 };

	if (e->rehearsing ||
	    (TAILQ_EMPTY(&e->ctl->touched) && e->batch == NULL))
		return;
	commit_generations(e);
	commit_rows(e, commit_batch(e));
	if (store_commit(e->store, e->batch, &err) == 0) {
		owe_nothing(e);
	} else {
		log_error("store", "%s; keeping the change in memory", err.msg);
		owe_touched(e);
		store_failed(e, &err);
	}
	store_batch_free(take_ptr(e->batch));
	commit_settle(e);
	messages_told(e);
	if (err.code == ERROR_NONE)
		store_works(e);
}

/* The row as it was last committed, or is owed; owned by the caller. */
static char *
rollback_text(struct engine *e, const char *key, struct error *err)
{
	const char *owed = json_text(e->owed, key, NULL);

	return owed != NULL ? xstrdup(owed) : store_get(e->store, key, err);
}

/*
 * Put an entity back to what its row says. If that cannot be read, memory and
 * store are to agree at least: the change stays, and is owed.
 */
static void
rollback_entity(struct engine *e, struct entity *ent)
{
	struct error err = { 0 };
	autofree char *key = row_key(ent);
	autofree char *text = rollback_text(e, key, &err);
	json_auto_t *row = NULL;

	if (text != NULL)
		row = json_loads(text, JSON_DECODE_ANY, NULL);
	if (row != NULL &&
	    row_read(e->ctl, key, row, charm_load_source, e, &err) == 0)
		return;
	log_error("store", "cannot take back %s: %s", key, err.msg);
	owe(e, ent);
}

void
engine_rollback(struct engine *e)
{
	struct entity_list fresh = TAILQ_HEAD_INITIALIZER(fresh);
	struct entity *ent;

	engine_spare_forced(e);
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
	commit_free_deleted(&fresh);
	store_batch_free(take_ptr(e->batch));
	messages_forget(e);
}
