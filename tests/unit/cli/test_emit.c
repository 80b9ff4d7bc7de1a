/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "base/yaml.h"
#include "cli/emit.h"

static void
the_credentials_of_the_tutorial_are_exact(void **state)
{
	json_auto_t *json = test_json(
	    "{'unit-data-integrator-0': {'status': 'completed', 'timing': {"
	    "'started': '2023-03-20 09:22:50 +0000 UTC', 'enqueued': "
	    "'2023-03-20 09:22:46 +0000 UTC', 'completed': "
	    "'2023-03-20 09:22:50 +0000 UTC'}, 'id': '20', 'UnitId': "
	    "'data-integrator/0', 'results': {'postgresql': {'version': '14.7',"
	    "'username': 'relation-3', 'read-only-endpoints': "
	    "'10.89.49.197:5432', 'password': '136bvw0s7FjJ6mxZ', 'endpoints': "
	    "'10.89.49.129:5432', 'database': 'test-database'}, 'ok': 'True'"
	    "}}}");
	json_auto_t *sorted = emit_sorted(json);
	autofree char *expected = test_data("seed-get-credentials.yaml");
	autostrbuf sb = { 0 };

	(void)state;
	emit_yaml(sorted, &sb);
	assert_string_equal(strbuf_cstr(&sb), expected);
}

static const struct {
	const char *text, *yaml;
} scalars[] = {
	{ "plain", "plain" },
	{ "two words", "two words" },
	{ "10.89.49.129:5432", "10.89.49.129:5432" },
	{ "136bvw0s7FjJ6mxZ", "136bvw0s7FjJ6mxZ" },
	{ "relation-3", "relation-3" },
	{ "2.9.42", "2.9.42" },
	{ "2023-03-20 09:22:50 +0000 UTC", "2023-03-20 09:22:50 +0000 UTC" },
	{ "a:b", "a:b" },
	{ "a#b", "a#b" },
	{ "x: y", "'x: y'" },
	{ "a\xc2\x85\xe2\x80\xa8\xe2\x80\xa9"
	  "b",
	    "\"a\\N\\L\\Pb\"" },
	{ "\xef\xbf\xbe\xef\xbf\xbf", "\"\\uFFFE\\uFFFF\"" },
	{ "x:", "'x:'" },
	{ "a #b", "'a #b'" },
	{ "it's", "it's" },
	{ "'quoted'", "'''quoted'''" },
	{ "\"quoted\"", "'\"quoted\"'" },
	{ "hook failed: \"install\"", "'hook failed: \"install\"'" },
	{ " leading", "' leading'" },
	{ "trailing ", "'trailing '" },
	{ "- item", "'- item'" },
	{ "-item", "-item" },
	{ "-", "'-'" },
	{ "?", "'?'" },
	{ ": x", "': x'" },
	{ "[x]", "'[x]'" },
	{ "{x}", "'{x}'" },
	{ "&x", "'&x'" },
	{ "*", "'*'" },
	{ "!x", "'!x'" },
	{ "|", "'|'" },
	{ ">x", "'>x'" },
	{ "%x", "'%x'" },
	{ "@x", "'@x'" },
	{ "`x", "'`x'" },
	{ ",x", "',x'" },
	{ "#x", "'#x'" },
	{ "---", "'---'" },
	{ "", "\"\"" },
	{ "~", "\"~\"" },
	{ "null", "\"null\"" },
	{ "yes", "\"yes\"" },
	{ "n", "\"n\"" },
	{ "Off", "\"Off\"" },
	{ "True", "\"True\"" },
	{ "true", "\"true\"" },
	{ "truest", "truest" },
	{ "20", "\"20\"" },
	{ "-20", "\"-20\"" },
	{ "14.7", "\"14.7\"" },
	{ "14.7 (Debian)", "14.7 (Debian)" },
	{ ".5", "\".5\"" },
	{ "1.", "\"1.\"" },
	{ "1e5", "\"1e5\"" },
	{ "12345e6789", "\"12345e6789\"" },
	{ "1e5x", "1e5x" },
	{ "0x1F", "\"0x1F\"" },
	{ "0x1G", "0x1G" },
	{ "0o17", "\"0o17\"" },
	{ "0b101", "\"0b101\"" },
	{ "0123", "\"0123\"" },
	{ "1_000", "\"1_000\"" },
	{ "_1", "_1" },
	{ ".", "." },
	{ ".inf", "\".inf\"" },
	{ "-.inf", "\"-.inf\"" },
	{ ".nan", "\".nan\"" },
	{ "22:30", "\"22:30\"" },
	{ "22:30:10.5", "\"22:30:10.5\"" },
	{ "22:99", "22:99" },
	{ "2023-03-20", "\"2023-03-20\"" },
	{ "2023-03-20T09:22:50Z", "\"2023-03-20T09:22:50Z\"" },
	{ "2023-03-20 09:22:50", "\"2023-03-20 09:22:50\"" },
	{ "2023-03", "2023-03" },
	{ "<<", "\"<<\"" },
	{ "größe", "größe" },
	{ "tab\there", "\"tab\\there\"" },
	{ "bell\a", "\"bell\\a\"" },
	{ "escape\033[0m", "\"escape\\e[0m\"" },
	{ "\x01", "\"\\x01\"" },
};

