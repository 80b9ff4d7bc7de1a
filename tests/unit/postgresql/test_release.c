/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/mem.h"
#include "release.h"

static void
only_the_broken_releases_are_refused(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} cases[] = {
		{ "postgres (PostgreSQL) 15.9 (Debian 15.9-0+deb12u1)\n", -1 },
		{ "postgres (PostgreSQL) 15.9\n", -1 },
		{ "postgres (PostgreSQL) 12.21\n", -1 },
		{ "postgres (PostgreSQL) 13.17\n", -1 },
		{ "postgres (PostgreSQL) 13.22\n", -1 },
		{ "postgres (PostgreSQL) 9.6.24\n", -1 },
		{ "postgres (PostgreSQL) 14.0\n", 0 },
		{ "pg_controldata (PostgreSQL) 15.9\n", -1 },
		{ "postgres (PostgreSQL) 14.14\n", -1 },
		{ "postgres (PostgreSQL) 16.5\n", -1 },
		{ "postgres (PostgreSQL) 17.1\n", -1 },
		{ "postgres (PostgreSQL) 15.8\n", 0 },
		{ "postgres (PostgreSQL) 15.10 (Debian 15.10-1)\n", 0 },
		{ "postgres (PostgreSQL) 15.90\n", 0 },
		{ "postgres (PostgreSQL) 14.9\n", 0 },
		{ "postgres (PostgreSQL) 17.2\n", 0 },
		{ "postgres (PostgreSQL) 18beta1\n", 0 },
		{ "15.9\n", 0 },
		{ "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };

		if (release_check(cases[i].text, &err) != cases[i].rc)
			fail_msg("%s: %s", cases[i].text, err.msg);
	}
}

static void
the_refusal_says_why_and_what_to_install(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(release_check("postgres (PostgreSQL) 15.9\n", &err),
	    -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg,
	    "PostgreSQL 15.9 cannot be used: ALTER ROLE ... SET role has no "
	    "effect in it, so a client's tables would not belong to their "
	    "database");
	assert_string_equal(err.hint, "install PostgreSQL 15.10 or later");
}

static void
what_is_too_old_is_refused_with_the_oldest_that_is_not(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(release_check("postgres (PostgreSQL) 13.22\n", &err),
	    -1);
	assert_string_equal(err.msg,
	    "PostgreSQL 13 cannot be used: it knows neither "
	    "recovery_init_sync_method nor pg_read_all_data");
	assert_string_equal(err.hint, "install PostgreSQL 14 or later");
}

static void
a_program_that_is_not_there_is_named(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_int_equal(release_check_installed("/nowhere", &err), -1);
	assert_string_equal(err.msg,
	    "/nowhere/pg_controldata: no such file or directory");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_broken_releases_are_refused),
		cmocka_unit_test(the_refusal_says_why_and_what_to_install),
		cmocka_unit_test(
		    what_is_too_old_is_refused_with_the_oldest_that_is_not),
		cmocka_unit_test(a_program_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
