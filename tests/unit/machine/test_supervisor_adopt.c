/* SPDX-License-Identifier: Apache-2.0 */
/* Each controller that comes or goes here is a process of its own. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/proc.h"
#include "world.h"

/* What a controller says of the process that it has made. */
struct said {
	pid_t pid;
	uint64_t start_time;
};

enum controller_death {
	DEATH_WHILE_RECORDING,
	DEATH_WHILE_RUNNING
};

struct controller {
	pid_t pid;
	enum controller_death death;
	int say; /* In the controller: our ear. */
	struct said said;
};

static void
controller_say(const struct controller *c)
{
	struct said said = c->said;

	assert_int_equal(write(c->say, &said, sizeof said), sizeof said);
}

static int
controller_on_spawn(void *arg, const char *key, pid_t pid, uint64_t start_time,
    struct error *err)
{
	struct controller *c = arg;

	(void)key;
	(void)err;
	c->said = (struct said){ .pid = pid, .start_time = start_time };
	if (c->death == DEATH_WHILE_RECORDING)
		controller_say(c);
	while (c->death == DEATH_WHILE_RECORDING)
		(void)pause(); /* Until the test has killed us. */
	return 0;
}

static void
controller_on_event(void *arg, const char *key, enum supervisor_event event,
    const char *detail)
{
	(void)arg;
	(void)key;
	(void)event;
	(void)detail;
}

static void __attribute__((noreturn))
controller_main(struct controller *c, const json_t *spec)
{
	const struct supervisor_calls calls = { .on_spawn = controller_on_spawn,
		.on_event = controller_on_event,
		.arg = c };
	struct supervisor *sv;
	struct error err;
	uv_loop_t loop;

	assert_int_equal(uv_loop_init(&loop), 0);
	sv = supervisor_new(&loop, &calls);
	if (supervisor_start(sv, KEY, spec, &err) == 0)
		controller_say(c);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	_exit(0);
}

/* Start a service in another process, and learn which it is. */
static struct said
controller_start(struct controller *c, const json_t *spec)
{
	struct said said;
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	c->say = ends[1];
	c->pid = fork();
	if (c->pid == 0)
		controller_main(c, spec);
	close(ends[1]);
	assert_int_equal(read(ends[0], &said, sizeof said), sizeof said);
	close(ends[0]);
	return said;
}

static void
controller_kill(struct controller *c)
{
	assert_int_equal(kill(c->pid, SIGKILL), 0);
	assert_int_equal(waitpid(c->pid, NULL, 0), c->pid);
}

static void
nothing_runs_that_was_not_recorded(void **state)
{
	struct world *w = *state;
	struct controller c = { .death = DEATH_WHILE_RECORDING };
	json_auto_t *spec = world_spec(w, "{}", "echo ran; exec sleep 1000");
	autofree char *text = NULL;
	struct said said = controller_start(&c, spec);

	assert_true(proc_start_time(said.pid) != 0);
	controller_kill(&c);
	process_wait_end(said.pid);
	text = file_text(w->log);
	assert_string_equal(text, "");
}

static void
a_service_outlives_its_controller_and_is_taken_back(void **state)
{
	struct world *w = *state;
	struct controller c = { .death = DEATH_WHILE_RUNNING };
	json_auto_t *spec = world_spec(w, "{}",
	    "echo ran; echo $$; exec sleep 1000");
	autofree char *end = NULL;
	struct error err;
	struct said said = controller_start(&c, spec);

	end = xasprintf("ran\n%d\n", (int)said.pid);
	world_wait_log(w, end);
	controller_kill(&c);
	assert_int_equal(proc_start_time(said.pid), said.start_time);
	assert_int_equal(supervisor_adopt(w->sv, KEY, spec, said.pid,
			     said.start_time, &err),
	    0);
	world_start(w, "{}", "exit 1");
	assert_int_equal(w->spawns, 0);
	world_stop(w);
	assert_int_equal(proc_start_time(said.pid), 0);
	assert_int_equal(w->spawns, 0);
}

