/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <unistd.h>

#include "base/proc.h"
#include "world.h"

static void
a_service_is_stopped_with_its_signal(void **state)
{
	static const char *const names[] = { "TERM", "INT", "QUIT", "HUP" };
	struct world *w = *state;

	for (size_t i = 0; i < nitems(names); i++) {
		autofree char *spec = xasprintf("{\"stop-signal\": \"%s\"}",
		    names[i]);
		autofree char *end = xasprintf("got %s\n", names[i]);
		autofree char *script =
		    xasprintf("trap 'echo got %s; exit' %s; echo ready %s;"
			      "while :; do sleep 0.01; done",
			names[i], names[i], names[i]);
		autofree char *ready = xasprintf("ready %s\n", names[i]);

		world_start(w, spec, script);
		world_wait_log(w, ready);
		world_stop(w);
		assert_int_equal(proc_start_time(w->pid), 0);
		world_wait_log(w, end);
	}
	world_wait_events(w, 0, 0, 0);
}

static void
a_deaf_service_is_killed_after_its_timeout(void **state)
{
	struct world *w = *state;
	autofree char *text = NULL;

	world_start(w, "{\"stop-timeout-ms\": 20}",
	    "trap '' TERM; sleep 1000 & echo $!; echo ready;"
	    "while :; do sleep 0.01; done");
	world_wait_log(w, "ready\n");
	world_stop(w);
	assert_int_equal(proc_start_time(w->pid), 0);
	text = file_text(w->log);
	process_wait_end((pid_t)strtol(text, NULL, 10));
	world_wait_events(w, 0, 0, 0);
}

static void
two_stops_are_both_answered(void **state)
{
	struct world *w = *state;

	world_start(w, "{}", "exec sleep 1000");
	world_begin_stop(w);
	world_begin_stop(w);
	world_wait_stops(w, 2);
}

static void
stopping_what_is_not_there_is_answered_too(void **state)
{
	struct world *w = *state;

	world_stop(w);
	assert_int_equal(w->spawns, 0);
}

static void
a_stopped_service_can_be_started_again(void **state)
{
	struct world *w = *state;
	json_auto_t *spec = world_spec(w, "{}", "exec sleep 1000");
	struct error err;

	world_start(w, "{}", "exec sleep 1000");
	world_begin_stop(w);
	assert_int_equal(supervisor_start(w->sv, KEY, spec, &err), -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg, "service m/u/0/s is being stopped");
	world_wait_stops(w, 1);
	world_start(w, "{}", "exec sleep 1000");
	assert_int_equal(w->spawns, 2);
	assert_true(proc_start_time(w->pid) != 0);
}

static const struct supervisor_timing patient = {
	.backoff_min_ms = 3600000,
	.backoff_max_ms = 3600000,
	.steady_ms = 60000,
	.window_ms = 60000,
	.log_check_ms = 60000,
	.log_max_bytes = 1024,
};

static void
a_stop_cancels_a_pending_restart(void **state)
{
	struct world *w = *state;

	world_use(w, &patient);
	world_start(w, "{}", "exit 1");
	world_wait_events(w, 1, 0, 0);
	world_stop(w);
	/* The loop ends in an hour if the restart is still to come. */
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(w->spawns, 1);
}

static void
a_start_does_not_wait_for_a_pending_restart(void **state)
{
	struct world *w = *state;

	world_use(w, &patient);
	for (int ends = 1; ends <= 4; ends++) {
		world_start(w, "{}", "exit 1");
		world_wait_events(w, ends, 0, 0);
	}
	/* And it does not hide that there is something wrong. */
	world_start(w, "{}", "exit 1");
	world_wait_events(w, 4, 0, 1);
	assert_int_equal(w->spawns, 5);
}

static void
a_free_answers_nobody(void **state)
{
	struct world *w = *state;

	world_start(w, "{}", "exec sleep 1000");
	world_begin_stop(w);
	world_use(w, &patient);
	process_wait_end(w->pid);
	assert_int_equal(uv_run(&w->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(w->stops, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_service_is_stopped_with_its_signal),
		world_test(a_deaf_service_is_killed_after_its_timeout),
		world_test(two_stops_are_both_answered),
		world_test(stopping_what_is_not_there_is_answered_too),
		world_test(a_stopped_service_can_be_started_again),
		world_test(a_stop_cancels_a_pending_restart),
		world_test(a_start_does_not_wait_for_a_pending_restart),
		world_test(a_free_answers_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
