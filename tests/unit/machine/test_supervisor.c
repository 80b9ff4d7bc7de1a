/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "base/clock.h"
#include "base/proc.h"
#include "world.h"

static void
a_service_has_a_session_and_a_log(void **state)
{
	struct world *w = *state;
	autofree char *text = NULL;

	world_start(w, "{}",
	    "pwd; umask; readlink /proc/self/fd/0;"
	    "ls /proc/self/fd | tr '\\n' ' '; echo;"
	    "grep -E 'Sig(Blk|Ign)' /proc/self/status; echo err >&2;"
	    "exec sleep 1000");
	world_wait_log(w, "err\n");
	text = file_text(w->log);
	assert_non_null(strstr(text, "/\n0077\n/dev/null\n0 1 2 3 \n"));
	assert_non_null(strstr(text, "SigBlk:\t0000000000000000\n"));
	assert_non_null(strstr(text, "SigIgn:\t0000000000000000\n"));
	assert_int_equal(getsid(w->pid), w->pid);
	assert_int_equal(w->spawns, 1);
	assert_int_equal(w->start_time, proc_start_time(w->pid));
}

static void
only_the_declared_environment_is_there(void **state)
{
	struct world *w = *state;
	json_auto_t *spec = world_spec(w,
	    "{\"env\": {\"A\": \"b c\"}, \"dir\": \"/usr\","
	    " \"restart\": false, \"argv\": [\"/usr/bin/env\"]}",
	    NULL);
	autofree char *text = NULL;
	struct error err;

	assert_int_equal(supervisor_start(w->sv, KEY, spec, &err), 0);
	world_wait_events(w, 0, 0, 1);
	text = file_text(w->log);
	assert_string_equal(text,
	    "A=b c\nPATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
	    "/sbin:/bin\nLANG=C.UTF-8\nTENON_SERVICE=m/u/0/s\n");
	assert_string_equal(w->detail, "exit status 0");
}

