/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that are refused, checks of charms, and the end of the engine. */

#include "world.h"

#include "engine/check.h"
#include "store/impl.h"

static const struct {
	engine_verb *verb;
	const char *subject, *args, *message;
} bad_calls[] = {
	{ verb_bootstrap, NULL, "{\"name\": \"d\"}",
	    "controller \"c\" already exists" },
	{ verb_bootstrap, NULL, "{\"cloud\": \"aws\"}", "cloud aws not found" },
	{ verb_add_model, NULL, "{}", "field \"name\" is missing" },
	{ verb_add_model, NULL, "{\"name\": \"M\"}",
	    "\"M\" is not a valid name: model names may only contain "
	    "lowercase letters, digits and hyphens" },
	{ verb_add_model, NULL, "{\"name\": \"m\"}",
	    "failed to create new model: model \"m\" for admin already "
	    "exists (already exists)" },
	{ verb_set_model_config, NULL, "{\"set\": {\"colour\": \"red\"}}",
	    "unknown model option \"colour\"" },
	{ verb_set_model_config, NULL, "{\"reset\": [\"colour\"]}",
	    "unknown model option \"colour\"" },
	{ verb_set_model_config, NULL,
	    "{\"set\": {\"test-mode\": \"true\", "
	    "\"update-status-hook-interval\": \"soon\"}}",
	    "model option \"update-status-hook-interval\" expected a "
	    "duration from 1s to 24h, such as 10s or 5m, got \"soon\"" },
	{ verb_set_model_config, NULL,
	    "{\"set\": {\"update-status-hook-interval\": \"10ms\"}}",
	    "model option \"update-status-hook-interval\" expected a "
	    "duration from 1s to 24h, such as 10s or 5m, got \"10ms\"" },
	{ verb_set_model_config, NULL,
	    "{\"set\": {\"automatically-retry-hooks\": \"maybe\"}}",
	    "model option \"automatically-retry-hooks\" expected true or "
	    "false, got \"maybe\"" },
	{ verb_set_model_config, NULL, "{\"set\": {\"mode\": \"strict\"}}",
	    "model option \"mode\" expected requires-prompts or nothing, got "
	    "\"strict\"" },
	{ verb_set_model_config, NULL,
	    "{\"set\": {\"logging-config\": \"unit=LOUD\"}}",
	    "model option \"logging-config\" expected levels by module, such "
	    "as <root>=INFO;unit=DEBUG, got \"unit=LOUD\"" },
	{ verb_set_model_config, NULL,
	    "{\"set\": {\"test-mode\": \"true\"}, \"reset\": "
	    "[\"test-mode\"]}",
	    "cannot set and reset key \"test-mode\" simultaneously" },
	{ verb_deploy, NULL, "{}", "field \"charm\" is missing" },
	{ verb_deploy, NULL, "{\"charm\": \"nothing\"}",
	    "No charm or bundle with name 'nothing'." },
	{ verb_deploy, NULL, "{\"charm\": \"../db\"}",
	    "No charm or bundle with name '../db'." },
	{ verb_deploy, NULL, "{\"charm\": \"/no/where\"}",
	    "no charm or bundle was found at \"/no/where\"" },
	{ verb_deploy, NULL, "{\"charm\": \"shell\", \"units\": -1}",
	    "number of units is -1, expected 0 to 100" },
	{ verb_deploy, NULL, "{\"charm\": \"shell\", \"units\": 101}",
	    "number of units is 101, expected 0 to 100" },
	{ verb_deploy, NULL, "{\"charm\": \"shell\", \"name\": \"X\"}",
	    "invalid application name \"X\", expected lower-case "
	    "letters, digits and single hyphens, beginning with a "
	    "letter" },
	{ verb_deploy, NULL,
	    "{\"charm\": \"db\", \"name\": \"y\", \"config\": "
	    "{\"colour\": \"red\"}}",
	    "unknown option \"colour\"" },
	{ verb_add_unit, "x", "{}", "application \"x\" not found" },
	{ verb_add_unit, "db", "{\"units\": -1}",
	    "number of units is -1, expected 1 to 100" },
	{ verb_get_config, "x", "{}", "application \"x\" not found" },
	{ verb_set_config, "db", "{\"set\": {\"colour\": \"red\"}}",
	    "unknown option \"colour\"" },
	{ verb_set_config, "db",
	    "{\"set\": {\"size\": \"9\"}, \"reset\": [\"size\"]}",
	    "cannot set and reset key \"size\" simultaneously" },
	{ verb_actions, "x", "{}", "application \"x\" not found" },
	{ verb_relate, NULL, "{}", "a relation must involve two applications" },
	{ verb_relate, NULL, "{\"endpoints\": [\"db\", 1]}",
	    "a relation must involve two applications" },
	{ verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}",
	    "cannot add relation \"web:backend db:database\"\n"
	    "relation web:backend db:database (already exists): \n\n"
	    "Use 'tenon status --relations' to view the current "
	    "relations." },
	{ verb_remove_relation, NULL, "{\"id\": 77}", "relation 77 not found" },
	{ verb_remove_relation, NULL, "{\"id\": 0}",
	    "relation 0 is a peer relation and goes with its "
	    "application" },
	{ verb_remove_units, NULL, "{}", "no units specified" },
	{ verb_remove_units, NULL, "{\"units\": [\"db\"]}",
	    "invalid unit name \"db\"" },
	{ verb_remove_units, NULL, "{\"units\": [\"db/0\", \"db/5\"]}",
	    "removing unit db/5 failed: unit \"db/5\" not found" },
	{ verb_remove_application, "x", "{}", "application \"x\" not found" },
};

