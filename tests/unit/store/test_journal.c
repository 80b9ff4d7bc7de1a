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

struct reading {
	struct strbuf text;
	int left, n;
	int64_t first, last;
};

static int
read_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	struct reading *r = arg;

	if (r->n++ == 0)
		r->first = id;
	else
		assert_true(id > r->last);
	r->last = id;
	strbuf_addf(&r->text, "%d:%s:%s ", (int)wall_ms, subject, line);
	return --r->left == 0 ? -1 : 0;
}

static void
add_line(struct store *s, int wall_ms, const char *model, const char *subject)
{
	struct store_batch *batch = store_batch_new();
	struct error err;

	store_batch_journal(batch, (uint64_t)wall_ms, model, subject, "{}");
	assert_int_equal(store_commit(s, batch, &err), 0);
	store_batch_free(batch);
}

static void
the_newest_lines_come_oldest_first(void **state)
{
	static const struct {
		const char *model, *subject;
		int limit;
		const char *text;
	} cases[] = {
		{ "m", NULL, 10, "1:pg/0:{} 2:pg/1:{} 4:pg/0:{} 5:pg/0:{} " },
		{ "m", NULL, 2, "4:pg/0:{} 5:pg/0:{} " },
		{ "m", "pg/0", 10, "1:pg/0:{} 4:pg/0:{} 5:pg/0:{} " },
		{ "m", "pg/0", 1, "5:pg/0:{} " },
		{ "m", "pg/1", 10, "2:pg/1:{} " },
		{ "m", "pg", 10, "" },
		{ "m", "", 10, "" },
		{ "n", NULL, 10, "3:pg/0:{} " },
		{ "", NULL, 10, "6::{} " },
		{ "", "", 10, "6::{} " },
		{ "none", NULL, 10, "" },
		{ "m", NULL, 0, "" },
		{ "m", NULL, -1, "" },
	};
	struct store *s = must_open(*state);
	struct error err;

	add_line(s, 1, "m", "pg/0");
	add_line(s, 2, "m", "pg/1");
	add_line(s, 3, "n", "pg/0");
	add_line(s, 4, "m", "pg/0");
	add_line(s, 5, "m", "pg/0");
	add_line(s, 6, "", "");
	for (size_t i = 0; i < nitems(cases); i++) {
		struct reading r = { 0 };

		assert_int_equal(store_journal(s, cases[i].model,
				     cases[i].subject, cases[i].limit,
				     read_line, &r, &err),
		    0);
		assert_string_equal(strbuf_cstr(&r.text), cases[i].text);
		strbuf_release(&r.text);
	}
	store_close(s);
}

static void
reading_may_stop_early(void **state)
{
	struct reading r = { .left = 2 };
	struct store *s = must_open(*state);
	struct error err;

	for (int i = 1; i <= 5; i++)
		add_line(s, i, "m", "x");
	assert_int_equal(store_journal(s, "m", NULL, 4, read_line, &r, &err),
	    0);
	assert_string_equal(strbuf_cstr(&r.text), "2:x:{} 3:x:{} ");
	strbuf_release(&r.text);
	store_close(s);
}

static void
a_line_is_written_with_its_rows_or_not_at_all(void **state)
{
	struct store_batch *batch = store_batch_new();
	struct store *s = must_open(*state);
	struct reading r = { 0 };
	struct error err;

	store_batch_journal(batch, 1, "m", "x", "{}");
	store_batch_put(batch, "key", "value");
	assert_int_equal(sqlite3_exec(s->db,
			     "CREATE TEMP TRIGGER t BEFORE INSERT ON main.row "
			     "BEGIN SELECT raise(ABORT, 'no'); END",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(store_commit(s, batch, &err), -1);
	assert_int_equal(store_journal(s, "m", NULL, 4, read_line, &r, &err),
	    0);
	assert_int_equal(r.n, 0);
	assert_int_equal(sqlite3_exec(s->db, "DROP TRIGGER t", NULL, NULL,
			     NULL),
	    SQLITE_OK);
	assert_int_equal(store_commit(s, batch, &err), 0);
	assert_int_equal(store_journal(s, "m", NULL, 4, read_line, &r, &err),
	    0);
	assert_int_equal(r.n, 1);
	strbuf_release(&r.text);
	store_batch_free(batch);
	store_close(s);
}

static int
count_lines(struct store *s)
{
	sqlite3_stmt *stmt;
	int n;

	assert_int_equal(sqlite3_prepare_v2(s->db,
			     "SELECT count(*) FROM journal", -1, &stmt, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	return n;
}

static void
lines_beyond_the_limit_are_dropped_oldest_first(void **state)
{
	/* The last line is one of those that prune. */
	enum {
		STEP = 64,
		TOTAL = 81 * 256,
		EXTRA = TOTAL - LIMIT_JOURNAL_ROWS
	};
	struct store *s = must_open(*state);
	struct reading all = { 0 }, one = { 0 };
	struct error err;

	for (int i = 0; i < TOTAL; i += STEP) {
		struct store_batch *batch = store_batch_new();

		for (int j = i; j < i + STEP; j++)
			store_batch_journal(batch, (uint64_t)j, "m", "x", "{}");
		assert_int_equal(store_commit(s, batch, &err), 0);
		store_batch_free(batch);
		assert_in_range(count_lines(s), 1, LIMIT_JOURNAL_ROWS + 256);
	}
	assert_int_equal(count_lines(s), LIMIT_JOURNAL_ROWS);
	add_line(s, TOTAL, "m", "x");
	assert_int_equal(store_journal(s, "m", NULL, TOTAL, read_line, &all,
			     &err),
	    0);
	assert_int_equal(all.n, LIMIT_JOURNAL_ROWS);
	assert_int_equal(all.first, EXTRA + 2);
	assert_int_equal(all.last, TOTAL + 1);
	assert_int_equal(store_journal(s, "m", "x", TOTAL, read_line, &one,
			     &err),
	    0);
	assert_int_equal(one.n, LIMIT_JOURNAL_ROWS);
	strbuf_release(&all.text);
	strbuf_release(&one.text);
	store_close(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(the_newest_lines_come_oldest_first),
		scratch_test(reading_may_stop_early),
		scratch_test(a_line_is_written_with_its_rows_or_not_at_all),
		scratch_test(lines_beyond_the_limit_are_dropped_oldest_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