static void
the_end_of_one_taken_back_is_seen(void **state)
{
	struct world *w = *state;
	struct controller c = { .death = DEATH_WHILE_RUNNING };
	json_auto_t *spec = world_spec(w, "{}", "exec sleep 1000");
	struct error err;
	struct said said = controller_start(&c, spec);

	controller_kill(&c);
	assert_int_equal(supervisor_adopt(w->sv, KEY, spec, said.pid,
			     said.start_time, &err),
	    0);
	assert_int_equal(kill(said.pid, SIGKILL), 0);
	world_wait_events(w, 1, 1, 0);
	assert_string_equal(w->ended, "ended, exit status unknown");
	assert_int_not_equal(w->pid, said.pid);
	assert_int_equal(w->spawns, 1);
}

static void
a_deaf_one_taken_back_is_killed(void **state)
{
	struct world *w = *state;
	struct controller c = { .death = DEATH_WHILE_RUNNING };
	json_auto_t *spec = world_spec(w, "{\"stop-timeout-ms\": 20}",
	    "trap '' TERM; echo ready; while :; do sleep 0.01; done");
	struct error err;
	struct said said = controller_start(&c, spec);

	world_wait_log(w, "ready\n");
	controller_kill(&c);
	assert_int_equal(supervisor_adopt(w->sv, KEY, spec, said.pid,
			     said.start_time, &err),
	    0);
	world_stop(w);
	assert_int_equal(proc_start_time(said.pid), 0);
}

static void
a_second_supervisor_of_the_same_process_takes_over(void **state)
{
	static const struct supervisor_timing timing = {
		.backoff_min_ms = 1,
		.backoff_max_ms = 1,
		.steady_ms = 60000,
		.window_ms = 60000,
		.log_check_ms = 60000,
		.log_max_bytes = 1024,
	};
	struct world *w = *state;
	json_auto_t *spec = world_spec(w, "{}", "exec sleep 1000");
	struct error err;
	pid_t first;

	world_start(w, "{}", "exec sleep 1000");
	first = w->pid;
	world_use(w, &timing);
	assert_int_equal(supervisor_adopt(w->sv, KEY, spec, first,
			     w->start_time, &err),
	    0);
	assert_int_equal(kill(first, SIGKILL), 0);
	world_wait_events(w, 1, 1, 0);
	assert_string_equal(w->ended, "signal 9 (Killed)");
	assert_int_equal(w->spawns, 2);
}

static void
what_is_not_the_same_process_is_not_taken(void **state)
{
	struct world *w = *state;
	json_auto_t *spec = world_spec(w, "{}", "exec sleep 1000");
	uint64_t ours = proc_start_time(getpid());
	pid_t gone = fork();
	struct error err;

	if (gone == 0)
		_exit(0);
	assert_int_equal(waitpid(gone, NULL, 0), gone);
	{
		const struct said cases[] = {
			{ gone, ours },
			{ getpid(), ours + 1 },
			{ getpid(), 0 },
			{ 1, proc_start_time(1) },
			{ 0, ours },
			{ -1, ours },
		};

		for (size_t i = 0; i < nitems(cases); i++) {
			assert_int_equal(supervisor_adopt(w->sv, KEY, spec,
					     cases[i].pid, cases[i].start_time,
					     &err),
			    -1);
			assert_int_equal(err.code, ERROR_NOT_FOUND);
		}
	}
}

static void
what_is_supervised_is_not_taken_twice(void **state)
{
	struct world *w = *state;
	json_auto_t *spec = world_spec(w, "{}", "exec sleep 1000");
	struct error err;

	world_start(w, "{}", "exec sleep 1000");
	assert_int_equal(supervisor_adopt(w->sv, KEY, spec, w->pid,
			     w->start_time, &err),
	    -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg, "service m/u/0/s is supervised already");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(nothing_runs_that_was_not_recorded),
		world_test(a_service_outlives_its_controller_and_is_taken_back),
		world_test(the_end_of_one_taken_back_is_seen),
		world_test(a_deaf_one_taken_back_is_killed),
		world_test(a_second_supervisor_of_the_same_process_takes_over),
		world_test(what_is_not_the_same_process_is_not_taken),
		world_test(what_is_supervised_is_not_taken_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
