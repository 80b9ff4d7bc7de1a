/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"

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
	struct relation *rel;
	struct unit *u;

	if (app->life == LIFE_DYING)
		return;
	app->life = LIFE_DYING;
	entity_touch(&app->entity);
	RB_FOREACH(rel, relation_tree, &app->model->relations) {
		if (rel->nends == 2 && relation_end_of(rel, app) != NULL)
			relation_condemn(rel);
	}
	RB_FOREACH(u, unit_tree, &app->units) {
		u->destroy_storage |= app->destroy_storage;
		unit_condemn(u);
	}
}

/* ---- parents that have lost their last child ---- */

static void
relation_delete(struct relation *rel)
{
	struct seen_relation *seen;
	struct unit *u;

	for (int i = 0; i < rel->nends; i++) {
		RB_FOREACH(u, unit_tree, &rel->ends[i].app->units) {
			seen = unit_seen(u, rel->id);
			if (seen == NULL)
				continue;
			seen_relation_free(u, seen);
			entity_touch(&u->entity);
		}
	}
	entity_delete(&rel->entity);
}

static bool
application_is_empty(const struct application *app)
{
	struct relation *rel;

	if (!RB_EMPTY(&app->units))
		return false;
	RB_FOREACH(rel, relation_tree, &app->model->relations) {
		if (rel->nends == 2 && !rel->entity.deleted &&
		    (rel->ends[0].app == app || rel->ends[1].app == app))
			return false;
	}
	return true;
}

static void
application_delete(struct application *app)
{
	struct relation *rel;

	RB_FOREACH(rel, relation_tree, &app->model->relations) {
		if (rel->nends == 1 && rel->ends[0].app == app)
			entity_delete(&rel->entity);
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

static void
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
			relation_delete(rel);
	}
	RB_FOREACH(app, application_tree, &m->applications) {
		if (app->life == LIFE_DYING && !app->entity.deleted &&
		    application_is_empty(app))
			application_delete(app);
	}
	if (m->life == LIFE_DYING && !m->entity.deleted && model_is_empty(m))
		model_delete(e, m);
}

void
engine_reap(struct engine *e)
{
	struct model *m;

	RB_FOREACH(m, model_tree, &e->ctl->models)
		model_reap(e, m);
}

/* ---- taking a unit out ---- */

/*
 * Stop its services, put its storage aside or destroy it, remove its
 * directories, and only then forget it: cut off anywhere, it starts again.
 */
struct takeout {
	struct engine *engine; /* Borrowed. */
	char *model, *unit;
	int services;                   /* Still to be stopped. */
	char *dir, *storage, *detached; /* detached is NULL: destroy. */
	uv_work_t work;
	struct error err;
};

static void
takeout_free(struct takeout *t)
{
	free(t->model);
	free(t->unit);
	free(t->dir);
	free(t->storage);
	free(t->detached);
	free(t);
}

static struct unit *
takeout_unit(struct takeout *t)
{
	struct model *m = ctl_find_model(t->engine->ctl, t->model);

	return m != NULL ? model_find_unit(m, t->unit) : NULL;
}

static int
takeout_detach(struct takeout *t)
{
	autofree char *parent = xasprintf("%s/storage", t->engine->home);

	if (!file_exists(t->storage))
		return 0;
	if (dir_make(parent, 0711, &t->err) == -1)
		return -1;
	if (rename(t->storage, t->detached) == -1)
		return error_set_errno(&t->err, errno, "cannot move %s to %s",
		    t->storage, t->detached);
	return 0;
}

/* In a thread of the pool: a data directory may be large. */
static void
takeout_on_work(uv_work_t *work)
{
	struct takeout *t = work->data;

	if (t->detached != NULL && takeout_detach(t) == -1)
		return;
	if (tree_remove(t->dir, &t->err) == -1)
		return;
	/* The machine's directory goes with its last unit. */
	*strrchr(t->dir, '/') = '\0';
	(void)rmdir(t->dir);
}

static void
unit_fail_tasks(struct unit *u)
{
	struct task *t;
	autofree char *why = xasprintf("unit %s has been removed", u->name);

	while ((t = unit_next_task(u)) != NULL)
		task_end(t, TASK_FAILED, why, clock_wall_ms());
}

static void
unit_delete(struct engine *e, struct unit *u)
{
	struct application *app = u->app;
	struct machine *machine = u->machine;
	struct relation *rel;
	struct service *s;

	unit_fail_tasks(u);
	agent_dismiss(e, u);
	RB_FOREACH(rel, relation_tree, &app->model->relations) {
		if (relation_find_member(rel, u) == NULL)
			continue;
		relation_leave(rel, u);
		entity_touch(&rel->entity);
	}
	RB_FOREACH(s, service_tree, &u->services)
		entity_delete(&s->entity);
	entity_delete(&u->entity);
	if (machine != NULL)
		entity_delete(&machine->entity);
	if (application_elect(app))
		entity_touch(&app->entity);
}

static void
takeout_on_worked(uv_work_t *work, int status)
{
	struct takeout *t = work->data;
	struct engine *e = t->engine;
	struct unit *u = takeout_unit(t);

	(void)status;
	if (t->err.code != ERROR_NONE)
		log_error(t->unit, "%s; left behind: %s", t->err.msg, t->dir);
	if (u != NULL) {
		engine_journal(e, u->app->model, u->name,
		    json_pack("{s:s, s:s, s:s*}", "kind", "removed", "result",
			t->err.code == ERROR_NONE ? "ok" : "failed", "storage",
			t->detached));
		unit_delete(e, u);
		engine_commit_late(e);
		engine_reap(e);
		engine_commit_late(e);
	}
	takeout_free(t);
}

static void
takeout_clean(struct takeout *t)
{
	t->work.data = t;
	(void)uv_queue_work(t->engine->loop, &t->work, takeout_on_work,
	    takeout_on_worked);
}

static void
takeout_on_stopped(void *arg, const char *key)
{
	struct takeout *t = arg;

	(void)key;
	if (--t->services == 0)
		takeout_clean(t);
}

void
unit_take_out(struct engine *e, struct unit *u)
{
	struct takeout *t = xcalloc(1, sizeof *t);
	struct service *s;

	t->engine = e;
	t->model = xstrdup(u->app->model->name);
	t->unit = xstrdup(u->name);
	t->dir = unit_dir(e, u);
	t->storage = unit_storage_dir(e, u);
	if (!u->destroy_storage && u->app->charm->storage != NULL)
		t->detached = unit_detached_dir(e, u);
	t->services = 1;
	RB_FOREACH(s, service_tree, &u->services) {
		autofree char *key = service_key(s);

		s->wanted = false;
		entity_touch(&s->entity);
		t->services++;
		supervisor_stop(e->supervisor, key, takeout_on_stopped, t);
	}
	engine_commit_late(e);
	takeout_on_stopped(t, NULL);
}