static void
what_is_wrong_is_refused_and_changes_nothing(void **state)
{
	struct world *w = *state;
	uint64_t generation;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	generation = world_model(w)->generation;
	for (size_t i = 0; i < nitems(bad_calls); i++) {
		world_refused(w, bad_calls[i].verb, bad_calls[i].subject,
		    bad_calls[i].args, bad_calls[i].message);
		assert_true(TAILQ_EMPTY(&w->engine->ctl->touched));
		assert_null(w->engine->batch);
	}
	assert_int_equal(world_model(w)->generation, generation);
	assert_int_equal(world_unit(w, "db/0")->life, LIFE_ALIVE);
	assert_null(model_find_application(world_model(w), "y"));
}

/* `limit: 1` on an endpoint. */
static void
an_endpoint_takes_no_more_relations_than_its_limit(void **state)
{
	struct world *w = *state;
	autofree char *path = xasprintf("%s/web/metadata.yaml", w->charms);

	assert_int_equal(file_write(path, 0644,
			     "name: web\n"
			     "requires: {backend: {interface: sql, limit: 1}}\n"
			     "tenon: {resident: true}\n",
			     &w->err),
	    0);
	world_deploy(w, "db", 1);
	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"db\", \"name\": \"other\"}");
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"db\", \"web\"]}");
	world_refused(w, verb_relate, NULL,
	    "{\"endpoints\": [\"other\", \"web\"]}",
	    "cannot add relation \"web:backend other:database\": establishing "
	    "a new relation for web:backend would exceed its maximum relation "
	    "limit of 1 (quota limit exceeded)");
	world_do(w, verb_remove_relation, NULL, "{\"id\": 2}");
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"other\", \"web\"]}");
}

static void
expect_option(struct world *w, const char *name, const char *value,
    const char *source)
{
	json_auto_t *reply = world_call(w, verb_get_model_config, NULL, "{}");
	const json_t *option = json_child(json_child(reply, "config",
					      JSON_OBJECT),
	    name, JSON_OBJECT);

	assert_string_equal(json_text(option, "value", ""), value);
	assert_string_equal(json_text(option, "source", ""), source);
}

static void
an_option_of_a_model_is_kept_and_can_be_set_back(void **state)
{
	static const char name[] = "update-status-hook-interval";
	struct world *w = *state;
	uint64_t generation;

	expect_option(w, name, "5m", "default");
	world_do(w, verb_set_model_config, NULL,
	    "{\"set\": {\"update-status-hook-interval\": \"1m30s\"}}");
	generation = world_model(w)->generation;
	world_do(w, verb_set_model_config, NULL,
	    "{\"set\": {\"update-status-hook-interval\": \"1m30s\"}}");
	assert_int_equal(world_model(w)->generation, generation);
	world_restart(w);
	expect_option(w, name, "1m30s", "model");
	world_do(w, verb_set_model_config, NULL,
	    "{\"reset\": [\"update-status-hook-interval\"]}");
	expect_option(w, name, "5m", "default");
}

