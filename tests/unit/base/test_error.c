/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

static void
setting_returns_minus_one_and_fills_everything(void **state)
{
	struct error err = { .hint = "an old hint" };

	(void)state;
	assert_int_equal(error_set(&err, ERROR_NOT_FOUND, "no application %s",
			     "pg"),
	    -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.msg, "no application pg");
	assert_string_equal(err.hint, "");
}

static void
the_old_message_may_be_an_argument(void **state)
{
	struct error err;

	(void)state;
	(void)error_set(&err, ERROR_INVALID, "inner");
	(void)error_set(&err, ERROR_CONFLICT, "outer: %s", err.msg);
	assert_string_equal(err.msg, "outer: inner");
	(void)error_hint(&err, "see %s", err.msg);
	(void)error_hint(&err, "first %s", err.hint);
	assert_string_equal(err.hint, "first see outer: inner");
}

static void
an_errno_has_a_code_and_words_in_lower_case(void **state)
{
	static const struct {
		int errnum;
		enum error_code code;
		const char *msg;
	} cases[] = {
		{ ENOENT, ERROR_NOT_FOUND, "x: no such file or directory" },
		{ EACCES, ERROR_DENIED, "x: permission denied" },
		{ EEXIST, ERROR_CONFLICT, "x: file exists" },
		{ ENOSPC, ERROR_UNAVAILABLE, "x: no space left on device" },
		{ ETIMEDOUT, ERROR_TIMEOUT, "x: connection timed out" },
		{ EIO, ERROR_INTERNAL, "x: input/output error" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_int_equal(error_set_errno(&err, cases[i].errnum, "%s",
				     "x"),
		    -1);
		assert_int_equal(err.code, cases[i].code);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

static void
wrapping_keeps_code_and_hint(void **state)
{
	struct error err;

	(void)state;
	(void)error_set(&err, ERROR_DENIED, "no");
	assert_int_equal(error_hint(&err, "ask %s", "root"), -1);
	assert_int_equal(error_wrap(&err, "unit %s", "pg/0"), -1);
	assert_int_equal(err.code, ERROR_DENIED);
	assert_string_equal(err.msg, "unit pg/0: no");
	assert_string_equal(err.hint, "ask root");
}

static void
a_long_message_is_cut_between_characters(void **state)
{
	static const char *const characters[] = { "a", "\xc3\xa9",
		"\xe2\x82\xac", "\xf0\x9f\x98\x80" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(characters); i++) {
		size_t size = strlen(characters[i]);
		char text[sizeof err.msg * 2 + 1] = "";

		for (size_t at = 0; at + size < sizeof text; at += size)
			memcpy(text + at, characters[i], size + 1);
		for (size_t shift = 0; shift < size; shift++) {
			(void)error_set(&err, ERROR_INVALID, "%.*s%s",
			    (int)shift, "---", text);
			assert_int_equal((strlen(err.msg) - shift) % size, 0);
			assert_true(strlen(err.msg) + size >= sizeof err.msg);
		}
	}
}

static void
a_message_that_fits_is_left_alone(void **state)
{
	struct error err;

	(void)state;
	(void)error_set(&err, ERROR_INVALID, "%s", "stray \xc3");
	assert_string_equal(err.msg, "stray \xc3");
}

static void
every_code_has_a_word_of_its_own(void **state)
{
	(void)state;
#define X(c, word, http)                                 \
	assert_string_equal(error_word(c), word);        \
	assert_int_equal(error_code_from_word(word), c); \
	assert_int_equal(error_http_status(c), http);    \
	assert_int_equal(error_exit_status(c), (c) == ERROR_USAGE ? 2 : 1);
	ERROR_CODES(X)
#undef X
}

static void
an_unknown_word_is_an_internal_error(void **state)
{
	(void)state;
	assert_int_equal(error_code_from_word("teapot"), ERROR_INTERNAL);
	assert_int_equal(error_code_from_word(""), ERROR_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    setting_returns_minus_one_and_fills_everything),
		cmocka_unit_test(the_old_message_may_be_an_argument),
		cmocka_unit_test(an_errno_has_a_code_and_words_in_lower_case),
		cmocka_unit_test(wrapping_keeps_code_and_hint),
		cmocka_unit_test(a_long_message_is_cut_between_characters),
		cmocka_unit_test(a_message_that_fits_is_left_alone),
		cmocka_unit_test(every_code_has_a_word_of_its_own),
		cmocka_unit_test(an_unknown_word_is_an_internal_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