static void
scalars_are_quoted_where_they_would_read_as_something_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(scalars); i++) {
		json_auto_t *json = json_string(scalars[i].text);
		autofree char *expected = xasprintf("%s\n", scalars[i].yaml);
		autostrbuf sb = { 0 };

		emit_yaml(json, &sb);
		assert_string_equal(strbuf_cstr(&sb), expected);
	}
}

/* Our own reader has to understand what the writer writes. */
static void
every_scalar_reads_back_as_the_same_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(scalars); i++) {
		json_auto_t *json = json_pack("{s:s}", "key", scalars[i].text);
		json_auto_t *back = NULL;
		struct error err = { 0 };
		autostrbuf sb = { 0 };

		emit_yaml(json, &sb);
		back = yaml_read(strbuf_cstr(&sb), sb.len, &err);
		if (back == NULL)
			fail_msg("%s: %s", strbuf_cstr(&sb), err.msg);
		assert_true(json_equal(back, json));
	}
}

static void
texts_of_several_lines_are_literals(void **state)
{
	static const struct {
		const char *text, *yaml;
	} cases[] = {
		{ "one\ntwo", "k: |-\n  one\n  two\n" },
		{ "one\ntwo\n", "k: |\n  one\n  two\n" },
		{ "one\n\ntwo\n\n", "k: |+\n  one\n\n  two\n\n" },
		{ " one\ntwo", "k: |2-\n   one\n  two\n" },
		{ "one \ntwo", "k: \"one \\ntwo\"\n" },
		{ "one\ntwo\t", "k: \"one\\ntwo\\t\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *json = json_pack("{s:s}", "k", cases[i].text);
		json_auto_t *back = NULL;
		struct error err = { 0 };
		autostrbuf sb = { 0 };

		emit_yaml(json, &sb);
		assert_string_equal(strbuf_cstr(&sb), cases[i].yaml);
		back = yaml_read(strbuf_cstr(&sb), sb.len, &err);
		assert_true(json_equal(back, json));
	}
}

static void
maps_and_lists_are_blocks(void **state)
{
	json_auto_t *json = test_json(
	    "{'a': [], 'b': {}, 'c': ['x', {'d': 1, 'e': [true, null]}, ['y']],"
	    " 'f': {'g': {'h': 2.5}}, '20': 'z'}");
	autostrbuf sb = { 0 };

	(void)state;
	emit_yaml(json, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "a: []\n"
	    "b: {}\n"
	    "c:\n"
	    "- x\n"
	    "- d: 1\n"
	    "  e:\n"
	    "  - true\n"
	    "  - null\n"
	    "- - \"y\"\n"
	    "f:\n"
	    "  g:\n"
	    "    h: 2.5\n"
	    "\"20\": z\n");
}

static void
a_key_may_be_of_any_length(void **state)
{
	(void)state;
	for (size_t len = 1; len < 5000; len += 127) {
		autofree char *key = xcalloc(1, len + 1);
		json_auto_t *json = NULL, *back = NULL;
		autostrbuf sb = { 0 };
		struct error err = { 0 };

		memset(key, '\x7f', len);
		json = json_pack("{s:{s:[s, {s:s}], s:s}}", "k", key, "x", key,
		    "y", "z", "t");
		emit_yaml(json, &sb);
		back = yaml_read(strbuf_cstr(&sb), sb.len, &err);
		assert_true(json_equal(back, json));
	}
}

static void
keys_are_in_the_order_of_people(void **state)
{
	static const char *const ordered[] = { "0", "2", "10", "UnitId", "a-1",
		"a-2", "a-10", "a1", "a2b", "a10b", "aa", "id", "x/2", "x/10",
		"x0", "y" };

	(void)state;
	for (size_t i = 0; i < nitems(ordered); i++) {
		for (size_t j = 0; j < nitems(ordered); j++) {
			int order = emit_compare(ordered[i], ordered[j]);

			if (i == j)
				assert_int_equal(order, 0);
			else
				assert_true((order < 0) == (i < j));
		}
	}
}

static void
json_is_one_line_and_escapes_what_html_would_read(void **state)
{
	json_auto_t *json = test_json("{'b': [1, true, null], 'a': {}}");
	autostrbuf sb = { 0 };

	(void)state;
	json_object_set_new(json, "c",
	    json_string("<a & b>\"\\\n\x01\xe2\x80\xa8\xc3\xa9"));
	emit_json(json, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "{\"b\":[1,true,null],\"a\":{},\"c\":\"\\u003ca \\u0026 "
	    "b\\u003e\\\"\\\\\\n\\u0001\\u2028\xc3\xa9\"}\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_credentials_of_the_tutorial_are_exact),
		cmocka_unit_test(
		    scalars_are_quoted_where_they_would_read_as_something_else),
		cmocka_unit_test(every_scalar_reads_back_as_the_same_text),
		cmocka_unit_test(texts_of_several_lines_are_literals),
		cmocka_unit_test(maps_and_lists_are_blocks),
		cmocka_unit_test(a_key_may_be_of_any_length),
		cmocka_unit_test(keys_are_in_the_order_of_people),
		cmocka_unit_test(
		    json_is_one_line_and_escapes_what_html_would_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
