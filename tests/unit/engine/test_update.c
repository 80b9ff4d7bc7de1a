/* SPDX-License-Identifier: Apache-2.0 */
/* update-status, for which a charm asks. */

#include "world.h"

static void
ask(struct world *w, const char *args)
{
	autofree char *params =
	    xasprintf("{\"tool\": \"update-status-after\", \"args\": %s}",
		args);
	json_auto_t *task = world_run(w, "db/0", "call", params);

	assert_string_equal(json_text(task, "status", ""), "completed");
}

/* Does the journal tell of the hook? */
static bool
is_noted(struct world *w)
{
	json_auto_t *reply = world_call(w, verb_journal, NULL, "{}");
	autofree char *text = json_line(reply);

	return strstr(text, "update-status") != NULL;
}

static bool
has_no_process(void *arg)
{
	struct world *w = arg;
	const struct agent *a = agent_find(w->engine, world_unit(w, "db/0"));

	return a != NULL && a->runner == NULL;
}

static void
it_comes_when_its_time_is_over(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	ask(w, "{\"seconds\": 1}");
	assert_false(world_has_seen(w, "db", "db/0 update-status"));
	world_await_seen(w, "db", "db/0 update-status");
	world_await_unit(w, "db/0", "idle");
	assert_int_equal(world_unit(w, "db/0")->local.update_at_ms, 0);
	assert_false(is_noted(w));
}

static void
a_failure_of_it_is_noted(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "update-status", "fail");
	ask(w, "{\"seconds\": 0}");
	world_await_unit(w, "db/0", "error");
	assert_true(is_noted(w));
}

static void
with_0_it_comes_at_once(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	ask(w, "{\"seconds\": 0}");
	world_settle(w);
	assert_true(world_has_seen(w, "db", "db/0 update-status"));
}

static void
it_comes_after_a_restart(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	ask(w, "{\"seconds\": 1}");
	world_restart(w);
	world_await_seen(w, "db", "db/0 update-status");
}

/* The charm's process ends before; it is not what keeps the time. */
static void
it_does_not_need_the_process_of_the_charm(void **state)
{
	struct world *w = *state;
	uint64_t linger_ms = w->engine->timing.linger_ms;

	w->engine->timing.linger_ms = 10;
	world_deploy(w, "db", 1);
	ask(w, "{\"seconds\": 1}");
	world_forget_seen(w, "db");
	world_await(w, has_no_process);
	world_await_seen(w, "db", "db/0 update-status");
	w->engine->timing.linger_ms = linger_ms;
}

static void
what_is_no_time_is_refused(void **state)
{
	static const char *const cases[] = { "{}", "{\"seconds\": -1}",
		"{\"seconds\": 86401}", "{\"seconds\": \"1\"}",
		"{\"seconds\": 1.5}" };
	struct world *w = *state;

	world_deploy(w, "db", 1);
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *params = xasprintf(
		    "{\"tool\": \"update-status-after\", \"args\": %s}",
		    cases[i]);
		json_auto_t *task = world_run(w, "db/0", "call", params);

		assert_string_equal(json_text(task, "message", ""),
		    "update-status-after: argument \"seconds\" is not a number from 0 to 86400");
	}
	assert_int_equal(world_unit(w, "db/0")->local.update_at_ms, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(it_comes_when_its_time_is_over),
		world_test(a_failure_of_it_is_noted),
		world_test(with_0_it_comes_at_once),
		world_test(it_comes_after_a_restart),
		world_test(it_does_not_need_the_process_of_the_charm),
		world_test(what_is_no_time_is_refused),
	};

	return cmocka_run_group_tests_name("engine/update", tests, NULL, NULL);
}
