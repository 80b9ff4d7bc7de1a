/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"

static void
a_zeroed_strbuf_is_an_empty_string(void **state)
{
	struct strbuf sb = { 0 };
	char *s;

	(void)state;
	assert_string_equal(strbuf_cstr(&sb), "");
	strbuf_clear(&sb);
	strbuf_truncate(&sb, 3);
	s = strbuf_detach(&sb);
	assert_string_equal(s, "");
	free(s);
	strbuf_release(&sb);
}

static void
percent_encoding_leaves_the_unreserved_characters(void **state)
{
	autostrbuf sb = { 0 };

	(void)state;
	strbuf_add_percent(&sb, "aZ0-._~ p%2F@:/?#[]&=+\"\xc3\xbc");
	assert_string_equal(strbuf_cstr(&sb),
	    "aZ0-._~%20p%252F%40%3A%2F%3F%23%5B%5D%26%3D%2B%22%C3%BC");
}

static void
pieces_are_joined(void **state)
{
	autostrbuf sb = { 0 };

	(void)state;
	strbuf_addc(&sb, 'a');
	strbuf_adds(&sb, "bc");
	strbuf_adds(&sb, "");
	strbuf_addn(&sb, "defg", 2);
	strbuf_addf(&sb, "-%d-%s", 42, "x");
	strbuf_addf(&sb, "%s", "");
	strbuf_pad(&sb, '.', 3);
	strbuf_pad(&sb, '!', 0);
	assert_string_equal(strbuf_cstr(&sb), "abcde-42-x...");
	assert_int_equal(sb.len, 13);
}

static void
nul_bytes_count(void **state)
{
	autostrbuf sb = { 0 };

	(void)state;
	strbuf_addn(&sb, "a\0b", 3);
	assert_int_equal(sb.len, 3);
	assert_memory_equal(strbuf_cstr(&sb), "a\0b", 4);
}

static void
it_grows_as_far_as_needed(void **state)
{
	autostrbuf sb = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		strbuf_addf(&sb, "%04d", i);
	assert_int_equal(sb.len, 40000);
	assert_memory_equal(strbuf_cstr(&sb) + 39996, "9999", 5);
	strbuf_pad(&sb, 'x', 100000);
	assert_int_equal(strlen(strbuf_cstr(&sb)), 140000);
}

static void
clearing_keeps_the_memory_and_truncating_never_grows(void **state)
{
	autostrbuf sb = { 0 };
	const char *before;

	(void)state;
	strbuf_adds(&sb, "hello");
	before = sb.buf;
	strbuf_truncate(&sb, 9);
	assert_string_equal(strbuf_cstr(&sb), "hello");
	strbuf_truncate(&sb, 4);
	assert_string_equal(strbuf_cstr(&sb), "hell");
	strbuf_clear(&sb);
	assert_string_equal(strbuf_cstr(&sb), "");
	assert_ptr_equal(sb.buf, before);
}

static void
detaching_leaves_it_empty_and_usable(void **state)
{
	autostrbuf sb = { 0 };
	autofree char *s = NULL;

	(void)state;
	strbuf_adds(&sb, "one");
	s = strbuf_detach(&sb);
	strbuf_adds(&sb, "two");
	assert_string_equal(s, "one");
	assert_string_equal(strbuf_cstr(&sb), "two");
	strbuf_release(&sb);
	assert_null(sb.buf);
	assert_int_equal(sb.len, 0);
}

static void
a_strv_is_null_terminated_and_owns_its_strings(void **state)
{
	autostrv sv = { 0 };
	char text[] = "one";

	(void)state;
	assert_null(sv.v);
	strv_add(&sv, text);
	text[0] = 'X';
	strv_addf(&sv, "%d+%d", 1, 2);
	for (int i = 0; i < 100; i++)
		strv_addf(&sv, "%d", i);
	assert_int_equal(sv.n, 102);
	assert_string_equal(sv.v[0], "one");
	assert_string_equal(sv.v[1], "1+2");
	assert_string_equal(sv.v[101], "99");
	assert_null(sv.v[102]);
	strv_release(&sv);
	assert_null(sv.v);
	assert_int_equal(sv.n, 0);
}

static void
allocations_are_zeroed_and_never_null(void **state)
{
	static const char zero[100];
	autofree char *p = xcalloc(10, 10);
	autofree void *none = xcalloc(0, 8);

	(void)state;
	assert_memory_equal(p, zero, sizeof zero);
	assert_non_null(none);
	none = xrealloc(none, 0);
	assert_non_null(none);
}

static void
replacing_may_use_a_part_of_the_old_value(void **state)
{
	char *s = xasprintf("%s/%d", "postgresql", 0);

	(void)state;
	xreplace(&s, s + strlen("postgresql/"));
	assert_string_equal(s, "0");
	xreplace(&s, NULL);
	assert_null(s);
	xreplace(&s, "again");
	assert_string_equal(s, "again");
	free(s);
}

static void
taking_a_pointer_empties_the_variable(void **state)
{
	autofree char *s = xstrdup("x");
	autofree char *taken = take_ptr(s);

	(void)state;
	assert_null(s);
	assert_string_equal(taken, "x");
}

static void
a_descriptor_is_closed_at_the_end_of_its_scope(void **state)
{
	int number;

	(void)state;
	{
		autofd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		autofd int none = -1;

		assert_true(fd >= 0);
		assert_int_equal(none, -1);
		number = fd;
	}
	assert_int_equal(fcntl(number, F_GETFD), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_strbuf_is_an_empty_string),
		cmocka_unit_test(
		    percent_encoding_leaves_the_unreserved_characters),
		cmocka_unit_test(pieces_are_joined),
		cmocka_unit_test(nul_bytes_count),
		cmocka_unit_test(it_grows_as_far_as_needed),
		cmocka_unit_test(
		    clearing_keeps_the_memory_and_truncating_never_grows),
		cmocka_unit_test(detaching_leaves_it_empty_and_usable),
		cmocka_unit_test(
		    a_strv_is_null_terminated_and_owns_its_strings),
		cmocka_unit_test(allocations_are_zeroed_and_never_null),
		cmocka_unit_test(replacing_may_use_a_part_of_the_old_value),
		cmocka_unit_test(taking_a_pointer_empties_the_variable),
		cmocka_unit_test(
		    a_descriptor_is_closed_at_the_end_of_its_scope),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
