/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/osrelease.h"

static void
a_value_is_found_by_its_whole_key(void **state)
{
	static const char text[] = "PRETTY_NAME=\"Debian 12 (bookworm)\"\n"
				   "VERSION_ID='12'\n"
				   "\n"
				   "# ID=comment\n"
				   "ID_LIKE=other\n"
				   "EMPTY=\"\"\n"
				   "ID=debian";
	static const struct {
		const char *key, *value;
	} cases[] = {
		{ "ID", "debian" },
		{ "ID_LIKE", "other" },
		{ "VERSION_ID", "12" },
		{ "PRETTY_NAME", "Debian 12 (bookworm)" },
		{ "EMPTY", NULL },
		{ "NAME", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *value = osrelease_find(text, cases[i].key);

		if (cases[i].value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, cases[i].value);
	}
	assert_null(osrelease_find("", "ID"));
}

static void
every_host_has_a_series(void **state)
{
	autofree char *series = osrelease_series();

	(void)state;
	assert_string_not_equal(series, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_is_found_by_its_whole_key),
		cmocka_unit_test(every_host_has_a_series),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
