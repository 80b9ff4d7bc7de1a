/* SPDX-License-Identifier: Apache-2.0 */

#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/osrelease.h"
#include "engine/agent.h"
#include "engine/check.h"
#include "engine/internal.h"
#include "engine/model_option.h"
#include "engine/plan.h"
#include "model/rows.h"

static int
engine_load_row(void *arg, const char *key, const char *value,
    struct error *err)
{
	struct engine *e = arg;
	json_auto_t *row = json_loads(value, JSON_DECODE_ANY, NULL);

	if (row == NULL)
		return error_set(err, ERROR_INTERNAL,
		    "store: row %s is not JSON", key);
	return row_read(e->ctl, key, row, charm_load_source, e, err);
}

static int
engine_load(struct engine *e, struct error *err)
{
	for (size_t i = 0; row_prefixes[i] != NULL; i++) {
		if (store_each(e->store, row_prefixes[i], engine_load_row, e,
			err) == -1)
			return -1;
	}
	return 0;
}

/* A watch may end any of them while it is told. */
static void
engine_tell(struct engine *e)
{
	struct engine_watch *w;

	e->changed = false;
	/* A controller that is being destroyed goes with its last model. */
	if (e->ctl->life == LIFE_DYING && RB_EMPTY(&e->ctl->models))
		e->over = true;
	TAILQ_FOREACH(w, &e->watches, entry)
		w->told = false;
	for (w = TAILQ_FIRST(&e->watches); w != NULL;) {
		if (w->told) {
			w = TAILQ_NEXT(w, entry);
			continue;
		}
		w->told = true;
		w->fn(w->arg);
		w = TAILQ_FIRST(&e->watches);
	}
}

static void
engine_on_wake(uv_idle_t *idle)
{
	struct engine *e = idle->data;
	struct agent *a;

	agents_end(e);
	while ((a = TAILQ_FIRST(&e->ready)) != NULL) {
		TAILQ_REMOVE(&e->ready, a, ready_entry);
		a->queued = false;
		agent_step(a);
	}
	takeouts_begin(e);
	if (e->changed)
		engine_tell(e);
	if (TAILQ_EMPTY(&e->ready) && TAILQ_EMPTY(&e->ended) && !e->changed)
		uv_idle_stop(&e->wake);
}

void
engine_wake(struct engine *e)
{
	if (uv_is_closing((uv_handle_t *)&e->wake))
		return;
	uv_idle_start(&e->wake, engine_on_wake);
}

void
engine_changed(struct engine *e)
{
	e->changed = true;
	engine_wake(e);
}

struct engine_watch *
engine_watch(struct engine *e, engine_watch_fn *fn, void *arg)
{
	struct engine_watch *w = xcalloc(1, sizeof *w);

	w->engine = e;
	w->fn = fn;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&e->watches, w, entry);
	return w;
}

void
engine_unwatch(struct engine_watch *w)
{
	if (w == NULL)
		return;
	TAILQ_REMOVE(&w->engine->watches, w, entry);
	free(w);
}

static const struct engine_timing usual_timing = {
	.linger_ms = 10000,
	.grace_ms = 5000,
	.hang_ms = 10 * 60 * 1000,
	.hang_dying_ms = 60 * 1000,
	.check_ms = 10000,
	.plan_ms = 60000,
	.retry_ms = 2000,
};

/* When nothing can fail any more: handles are closed by engine_stop() only. */
static void
engine_init_handles(struct engine *e)
{
	struct supervisor_calls calls = engine_supervisor_calls;

	uv_idle_init(e->loop, &e->wake);
	e->wake.data = e;
	uv_timer_init(e->loop, &e->retry);
	e->retry.data = e;
	e->handles = 2;
	calls.arg = e;
	e->supervisor = supervisor_new(e->loop, &calls);
}

static void
engine_init_lists(struct engine *e)
{
	RB_INIT(&e->agents);
	TAILQ_INIT(&e->ready);
	TAILQ_INIT(&e->ended);
	TAILQ_INIT(&e->restless);
	TAILQ_INIT(&e->idle);
	TAILQ_INIT(&e->watches);
	TAILQ_INIT(&e->checks);
	TAILQ_INIT(&e->plans);
	TAILQ_INIT(&e->takeouts);
	TAILQ_INIT(&e->stops);
	TAILQ_INIT(&e->shelf);
}

