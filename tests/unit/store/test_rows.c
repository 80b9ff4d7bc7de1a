/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "store/impl.h"
#include "store/store.h"

#include "../scratch.h"
#include "rows.h"

static void
rows_survive_a_restart(void **state)
{
	struct store *s = must_open(*state);
	struct error err;

	assert_int_equal(put_row(s, "app/pg", "{\"n\":1}", &err), 0);
	assert_int_equal(put_row(s, "app/empty", "", &err), 0);
	store_close(s);
	s = must_open(*state);
	assert_row(s, "app/pg", "{\"n\":1}");
	assert_row(s, "app/empty", "");
	assert_row(s, "app/none", NULL);
	store_close(s);
	store_close(NULL);
}

static void
a_missing_row_is_named(void **state)
{
	struct store *s = must_open(*state);
	struct error err;

	assert_null(store_get(s, "app/none", &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.msg, "store: no row app/none");
	store_close(s);
}

static void
a_batch_is_applied_in_its_order(void **state)
{
	struct store_batch *batch = store_batch_new();
	struct store *s = must_open(*state);
	struct error err;

	assert_int_equal(put_row(s, "old", "1", &err), 0);
	store_batch_put(batch, "a", "1");
	store_batch_put(batch, "a", "2");
	store_batch_put(batch, "b", "1");
	store_batch_delete(batch, "b");
	store_batch_delete(batch, "c");
	store_batch_put(batch, "c", "3");
	store_batch_delete(batch, "old");
	store_batch_delete(batch, "never");
	assert_int_equal(store_commit(s, batch, &err), 0);
	assert_row(s, "a", "2");
	assert_row(s, "b", NULL);
	assert_row(s, "c", "3");
	assert_row(s, "old", NULL);
	store_batch_free(batch);
	store_close(s);
}

static void
a_batch_copies_what_it_is_given_and_can_be_committed_again(void **state)
{
	struct store_batch *batch = store_batch_new();
	struct store *s = must_open(*state);
	char key[] = "key", value[] = "value";
	struct error err;

	store_batch_put(batch, key, value);
	key[0] = value[0] = 'X';
	assert_int_equal(store_commit(s, batch, &err), 0);
	assert_row(s, "key", "value");
	assert_int_equal(put_row(s, "key", "other", &err), 0);
	assert_int_equal(store_commit(s, batch, &err), 0);
	assert_row(s, "key", "value");
	store_batch_free(batch);
	store_batch_free(NULL);
	store_close(s);
}

static void
an_empty_batch_changes_nothing(void **state)
{
	struct store_batch *batch = store_batch_new();
	struct store *s = must_open(*state);
	int before = sqlite3_total_changes(s->db);
	struct error err;

	assert_int_equal(store_commit(s, batch, &err), 0);
	assert_int_equal(sqlite3_total_changes(s->db), before);
	store_batch_free(batch);
	store_close(s);
}

/* Join the keys with spaces; stop after `left` of them. */
struct listing {
	struct strbuf keys;
	int left;
};

static int
list_row(void *arg, const char *key, const char *value, struct error *err)
{
	struct listing *list = arg;

	strbuf_addf(&list->keys, "%s=%s ", key, value);
	if (--list->left == 0)
		return error_set(err, ERROR_CONFLICT, "stop at %s", key);
	return 0;
}

static void
rows_of_a_prefix_come_in_the_order_of_keys(void **state)
{
	static const struct {
		const char *prefix, *keys;
	} cases[] = {
		{ "", "A=4 a%=7 a/1=1 a/10=3 a/2=2 a_=6 aa=5 b=8 \xc3\xa9=9 " },
		{ "a/", "a/1=1 a/10=3 a/2=2 " },
		{ "a/1", "a/1=1 a/10=3 " },
		{ "a%", "a%=7 " },
		{ "a_", "a_=6 " },
		{ "A", "A=4 " },
		{ "\xc3", "\xc3\xa9=9 " },
		{ "c", "" },
		{ "a/10x", "" },
	};
	static const char *const keys[] = { "a/1", "a/2", "a/10", "A", "aa",
		"a_", "a%", "b", "\xc3\xa9" };
	struct store *s = must_open(*state);
	struct error err;

	for (size_t i = 0; i < nitems(keys); i++) {
		autofree char *value = xasprintf("%zu", i + 1);

		assert_int_equal(put_row(s, keys[i], value, &err), 0);
	}
	for (size_t i = 0; i < nitems(cases); i++) {
		struct listing list = { 0 };

		assert_int_equal(store_each(s, cases[i].prefix, list_row, &list,
				     &err),
		    0);
		assert_string_equal(strbuf_cstr(&list.keys), cases[i].keys);
		strbuf_release(&list.keys);
	}
	store_close(s);
}

static void
a_listing_ends_with_the_error_of_its_function(void **state)
{
	struct listing list = { .left = 2 };
	struct store *s = must_open(*state);
	struct error err;

	assert_int_equal(put_row(s, "a", "1", &err), 0);
	assert_int_equal(put_row(s, "b", "2", &err), 0);
	assert_int_equal(put_row(s, "c", "3", &err), 0);
	assert_int_equal(store_each(s, "", list_row, &list, &err), -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg, "stop at b");
	assert_string_equal(strbuf_cstr(&list.keys), "a=1 b=2 ");
	/* The statement is free again: for a commit and for a listing. */
	assert_int_equal(put_row(s, "d", "4", &err), 0);
	strbuf_clear(&list.keys);
	assert_int_equal(store_each(s, "", list_row, &list, &err), 0);
	assert_string_equal(strbuf_cstr(&list.keys), "a=1 b=2 c=3 d=4 ");
	strbuf_release(&list.keys);
	store_close(s);
}

static void
a_large_value_comes_back_whole(void **state)
{
	size_t size = (size_t)4 * LIMIT_BODY_BYTES;
	struct store *s = must_open(*state);
	char *value = xcalloc(1, size + 1);
	struct error err;

	for (size_t i = 0; i < size; i++)
		value[i] = (char)('a' + i % 23);
	assert_int_equal(put_row(s, "big", value, &err), 0);
	assert_row(s, "big", value);
	free(value);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(rows_survive_a_restart),
		scratch_test(a_missing_row_is_named),
		scratch_test(a_batch_is_applied_in_its_order),
		scratch_test(
		    a_batch_copies_what_it_is_given_and_can_be_committed_again),
		scratch_test(an_empty_batch_changes_nothing),
		scratch_test(rows_of_a_prefix_come_in_the_order_of_keys),
		scratch_test(a_listing_ends_with_the_error_of_its_function),
		scratch_test(a_large_value_comes_back_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
