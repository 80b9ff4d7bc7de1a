/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "sql.h"
#include "utf8.h"

#define NAME_63 \
	"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void
identifiers_are_always_quoted(void **state)
{
	static const struct {
		const char *name, *sql;
	} cases[] = {
		{ "a", "DROP ROLE \"a\";" },
		{ "Foo", "DROP ROLE \"Foo\";" },
		{ "relation-3", "DROP ROLE \"relation-3\";" },
		{ "a\"b", "DROP ROLE \"a\"\"b\";" },
		{ "\"", "DROP ROLE \"\"\"\";" },
		{ "a\\b'c", "DROP ROLE \"a\\b'c\";" },
		{ "\"; DROP TABLE t; --",
		    "DROP ROLE \"\"\"; DROP TABLE t; --\";" },
		{ "\xc3\xa9t\xc3\xa9", "DROP ROLE \"\xc3\xa9t\xc3\xa9\";" },
		{ NAME_63, "DROP ROLE \"" NAME_63 "\";" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		autostrbuf sb = { 0 };

		assert_int_equal(sql_build(&sb, &err, "DROP ROLE %I;",
				     cases[i].name),
		    0);
		assert_string_equal(strbuf_cstr(&sb), cases[i].sql);
	}
}

static void
identifiers_the_server_would_change_are_refused(void **state)
{
	static const struct {
		const char *name, *msg;
	} cases[] = {
		{ "", "empty SQL identifier" },
		{ NULL, "empty SQL identifier" },
		{ NAME_63 "l",
		    "SQL identifier is longer than 63 bytes: " NAME_63 "l" },
		{ "a\xff", "SQL identifier is not valid UTF-8" },
		{ "\xc0\xa7", "SQL identifier is not valid UTF-8" },
		{ "a\xc3", "SQL identifier is not valid UTF-8" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		autostrbuf sb = { 0 };

		strbuf_adds(&sb, "SELECT 1;");
		assert_int_equal(sql_build(&sb, &err, "DROP ROLE %I;",
				     cases[i].name),
		    -1);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.msg, cases[i].msg);
		assert_string_equal(strbuf_cstr(&sb), "SELECT 1;");
	}
}

static void
literals_keep_their_value(void **state)
{
	static const struct {
		const char *value, *sql;
	} cases[] = {
		{ "x", "SELECT 'x'" },
		{ "", "SELECT ''" },
		{ NULL, "SELECT NULL" },
		{ "o'neil", "SELECT 'o''neil'" },
		{ "\\'", "SELECT '\\'''" },
		{ "%I %L %%", "SELECT '%I %L %%'" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		autostrbuf sb = { 0 };

		assert_int_equal(sql_build(&sb, &err, "SELECT %L",
				     cases[i].value),
		    0);
		assert_string_equal(strbuf_cstr(&sb), cases[i].sql);
	}
}

static void
a_bad_literal_is_not_shown(void **state)
{
	struct error err = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	assert_int_equal(sql_build(&sb, &err, "SELECT %L", "secret\xff"), -1);
	assert_string_equal(err.msg, "SQL literal is not valid UTF-8");
}

static void
verbs_take_their_arguments_in_order(void **state)
{
	struct error err = { 0 };
	autostrbuf sb = { 0 };

	(void)state;
	assert_int_equal(sql_build(&sb, &err, "ALTER ROLE %I PASSWORD %L; %%",
			     "a", "b"),
	    0);
	assert_string_equal(strbuf_cstr(&sb),
	    "ALTER ROLE \"a\" PASSWORD 'b'; %");
}

static void
utf8_is_checked_to_the_letter(void **state)
{
	static const struct {
		const char *text;
		int valid;
	} cases[] = {
		{ "", 1 },
		{ "plain", 1 },
		{ "\x7f", 1 },
		{ "\xc2\x80", 1 },
		{ "\xdf\xbf", 1 },
		{ "\xe0\xa0\x80", 1 },
		{ "\xed\x9f\xbf", 1 },
		{ "\xf0\x90\x80\x80", 1 },
		{ "\xf4\x8f\xbf\xbf", 1 },
		{ "\x80", 0 },
		{ "\xc0\x80", 0 },
		{ "\xc1\xbf", 0 },
		{ "\xc2", 0 },
		{ "\xc2g", 0 },
		{ "\xe0\x9f\xbf", 0 },
		{ "\xed\xa0\x80", 0 },
		{ "\xf0\x8f\xbf\xbf", 0 },
		{ "\xf4\x90\x80\x80", 0 },
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(utf8_valid(cases[i].text), cases[i].valid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identifiers_are_always_quoted),
		cmocka_unit_test(
		    identifiers_the_server_would_change_are_refused),
		cmocka_unit_test(literals_keep_their_value),
		cmocka_unit_test(a_bad_literal_is_not_shown),
		cmocka_unit_test(verbs_take_their_arguments_in_order),
		cmocka_unit_test(utf8_is_checked_to_the_letter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
