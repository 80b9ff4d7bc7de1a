/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
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
on_status(void *arg, const struct store_status *s)
{
	struct strbuf *sb = arg;

	strbuf_addf(sb, "%s %llu %s:%s\n", s->kind,
	    (unsigned long long)s->wall_ms, s->word, s->message);
}

static void
assert_statuses(struct store *s, const struct store_status_search *search,
    const char *expected)
{
	autostrbuf sb = { 0 };
	struct error err;

	assert_int_equal(store_statuses(s, search, on_status, &sb, &err), 0);
	assert_string_equal(strbuf_cstr(&sb), expected);
}

static void
write_batch(struct store *s, struct store_batch *stolen)
{
	struct error err;

	assert_int_equal(store_commit(s, stolen, &err), 0);
	store_batch_free(stolen);
}

static struct store *
filled(const char *dir)
{
	struct store *s = must_open(dir);
	struct store_batch *batch = store_batch_new();

	store_batch_status(batch, "m", "a/0",
	    &(struct store_status){ "workload", "active", "hello", 5 });
	store_batch_status(batch, "m", "a/0",
	    &(struct store_status){ "juju-unit", "executing", "a", 3 });
	store_batch_status(batch, "m", "a",
	    &(struct store_status){ "application", "active", NULL, 5 });
	store_batch_status(batch, "n", "a/0",
	    &(struct store_status){ "workload", "blocked", "x", 4 });
	write_batch(s, batch);
	return s;
}

static void
they_come_in_the_order_of_time_by_entity_and_kind(void **state)
{
	static const struct {
		struct store_status_search search;
		const char *text;
	} cases[] = {
		{ { "m", "a/0", NULL },
		    "juju-unit 3 executing:a\nworkload 5 active:hello\n" },
		{ { "m", "a/0", "workload" }, "workload 5 active:hello\n" },
		{ { "m", "a", NULL }, "application 5 active:\n" },
		{ { "n", "a/0", NULL }, "workload 4 blocked:x\n" },
		{ { "m", "a/1", NULL }, "" },
		{ { "m", "a/0", "machine" }, "" },
	};
	struct store *s = filled(*state);

	for (size_t i = 0; i < nitems(cases); i++)
		assert_statuses(s, &cases[i].search, cases[i].text);
	store_close(s);
	s = must_open(*state);
	assert_statuses(s, &cases[0].search, cases[0].text);
	store_close(s);
}

static void
they_are_forgotten_by_entity_or_by_model(void **state)
{
	static const struct store_status_search unit = { "m", "a/0", NULL },
						app = { "m", "a", NULL },
						other = { "n", "a/0", NULL };
	struct store *s = filled(*state);
	struct store_batch *batch = store_batch_new();

	store_batch_forget(batch, "m", "a/0");
	write_batch(s, batch);
	assert_statuses(s, &unit, "");
	assert_statuses(s, &app, "application 5 active:\n");
	batch = store_batch_new();
	store_batch_forget(batch, "m", NULL);
	write_batch(s, batch);
	assert_statuses(s, &app, "");
	assert_statuses(s, &other, "workload 4 blocked:x\n");
	store_close(s);
}

struct span {
	uint64_t first, last;
};

static void
widen(void *arg, const struct store_status *s)
{
	struct span *span = arg;

	if (span->first == 0)
		span->first = s->wall_ms;
	else
		assert_true(s->wall_ms == span->last + 1);
	span->last = s->wall_ms;
}

static void
the_oldest_make_room_for_the_newest(void **state)
{
	const struct store_status_search search = { "m", "a/0", "workload" };
	const uint64_t n = 3 * LIMIT_STATUS_ROWS;
	struct store *s = filled(*state);
	struct store_batch *batch = store_batch_new();
	struct error err;

	store_batch_forget(batch, "m", "a/0");
	for (uint64_t i = 1; i <= n; i++) {
		struct span span = { 0 };

		store_batch_status(batch, "m", "a/0",
		    &(struct store_status){ "workload", "active", "x",
			1000 + i });
		write_batch(s, batch);
		batch = store_batch_new();
		assert_int_equal(store_statuses(s, &search, widen, &span, &err),
		    0);
		assert_int_equal(span.last, 1000 + i);
		assert_true(span.last - span.first < LIMIT_STATUS_ROWS + 16);
		assert_true(span.first == 1001 ||
		    span.last - span.first + 1 >= LIMIT_STATUS_ROWS);
	}
	store_batch_free(batch);
	/* Other entities keep theirs. */
	assert_statuses(s, &(struct store_status_search){ "m", "a", NULL },
	    "application 5 active:\n");
	store_close(s);
}

static void
a_status_is_written_with_its_rows_or_not_at_all(void **state)
{
	const struct store_status_search search = { "m", "b/0", NULL };
	struct store *s = filled(*state);
	struct store_batch *batch = store_batch_new();
	struct error err;

	store_batch_status(batch, "m", "b/0",
	    &(struct store_status){ "workload", "active", "x", 1 });
	store_batch_put(batch, "key", "value");
	assert_int_equal(store_exec(s->db,
			     "CREATE TEMP TRIGGER t BEFORE INSERT ON main.row "
			     "BEGIN SELECT raise(ABORT, 'no'); END",
			     &err),
	    0);
	assert_int_equal(store_commit(s, batch, &err), -1);
	assert_statuses(s, &search, "");
	assert_int_equal(store_exec(s->db, "DROP TRIGGER t", &err), 0);
	write_batch(s, batch);
	assert_statuses(s, &search, "workload 1 active:x\n");
	store_close(s);
}

static void
a_store_of_the_version_before_gets_the_table(void **state)
{
	const struct store_status_search search = { "m", "a/0", "workload" };
	struct store *s = filled(*state);
	struct error err;

	assert_int_equal(store_exec(s->db,
			     "DROP TABLE status; PRAGMA user_version = 2",
			     &err),
	    0);
	store_close(s);
	s = must_open(*state);
	assert_statuses(s, &search, "");
	store_close(s);
	s = filled(*state);
	assert_statuses(s, &search, "workload 5 active:hello\n");
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(they_come_in_the_order_of_time_by_entity_and_kind),
		scratch_test(they_are_forgotten_by_entity_or_by_model),
		scratch_test(the_oldest_make_room_for_the_newest),
		scratch_test(a_status_is_written_with_its_rows_or_not_at_all),
		scratch_test(a_store_of_the_version_before_gets_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
