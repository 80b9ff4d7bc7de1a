/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include <time.h>

#include "base/clock.h"
#include "cli/timetext.h"

static const char moment[] = "2023-03-20T09:22:13.042Z";

static void
a_time_has_the_forms_of_jujus_commands(void **state)
{
	static const char *const forms[] = {
		[TIMETEXT_CLOCK] = "10:22:13+01:00",
		[TIMETEXT_CLOCK_UTC] = "09:22:13Z",
		[TIMETEXT_SINCE] = "20 Mar 2023 10:22:13+01:00",
		[TIMETEXT_SINCE_UTC] = "2023-03-20 09:22:13Z",
		[TIMETEXT_SINCE_MS] = "20 Mar 2023 10:22:13.042+01:00",
		[TIMETEXT_SINCE_MS_UTC] = "2023-03-20 09:22:13.042Z",
		[TIMETEXT_GO] = "2023-03-20 10:22:13 +0100 CET",
		[TIMETEXT_GO_UTC] = "2023-03-20 09:22:13 +0000 UTC",
		[TIMETEXT_PLAIN] = "2023-03-20 10:22:13",
		[TIMETEXT_ISO] = "2023-03-20T10:22:13",
		[TIMETEXT_ISO_UTC] = "2023-03-20T09:22:13",
	};
	char text[TIMETEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < nitems(forms); i++)
		assert_string_equal(timetext(moment, (enum timetext_form)i,
					text),
		    forms[i]);
	assert_string_equal(timetext(NULL, TIMETEXT_CLOCK, text), "");
	assert_string_equal(timetext("soon", TIMETEXT_CLOCK, text), "");
}

static void
what_was_lately_is_told_by_how_long_ago(void **state)
{
	static const struct {
		uint64_t seconds;
		const char *text;
	} cases[] = {
		{ 90, "1 minute ago" },
		{ 3000, "50 minutes ago" },
		{ 3700, "1 hour ago" },
		{ 86000, "23 hours ago" },
	};
	char then[CLOCK_TEXT_SIZE], text[TIMETEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		clock_format(clock_wall_ms() - cases[i].seconds * 1000, then);
		assert_string_equal(timetext_ago(then, text), cases[i].text);
	}
	assert_string_equal(timetext_ago(moment, text), "2023-03-20");
	clock_format(clock_wall_ms() - 20000, then);
	assert_non_null(strstr(timetext_ago(then, text), " seconds ago"));
	clock_format(clock_wall_ms() + 60000, then);
	assert_string_equal(timetext_ago(then, text), "just now");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_has_the_forms_of_jujus_commands),
		cmocka_unit_test(what_was_lately_is_told_by_how_long_ago),
	};

	/* A zone that needs no file. */
	(void)setenv("TZ", "CET-1", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
