/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/near.h"

static const char too_long[] =
    "a-word-that-is-longer-than-all-that-anybody-would-ever-give-to-"
    "a-verb-or-an-option";

static const char *
nearest(const char *name)
{
	static const char *const names[] = { "status", "deploy", "relate",
		too_long };
	struct near near;

	near_start(&near, name);
	for (size_t i = 0; i < nitems(names); i++)
		near_consider(&near, names[i]);
	return near.found;
}

static void
the_nearest_of_several_is_found(void **state)
{
	(void)state;
	assert_string_equal(nearest("stauts"), "status");
	assert_string_equal(nearest("deplo"), "deploy");
	assert_string_equal(nearest("relates"), "relate");
}

static void
what_is_too_far_or_too_long_has_none(void **state)
{
	(void)state;
	assert_null(nearest(""));
	assert_null(nearest("frobnicate"));
	assert_null(nearest(too_long));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_of_several_is_found),
		cmocka_unit_test(what_is_too_far_or_too_long_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
