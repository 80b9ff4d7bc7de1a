/* SPDX-License-Identifier: Apache-2.0 */
/* Services of units: started, adopted, stopped, taken along. */

#include "world.h"

#include <signal.h>
#include <unistd.h>

static const char long_name[] =
    "0123456789012345678901234567890123456789012345678901234567890123";

static struct service *
service_of(struct world *w)
{
	struct service *s = unit_find_service(world_unit(w, "db/0"), "server");

	assert_non_null(s);
	return s;
}

static void
serve(struct world *w, const char *params)
{
	json_auto_t *task = world_run(w, "db/0", "serve", params);

	assert_string_equal(json_text(task, "status", ""), "completed");
	assert_string_equal(json_text(json_object_get(task, "results"), "state",
				""),
	    "running");
}

static void
a_service_survives_the_engine(void **state)
{
	struct world *w = *state;
	json_auto_t *stopped = NULL;
	pid_t pid;

	world_deploy(w, "db", 1);
	serve(w, "{}");
	pid = service_of(w)->pid;
	world_forget_seen(w, "db");
	world_restart(w);
	world_settle(w);
	assert_int_equal(service_of(w)->pid, pid);
	assert_int_equal(kill(pid, 0), 0);
	/* Nothing has happened that the charm had to know. */
	assert_false(world_has_seen(w, "db", "db/0 service-changed server"));
	stopped = world_run(w, "db/0", "stop-serving", "{}");
	assert_string_equal(json_text(json_object_get(stopped, "results"),
				"state", ""),
	    "stopped");
	process_wait_end(pid);
	assert_int_equal(service_of(w)->pid, 0);
}

static bool
runs_again(void *arg)
{
	struct world *w = arg;
	const struct service *s = service_of(w);

	return s->state == SERVICE_RUNNING && s->event >= 2 &&
	    s->event == s->event_seen;
}

static void
a_service_that_ends_is_started_again_and_the_charm_told(void **state)
{
	struct world *w = *state;
	pid_t pid;

	world_deploy(w, "db", 1);
	serve(w, "{}");
	pid = service_of(w)->pid;
	assert_int_equal(kill(pid, SIGKILL), 0);
	world_await(w, runs_again);
	assert_int_not_equal(service_of(w)->pid, pid);
	assert_true(world_has_seen(w, "db", "db/0 service-changed server"));
	world_settle(w);
}

static void
a_service_that_ended_meanwhile_is_started_again(void **state)
{
	struct world *w = *state;
	pid_t pid;

	world_deploy(w, "db", 1);
	serve(w, "{}");
	pid = service_of(w)->pid;
	world_forget_seen(w, "db");
	world_down(w);
	assert_int_equal(kill(pid, SIGKILL), 0);
	process_wait_end(pid);
	world_up(w);
	world_settle(w);
	assert_int_not_equal(service_of(w)->pid, pid);
	assert_int_equal(service_of(w)->state, SERVICE_RUNNING);
	assert_true(world_has_seen(w, "db", "db/0 service-changed server"));
}

static void
serve_once(struct world *w)
{
	json_decref(world_run(w, "db/0", "call",
	    "{\"tool\": \"service-set\", \"args\": {\"name\": \"server\", "
	    "\"spec\": {\"argv\": [\"/bin/sleep\", \"1000\"], "
	    "\"restart\": false}}}"));
	json_decref(world_run(w, "db/0", "call",
	    "{\"tool\": \"service-start\", \"args\": "
	    "{\"name\": \"server\"}}"));
	assert_int_equal(service_of(w)->state, SERVICE_RUNNING);
}

static bool
was_told(void *arg)
{
	const struct service *s = service_of(arg);

	return s->event > 0 && s->event == s->event_seen;
}

static void
a_service_without_restart_is_left_to_its_charm(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	serve_once(w);
	assert_int_equal(kill(service_of(w)->pid, SIGKILL), 0);
	world_await(w, was_told);
	world_settle(w);
	assert_true(world_has_seen(w, "db", "db/0 service-changed server"));
	assert_int_equal(service_of(w)->state, SERVICE_FAILED);
	assert_int_equal(service_of(w)->pid, 0);
	assert_string_equal(service_of(w)->detail, "signal 9 (Killed)");
}

static void
a_service_without_restart_is_not_started_by_a_restart_either(void **state)
{
	struct world *w = *state;
	pid_t pid;

	world_deploy(w, "db", 1);
	serve_once(w);
	pid = service_of(w)->pid;
	world_restart(w);
	world_settle(w);
	assert_int_equal(service_of(w)->pid, pid);
	world_down(w);
	assert_int_equal(kill(pid, SIGKILL), 0);
	process_wait_end(pid);
	world_up(w);
	world_await(w, was_told);
	world_settle(w);
	assert_int_equal(service_of(w)->state, SERVICE_FAILED);
	assert_int_equal(service_of(w)->pid, 0);
	/* Whoever asks has it again, as before. */
	json_decref(world_run(w, "db/0", "call",
	    "{\"tool\": \"service-start\", \"args\": "
	    "{\"name\": \"server\"}}"));
	assert_int_equal(service_of(w)->state, SERVICE_RUNNING);
}

