/* SPDX-License-Identifier: Apache-2.0 */

#include "world.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "../scratch.h"
#include "store/impl.h"

/* ---- up and down ---- */

void
world_up(struct world *w)
{
	const struct engine_spec spec = {
		.loop = &w->loop,
		.home = w->home,
		.charms_dir = w->charms,
		.version = "2.9.42",
	};

	w->engine = engine_new(&spec, &w->err);
	if (w->engine == NULL)
		fail_msg("%s", w->err.msg);
	engine_start(w->engine);
}

static void
on_stopped(void *arg)
{
	struct world *w = arg;

	w->stopped = true;
}

static bool
has_stopped(void *arg)
{
	const struct world *w = arg;

	return w->stopped;
}

void
world_down(struct world *w)
{
	w->stopped = false;
	engine_stop(w->engine, on_stopped, w);
	loop_until(&w->loop, has_stopped, w);
	engine_free(w->engine);
	w->engine = NULL;
}

void
world_restart(struct world *w)
{
	world_down(w);
	world_up(w);
}

int
world_setup(void **state)
{
	struct world *w = xcalloc(1, sizeof *w);
	void *dir;

	if (scratch_setup(&dir) == -1)
		return -1;
	w->dir = dir;
	w->home = xasprintf("%s/home", w->dir);
	w->charms = xasprintf("%s/charms", w->dir);
	world_make_charms(w);
	assert_int_equal(uv_loop_init(&w->loop), 0);
	world_up(w);
	world_do(w, verb_bootstrap, NULL, "{\"name\": \"c\"}");
	world_do(w, verb_add_model, NULL, "{\"name\": \"m\"}");
	*state = w;
	return 0;
}

static void
note_services(struct unit *u, json_t *pids)
{
	struct service *s;

	RB_FOREACH(s, service_tree, &u->services) {
		if (s->pid > 1)
			json_array_append_new(pids, json_integer(s->pid));
	}
}

/* The processes of all services: a new array. */
static json_t *
list_services(struct engine *e)
{
	json_t *pids = json_array();
	struct model *m;
	struct application *app;
	struct unit *u;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		RB_FOREACH(app, application_tree, &m->applications) {
			RB_FOREACH(u, unit_tree, &app->units)
				note_services(u, pids);
		}
	}
	return pids;
}

/* No service outlives the test, or is started again at its end. */
static void
end_engine(struct world *w)
{
	json_auto_t *pids = list_services(w->engine);
	json_t *pid;
	size_t i;

	world_down(w);
	json_array_foreach(pids, i, pid)
		(void)kill((pid_t)-json_integer_value(pid), SIGKILL);
}

int
world_teardown(void **state)
{
	struct world *w = *state;
	void *dir = w->dir;

	if (w->engine != NULL)
		end_engine(w);
	loop_finish(&w->loop);
	free(w->home);
	free(w->charms);
	free(w);
	return scratch_teardown(&dir);
}

/* ---- verbs ---- */

struct waiting {
	struct engine_call call;
	struct error err;
	int rc;
};

static bool
has_come_true(void *arg)
{
	struct waiting *wait = arg;

	wait->rc = wait->call.until(&wait->call, &wait->err);
	return wait->rc != 0;
}

/* The reply, or NULL with w->err. */
static json_t *
call(struct world *w, engine_verb *verb, const char *subject, const char *args)
{
	json_auto_t *parsed = json_loads(args, 0, NULL);
	struct waiting wait = { .call = { .engine = w->engine,
				    .model = "-",
				    .subject = subject,
				    .args = parsed } };

	assert_non_null(parsed);
	w->err = (struct error){ 0 };
	wait.rc = verb(&wait.call, &wait.err);
	if (wait.rc == 0 && wait.call.until != NULL)
		loop_until(&w->loop, has_come_true, &wait);
	if (wait.call.text != NULL) {
		autofree char *text = wait.call.text;

		return json_loads(text, JSON_DECODE_ANY, NULL);
	}
	if (wait.rc != -1)
		return wait.call.reply != NULL ? wait.call.reply :
						 json_object();
	assert_int_not_equal(wait.err.code, ERROR_NONE);
	w->err = wait.err;
	json_decref(wait.call.reply);
	return NULL;
}

json_t *
world_call(struct world *w, engine_verb *verb, const char *subject,
    const char *args)
{
	json_t *reply = call(w, verb, subject, args);

	if (reply == NULL)
		fail_msg("%s: %s", error_word(w->err.code), w->err.msg);
	return reply;
}

void
world_do(struct world *w, engine_verb *verb, const char *subject,
    const char *args)
{
	json_decref(world_call(w, verb, subject, args));
}