static void
as_root_a_service_runs_as_its_user(void **state)
{
	struct world *w = *state;
	autofree char *text = NULL;
	struct stat st;

	if (geteuid() != 0)
		skip();
	world_start(w, "{\"user\": \"nobody\", \"restart\": false}",
	    "id -un; id -G; grep -E 'CapEff|Uid' /proc/self/status");
	world_wait_events(w, 0, 0, 1);
	text = file_text(w->log);
	assert_non_null(strstr(text, "nobody\n65534\n"));
	assert_non_null(strstr(text, "Uid:\t65534\t65534\t65534\t65534\n"));
	assert_non_null(strstr(text, "CapEff:\t0000000000000000\n"));
	assert_int_equal(stat(w->log, &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
what_cannot_start_says_why_and_is_not_recorded(void **state)
{
	/* clang-format off */
	static const struct {
		const char *spec, *msg;
		enum error_code code;
	} cases[] = {
		{ "{\"argv\": [\"/no/such/program\"]}",
		  "run /no/such/program: no such file or directory",
		  ERROR_NOT_FOUND },
		{ "{\"dir\": \"/no/such/dir\"}",
		  "enter directory /no/such/dir: no such file or directory",
		  ERROR_NOT_FOUND },
		{ "{\"log\": \"/no/such/dir/log\"}",
		  "log /no/such/dir/log: no such file or directory",
		  ERROR_NOT_FOUND },
		{ "{\"restart\": 1}",
		  "service: key \"restart\" has to be true or false",
		  ERROR_INVALID },
	};
	/* clang-format on */
	struct world *w = *state;

	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *spec = world_spec(w, cases[i].spec, "exit 0");
		struct error err;

		assert_int_equal(supervisor_start(w->sv, KEY, spec, &err), -1);
		assert_string_equal(err.msg, cases[i].msg);
		assert_int_equal(err.code, cases[i].code);
	}
	assert_int_equal(w->spawns, 0);
}

static void
an_unknown_user_comes_with_a_hint(void **state)
{
	struct world *w = *state;
	json_auto_t *spec = world_spec(w, "{\"user\": \"no-such-user\"}",
	    "exit 0");
	struct error err;

	if (geteuid() != 0)
		skip();
	assert_int_equal(supervisor_start(w->sv, KEY, spec, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_string_equal(err.msg, "user \"no-such-user\" does not exist");
	assert_string_equal(err.hint, "install the package that brings it");
}

static void
a_refused_process_never_execs(void **state)
{
	struct world *w = *state;
	json_auto_t *spec = world_spec(w, "{}", "echo ran");
	autofree char *text = NULL;
	struct error err;

	w->refuse = true;
	assert_int_equal(supervisor_start(w->sv, KEY, spec, &err), -1);
	assert_string_equal(err.msg, "the store is full");
	assert_int_equal(w->spawns, 1);
	assert_int_equal(proc_start_time(w->pid), 0);
	text = file_text(w->log);
	assert_string_equal(text, "");
	w->refuse = false;
	assert_int_equal(supervisor_start(w->sv, KEY, spec, &err), 0);
	world_wait_log(w, "ran\n");
}

static void
starting_what_runs_does_nothing(void **state)
{
	struct world *w = *state;

	world_start(w, "{}", "exec sleep 1000");
	world_start(w, "{}", "exec sleep 1000");
	assert_int_equal(w->spawns, 1);
}

static void
a_killed_service_comes_back(void **state)
{
	struct world *w = *state;
	pid_t first;

	world_start(w, "{}", "echo up; exec sleep 1000");
	first = w->pid;
	world_wait_log(w, "up\n");
	assert_int_equal(kill(first, SIGKILL), 0);
	world_wait_events(w, 1, 1, 0);
	assert_string_equal(w->ended, "signal 9 (Killed)");
	assert_int_not_equal(w->pid, first);
	assert_int_equal(w->spawns, 2);
	assert_int_equal(w->start_time, proc_start_time(w->pid));
	world_wait_log(w, "up\nup\n");
}

static void
what_is_left_of_its_group_goes_with_it(void **state)
{
	struct world *w = *state;
	autofree char *text = NULL;

	world_start(w, "{\"restart\": false}",
	    "sleep 1000 & echo $!; kill -9 $$");
	world_wait_events(w, 0, 0, 1);
	text = file_text(w->log);
	process_wait_end((pid_t)strtol(text, NULL, 10));
}

static void
five_ends_within_the_window_are_a_failure(void **state)
{
	struct world *w = *state;

	world_start(w, "{}", "exit 3");
	world_wait_events(w, 4, 4, 1);
	assert_string_equal(w->detail, "exit status 3");
	assert_int_equal(w->spawns, 5);
	/* Left alone; a start has all its lives again. */
	world_start(w, "{}", "exit 3");
	world_wait_events(w, 8, 8, 2);
	assert_int_equal(w->spawns, 10);
}

static void
ends_that_lie_apart_are_no_failure(void **state)
{
	struct world *w = *state;

	world_use(w,
	    &(const struct supervisor_timing){
		.backoff_min_ms = 1,
		.backoff_max_ms = 1,
		.steady_ms = 60000,
		.window_ms = 1, /* Five ends need longer. */
		.log_check_ms = 60000,
		.log_max_bytes = 1024,
	    });
	world_start(w, "{}", "exit 3");
	world_wait_at_least(w, 8, 8, 0);
	assert_int_equal(w->events[SUPERVISOR_FAILED], 0);
}

static void
the_delay_doubles_up_to_its_maximum(void **state)
{
	static const uint64_t at_least_ms[] = { 0, 20, 40, 50, 50 };
	struct world *w = *state;

	world_use(w,
	    &(const struct supervisor_timing){
		.backoff_min_ms = 20,
		.backoff_max_ms = 50,
		.steady_ms = 60000,
		.window_ms = 60000,
		.log_check_ms = 60000,
		.log_max_bytes = 1024,
	    });
	world_start(w, "{}", "exit 1");
	world_wait_events(w, 4, 4, 1);
	/* The loop's clock is in whole milliseconds. */
	for (size_t i = 1; i < nitems(at_least_ms); i++)
		assert_true(w->spawned_ms[i] - w->spawned_ms[i - 1] + 2 >=
		    at_least_ms[i]);
}

static void
a_steady_life_forgets_the_delay(void **state)
{
	struct world *w = *state;
	uint64_t began = clock_mono_ms();

	world_use(w,
	    &(const struct supervisor_timing){
		.backoff_min_ms = 1,
		.backoff_max_ms = 3600000,
		.steady_ms = 0, /* Each life is long enough. */
		.window_ms = 1,
		.log_check_ms = 60000,
		.log_max_bytes = 1024,
	    });
	world_start(w, "{}", "exit 1");
	/* Doubling 1 ms so often would take more than a minute. */
	world_wait_at_least(w, 17, 17, 0);
	assert_true(clock_mono_ms() - began < 60000);
}

static void
a_service_without_restart_fails_at_once(void **state)
{
	struct world *w = *state;

	world_start(w, "{\"restart\": false}", "kill -TERM $$");
	world_wait_events(w, 0, 0, 1);
	assert_string_equal(w->detail, "signal 15 (Terminated)");
	assert_int_equal(w->spawns, 1);
}

static void
a_restart_that_cannot_be_is_tried_again_until_it_fails(void **state)
{
	struct world *w = *state;

	world_start(w, "{}", "exec sleep 1000");
	w->refuse = true;
	assert_int_equal(kill(w->pid, SIGKILL), 0);
	world_wait_events(w, 1, 0, 1);
	assert_string_equal(w->detail, "the store is full");
	assert_int_equal(w->spawns, 5);
}

static void
a_log_is_rotated_while_its_service_runs(void **state)
{
	struct world *w = *state;
	autofree char *old = xasprintf("%s.1", w->log);
	autofree char *text = NULL;

	world_use(w,
	    &(const struct supervisor_timing){
		.backoff_min_ms = 1,
		.backoff_max_ms = 1,
		.steady_ms = 60000,
		.window_ms = 60000,
		.log_check_ms = 5,
		.log_max_bytes = 8,
	    });
	world_start(w, "{}",
	    "echo more than eight bytes; trap 'echo x; exit' TERM;"
	    "while :; do sleep 0.01; done");
	world_wait_file(w, old, "");
	world_wait_log(w, "");
	text = file_text(old);
	assert_string_equal(text, ""); /* Its one line began before. */
	world_stop(w);
	world_wait_log(w, "x\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_service_has_a_session_and_a_log),
		world_test(only_the_declared_environment_is_there),
		world_test(as_root_a_service_runs_as_its_user),
		world_test(what_cannot_start_says_why_and_is_not_recorded),
		world_test(an_unknown_user_comes_with_a_hint),
		world_test(a_refused_process_never_execs),
		world_test(starting_what_runs_does_nothing),
		world_test(a_killed_service_comes_back),
		world_test(what_is_left_of_its_group_goes_with_it),
		world_test(five_ends_within_the_window_are_a_failure),
		world_test(ends_that_lie_apart_are_no_failure),
		world_test(the_delay_doubles_up_to_its_maximum),
		world_test(a_steady_life_forgets_the_delay),
		world_test(a_service_without_restart_fails_at_once),
		world_test(
		    a_restart_that_cannot_be_is_tried_again_until_it_fails),
		world_test(a_log_is_rotated_while_its_service_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
