/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "store/seal.h"

#include "../scratch.h"

static const struct seal key = { .key = "0123456789abcdef0123456789abcde" };

static void
a_sealed_text_is_opened_under_its_name(void **state)
{
	static const char *const texts[] = { "", "x", "secret",
		"a text that is longer than one block of the cipher" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		size_t len = strlen(texts[i]);
		autofree unsigned char *sealed = seal_close(&key, "a/b",
		    texts[i], len);
		autofree char *text = seal_open(&key, "a/b", sealed,
		    len + SEAL_EXTRA_BYTES, &err);

		assert_non_null(text);
		assert_string_equal(text, texts[i]);
	}
}

static void
no_two_seals_are_the_same(void **state)
{
	autofree unsigned char *one = seal_close(&key, "a", "secret", 6);
	autofree unsigned char *two = seal_close(&key, "a", "secret", 6);

	(void)state;
	assert_memory_not_equal(one, two, 6 + SEAL_EXTRA_BYTES);
	assert_memory_not_equal(one + 1, two + 1, SEAL_NONCE_BYTES);
	assert_memory_not_equal(one + 1 + SEAL_NONCE_BYTES,
	    two + 1 + SEAL_NONCE_BYTES, 6);
	assert_null(memmem(one, 6 + SEAL_EXTRA_BYTES, "secret", 6));
}

static void
a_change_of_any_bit_is_noticed(void **state)
{
	autofree unsigned char *sealed = seal_close(&key, "a", "secret", 6);
	struct error err;

	(void)state;
	for (size_t i = 0; i < 8 * (6 + SEAL_EXTRA_BYTES); i++) {
		sealed[i / 8] ^= (unsigned char)(1U << i % 8);
		assert_null(
		    seal_open(&key, "a", sealed, 6 + SEAL_EXTRA_BYTES, &err));
		assert_int_equal(err.code, ERROR_DENIED);
		sealed[i / 8] ^= (unsigned char)(1U << i % 8);
	}
}

static void
another_name_another_key_or_another_length_do_not_open_it(void **state)
{
	autofree unsigned char *sealed = seal_close(&key, "a", "secret", 6);
	struct seal other = key;
	struct error err;

	(void)state;
	other.key[31] ^= 1;
	assert_null(seal_open(&key, "b", sealed, 6 + SEAL_EXTRA_BYTES, &err));
	assert_string_equal(err.msg,
	    "store: the value of b was changed, or sealed with another key");
	assert_null(seal_open(&other, "a", sealed, 6 + SEAL_EXTRA_BYTES, &err));
	assert_int_equal(err.code, ERROR_DENIED);
	for (size_t len = 0; len < 6 + SEAL_EXTRA_BYTES; len++) {
		assert_null(seal_open(&key, "a", sealed, len, &err));
		assert_int_equal(err.code, ERROR_DENIED);
	}
	assert_null(seal_open(&key, "a", NULL, 0, &err));
}

static void
a_key_file_is_private_and_read_back(void **state)
{
	autofree char *path = xasprintf("%s/k", (const char *)*state);
	autofree char *other = xasprintf("%s/l", (const char *)*state);
	struct seal one, again, two;
	struct error err;
	struct stat st;

	assert_int_equal(seal_key_make(path, &err), 0);
	assert_int_equal(seal_key_make(other, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(seal_key_read(&one, path, &err), 0);
	assert_int_equal(seal_key_read(&again, path, &err), 0);
	assert_int_equal(seal_key_read(&two, other, &err), 0);
	assert_memory_equal(one.key, again.key, SEAL_KEY_BYTES);
	assert_memory_not_equal(one.key, two.key, SEAL_KEY_BYTES);
	seal_release(&one);
	assert_memory_not_equal(one.key, again.key, SEAL_KEY_BYTES);
	seal_release(&again);
	seal_release(&two);
}

/* Closed with what is kept of the key, opened with the key alone, and back. */
static void
a_key_is_good_for_any_number_of_texts(void **state)
{
	autofree char *path = xasprintf("%s/many", (const char *)*state);
	struct seal kept, bare = { 0 };
	struct error err;

	assert_int_equal(seal_key_make(path, &err), 0);
	assert_int_equal(seal_key_read(&kept, path, &err), 0);
	memcpy(bare.key, kept.key, sizeof bare.key);
	for (int i = 0; i < 100; i++) {
		const struct seal *one = i % 2 == 0 ? &kept : &bare;
		const struct seal *other = i % 3 == 0 ? &kept : &bare;
		autofree char *text = xasprintf("text %d", i);
		size_t len = strlen(text);
		autofree unsigned char *sealed = seal_close(one, "a", text,
		    len);
		autofree char *back = seal_open(other, "a", sealed,
		    len + SEAL_EXTRA_BYTES, &err);

		assert_non_null(back);
		assert_string_equal(back, text);
		/* One that is refused leaves nothing behind. */
		assert_null(seal_open(other, "b", sealed,
		    len + SEAL_EXTRA_BYTES, &err));
	}
	seal_release(&kept);
}

static void
a_file_that_is_no_key_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"0123",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"
		"\n",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdex",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0",
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
		"0123456789abcdef",
	};
	autofree char *path = xasprintf("%s/k", (const char *)*state);
	struct error err;
	struct seal seal;

	for (size_t i = 0; i < nitems(cases); i++) {
		assert_int_equal(file_write(path, 0600, cases[i], &err), 0);
		assert_int_equal(seal_key_read(&seal, path, &err), -1);
		assert_int_equal(err.code, ERROR_DENIED);
	}
}

static void
a_key_that_others_can_read_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0602, 0644 };
	autofree char *path = xasprintf("%s/k", (const char *)*state);
	autofree char *msg = xasprintf("key file %s has mode 0644, others can "
				       "use it",
	    path);
	autofree char *hint = xasprintf("chmod 600 %s", path);
	struct error err;
	struct seal seal;

	assert_int_equal(seal_key_make(path, &err), 0);
	for (size_t i = 0; i < nitems(modes); i++) {
		assert_int_equal(chmod(path, modes[i]), 0);
		assert_int_equal(seal_key_read(&seal, path, &err), -1);
		assert_int_equal(err.code, ERROR_DENIED);
	}
	assert_string_equal(err.msg, msg);
	assert_string_equal(err.hint, hint);
	assert_int_equal(chmod(path, 0400), 0);
	assert_int_equal(seal_key_read(&seal, path, &err), 0);
	seal_release(&seal);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sealed_text_is_opened_under_its_name),
		cmocka_unit_test(no_two_seals_are_the_same),
		cmocka_unit_test(a_change_of_any_bit_is_noticed),
		cmocka_unit_test(
		    another_name_another_key_or_another_length_do_not_open_it),
		scratch_test(a_key_file_is_private_and_read_back),
		scratch_test(a_key_is_good_for_any_number_of_texts),
		scratch_test(a_file_that_is_no_key_is_refused),
		scratch_test(a_key_that_others_can_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
