/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"

static const struct {
	uint64_t wall_ms;
	const char *text;
} moments[] = {
	{ 1, "1970-01-01T00:00:00.001Z" },
	{ 1000, "1970-01-01T00:00:01.000Z" },
	{ 951782400999, "2000-02-29T00:00:00.999Z" },
	{ 1795342933042, "2026-11-22T10:22:13.042Z" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z" },
};

static void
moments_are_written_and_read_back(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < nitems(moments); i++) {
		clock_format(moments[i].wall_ms, text);
		assert_string_equal(text, moments[i].text);
		assert_int_equal(clock_parse(text), moments[i].wall_ms);
	}
}

static void
a_moment_after_the_year_9999_is_its_end(void **state)
{
	char text[CLOCK_TEXT_SIZE];

	(void)state;
	clock_format(UINT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

static void
milliseconds_are_optional(void **state)
{
	(void)state;
	assert_int_equal(clock_parse("2026-11-22T10:22:13Z"), 1795342933000);
}

static void
malformed_moments_are_zero(void **state)
{
	static const char *const cases[] = {
		"",
		"now",
		"2026-11-22",
		"2026-11-22T10:22:13",
		"2026-11-22 10:22:13Z",
		"2026-11-22T10:22:13.042",
		"2026-11-22T10:22:13.04Z",
		"2026-11-22T10:22:13.0420Z",
		"2026-11-22T10:22:13.042+01:00",
		"2026-11-22T10:22:13.042Zx",
		" 2026-11-22T10:22:13.042Z",
		"2026-02-30T10:22:13Z",
		"2025-02-29T10:22:13Z",
		"2026-13-01T10:22:13Z",
		"2026-00-01T10:22:13Z",
		"2026-11-22T24:00:00Z",
		"2026-11-22T10:60:13Z",
		"2026-11-22T10:22:60Z",
		"1969-12-31T23:59:59Z",
		"20x6-11-22T10:22:13Z",
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(clock_parse(cases[i]), 0);
}

static void
the_wall_clock_is_the_system_time(void **state)
{
	uint64_t before = (uint64_t)time(NULL) * 1000, now = clock_wall_ms();

	(void)state;
	/* time() may lag by a tick of the kernel. */
	assert_in_range(now, before - 1000, before + 60000);
}

static void
the_monotonic_clock_counts_milliseconds(void **state)
{
	struct timespec ts;
	uint64_t before, now;

	(void)state;
	before = clock_mono_ms();
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &ts), 0);
	now = clock_mono_ms();
	assert_in_range((uint64_t)ts.tv_sec * 1000 +
		(uint64_t)ts.tv_nsec / 1000000,
	    before, now);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moments_are_written_and_read_back),
		cmocka_unit_test(a_moment_after_the_year_9999_is_its_end),
		cmocka_unit_test(milliseconds_are_optional),
		cmocka_unit_test(malformed_moments_are_zero),
		cmocka_unit_test(the_wall_clock_is_the_system_time),
		cmocka_unit_test(the_monotonic_clock_counts_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
