/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "cli/screen.h"

static void
a_text_is_cut_to_the_window(void **state)
{
	static const struct {
		const char *text;
		size_t rows, columns;
		const char *drawn;
	} cases[] = {
		{ "ab\ncd\n", 5, 10, "\033[Hab\033[K\r\ncd\033[K\033[J" },
		{ "ab\ncd\nef\n", 2, 10, "\033[Hab\033[K\r\ncd\033[K\033[J" },
		{ "abcdef\nx\n", 5, 3,
		    "\033[Habc\033[0m\033[K\r\nx\033[K\033[J" },
		{ "\033[31mabc\033[0md\n", 5, 3,
		    "\033[H\033[31mabc\033[0m\033[0m\033[K\033[J" },
		{ "gr\xc3\xb6\xc3\x9f"
		  "e\n",
		    5, 4, "\033[Hgr\xc3\xb6\xc3\x9f\033[0m\033[K\033[J" },
		{ "a\n\nb\n", 5, 5,
		    "\033[Ha\033[K\r\n\033[K\r\nb\033[K\033[J" },
		{ "", 5, 5, "\033[H\033[J" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autostrbuf sb = { 0 };

		screen_compose(cases[i].text, cases[i].rows, cases[i].columns,
		    &sb);
		assert_string_equal(strbuf_cstr(&sb), cases[i].drawn);
	}
}

static void
lines_are_cut_one_by_one(void **state)
{
	autostrbuf sb = { 0 };

	(void)state;
	screen_cut("abc\nabcd\n\nab", 3, &sb);
	assert_string_equal(strbuf_cstr(&sb), "abc\nabc\033[0m\n\nab");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_cut_to_the_window),
		cmocka_unit_test(lines_are_cut_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
