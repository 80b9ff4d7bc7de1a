/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "uri.h"

static void
everything_but_letters_and_digits_is_encoded(void **state)
{
	static const struct {
		struct access access;
		const char *uri;
	} cases[] = {
		{ { "relation-3", "aB9", "test-database" },
		    "postgresql://relation-3:aB9@h:1,i:2/test-database" },
		{ { "u", "p%2F@:/?#[]&= +", "my db/%41" },
		    "postgresql://u:p%252F%40%3A%2F%3F%23%5B%5D%26%3D%20%2B@"
		    "h:1,i:2/my%20db%2F%2541" },
		{ { "u", "'\"\\$", "\xc3\xa9._~" },
		    "postgresql://u:%27%22%5C%24@h:1,i:2/%C3%A9._~" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *uri = uri_make(&cases[i].access, "h:1,i:2");

		assert_string_equal(uri, cases[i].uri);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_but_letters_and_digits_is_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