/* ---- charms that are asked before ---- */

static void
let_shell_be_checked(struct world *w, const char *script)
{
	autofree char *metadata = xasprintf("%s/shell/metadata.yaml",
	    w->charms);
	autofree char *dispatch = xasprintf("%s/shell/dispatch", w->charms);

	assert_int_equal(file_write(metadata, 0644,
			     "name: shell\ntenon: {check: true}\n", &w->err),
	    0);
	assert_int_equal(file_write(dispatch, 0755, script, &w->err), 0);
}

static void
a_charm_may_refuse_to_be_deployed(void **state)
{
	struct world *w = *state;

	let_shell_be_checked(w,
	    "#!/bin/sh\n"
	    "[ \"$1\" = check ] || exit 0\n"
	    "[ \"$2\" = good ] && exit 0\n"
	    "echo \"no version $2\"\necho 'there is: good'\nexit 1\n");
	world_refused(w, verb_deploy, NULL,
	    "{\"charm\": \"shell\", \"channel\": \"bad\"}", "no version bad");
	assert_string_equal(w->err.hint, "there is: good");
	assert_null(model_find_application(world_model(w), "shell"));
	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"shell\", \"channel\": \"good\"}");
	world_settle(w);
	assert_true(world_unit(w, "shell/0")->local.started);
	assert_true(TAILQ_EMPTY(&w->engine->checks));
}

static void
a_check_that_hangs_is_killed(void **state)
{
	struct world *w = *state;

	w->engine->timing.check_ms = 50;
	let_shell_be_checked(w, "#!/bin/sh\nexec sleep 1000\n");
	world_refused(w, verb_deploy, NULL, "{\"charm\": \"shell\"}",
	    "the charm's check has not ended after 0 s");
}

/* Whoever asked has gone: the answer is not kept for ever. */
static void
a_check_that_nobody_asks_about_is_forgotten(void **state)
{
	struct world *w = *state;

	let_shell_be_checked(w, "#!/bin/sh\nexit 0\n");
	world_begin(w, verb_deploy, NULL, "{\"charm\": \"shell\"}");
	assert_false(TAILQ_EMPTY(&w->engine->checks));
	/* The teardown ends, or does not. */
	while (check_result(w->engine, 1, NULL, &w->err) == 0)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_true(TAILQ_EMPTY(&w->engine->checks));
	world_begin(w, verb_deploy, NULL, "{\"charm\": \"shell\"}");
}

static void
an_engine_stops_while_a_check_hangs(void **state)
{
	struct world *w = *state;

	let_shell_be_checked(w, "#!/bin/sh\nexec sleep 1000\n");
	world_begin(w, verb_deploy, NULL, "{\"charm\": \"shell\"}");
	world_down(w);
	world_up(w);
}

/* ---- the end ---- */

/* All threads of the pool, waiting until they are let go. */
struct crowd {
	uv_sem_t gate;
	uv_work_t work[4];
	size_t gone;
};

static void
crowd_on_work(uv_work_t *work)
{
	struct crowd *crowd = work->data;

	uv_sem_wait(&crowd->gate);
}

static void
crowd_on_worked(uv_work_t *work, int status)
{
	struct crowd *crowd = work->data;

	assert_int_equal(status, 0);
	crowd->gone++;
}

static bool
crowd_is_gone(void *arg)
{
	const struct crowd *crowd = arg;

	return crowd->gone == nitems(crowd->work);
}

static void
crowd_begin(struct crowd *crowd, uv_loop_t *loop)
{
	assert_int_equal(uv_sem_init(&crowd->gate, 0), 0);
	for (size_t i = 0; i < nitems(crowd->work); i++) {
		crowd->work[i].data = crowd;
		assert_int_equal(uv_queue_work(loop, &crowd->work[i],
				     crowd_on_work, crowd_on_worked),
		    0);
	}
}

