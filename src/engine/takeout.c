/* SPDX-License-Identifier: Apache-2.0 */
/*
 * takeout - a unit whose last hook has run leaves, with all that it had; and a
 * model whose last unit has left, with what units before left behind.
 */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"

/*
 * Stop its services, put its storage aside or destroy it, remove its
 * directories, and only then forget it: cut off anywhere, it starts again.
 */
struct takeout {
	TAILQ_ENTRY(takeout) entry;
	struct engine *engine;          /* Borrowed. */
	char *model, *unit;             /* unit is NULL: the model itself. */
	int services;                   /* Still to be stopped. */
	bool at_work;                   /* In a thread. */
	char *dir, *storage, *detached; /* detached is NULL: destroy. */
	char *prefix;                   /* Of a model. */
	bool kept;                      /* There was storage to detach. */
	uv_work_t work;
	struct error err;
};

static void
takeout_free(struct takeout *t)
{
	TAILQ_REMOVE(&t->engine->takeouts, t, entry);
	free(t->model);
	free(t->unit);
	free(t->dir);
	free(t->storage);
	free(t->detached);
	free(t->prefix);
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
	t->kept = true;
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
	struct relation_end *end;
	struct relation *rel;
	struct service *s;

	unit_fail_tasks(u);
	agent_dismiss(e, u);
	RB_FOREACH(end, end_tree, &app->relations) {
		rel = end->relation;
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
	/* Only now: its successor finds all done that it did as the leader. */
	(void)application_elect(app);
}

static void
takeout_journal(const struct takeout *t, const struct unit *u)
{
	json_t *line = json_object();

	json_put_text(line, "kind", "removed");
	json_put_text(line, "result",
	    t->err.code == ERROR_NONE ? "ok" : "failed");
	json_put_text(line, "storage", t->kept ? t->detached : NULL);
	engine_journal(t->engine, u->app->model, u->name, line);
}

static void
takeout_on_worked(uv_work_t *work, int status)
{
	struct takeout *t = work->data;
	struct engine *e = t->engine;
	struct unit *u = takeout_unit(t);
	struct application *app = u != NULL ? u->app : NULL;

	(void)status;
	if (t->err.code != ERROR_NONE)
		log_error(t->unit, "%s; left behind: %s", t->err.msg, t->dir);
	if (u != NULL) {
		takeout_journal(t, u);
		unit_delete(e, u);
		engine_commit_late(e);
		engine_reap_application(e, app);
		engine_commit_late(e);
	}
	takeout_free(t);
	engine_check_stopped(e);
}

/*
 * Whether its storage stays may have been decided anew meanwhile. What the
 * charm says of storage does not count: it may be gone.
 */
static void
takeout_clean(struct takeout *t)
{
	const struct unit *u = takeout_unit(t);

	if (u != NULL && !u->destroy_storage)
		t->detached = unit_detached_dir(t->engine, u);
	t->at_work = true;
	t->work.data = t;
	(void)uv_queue_work(t->engine->loop, &t->work, takeout_on_work,
	    takeout_on_worked);
}

/* When we are about to end, the next tenond takes the unit out. */
static void
takeout_on_stopped(void *arg, const char *key)
{
	struct takeout *t = arg;

	(void)key;
	if (--t->services == 0 && !t->engine->stopping)
		takeout_clean(t);
}

void
unit_take_out(struct engine *e, struct unit *u)
{
	struct takeout *t = xcalloc(1, sizeof *t);
	struct service *s;

	t->engine = e;
	TAILQ_INSERT_TAIL(&e->takeouts, t, entry);
	t->model = xstrdup(u->app->model->name);
	t->unit = xstrdup(u->name);
	t->dir = unit_dir(e, u);
	t->storage = unit_storage_dir(e, u);
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

/* ---- models ---- */

static int
takeout_destroy_kept(struct takeout *t, DIR *kept)
{
	const struct dirent *entry;
	size_t len = strlen(t->prefix);

	while ((entry = readdir(kept)) != NULL) {
		autofree char *path = xasprintf("%s/%s", t->storage,
		    entry->d_name);

		if (strncmp(entry->d_name, t->prefix, len) == 0 &&
		    tree_remove(path, &t->err) == -1)
			return -1;
	}
	return 0;
}

static void
takeout_on_model_work(uv_work_t *work)
{
	struct takeout *t = work->data;
	DIR *kept = opendir(t->storage);

	if (kept == NULL)
		return; /* None was ever kept. */
	(void)takeout_destroy_kept(t, kept);
	(void)closedir(kept);
}

static void
takeout_on_model_worked(uv_work_t *work, int status)
{
	struct takeout *t = work->data;
	struct engine *e = t->engine;
	struct model *m = ctl_find_model(e->ctl, t->model);

	(void)status;
	if (t->err.code != ERROR_NONE)
		log_error(t->model, "%s; left behind: %s/%s*", t->err.msg,
		    t->storage, t->prefix);
	takeout_free(t);
	if (m != NULL) {
		model_delete(e, m);
		engine_commit_late(e);
	}
	engine_check_stopped(e);
}

static bool
model_is_taken_out(const struct engine *e, const struct model *m)
{
	const struct takeout *t;

	TAILQ_FOREACH(t, &e->takeouts, entry) {
		if (t->unit == NULL && strcmp(t->model, m->name) == 0)
			return true;
	}
	return false;
}

void
model_take_out(struct engine *e, struct model *m)
{
	struct takeout *t;

	if (model_is_taken_out(e, m))
		return;
	t = xcalloc(1, sizeof *t);
	t->engine = e;
	TAILQ_INSERT_TAIL(&e->takeouts, t, entry);
	t->model = xstrdup(m->name);
	t->storage = xasprintf("%s/storage", e->home);
	t->prefix = model_detached_prefix(m);
	engine_wake(e);
}

/* If the store has refused that it goes, the model stays, with all it has. */
static void
takeout_begin_model(struct takeout *t)
{
	const struct model *m = ctl_find_model(t->engine->ctl, t->model);

	if (m == NULL || m->life != LIFE_DYING) {
		takeout_free(t);
		return;
	}
	t->at_work = true;
	t->work.data = t;
	(void)uv_queue_work(t->engine->loop, &t->work, takeout_on_model_work,
	    takeout_on_model_worked);
}

void
takeouts_begin(struct engine *e)
{
	struct takeout *t, *next;

	if (e->stopping)
		return;
	TAILQ_FOREACH_SAFE(t, &e->takeouts, entry, next) {
		if (t->unit == NULL && !t->at_work)
			takeout_begin_model(t);
	}
}

bool
takeouts_are_at_work(const struct engine *e)
{
	const struct takeout *t;

	TAILQ_FOREACH(t, &e->takeouts, entry) {
		if (t->at_work)
			return true;
	}
	return false;
}

void
takeouts_free(struct engine *e)
{
	struct takeout *t, *next;

	TAILQ_FOREACH_SAFE(t, &e->takeouts, entry, next)
		takeout_free(t);
}
