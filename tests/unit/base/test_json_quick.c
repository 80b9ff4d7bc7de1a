/* SPDX-License-Identifier: Apache-2.0 */
/* What we read and write quickly is what jansson reads and writes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_quick.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define FLAGS (JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

/* Whether it was read at all. */
static bool
reads_the_same(const char *text, size_t len)
{
	/* At its own end in memory, so that one byte more is noticed. */
	autofree char *copy = memcpy(xcalloc(1, len), text, len);
	json_auto_t *quick = json_quick_read(copy, len);
	json_auto_t *full = NULL;

	if (quick == NULL)
		return false;
	full = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
	    NULL);
	if (full == NULL || !json_equal(quick, full))
		fail_msg("read differently: %.*s", (int)len, text);
	return true;
}

static bool
writes_the_same(const json_t *value)
{
	autofree char *full = json_dumps(value, FLAGS);
	autostrbuf sb = { 0 };

	if (json_quick_write(value, &sb) == -1)
		return false;
	assert_string_equal(strbuf_cstr(&sb), full);
	return true;
}

static void
ordinary_text_is_read_by_us(void **state)
{
	static const char *const texts[] = { "{}", "[]", " { } ", "[ ]", "0",
		"-0", "17", "-17", "999999999999999999", "true", "false",
		"null", "\"\"", "\"a b\"", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
		"\"x\\ny\"", "\"\xc3\xa4\"", "{\"\xc3\xa4\":1}", "{\"\":1}",
		"{\"a\":{\"b\":[1,2,{\"c\":null}]},\"d\":\"e\"}",
		"\t\r\n[1 , 2 ,3]\n", "{\"a\" : 1 , \"b\":2}", "\"\x7f\"" };

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		if (!reads_the_same(texts[i], strlen(texts[i])))
			fail_msg("not read: %s", texts[i]);
	}
}

static void
what_is_out_of_the_ordinary_is_left_to_jansson(void **state)
{
	static const char *const texts[] = { "", " ", "{", "[", "\"", "\"a",
		"\"\\", "\"\\u0041\"", "\"\\x\"", "\"a\nb\"", "\"\xc3\"",
		"{\"\xff\":1}", "{\"a\\n\":1}", "{\"a\n\":1}", "{\"a\":1,}",
		"{\"a\":1,\"a\":2}", "{\"a\" 1}", "{a:1}", "{\"a\":}", "[1,]",
		"[1 2]", "[,1]", "{} {}", "1 2", "01", "-", "-01", "+1", "1.5",
		"1e3", "1E3", "1000000000000000000", "tru", "nul", "True", "[1",
		"{\"a\":1", "{\"a\":1]", "[1}" };

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		if (reads_the_same(texts[i], strlen(texts[i])))
			fail_msg("read: %s", texts[i]);
	}
	assert_false(reads_the_same("[1\0]", 4));
	assert_false(reads_the_same("\"a\0b\"", 5));
	assert_false(reads_the_same("1\0", 2));
}

static void
nesting_has_an_end(void **state)
{
	autostrbuf sb = { 0 };
	json_t *deep;

	(void)state;
	strbuf_pad(&sb, '[', JSON_QUICK_DEPTH);
	strbuf_pad(&sb, ']', JSON_QUICK_DEPTH);
	assert_true(reads_the_same(strbuf_cstr(&sb), sb.len));
	deep = json_quick_read(strbuf_cstr(&sb), sb.len);
	assert_true(writes_the_same(deep));
	for (int i = 0; i < 8; i++)
		deep = json_pack("[o]", deep);
	assert_false(writes_the_same(deep));
	json_decref(deep);

	strbuf_clear(&sb);
	strbuf_pad(&sb, '[', 10000);
	strbuf_pad(&sb, ']', 10000);
	assert_null(json_quick_read(strbuf_cstr(&sb), sb.len));
}

static void
all_that_a_string_may_hold_is_written_the_same(void **state)
{
	char text[2] = { 0 };

	(void)state;
	for (int c = 1; c < 0x80; c++) {
		json_auto_t *value = NULL;

		text[0] = (char)c;
		value = json_pack("{s:s, s:[s]}", text, text, "k", text);
		assert_true(writes_the_same(value));
	}
}

static void
numbers_are_written_the_same(void **state)
{
	static const json_int_t numbers[] = { 0, 1, -1, 9, 10, -10, 12345678901,
		INT64_MAX, INT64_MIN };
	json_auto_t *real = json_real(14.7);

	(void)state;
	for (size_t i = 0; i < nitems(numbers); i++) {
		json_auto_t *value = json_integer(numbers[i]);

		assert_true(writes_the_same(value));
	}
	assert_false(writes_the_same(real));
}

/* ---- whatever there may be ---- */

static uint64_t
next_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15U;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static const char *
any_text(uint64_t *state)
{
	static const char *const texts[] = { "", "a", "unit", "\"quoted\"",
		"back\\slash", "line\nline\ttab", "\x01\x1f\x7f",
		"gr\xc3\xbc\xc3\x9f", "\xe2\x82\xac", "\xf0\x9f\x90\x98", "a/b",
		"127.0.0.1", "a longer text, with words and blanks" };

	return texts[next_random(state) % nitems(texts)];
}

static json_t *
any_value(uint64_t *state, int depth)
{
	json_t *value;
	size_t n = next_random(state) % 5;

	switch (next_random(state) % (depth > 0 ? 8 : 6)) {
	case 0:
		return json_null();
	case 1:
		return json_boolean(n > 2);
	case 2:
		return json_integer((json_int_t)next_random(state));
	case 3:
		return json_integer((json_int_t)n - 2);
	case 4:
	case 5:
		return json_string(any_text(state));
	case 6:
		value = json_array();
		for (size_t i = 0; i < n; i++)
			json_array_append_new(value,
			    any_value(state, depth - 1));
		return value;
	default:
		value = json_object();
		for (size_t i = 0; i < n; i++)
			json_object_set_new(value, any_text(state),
			    any_value(state, depth - 1));
		return value;
	}
}

static void
whatever_there_is_is_read_and_written_the_same(void **state)
{
	static const int flags[] = { JSON_COMPACT, JSON_INDENT(1), 0,
		JSON_ENSURE_ASCII | JSON_COMPACT };
	uint64_t seed = 4;
	size_t read = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		json_auto_t *value = any_value(&seed, 5);
		autofree char *text = json_dumps(value,
		    (size_t)flags[i % 4] | JSON_ENCODE_ANY);
		size_t len = strlen(text), at;

		assert_true(writes_the_same(value));
		read += reads_the_same(text, len);
		/* A byte that is another one, and an end that is too early. */
		at = next_random(&seed) % len;
		text[at] = "\"\\{}[],:0x \n\xc3"[next_random(&seed) % 13];
		(void)reads_the_same(text, len);
		(void)reads_the_same(text, at);
	}
	assert_in_range(read, 10000, 20000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary_text_is_read_by_us),
		cmocka_unit_test(
		    what_is_out_of_the_ordinary_is_left_to_jansson),
		cmocka_unit_test(nesting_has_an_end),
		cmocka_unit_test(
		    all_that_a_string_may_hold_is_written_the_same),
		cmocka_unit_test(numbers_are_written_the_same),
		cmocka_unit_test(
		    whatever_there_is_is_read_and_written_the_same),
	};

	return cmocka_run_group_tests_name("base/json_quick", tests, NULL,
	    NULL);
}