void
world_refused(struct world *w, engine_verb *verb, const char *subject,
    const char *args, const char *message)
{
	json_auto_t *reply = call(w, verb, subject, args);

	assert_null(reply);
	assert_string_equal(w->err.msg, message);
}

void
world_begin(struct world *w, engine_verb *verb, const char *subject,
    const char *args)
{
	json_auto_t *parsed = json_loads(args, 0, NULL);
	struct engine_call c = { .engine = w->engine,
		.model = "-",
		.subject = subject,
		.args = parsed };

	if (verb(&c, &w->err) == -1)
		fail_msg("%s", w->err.msg);
	json_decref(c.reply);
}

bool
world_is_settled(struct world *w)
{
	struct error err;

	return model_settled(w->engine, world_model(w), NULL, &err) == 1;
}

static bool
is_settled(void *arg)
{
	return world_is_settled(arg);
}

void
world_settle(struct world *w)
{
	loop_until(&w->loop, is_settled, w);
}

void
world_deploy(struct world *w, const char *charm, int units)
{
	autofree char *args = xasprintf("{\"charm\": \"%s\", \"units\": %d}",
	    charm, units);

	world_do(w, verb_deploy, NULL, args);
	world_settle(w);
}

json_t *
world_run(struct world *w, const char *unit, const char *action,
    const char *params)
{
	autofree char *args = xasprintf(
	    "{\"units\": [\"%s\"], \"action\": \"%s\", \"params\": %s}", unit,
	    action, params);
	json_auto_t *reply = world_call(w, verb_run_action, NULL, args);
	const json_t *task = json_array_get(json_object_get(reply, "tasks"), 0);

	return world_call(w, verb_show_task, json_text(task, "id", ""),
	    "{\"wait\": true}");
}

/* ---- the model ---- */

struct model *
world_model(struct world *w)
{
	struct model *m = ctl_find_model(w->engine->ctl, "m");

	assert_non_null(m);
	return m;
}

struct unit *
world_find_unit(struct world *w, const char *name)
{
	struct model *m = ctl_find_model(w->engine->ctl, "m");

	return m != NULL ? model_find_unit(m, name) : NULL;
}

struct unit *
world_unit(struct world *w, const char *name)
{
	struct unit *u = world_find_unit(w, name);

	if (u == NULL)
		fail_msg("no unit %s", name);
	return u;
}

struct relation *
world_relation(struct world *w, int64_t id)
{
	return model_find_relation(world_model(w), id);
}

/* ---- waiting ---- */

void
world_await(struct world *w, condition_fn *condition)
{
	loop_until(&w->loop, condition, w);
}

struct wanted {
	struct world *world;
	const char *subject, *what;
};

static bool
is_seen(void *arg)
{
	const struct wanted *want = arg;

	return world_has_seen(want->world, want->subject, want->what);
}

void
world_await_seen(struct world *w, const char *charm, const char *line)
{
	struct wanted want = { w, charm, line };

	loop_until(&w->loop, is_seen, &want);
}

static bool
unit_is(void *arg)
{
	const struct wanted *want = arg;
	struct unit *u = world_find_unit(want->world, want->subject);

	if (strcmp(want->what, "gone") == 0)
		return u == NULL;
	assert_non_null(u);
	if (strcmp(want->what, "busy") == 0)
		return unit_is_busy(want->world->engine, u);
	if (unit_is_busy(want->world->engine, u))
		return false;
	return strcmp(want->what, "error") != 0 || u->local.failed_hook != NULL;
}

void
world_await_unit(struct world *w, const char *unit, const char *what)
{
	struct wanted want = { w, unit, what };

	loop_until(&w->loop, unit_is, &want);
}

/* ---- the store ---- */

static void
set_store(struct world *w, const char *pragma)
{
	assert_int_equal(sqlite3_exec(w->engine->store->db, pragma, NULL, NULL,
			     NULL),
	    SQLITE_OK);
}

void
world_break_store(struct world *w)
{
	set_store(w, "PRAGMA query_only = ON");
}

void
world_mend_store(struct world *w)
{
	set_store(w, "PRAGMA query_only = OFF");
}

json_t *
world_journal(struct world *w, const char *subject, const char *kind)
{
	autofree char *args = xasprintf("{\"subject\": \"%s\"}", subject);
	json_auto_t *reply = world_call(w, verb_journal, NULL, args);
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(reply, "entries"), i, entry) {
		if (strcmp(json_text(entry, "kind", ""), kind) == 0)
			return json_incref(entry);
	}
	return NULL;
}
