/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/random.h"

static void
every_byte_is_filled(void **state)
{
	unsigned char seen[64] = { 0 }, bytes[64];

	(void)state;
	for (int round = 0; round < 20; round++) {
		random_bytes(bytes, sizeof bytes);
		for (size_t i = 0; i < sizeof bytes; i++)
			seen[i] |= bytes[i];
	}
	/* Each would stay zero in one of 2^160 runs. */
	for (size_t i = 0; i < sizeof seen; i++)
		assert_int_not_equal(seen[i], 0);
}

static void
no_more_than_the_size_is_written(void **state)
{
	unsigned char bytes[8] = { 0 };

	(void)state;
	random_bytes(bytes, 0);
	random_bytes(bytes, 4);
	assert_memory_equal(bytes + 4, "\0\0\0\0", 4);
}

static void
a_uuid_is_version_4_in_lower_case(void **state)
{
	static const char shape[] = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
	char text[UUID_TEXT_SIZE], before[UUID_TEXT_SIZE] = "";

	(void)state;
	for (int round = 0; round < 200; round++) {
		random_uuid(text);
		assert_int_equal(strlen(text), strlen(shape));
		for (size_t i = 0; shape[i] != '\0'; i++) {
			if (shape[i] == 'x')
				assert_non_null(
				    strchr("0123456789abcdef", text[i]));
			else if (shape[i] == 'y')
				assert_non_null(strchr("89ab", text[i]));
			else
				assert_int_equal(text[i], shape[i]);
		}
		assert_string_not_equal(text, before);
		memcpy(before, text, sizeof before);
	}
}

static void
a_password_starts_with_a_letter(void **state)
{
	char text[33];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		memset(text, '!', sizeof text);
		random_password(text, 32);
		assert_true(isalpha((unsigned char)text[0]));
		assert_int_equal(strlen(text), 32);
		for (size_t i = 0; i < 32; i++)
			assert_true(isalnum((unsigned char)text[i]));
	}
	random_password(text, 1);
	assert_true(isalpha((unsigned char)text[0]));
	assert_int_equal(text[1], '\0');
	random_password(text, 0);
	assert_string_equal(text, "");
}

/*
 * A remainder of 256 by 62 would favour the first eight characters by a
 * quarter. Six standard deviations of their sum are 1000 of 32000.
 */
static void
the_characters_of_a_password_are_equally_likely(void **state)
{
	enum {
		EACH = 4000,
		TOTAL = 62 * EACH
	};
	autofree char *text = xcalloc(1, TOTAL + 2);
	size_t count[256] = { 0 }, first = 0;

	(void)state;
	random_password(text, TOTAL + 1);
	for (size_t i = 1; i <= TOTAL; i++)
		count[(unsigned char)text[i]]++;
	for (int c = 'A'; c <= 'H'; c++)
		first += count[c];
	assert_in_range(first, 8 * EACH - 1000, 8 * EACH + 1000);
	for (int c = 0; c < 256; c++) {
		if (isalnum(c))
			assert_in_range(count[c], EACH - 500, EACH + 500);
		else
			assert_int_equal(count[c], 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_is_filled),
		cmocka_unit_test(no_more_than_the_size_is_written),
		cmocka_unit_test(a_uuid_is_version_4_in_lower_case),
		cmocka_unit_test(a_password_starts_with_a_letter),
		cmocka_unit_test(
		    the_characters_of_a_password_are_equally_likely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