struct engine *
engine_new(const struct engine_spec *spec, struct error *err)
{
	struct engine *e = xcalloc(1, sizeof *e);

	engine_init_lists(e);
	e->loop = spec->loop;
	e->home = xstrdup(spec->home);
	e->charms_dir = xstrdup(spec->charms_dir);
	e->version = xstrdup(spec->version);
	e->series = osrelease_series();
	xreplace(&e->tools_dir, spec->tools_dir);
	xreplace(&e->socket, spec->socket);
	e->timing = usual_timing;
	e->owed = json_object();
	e->idle_max = LIMIT_IDLE_CHARMS;
	e->ctl = ctl_new();
	if (dir_make(e->home, 0711, err) == -1 ||
	    (e->store = store_open(e->home, err)) == NULL ||
	    engine_load(e, err) == -1) {
		engine_free(e);
		return NULL;
	}
	engine_init_handles(e);
	return e;
}

/* Every unit is asked for its next step; an idle one has none. */
void
engine_start(struct engine *e)
{
	struct model *m;
	struct application *app;
	struct unit *u;

	tasks_forget_running(e);
	/* Before anything that may be taken back: they must not run again. */
	engine_commit_late(e);
	engine_adopt_services(e);
	/* The rows were read into more than stays of them. */
	mem_trim();
	RB_FOREACH(m, model_tree, &e->ctl->models) {
		model_options_take_effect(e, m);
		RB_FOREACH(app, application_tree, &m->applications) {
			RB_FOREACH(u, unit_tree, &app->units)
				agent_kick(e, u);
		}
	}
	engine_reap_all(e);
	engine_commit_late(e);
	engine_changed(e);
}

static void
engine_on_closed(uv_handle_t *handle)
{
	struct engine *e = handle->data;

	if (--e->handles == 0)
		e->stopped(e->stopped_arg);
}

/* Called by the last one that goes, and once by engine_stop() itself. */
void
engine_check_stopped(struct engine *e)
{
	if (!e->stopping || !RB_EMPTY(&e->agents) || !TAILQ_EMPTY(&e->checks) ||
	    !TAILQ_EMPTY(&e->plans) || takeouts_are_at_work(e) ||
	    uv_is_closing((uv_handle_t *)&e->wake))
		return;
	engine_pay(e);
	uv_close((uv_handle_t *)&e->wake, engine_on_closed);
	uv_close((uv_handle_t *)&e->retry, engine_on_closed);
}

void
engine_stop(struct engine *e, void (*done)(void *arg), void *arg)
{
	struct agent *a, *next;

	agents_end(e);
	e->stopping = true;
	e->stopped = done;
	e->stopped_arg = arg;
	RB_FOREACH_SAFE(a, agent_tree, &e->agents, next)
		agent_cut_off(a);
	checks_stop(e);
	plans_stop(e);
	engine_check_stopped(e);
}

/*
 * The controller is gone, and so is its state; storage that was kept stays,
 * and the directories that hold it.
 */
static void
engine_erase(struct engine *e)
{
	static const char *const places[] = { "machines", "storage", "log" };

	for (size_t i = 0; i < nitems(places); i++) {
		autofree char *dir = xasprintf("%s/%s", e->home, places[i]);

		(void)rmdir(dir);
	}
	store_destroy(take_ptr(e->store), e->home);
}

void
engine_free(struct engine *e)
{
	if (e == NULL)
		return;
	supervisor_free(e->supervisor);
	takeouts_free(e);
	stops_free(e);
	store_batch_free(e->batch);
	json_decref(e->owed);
	json_decref(e->told);
	logbook_close(&e->log_file);
	if (e->over)
		engine_erase(e);
	store_close(e->store);
	ctl_free(e->ctl);
	shelf_free(e);
	free(e->home);
	free(e->charms_dir);
	free(e->version);
	free(e->series);
	free(e->tools_dir);
	free(e->socket);
	free(e);
}

bool
engine_is_over(const struct engine *e)
{
	return e->over;
}
