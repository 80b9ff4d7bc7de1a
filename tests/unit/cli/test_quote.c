/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "base/error.h"
#include "base/strbuf.h"
#include "cli/quote.h"

typedef void quote_fn(struct strbuf *, const char *);

static const struct {
	quote_fn *quote;
	const char *text, *expected;
} cases[] = {
	{ quote_kv, "", "''" },
	{ quote_kv, "it's \\", "'it\\'s \\\\'" },
	{ quote_pgpass, "a:b\\c", "a\\:b\\\\c" },
	{ quote_sh, "it's $HOME", "'it'\\''s $HOME'" },
	{ quote_systemd, "a \"b\" $c `d` \\ 'e'",
	    "\"a \\\"b\\\" \\$c \\`d\\` \\\\ 'e'\"" },
	{ quote_json, "a\"\\\n\xc3\xbc", "\"a\\\"\\\\\\n\xc3\xbc\"" },
	{ quote_properties, " a\\b=c:\xc3\xbc", "\\ a\\\\b=c:\\u00FC" },
	{ quote_properties, "\xf0\x9f\x90\x98", "\\uD83D\\uDC18" },
	{ quote_ado, "a;b\"c'", "\"a;b\"\"c'\"" },
};

static void
values_are_written_in_the_grammar_of_their_reader(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autostrbuf sb = { 0 };

		cases[i].quote(&sb, cases[i].text);
		assert_string_equal(strbuf_cstr(&sb), cases[i].expected);
	}
}

static void
what_a_grammar_cannot_hold_is_refused(void **state)
{
	static const char *const not_in_dotenv[] = { "it's", "a\\b", "${a}" };
	static const char *const not_in_service[] = { " a", "a " };
	autostrbuf sb = { 0 };
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < nitems(not_in_dotenv); i++)
		assert_int_equal(quote_dotenv(&sb, not_in_dotenv[i], &err), -1);
	for (size_t i = 0; i < nitems(not_in_service); i++)
		assert_int_equal(quote_service(&sb, not_in_service[i], &err),
		    -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(sb.len, 0);
	assert_int_equal(quote_dotenv(&sb, "a b \"c\"", &err), 0);
	assert_int_equal(quote_service(&sb, "=a b #c;", &err), 0);
	assert_string_equal(strbuf_cstr(&sb), "'a b \"c\"'=a b #c;");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    values_are_written_in_the_grammar_of_their_reader),
		cmocka_unit_test(what_a_grammar_cannot_hold_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
