/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../scratch.h"
#include "logtail.h"

static void
the_last_fatal_line_is_the_reason(void **state)
{
	static const struct {
		const char *log, *reason;
	} cases[] = {
		{ "", "" },
		{ "postgres: could not find x\n",
		    "postgres: could not find x" },
		{ "t [1] LOG:  a\nt [1] FATAL:  old\nt [1] LOG:  b\n"
		  "t [1] FATAL:  data directory is locked\n"
		  "t [1] HINT:  Is another one running?\n"
		  "t [1] LOG:  database system is shut down\n",
		    "data directory is locked" },
		{ "t [1] FATAL:  could not receive data: it said [x] ERROR\n"
		  "t [2] nobody@postgres FATAL:  no such user\n"
		  "t [2] a [b] FATAL:  x@postgres FATAL:  no such user\n",
		    "could not receive data: it said [x] ERROR" },
		{ "t [1] LOG:  starting\nt [2] nobody@postgres LOG:  x\n",
		    "t [1] LOG:  starting" },
		{ "FATAL:  no configuration\n", "no configuration" },
		{ "t [1] PANIC:  could not write\nt [1] LOG:  x",
		    "could not write" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *reason = logtail_explain(cases[i].log);

		assert_string_equal(reason, cases[i].reason);
	}
}

static void
a_long_reason_is_cut(void **state)
{
	autofree char *line = xcalloc(1, 1001);
	autofree char *reason = NULL;

	(void)state;
	memset(line, 'x', 1000);
	reason = logtail_explain(line);
	assert_int_equal(strlen(reason), 300);
}

static void
some_logs_say_that_only_a_new_copy_helps(void **state)
{
	static const char removed[] =
	    "t [9] FATAL:  could not receive data from WAL stream: ERROR:  "
	    "requested WAL segment 000000010000000000000003 has already been "
	    "removed\n";
	static const struct {
		const char *before, *after;
		bool hopeless;
	} cases[] = {
		{ "", "", true },
		{ "t [1] LOG:  starting PostgreSQL 15.7\n", "", true },
		{ "", "t [9] LOG:  waiting for WAL\n", true },
		{ "", "t [2] LOG:  starting PostgreSQL 15.7 on x\n", false },
		{ "", "t [3] LOG:  started streaming WAL from primary at 0/3\n",
		    false },
		{ "t [2] nobody@postgres LOG:  x: ", "", false },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *log = xasprintf("%s%s%s", cases[i].before,
		    removed, cases[i].after);

		assert_int_equal(logtail_is_hopeless(log), cases[i].hopeless);
	}
	assert_false(logtail_is_hopeless(""));
	assert_false(logtail_is_hopeless(
	    "t [9] FATAL:  could not connect to the primary server\n"));
	assert_true(logtail_is_hopeless(
	    "t [1] PANIC:  could not locate a valid checkpoint record\n"));
	assert_true(logtail_is_hopeless(
	    "t [1] FATAL:  \"/x/data\" is not a valid data directory\n"));
	assert_true(logtail_is_hopeless(
	    "t [1] FATAL:  incorrect checksum in control file\n"));
}

static void
only_the_end_of_a_log_is_read(void **state)
{
	autofree char *path = xasprintf("%s/log", (const char *)*state);
	autofree char *text = xcalloc(1, 20001);
	autofree char *tail = NULL, *missing = NULL;
	struct error err = { 0 };

	memset(text, 'x', 20000);
	text[19999] = 'y';
	assert_int_equal(file_write(path, 0600, text, &err), 0);
	tail = logtail_read(path);
	assert_int_equal(strlen(tail), 16384);
	assert_int_equal(tail[16383], 'y');
	missing = logtail_read("/nonexistent");
	assert_string_equal(missing, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_fatal_line_is_the_reason),
		cmocka_unit_test(a_long_reason_is_cut),
		cmocka_unit_test(some_logs_say_that_only_a_new_copy_helps),
		scratch_test(only_the_end_of_a_log_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
