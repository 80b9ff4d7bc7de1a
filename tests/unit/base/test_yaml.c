/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/yaml.h"

#include "../scratch.h"

static void
plain_scalars_follow_the_core_schema(void **state)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{ "", "null" },
		{ "~", "null" },
		{ "null", "null" },
		{ "NULL", "null" },
		{ "nUll", "\"nUll\"" },
		{ "true", "true" },
		{ "False", "false" },
		{ "TRUE", "true" },
		{ "yes", "\"yes\"" },
		{ "on", "\"on\"" },
		{ "0", "0" },
		{ "-12", "-12" },
		{ "+3", "3" },
		{ "007", "7" },
		{ "0o17", "15" },
		{ "0xfF", "255" },
		{ "0x", "\"0x\"" },
		{ "0o8", "\"0o8\"" },
		{ "0x-1", "\"0x-1\"" },
		{ "1_000", "\"1_000\"" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "14.7", "14.7" },
		{ "-.5", "-0.5" },
		{ "2.", "2.0" },
		{ "1e3", "1000.0" },
		{ "1.5E-2", "0.015" },
		{ ".", "\".\"" },
		{ "1e", "\"1e\"" },
		{ "e5", "\"e5\"" },
		{ "1.2.3", "\"1.2.3\"" },
		{ "1e999", "\"1e999\"" },
		{ ".inf", "\".inf\"" },
		{ ".nan", "\".nan\"" },
		{ "-", "\"-\"" },
		{ "x", "\"x\"" },
		{ "14/stable", "\"14/stable\"" },
		{ " 1", "\" 1\"" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *value = yaml_scalar(cases[i].text);
		autofree char *line = json_line(value);

		assert_string_equal(line, cases[i].line);
	}
}

static void
a_number_too_large_for_an_integer_is_no_integer(void **state)
{
	json_auto_t *value = yaml_scalar("9223372036854775808");

	(void)state;
	assert_false(json_is_integer(value));
}