static void
crowd_let_go(struct crowd *crowd)
{
	for (size_t i = 0; i < nitems(crowd->work); i++)
		uv_sem_post(&crowd->gate);
}

/* Its thread has to wait for the crowd, so that it cannot be done before. */
static void
an_engine_stops_while_a_unit_is_taken_out(void **state)
{
	struct world *w = *state;
	struct crowd crowd = { 0 };
	struct agent *a;

	world_deploy(w, "db", 1);
	crowd_begin(&crowd, &w->loop);
	world_begin(w, verb_remove_application, "db", "{\"force\": true}");
	a = agent_find(w->engine, world_unit(w, "db/0"));
	while (!takeouts_are_at_work(w->engine))
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_true(a->leaving);
	crowd_let_go(&crowd);
	world_restart(w);
	world_await_unit(w, "db/0", "gone");
	loop_until(&w->loop, crowd_is_gone, &crowd);
	uv_sem_destroy(&crowd.gate);
}

static void
an_engine_stops_in_the_middle_of_everything(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 15; i++) {
		world_begin(w, verb_add_model, NULL,
		    i == 0 ? "{\"name\": \"n\", \"switch\": false}" :
			     "{\"name\": \"k\", \"switch\": false}");
		if (i == 0)
			world_begin(w, verb_deploy, NULL,
			    "{\"charm\": \"db\", \"units\": 3}");
		for (int turn = 0; turn < 2 * i; turn++)
			(void)uv_run(&w->loop, UV_RUN_NOWAIT);
		world_restart(w);
		{
			struct engine_call c = { .engine = w->engine,
				.model = i == 0 ? "n" : "k",
				.args = json_object() };

			assert_int_equal(verb_destroy_model(&c, &w->err), 0);
			json_decref(c.args);
			json_decref(c.reply);
		}
	}
	world_settle(w);
	assert_true(world_unit(w, "db/2")->local.started);
}

static void
an_engine_that_cannot_open_its_store_leaves_nothing(void **state)
{
	struct world *w = *state;
	autofree char *key = xasprintf("%s/tenon.key", w->home);
	const struct engine_spec spec = { .loop = &w->loop,
		.home = w->home,
		.charms_dir = w->charms,
		.version = "1" };
	struct error err;

	/* One process at a time. */
	assert_null(engine_new(&spec, &err));
	assert_int_equal(err.code, ERROR_CONFLICT);
	world_down(w);
	assert_int_equal(file_write(key, 0600, "wrong", &err), 0);
	assert_null(engine_new(&spec, &err));
}

/* ---- watches ---- */

struct watcher {
	struct engine_watch *watch, *other;
	int told;
};

static void
on_told(void *arg)
{
	struct watcher *watcher = arg;

	watcher->told++;
	engine_unwatch(take_ptr(watcher->other));
}

static void
a_watch_may_end_any_other(void **state)
{
	struct world *w = *state;
	struct watcher first = { 0 }, second = { 0 }, third = { 0 };

	first.watch = engine_watch(w->engine, on_told, &first);
	second.watch = engine_watch(w->engine, on_told, &second);
	third.watch = engine_watch(w->engine, on_told, &third);
	first.other = second.watch;
	third.other = third.watch;
	world_deploy(w, "shell", 1);
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
	assert_true(first.told > 1);
	assert_int_equal(second.told, 0);
	assert_int_equal(third.told, 1);
	engine_unwatch(first.watch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(what_is_wrong_is_refused_and_changes_nothing),
		world_test(an_option_of_a_model_is_kept_and_can_be_set_back),
		world_test(an_endpoint_takes_no_more_relations_than_its_limit),
		world_test(a_charm_may_refuse_to_be_deployed),
		world_test(a_check_that_hangs_is_killed),
		world_test(a_check_that_nobody_asks_about_is_forgotten),
		world_test(an_engine_stops_while_a_check_hangs),
		world_test(an_engine_stops_while_a_unit_is_taken_out),
		world_test(an_engine_stops_in_the_middle_of_everything),
		world_test(an_engine_that_cannot_open_its_store_leaves_nothing),
		world_test(a_watch_may_end_any_other),
	};

	return cmocka_run_group_tests_name("engine/verbs", tests, NULL, NULL);
}
