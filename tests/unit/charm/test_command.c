/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"

#define SHELL(script) ((const char *const[]){ "/bin/sh", "-c", (script), NULL })

static int
run(const struct charm_command *spec, struct error *err)
{
	struct hook h = { 0 };

	return charm_run(&h, spec, err);
}

static void
the_error_names_program_status_and_last_lines(void **state)
{
	static const struct {
		const char *script;
		int rc;
		const char *msg;
	} cases[] = {
		{ "exit 0", 0, "" },
		{ "echo noise; exit 0", 0, "" },
		{ "exit 1", -1, "sh: exit status 1" },
		{ "echo one; echo two >&2; exit 3", -1,
		    "sh: exit status 3: one\ntwo" },
		{ "echo a; echo 'x: error: full'; echo 'x: removing'; exit 1",
		    -1, "sh: exit status 1: error: full" },
		{ "echo 'FATAL:  first'; echo 'FATAL:  last'; exit 1", -1,
		    "sh: exit status 1: FATAL:  last" },
		{ "printf unfinished; exit 1", -1,
		    "sh: exit status 1: unfinished" },
		{ "echo bye; kill -9 $$", -1, "sh: signal 9 (Killed): bye" },
		{ "for i in $(seq 1 30); do echo $i; done; exit 1", -1,
		    "sh: exit status 1: 11\n12\n13\n14\n15\n16\n17\n18\n19\n20"
		    "\n21\n22\n23\n24\n25\n26\n27\n28\n29\n30" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };

		assert_int_equal(
		    run(&(const struct charm_command){ .argv = SHELL(
							   cases[i].script) },
			&err),
		    cases[i].rc);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

static void
only_the_end_of_a_very_long_line_is_kept(void **state)
{
	struct error err = { 0 };
	static const char script[] =
	    "echo before; head -c 3000 /dev/zero | tr '\\0' x; echo end; exit 1";

	(void)state;
	assert_int_equal(run(&(const struct charm_command){ .argv = SHELL(
								script) },
			     &err),
	    -1);
	assert_non_null(strstr(err.msg, "sh: exit status 1: xxx"));
	assert_string_equal(err.msg + strlen(err.msg) - 4, "xend");
	assert_true(strlen(err.msg) > 350);
}

static void
a_program_that_cannot_be_run_is_an_error(void **state)
{
	struct error err = { 0 };
	static const char *const argv[] = { "/nonexistent/initdb", NULL };

	(void)state;
	assert_int_equal(run(&(const struct charm_command){ .argv = argv },
			     &err),
	    -1);
	assert_string_equal(err.msg,
	    "initdb: cannot run /nonexistent/initdb: no such file or directory");
}

static void
an_unknown_user_or_folder_is_an_error(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(run(&(const struct charm_command){ .argv = SHELL(
								"exit 0"),
				 .dir = "/nonexistent" },
			     &err),
	    -1);
	assert_non_null(strstr(err.msg, "no such file or directory"));
	if (geteuid() != 0)
		return;
	assert_int_equal(run(&(const struct charm_command){ .argv = SHELL(
								"exit 0"),
				 .user = "no-such-user" },
			     &err),
	    -1);
	assert_string_equal(err.msg, "sh: no user \"no-such-user\"");
}

static void
the_environment_is_minimal(void **state)
{
	struct error err = { 0 };
	static const char *const env[] = { "LANG=de_DE.UTF-8", "A=b", NULL };

	(void)state;
	assert_int_equal(setenv("SECRET", "x", 1), 0);
	assert_int_equal(unsetenv("TZ"), 0);
	assert_int_equal(run(
			     &(const struct charm_command){
				 .argv = SHELL("env | grep -v -e ^PWD= -e ^_= "
					       "-e ^SHLVL= | sort; exit 1"),
				 .env = env },
			     &err),
	    -1);
	assert_string_equal(err.msg,
	    "sh: exit status 1: A=b\nLANG=de_DE.UTF-8\nPATH=/usr/local/sbin:"
	    "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
}

static void
input_is_read_on_descriptor_3_whole(void **state)
{
	struct error err = { 0 };
	autofree char *big = xcalloc(1, 1000001);

	(void)state;
	memset(big, 'x', 1000000);
	/* It writes as much while it reads: neither pipe may fill up. */
	assert_int_equal(run(
			     &(const struct charm_command){
				 .argv = SHELL("[ $(tee /dev/stdout <&3 | fold "
					       "| wc -c) -ge 1000000 ]"),
				 .input = big },
			     &err),
	    0);
	assert_int_equal(
	    run(&(const struct charm_command){ .argv = SHELL("cat <&3; exit 1"),
		    .input = "" },
		&err),
	    -1);
	assert_string_equal(err.msg, "sh: exit status 1");
	/* Nobody reads it. */
	assert_int_equal(
	    run(&(const struct charm_command){ .argv = SHELL("exec 3<&-; cat"),
		    .input = big },
		&err),
	    0);
}

static void
the_child_runs_as_the_user_and_may_open_its_input_by_name(void **state)
{
	struct error err = { 0 };

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(run(
			     &(const struct charm_command){
				 .argv = SHELL("id -un; id -Gn; cat /dev/fd/3; "
					       "echo >/dev/stderr; exit 1"),
				 .user = "nobody",
				 .input = "secret" },
			     &err),
	    -1);
	assert_string_equal(err.msg,
	    "sh: exit status 1: nobody\nnogroup\nsecret");
}

static void
nothing_but_the_standard_descriptors_is_inherited(void **state)
{
	struct error err = { 0 };
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(fd >= 3);
	assert_int_equal(
	    run(
		&(const struct charm_command){
		    .argv = SHELL("for i in 3 4 5 6 7 8 9 10 11 12 13 14; do "
				  "[ ! -e /proc/$$/fd/$i ] || echo $i; "
				  "done; exit 1") },
		&err),
	    -1);
	assert_string_equal(err.msg, "sh: exit status 1");
	(void)close(fd);
}

static void
a_program_and_its_children_are_killed_when_time_is_up(void **state)
{
	struct error err = { 0 };
	uint64_t start = clock_mono_ms();

	(void)state;
	assert_int_equal(run(
			     &(const struct charm_command){
				 .argv = SHELL("echo here; sleep 60 & wait"),
				 .timeout_ms = 200 },
			     &err),
	    -1);
	assert_int_equal(err.code, ERROR_TIMEOUT);
	assert_string_equal(err.msg, "sh: killed after 200 ms: here");
	assert_true(clock_mono_ms() - start < 30000);
}

static void
a_daemon_that_stays_behind_does_not_hold_us_up(void **state)
{
	static const char before[] = "sh: exit status 1: ";
	struct error err = { 0 };
	long pid;

	(void)state;
	assert_int_equal(run(
			     &(const struct charm_command){
				 .argv = SHELL("sleep 60 & echo $!; exit 1") },
			     &err),
	    -1);
	assert_memory_equal(err.msg, before, sizeof before - 1);
	pid = strtol(err.msg + sizeof before - 1, NULL, 10);
	assert_true(pid > 1);
	assert_int_equal(kill((pid_t)pid, SIGKILL), 0);
}

static void
count_tick(void *arg)
{
	int *ticks = arg;

	++*ticks;
}

static void
tick_is_called_while_it_runs(void **state)
{
	struct error err = { 0 };
	int ticks = 0;

	(void)state;
	assert_int_equal(run(&(const struct charm_command){ .argv = SHELL(
								"sleep 60"),
				 .timeout_ms = 2500,
				 .tick = count_tick,
				 .arg = &ticks },
			     &err),
	    -1);
	assert_int_equal(ticks, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_error_names_program_status_and_last_lines),
		cmocka_unit_test(only_the_end_of_a_very_long_line_is_kept),
		cmocka_unit_test(a_program_that_cannot_be_run_is_an_error),
		cmocka_unit_test(an_unknown_user_or_folder_is_an_error),
		cmocka_unit_test(the_environment_is_minimal),
		cmocka_unit_test(input_is_read_on_descriptor_3_whole),
		cmocka_unit_test(
		    the_child_runs_as_the_user_and_may_open_its_input_by_name),
		cmocka_unit_test(
		    nothing_but_the_standard_descriptors_is_inherited),
		cmocka_unit_test(
		    a_program_and_its_children_are_killed_when_time_is_up),
		cmocka_unit_test(
		    a_daemon_that_stays_behind_does_not_hold_us_up),
		cmocka_unit_test(tick_is_called_while_it_runs),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
