/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "machine/host.h"
#include "support.h"

#define MIB ((uint64_t)1 << 20)

struct look {
	const char *check;
	enum finding_level level;
	char text[512];
	int n; /* How many of that check are not well. */
};

static void
on_finding(void *arg, const struct finding *f)
{
	struct look *l = arg;

	assert_non_null(f->text);
	/* What is not well says what to do. */
	assert_true(f->level == FINDING_OK || f->hint != NULL);
	if (strcmp(f->check, l->check) != 0)
		return;
	if (f->level != FINDING_OK)
		l->n++;
	l->level = f->level;
	(void)snprintf(l->text, sizeof l->text, "%s", f->text);
}

static void
each_amount_of_room_has_its_level(void **state)
{
	static const struct {
		uint64_t free_mib, all_mib;
		enum finding_level level;
	} cases[] = {
		{ 0, 100000, FINDING_ERROR },
		{ 255, 100000, FINDING_ERROR },
		{ 256, 1000, FINDING_WARNING },
		{ 2047, 10000, FINDING_WARNING },
		{ 2048, 10000, FINDING_OK },
		{ 4999, 100000, FINDING_WARNING },
		{ 5000, 100000, FINDING_OK },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(host_judge_disk(cases[i].free_mib * MIB,
				     cases[i].all_mib * MIB),
		    cases[i].level);
}

static void
a_process_may_have_any_name(void **state)
{
	pid_t parent, session;

	(void)state;
	assert_int_equal(host_parse_stat("7 (a) b (c) S 3 7 5 0 -1", &parent,
			     &session),
	    0);
	assert_int_equal(parent, 3);
	assert_int_equal(session, 5);
	assert_int_equal(host_parse_stat("7 nonsense", &parent, &session), -1);
	assert_int_equal(host_parse_stat("7 (a) S", &parent, &session), -1);
}

static void
a_clock_that_is_behind_is_an_error(void **state)
{
	struct look l = { .check = "clock" };
	const struct host_spec spec = {
		.home = "/",
		.newest_ms = clock_wall_ms() + 3600000,
		.fn = on_finding,
		.arg = &l,
	};

	(void)state;
	host_check(&spec);
	assert_int_equal(l.level, FINDING_ERROR);
	assert_non_null(strstr(l.text, "behind what happened last"));
}

/* One whose parent is not us: in a session of its own, as a service is. */
static pid_t
start_stray(const char *dir, int told[2])
{
	pid_t child = fork(), pid;

	assert_true(child >= 0);
	if (child == 0) {
		(void)setsid();
		pid = fork();
		if (pid > 0)
			_exit(0);
		pid = getpid();
		if (chdir(dir) == -1 ||
		    write(told[1], &pid, sizeof pid) != sizeof pid)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	assert_int_equal(read(told[0], &pid, sizeof pid), sizeof pid);
	assert_int_equal(waitpid(child, NULL, 0), child);
	return pid;
}

static void
a_process_of_nobodys_in_a_units_directory_is_found(void **state)
{
	char home[] = "/tmp/tenon-host-XXXXXX";
	struct look l = { .check = "processes" };
	struct host_spec spec = { .home = home, .fn = on_finding, .arg = &l };
	struct error err = { 0 };
	autofree char *dir = NULL;
	int told[2];
	pid_t pid, session;

	(void)state;
	assert_non_null(mkdtemp(home));
	assert_int_equal(pipe(told), 0);
	dir = xasprintf("%s/machines/0", home);
	assert_int_equal(dir_make(dir, 0700, &err), 0);
	host_check(&spec);
	assert_int_equal(l.n, 0);
	pid = start_stray(dir, told);
	session = getsid(pid);
	host_check(&spec);
	assert_int_equal(l.n, 1);
	assert_non_null(strstr(l.text, "is no service of ours"));
	/* A service's children are its own. */
	l.n = 0;
	spec.services = &session;
	spec.nservices = 1;
	host_check(&spec);
	assert_int_equal(l.n, 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(tree_remove(home, &err), 0);
	(void)close(told[0]);
	(void)close(told[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_amount_of_room_has_its_level),
		cmocka_unit_test(a_process_may_have_any_name),
		cmocka_unit_test(a_clock_that_is_behind_is_an_error),
		cmocka_unit_test(
		    a_process_of_nobodys_in_a_units_directory_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
