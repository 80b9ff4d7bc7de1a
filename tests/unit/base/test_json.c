/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"

static json_t *
read_ok(const char *text)
{
	struct error err;
	json_t *value = json_read(text, strlen(text), LIMIT_BODY_BYTES, &err);

	assert_non_null(value);
	return value;
}

static void
members_are_read_with_their_type(void **state)
{
	json_auto_t *o = read_ok("{\"t\":\"x\",\"i\":-5,\"b\":true,\"f\":false,"
				 "\"a\":[1],\"o\":{},\"n\":null,\"r\":1.5}");

	(void)state;
	assert_string_equal(json_text(o, "t", "d"), "x");
	assert_int_equal(json_int(o, "i", 7), -5);
	assert_true(json_bool(o, "b", false));
	assert_false(json_bool(o, "f", true));
	assert_ptr_equal(json_child(o, "a", JSON_ARRAY),
	    json_object_get(o, "a"));
	assert_ptr_equal(json_child(o, "o", JSON_OBJECT),
	    json_object_get(o, "o"));
}

static void
a_missing_member_and_one_of_another_type_are_the_default(void **state)
{
	static const char *const keys[] = { "a", "n", "r", "none" };
	json_auto_t *o = read_ok("{\"a\":[1],\"n\":null,\"r\":1.5}");

	(void)state;
	for (size_t i = 0; i < nitems(keys); i++) {
		assert_string_equal(json_text(o, keys[i], "d"), "d");
		assert_null(json_text(o, keys[i], NULL));
		assert_int_equal(json_int(o, keys[i], 7), 7);
		assert_true(json_bool(o, keys[i], true));
		assert_false(json_bool(o, keys[i], false));
		assert_null(json_child(o, keys[i], JSON_OBJECT));
	}
	assert_string_equal(json_text(NULL, "a", "d"), "d");
	assert_null(json_child(NULL, "a", JSON_OBJECT));
	assert_int_equal(json_int(json_object_get(o, "a"), "a", 7), 7);
}

static void
putting_text_sets_replaces_and_removes(void **state)
{
	json_auto_t *o = json_object();

	(void)state;
	json_put_text(o, "k", "one");
	json_put_text(o, "k", "two");
	assert_string_equal(json_text(o, "k", NULL), "two");
	json_put_text(o, "k", NULL);
	json_put_text(o, "never", NULL);
	assert_int_equal(json_object_size(o), 0);
}

static void
text_that_is_not_utf8_is_kept_as_far_as_it_can_be(void **state)
{
	json_auto_t *o = json_object();

	(void)state;
	json_put_text(o, "k", "caf\xc3\xa9");
	assert_string_equal(json_text(o, "k", NULL), "caf\xc3\xa9");
	json_put_text(o, "k", "caf\xe9!");
	assert_string_equal(json_text(o, "k", NULL), "caf?!");
}

static void
a_line_is_compact_and_in_order(void **state)
{
	static const char *const cases[] = {
		"{\"z\":1,\"a\":[true,null,\"x\\n\"],\"m\":{}}",
		"[]",
		"\"x\"",
		"null",
		"14.7",
		"0.1",
		"1e300",
		"9223372036854775807",
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *value = read_ok(cases[i]);
		autofree char *line = json_line(value);

		assert_string_equal(line, cases[i]);
	}
}

static void
bad_text_is_refused_with_a_reason(void **state)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{ "{\"a\":1,\"a\":2}",
		    "json: line 1: duplicate object key near '\"a\"'" },
		{ "{\n\"a\":\n",
		    "json: line 3: unexpected token near end of "
		    "file" },
		{ "{} x", "json: line 1: end of file expected near 'x'" },
		{ "\"\\u0000\"",
		    "json: line 1: \\u0000 is not allowed without "
		    "JSON_ALLOW_NUL near '\"\\u0000\"'" },
		{ "", "json: line 1: unexpected token near end of file" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_null(
		    json_read(cases[i].text, strlen(cases[i].text), 100, &err));
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.msg, cases[i].msg);
	}
	assert_null(json_read("\"\xff\"", 3, 100, &err));
	assert_int_equal(err.code, ERROR_INVALID);
}

static void
text_need_not_end_with_a_nul(void **state)
{
	struct error err;
	json_auto_t *value = json_read("[1]]]]", 3, 100, &err);

	(void)state;
	assert_int_equal(json_array_size(value), 1);
}

static void
the_size_is_limited(void **state)
{
	struct error err;
	json_auto_t *value = json_read("[1]", 3, 3, &err);

	(void)state;
	assert_non_null(value);
	assert_null(json_read("[1]", 3, 2, &err));
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	assert_string_equal(err.msg, "json: 3 bytes, more than 2");
}

/* '[[[ ... ]]]', with a string in the middle that must not count. */
static json_t *
read_nested(size_t depth, struct error *err)
{
	autostrbuf sb = { 0 };

	strbuf_pad(&sb, '[', depth);
	strbuf_adds(&sb, "\"[[[\\\"{{{\"");
	strbuf_pad(&sb, ']', depth);
	return json_read(strbuf_cstr(&sb), sb.len, LIMIT_BODY_BYTES, err);
}

static void
the_depth_is_limited(void **state)
{
	struct error err;
	json_auto_t *value = read_nested(LIMIT_JSON_DEPTH, &err);

	(void)state;
	assert_non_null(value);
	assert_null(read_nested(LIMIT_JSON_DEPTH + 1, &err));
	assert_int_equal(err.code, ERROR_INVALID);
	assert_string_equal(err.msg, "json: nested deeper than 32 levels");
	assert_null(read_nested(LIMIT_BODY_BYTES / 4, &err));
	assert_string_equal(err.msg, "json: nested deeper than 32 levels");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_read_with_their_type),
		cmocka_unit_test(
		    a_missing_member_and_one_of_another_type_are_the_default),
		cmocka_unit_test(putting_text_sets_replaces_and_removes),
		cmocka_unit_test(
		    text_that_is_not_utf8_is_kept_as_far_as_it_can_be),
		cmocka_unit_test(a_line_is_compact_and_in_order),
		cmocka_unit_test(bad_text_is_refused_with_a_reason),
		cmocka_unit_test(text_need_not_end_with_a_nul),
		cmocka_unit_test(the_size_is_limited),
		cmocka_unit_test(the_depth_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