static void
documents_become_json(void **state)
{
	static const struct {
		const char *text, *line;
	} cases[] = {
		{ "", "null" },
		{ "# only a comment\n", "null" },
		{ "---\n", "null" },
		{ "x", "\"x\"" },
		{ "a: 1\nb: [x, '1', \"2\"]\n",
		    "{\"a\":1,\"b\":[\"x\",\"1\",\"2\"]}" },
		{ "b:\n  - c: 1\n    d:\n  - {}\n  - []\n",
		    "{\"b\":[{\"c\":1,\"d\":null},{},[]]}" },
		{ "1: one\ntrue: yes\n", "{\"1\":\"one\",\"true\":\"yes\"}" },
		{ "t: |\n  line 1\n  line 2\n",
		    "{\"t\":\"line 1\\nline 2\\n\"}" },
		{ "t: >-\n  a\n  b\n", "{\"t\":\"a b\"}" },
		{ "t: '~'\nu: \"null\"\n", "{\"t\":\"~\",\"u\":\"null\"}" },
		{ "\xc3\xa9: \"\\u20ac\"\n",
		    "{\"\xc3\xa9\":\"\xe2\x82\xac\"}" },
		{ "--- a\n...\n", "\"a\"" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err;
		json_auto_t *value = yaml_read(cases[i].text,
		    strlen(cases[i].text), &err);
		autofree char *line = NULL;

		assert_non_null(value);
		line = json_line(value);
		assert_string_equal(line, cases[i].line);
	}
}

static void
what_we_do_not_read_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{ "a: &x 1\n", "yaml: line 1: anchors are not supported" },
		{ "a: &x [1]\n", "yaml: line 1: anchors are not supported" },
		{ "a: &x {b: 1}\n", "yaml: line 1: anchors are not supported" },
		{ "a:\nb: *x\n", "yaml: line 2: aliases are not supported" },
		{ "a: !!str 1\n", "yaml: line 1: tags are not supported" },
		{ "a: ! 1\n", "yaml: line 1: tags are not supported" },
		{ "a: !x [1]\n", "yaml: line 1: tags are not supported" },
		{ "a: !x {b: 1}\n", "yaml: line 1: tags are not supported" },
		{ "a: 1\nb: 2\na: 3\n",
		    "yaml: line 3: key \"a\" is there twice" },
		{ "a: 1\n\"a\": 3\n",
		    "yaml: line 2: key \"a\" is there twice" },
		{ "[1, 2]: x\n", "yaml: line 1: a key must be a scalar" },
		{ "? {a: 1}\n: x\n", "yaml: line 1: a key must be a scalar" },
		{ "a\n---\nb\n", "yaml: line 2: a second document" },
		{ "a: \"x\\0y\"\n", "yaml: line 1: a NUL byte in a scalar" },
		{ "a: [1\n", "yaml: line 2: did not find expected ',' or ']'" },
		{ "a: b: c\n",
		    "yaml: line 1: mapping values are not allowed "
		    "in this context" },
		{ "\ta: 1\n",
		    "yaml: line 1: found character that cannot start "
		    "any token" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_null(
		    yaml_read(cases[i].text, strlen(cases[i].text), &err));
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

static void
bytes_that_are_not_utf8_are_refused(void **state)
{
	struct error err;

	(void)state;
	assert_null(yaml_read("a: \xff\n", 5, &err));
	assert_int_equal(err.code, ERROR_INVALID);
	assert_null(yaml_read("\xff\xfe\x61\0", 4, &err));
	assert_int_equal(err.code, ERROR_INVALID);
}

static json_t *
read_nested(const char *open, const char *close, size_t depth,
    struct error *err)
{
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < depth; i++)
		strbuf_adds(&sb, open);
	strbuf_adds(&sb, "x");
	for (size_t i = 0; i < depth; i++)
		strbuf_adds(&sb, close);
	return yaml_read(strbuf_cstr(&sb), sb.len, err);
}

static void
the_depth_is_limited(void **state)
{
	static const struct {
		const char *open, *close;
	} cases[] = { { "[", "]" }, { "{a: ", "}" }, { "- ", "" } };

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err;
		json_auto_t *value = read_nested(cases[i].open, cases[i].close,
		    LIMIT_YAML_DEPTH, &err);

		assert_non_null(value);
		assert_null(read_nested(cases[i].open, cases[i].close,
		    LIMIT_YAML_DEPTH + 1, &err));
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.msg, "yaml: line 1: nested too deeply");
		assert_null(
		    read_nested(cases[i].open, cases[i].close, 100000, &err));
		assert_int_equal(err.code, ERROR_INVALID);
	}
}

static void
the_size_is_limited(void **state)
{
	autofree char *text = xcalloc(1, LIMIT_YAML_BYTES + 2);
	struct error err;
	json_t *value;

	(void)state;
	memset(text, 'x', LIMIT_YAML_BYTES + 1);
	value = yaml_read(text, LIMIT_YAML_BYTES, &err);
	assert_int_equal(json_string_length(value), LIMIT_YAML_BYTES);
	json_decref(value);
	assert_null(yaml_read(text, LIMIT_YAML_BYTES + 1, &err));
	assert_int_equal(err.code, ERROR_TOO_LARGE);
}

static void
a_file_is_read_and_named_in_its_errors(void **state)
{
	autofree char *path = xasprintf("%s/metadata.yaml",
	    (const char *)*state);
	autofree char *want = xasprintf("%s: yaml: line 1: tags are not "
					"supported",
	    path);
	struct error err;
	json_t *value;

	assert_null(yaml_read_file(path, &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_int_equal(file_write(path, 0600, "name: pg\n", &err), 0);
	value = yaml_read_file(path, &err);
	assert_string_equal(json_text(value, "name", NULL), "pg");
	json_decref(value);
	assert_int_equal(file_write(path, 0600, "a: !x 1\n", &err), 0);
	assert_null(yaml_read_file(path, &err));
	assert_string_equal(err.msg, want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_scalars_follow_the_core_schema),
		cmocka_unit_test(
		    a_number_too_large_for_an_integer_is_no_integer),
		cmocka_unit_test(documents_become_json),
		cmocka_unit_test(what_we_do_not_read_is_refused_with_its_line),
		cmocka_unit_test(bytes_that_are_not_utf8_are_refused),
		cmocka_unit_test(the_depth_is_limited),
		cmocka_unit_test(the_size_is_limited),
		scratch_test(a_file_is_read_and_named_in_its_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
