/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "machine/lines.h"
#include "support.h"

/* Each line that came, in brackets. */
static void
take(void *arg, char *line, size_t len)
{
	struct strbuf *out = arg;

	assert_int_equal(line[len], '\0');
	strbuf_addc(out, '[');
	strbuf_addn(out, line, len);
	strbuf_addc(out, ']');
}

static void
a_stream_becomes_lines_wherever_it_is_cut(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "", "" },
		{ "\n", "[]" },
		{ "a\n", "[a]" },
		{ "a\nbc\n\nd\n", "[a][bc][][d]" },
		{ "abcd\n", "[abcd]" },
		{ "a\nrest", "[a][rest]" },
		{ "abcde\n", "[abcd][e]" },
		{ "abcdefgh\nx", "[abcd][efgh][x]" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		for (size_t step = 1; step <= 9; step++) {
			autostrbuf out = { 0 };
			struct lines l = { .max_bytes = 4,
				.excess = LINES_SPLIT,
				.on_line = take,
				.arg = &out };
			size_t len = strlen(cases[i].in);

			for (size_t at = 0; at < len; at += step)
				assert_int_equal(lines_feed(&l,
						     cases[i].in + at,
						     len - at < step ?
							 len - at :
							 step),
				    0);
			lines_end(&l);
			assert_string_equal(strbuf_cstr(&out), cases[i].out);
			lines_release(&l);
		}
	}
}

static void
a_line_that_is_too_long_can_be_refused(void **state)
{
	autostrbuf out = { 0 };
	struct lines l = { .max_bytes = 4,
		.excess = LINES_REFUSE,
		.on_line = take,
		.arg = &out };

	(void)state;
	assert_int_equal(lines_feed(&l, "abcd\nab", 7), 0);
	assert_int_equal(lines_feed(&l, "cd", 2), 0);
	assert_int_equal(lines_feed(&l, "e", 1), -1);
	assert_string_equal(strbuf_cstr(&out), "[abcd]");
	lines_release(&l);
}

static void
what_is_not_text_is_replaced(void **state)
{
	static const struct {
		const char *in, *out;
		size_t len;
	} cases[] = {
		{ "plain", "plain", 5 },
		{ "a\0b", "a?b", 3 },
		{ "caf\xc3\xa9", "caf\xc3\xa9", 5 },
		{ "caf\xc3", "caf?", 4 },
		{ "\xe2\x82\xac", "\xe2\x82\xac", 3 },
		{ "\xf0\x9f\x90\x98", "\xf0\x9f\x90\x98", 4 },
		{ "\xff\xfe", "??", 2 },
		{ "\xc0\xaf", "??", 2 },
		{ "\xed\xa0\x80", "???", 3 },
		{ "\xf4\x90\x80\x80", "????", 4 },
		{ "\x80x", "?x", 2 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		char line[8] = { 0 };

		memcpy(line, cases[i].in, cases[i].len);
		lines_clean(line, cases[i].len);
		assert_string_equal(line, cases[i].out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_becomes_lines_wherever_it_is_cut),
		cmocka_unit_test(a_line_that_is_too_long_can_be_refused),
		cmocka_unit_test(what_is_not_text_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