static void
a_service_goes_with_its_unit(void **state)
{
	struct world *w = *state;
	pid_t pid;

	world_deploy(w, "db", 1);
	/* Deaf to its signal. */
	serve(w, "{\"script\": \"trap '' TERM; sleep 1000 & wait; wait\"}");
	pid = service_of(w)->pid;
	world_do(w, verb_remove_application, "db",
	    "{\"force\": true, \"wait\": true}");
	process_wait_end(pid);
	assert_null(world_find_unit(w, "db/0"));
}

/* tenond ends while the unit waits for its service to stop. */
static void
a_stop_in_the_middle_of_a_removal_is_taken_up_again(void **state)
{
	struct world *w = *state;
	struct agent *a;
	pid_t pid;

	world_deploy(w, "db", 1);
	serve(w, "{\"script\": \"trap '' TERM; sleep 1000 & wait; wait\"}");
	pid = service_of(w)->pid;
	world_begin(w, verb_remove_application, "db", "{\"force\": true}");
	a = agent_find(w->engine, world_unit(w, "db/0"));
	while (!a->leaving)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	assert_non_null(TAILQ_FIRST(&w->engine->takeouts));
	world_restart(w);
	/* It is still there: taken back, and stopped once more. */
	world_await_unit(w, "db/0", "gone");
	process_wait_end(pid);
}

/* An operation was cut off while its service stopped; another one begins. */
static void
the_end_of_a_service_is_told_to_whom_it_concerns(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;

	world_deploy(w, "db", 1);
	serve(w, "{\"script\": \"trap '' TERM; sleep 1000 & wait; wait\"}");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"stop-serving\"}");
	while (TAILQ_EMPTY(&w->engine->stops))
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	agent_drop(agent_find(w->engine, world_unit(w, "db/0")),
	    world_unit(w, "db/0"), "dropped by the test");
	/* It would get the answer that the first one waited for. */
	task = world_run(w, "db/0", "call",
	    "{\"tool\": \"service-stop\", \"args\": {\"name\": \"server\"}}");
	assert_string_equal(json_text(task, "status", ""), "completed");
	assert_true(TAILQ_EMPTY(&w->engine->stops));
	assert_int_equal(service_of(w)->pid, 0);
}

/* It is we who let the charm wait: that is no silence of its own. */
static void
a_charm_that_waits_for_its_service_is_not_killed(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;

	world_deploy(w, "db", 1);
	serve(w, "{\"script\": \"trap '' TERM; sleep 1000 & wait; wait\"}");
	w->engine->timing.hang_ms = 100; /* It is killed after 300 ms. */
	task = world_run(w, "db/0", "stop-serving", "{}");
	assert_string_equal(json_text(task, "status", ""), "completed");
}

static void
a_service_has_a_decent_name(void **state)
{
	static const char *const names[] = { "", "a/b", "..", ".hidden", "a b",
		long_name };
	struct world *w = *state;

	world_deploy(w, "db", 1);
	for (size_t i = 0; i < nitems(names); i++) {
		autofree char *params = xasprintf(
		    "{\"tool\": \"service-set\", \"args\": {\"name\": \"%s\", "
		    "\"spec\": {\"argv\": [\"/bin/true\"]}}}",
		    names[i]);
		json_auto_t *task = world_run(w, "db/0", "call", params);

		assert_string_equal(json_text(task, "status", ""), "failed");
		assert_non_null(
		    strstr(json_text(task, "message", ""), "invalid name"));
	}
	assert_true(RB_EMPTY(&world_unit(w, "db/0")->services));
}

static void
a_service_that_cannot_start_is_not_wanted(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;

	world_deploy(w, "db", 1);
	json_decref(world_run(w, "db/0", "call",
	    "{\"tool\": \"service-set\", \"args\": {\"name\": \"server\", "
	    "\"spec\": {\"argv\": [\"/no/such/program\"]}}}"));
	task = world_run(w, "db/0", "call",
	    "{\"tool\": \"service-start\", \"args\": {\"name\": \"server\"}}");
	assert_string_equal(json_text(task, "status", ""), "failed");
	assert_false(service_of(w)->wanted);
	assert_int_equal(service_of(w)->pid, 0);
	world_restart(w);
	world_settle(w);
	assert_false(service_of(w)->wanted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_service_survives_the_engine),
		world_test(
		    a_service_that_ends_is_started_again_and_the_charm_told),
		world_test(a_service_that_ended_meanwhile_is_started_again),
		world_test(a_service_without_restart_is_left_to_its_charm),
		world_test(
		    a_service_without_restart_is_not_started_by_a_restart_either),
		world_test(a_service_goes_with_its_unit),
		world_test(a_stop_in_the_middle_of_a_removal_is_taken_up_again),
		world_test(the_end_of_a_service_is_told_to_whom_it_concerns),
		world_test(a_charm_that_waits_for_its_service_is_not_killed),
		world_test(a_service_has_a_decent_name),
		world_test(a_service_that_cannot_start_is_not_wanted),
	};

	return cmocka_run_group_tests_name("engine/services", tests, NULL,
	    NULL);
}
