/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "permissions.h"
#include "wish.h"

static char *
entry(const char *type, const char *name, const char *words)
{
	json_auto_t *list = json_pack("[{s:s, s:s, s:[s]}]", "resource_type",
	    type, "resource_name", name, "privileges", words);
	char *text;

	assert_non_null(list);
	text = json_dumps(list, 0);
	assert_non_null(text);
	return text;
}

static void
names_are_taken_apart_at_dots_that_are_not_quoted(void **state)
{
	static const struct {
		const char *name, *schema, *object;
	} cases[] = {
		{ "orders", "public", "orders" },
		{ "Orders", "public", "Orders" },
		{ "stock.items", "stock", "items" },
		{ "*", "public", "*" },
		{ "stock.*", "stock", "*" },
		{ "\"a.b\"", "public", "a.b" },
		{ "\"a.b\".\"c \"\" d\"", "a.b", "c \" d" },
		{ "\"a\".b", "a", "b" },
		{ "a b.c'd\\", "a b", "c'd\\" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *text = entry("TABLE", cases[i].name, "SELECT");
		autopermissions p = { 0 };
		struct error err = { 0 };

		if (permissions_parse(text, "shop", &p, &err) == -1)
			fail_msg("%s: %s", cases[i].name, err.msg);
		assert_int_equal(p.n, 1);
		assert_string_equal(p.list[0].schema, cases[i].schema);
		assert_string_equal(p.list[0].object, cases[i].object);
	}
}

static void
what_is_no_name_is_refused(void **state)
{
	static const struct {
		const char *type, *name;
	} cases[] = {
		{ "TABLE", "" },
		{ "TABLE", "." },
		{ "TABLE", "a." },
		{ "TABLE", ".a" },
		{ "TABLE", "a.b.c" },
		{ "TABLE", "\"a" },
		{ "TABLE", "\"a\"b" },
		{ "TABLE", "a\"b" },
		{ "TABLE", "\"\"" },
		{ "TABLE",
		    "a123456789012345678901234567890123456789012345678901234567"
		    "890123" },
		{ "TABLE", "pg_toast.x" },
		{ "SEQUENCE", "information_schema.x" },
		{ "SCHEMA", "a.b" },
		{ "SCHEMA", "pg_catalog" },
		{ "DATABASE", "other" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *text = entry(cases[i].type, cases[i].name,
		    "ALL");
		autopermissions p = { 0 };
		struct error err = { 0 };

		assert_int_equal(permissions_parse(text, "shop", &p, &err), -1);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.hint, "change entity-permissions");
	}
}

static void
privileges_are_words_that_are_known(void **state)
{
	static const struct {
		const char *type, *name, *word, *words; /* NULL: refused. */
	} cases[] = {
		{ "TABLE", "t", "select", "SELECT" },
		{ "table", "t", "ALL",
		    "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, "
		    "TRIGGER" },
		{ "TABLE", "t", "USAGE", NULL },
		{ "TABLE", "t", "SELECT; DROP TABLE t", NULL },
		{ "TABLE", "t", "", NULL },
		{ "SEQUENCE", "s", "ALL", "USAGE, SELECT, UPDATE" },
		{ "SCHEMA", "s", "create", "CREATE" },
		{ "DATABASE", "shop", "TEMP", "TEMPORARY" },
		{ "DATABASE", "shop", "ALL", "CONNECT, CREATE, TEMPORARY" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *text = entry(cases[i].type, cases[i].name,
		    cases[i].word);
		autopermissions p = { 0 };
		struct error err = { 0 };
		autostrbuf sb = { 0 };
		int rc = permissions_parse(text, "shop", &p, &err);

		assert_int_equal(rc, cases[i].words == NULL ? -1 : 0);
		if (rc == -1)
			continue;
		permission_add_words(&sb, &p.list[0]);
		assert_string_equal(strbuf_cstr(&sb), cases[i].words);
	}
}

static void
what_is_no_list_of_permissions_is_refused(void **state)
{
	static const char *const cases[] = { "x", "{}", "[1]", "[[]]", "[{}]",
		"[{\"resource_type\": \"TABLE\", \"resource_name\": \"t\"}]",
		"[{\"resource_type\": \"TABLE\", \"resource_name\": \"t\", "
		"\"privileges\": []}]",
		"[{\"resource_type\": \"TABLE\", \"resource_name\": \"t\", "
		"\"privileges\": [1]}]",
		"[{\"resource_type\": \"TABLE\", \"resource_name\": \"t\", "
		"\"privileges\": \"ALL\"}]",
		"[{\"resource_type\": \"TABLE\", \"resource_name\": \"t\", "
		"\"privileges\": [\"ALL\"], \"more\": 1}]" };

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autopermissions p = { 0 };
		struct error err = { 0 };

		assert_int_equal(permissions_parse(cases[i], "d", &p, &err),
		    -1);
		assert_string_equal(err.msg,
		    "entity-permissions is not a JSON list of {resource_name, "
		    "resource_type, privileges}");
	}
}

static void
there_is_an_end_to_permissions(void **state)
{
	autostrbuf sb = { 0 };
	autopermissions p = { 0 };
	struct error err = { 0 };

	(void)state;
	for (int i = 0; i < 501; i++)
		strbuf_adds(&sb, i == 0 ? "[1" : ",1");
	strbuf_adds(&sb, "]");
	assert_int_equal(permissions_parse(strbuf_cstr(&sb), "d", &p, &err),
	    -1);
	assert_string_equal(err.msg,
	    "entity-permissions has 501 entries, at most 500 are possible");
}

static void
a_wish_is_read_from_the_keys_of_the_client(void **state)
{
	static const struct {
		const char *type;
		enum wish_kind kind;
		int rc;
	} cases[] = {
		{ "", WISH_OWNER, 0 },
		{ "USER", WISH_USER, 0 },
		{ "Group", WISH_GROUP, 0 },
		{ "USERS", WISH_OWNER, -1 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *asked = json_pack("{s:s}", "entity-type",
		    cases[i].type);
		struct error err = { 0 };
		autowish w = { 0 };

		assert_int_equal(wish_read(asked, "d", &w, &err), cases[i].rc);
		assert_int_equal(w.kind, cases[i].kind);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    names_are_taken_apart_at_dots_that_are_not_quoted),
		cmocka_unit_test(what_is_no_name_is_refused),
		cmocka_unit_test(privileges_are_words_that_are_known),
		cmocka_unit_test(what_is_no_list_of_permissions_is_refused),
		cmocka_unit_test(there_is_an_end_to_permissions),
		cmocka_unit_test(a_wish_is_read_from_the_keys_of_the_client),
	};

	return cmocka_run_group_tests_name("postgresql/permissions", tests,
	    NULL, NULL);
}
