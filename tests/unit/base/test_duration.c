/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/duration.h"
#include "base/mem.h"

static void
durations_are_read_as_go_reads_them(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t ms;
	} cases[] = {
		{ "0", 0, 0 },
		{ "0s", 0, 0 },
		{ "1s", 0, 1000 },
		{ "250ms", 0, 250 },
		{ "1.5s", 0, 1500 },
		{ "0.001s", 0, 1 },
		{ "1us", 0, 1 },
		{ "1m30s", 0, 90000 },
		{ "1h2m3s4ms", 0, 3723004 },
		{ "2d", 0, 172800000 },
		{ "", -1, 0 },
		{ "10", -1, 0 },
		{ "s", -1, 0 },
		{ "-1s", -1, 0 },
		{ "1 s", -1, 0 },
		{ "1.2.3s", -1, 0 },
		{ "1e3s", -1, 0 },
		{ "infs", -1, 0 },
		{ "1x", -1, 0 },
		{ "1s2", -1, 0 },
		{ "99999999999999999999999h", -1, 0 },
		{ "9999999999999999h", -1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		int64_t ms = -7;

		assert_int_equal(duration_parse(cases[i].text, &ms),
		    cases[i].rc);
		assert_int_equal(ms, cases[i].rc == 0 ? cases[i].ms : -7);
	}
}

static void
durations_are_shown_with_what_matters(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ -5, "0.0 s" },
		{ 0, "0.0 s" },
		{ 1234, "1.2 s" },
		{ 9999, "9.9 s" },
		{ 12345, "12 s" },
		{ 125000, "2 m 05 s" },
		{ 3600000 + 600000, "1 h 10 m" },
		{ 360000000, "100 h 00 m" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		char text[DURATION_TEXT_SIZE];

		duration_format(cases[i].ms, text);
		assert_string_equal(text, cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read_as_go_reads_them),
		cmocka_unit_test(durations_are_shown_with_what_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
