/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "store/impl.h"
#include "store/store.h"

#include "../scratch.h"
#include "rows.h"

#define ROUNDS          8
#define ACKS_PER_ROUND  40
#define BIG_VALUE_BYTES 200000

/* Two rows and a line that belong together. */
static int
commit_number(struct store *s, int n, struct error *err)
{
	autofree char *key = xasprintf("n/%08d", n);
	autofree char *value = xasprintf("%d", n);
	struct store_batch *batch = store_batch_new();
	int rc;

	store_batch_put(batch, key, value);
	store_batch_put(batch, "last", value);
	store_batch_journal(batch, (uint64_t)n, "m", "x", "{}");
	rc = store_commit(s, batch, err);
	store_batch_free(batch);
	return rc;
}

/* Commit numbers for ever, and tell each one that is committed. */
static _Noreturn void
run_writer(const char *dir, int first, int fd)
{
	struct error err;
	struct store *s = store_open(dir, &err);

	for (int n = first; s != NULL; n++) {
		if (commit_number(s, n, &err) == -1 ||
		    write(fd, &n, sizeof n) != sizeof n)
			break;
	}
	_exit(1);
}

/* Kill a writer between two acknowledgements; the last number it told. */
static int
kill_writer(const char *dir, int first)
{
	int fds[2], n, acked = first - 1;
	pid_t child;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		run_writer(dir, first, fds[1]);
	(void)close(fds[1]);
	while (acked < first + ACKS_PER_ROUND &&
	    read(fds[0], &n, sizeof n) == sizeof n)
		acked = n;
	assert_int_equal(kill(child, SIGKILL), 0);
	while (read(fds[0], &n, sizeof n) == sizeof n)
		acked = n;
	(void)close(fds[0]);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(acked >= first + ACKS_PER_ROUND);
	return acked;
}

static int
count_row(void *arg, const char *key, const char *value, struct error *err)
{
	int *count = arg;
	autofree char *want = xasprintf("n/%08d", ++*count);

	if (strcmp(key, want) != 0 || strtol(value, NULL, 10) != *count)
		return error_set(err, ERROR_INTERNAL, "%s=%s instead of %s",
		    key, value, want);
	return 0;
}

static int
count_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	int *count = arg;

	(void)subject;
	(void)line;
	++*count;
	return (uint64_t)id == wall_ms && id == *count ? 0 : -1;
}

/* Every number up to the last, in rows and lines. Returns the last. */
static int
check_numbers(const char *dir)
{
	struct store *s = must_open(dir);
	struct error err = { 0 };
	int rows = 0, lines = 0;
	autofree char *last = store_get(s, "last", &err);

	assert_non_null(last);
	(void)store_each(s, "n/", count_row, &rows, &err);
	assert_string_equal(err.msg, "");
	assert_int_equal(store_journal(s, "m", NULL, 100000, count_line, &lines,
			     &err),
	    0);
	assert_int_equal(strtol(last, NULL, 10), rows);
	assert_int_equal(lines, rows);
	store_close(s);
	return rows;
}

static void
what_was_acknowledged_survives_a_kill(void **state)
{
	int last = 0;

	for (int round = 0; round < ROUNDS; round++) {
		int acked = kill_writer(*state, last + 1);

		last = check_numbers(*state);
		/* One commit may be done and not yet told. */
		assert_in_range(last, acked, acked + 1);
	}
}

static char *
big_value(void)
{
	char *value = xcalloc(1, BIG_VALUE_BYTES + 1);

	memset(value, 'x', BIG_VALUE_BYTES);
	return value;
}

/* A commit that replaces, deletes and adds, and needs room. */
static struct store_batch *
big_batch(void)
{
	struct store_batch *batch = store_batch_new();
	autofree char *value = big_value();

	store_batch_put(batch, "a", "changed");
	store_batch_delete(batch, "b");
	store_batch_journal(batch, 1, "m", "x", "{}");
	store_batch_put(batch, "big", value);
	return batch;
}

static void
check_unchanged(struct store *s)
{
	struct error err;
	int lines = 0;

	assert_row(s, "a", "1");
	assert_row(s, "b", "2");
	assert_row(s, "big", NULL);
	assert_int_equal(store_journal(s, "m", NULL, 10, count_line, &lines,
			     &err),
	    0);
	assert_int_equal(lines, 0);
}

static void
check_changed(struct store *s)
{
	autofree char *value = big_value();

	assert_row(s, "a", "changed");
	assert_row(s, "b", NULL);
	assert_row(s, "big", value);
}

static void
set_max_pages(struct store *s, int pages)
{
	autofree char *sql = xasprintf("PRAGMA max_page_count = %d", pages);

	assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void
a_full_database_changes_nothing_and_stays_usable(void **state)
{
	struct store_batch *batch = big_batch();
	struct store *s = must_open(*state);
	struct error err;

	assert_int_equal(put_row(s, "a", "1", &err), 0);
	assert_int_equal(put_row(s, "b", "2", &err), 0);
	set_max_pages(s, 20);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(store_commit(s, batch, &err), -1);
		assert_int_equal(err.code, ERROR_UNAVAILABLE);
		assert_string_equal(err.msg, "store: database or disk is full");
		check_unchanged(s);
	}
	assert_int_equal(put_row(s, "c", "3", &err), 0);
	set_max_pages(s, 100000);
	assert_int_equal(store_commit(s, batch, &err), 0);
	check_changed(s);
	assert_row(s, "c", "3");
	store_batch_free(batch);
	store_close(s);
}

/* Files may not grow beyond this: writing fails as on a broken disk. */
static void
limit_files(rlim_t bytes)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static rlim_t
wal_size(const char *dir)
{
	autofree char *path = xasprintf("%s/tenon.db-wal", dir);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return (rlim_t)st.st_size;
}

static void
a_failed_write_changes_nothing_and_stays_usable(void **state)
{
	void (*before)(int) = signal(SIGXFSZ, SIG_IGN);
	struct store_batch *batch = big_batch();
	struct store *s = must_open(*state);
	struct error err;
	rlim_t used;

	assert_int_equal(put_row(s, "a", "1", &err), 0);
	assert_int_equal(put_row(s, "b", "2", &err), 0);
	used = wal_size(*state);
	for (rlim_t room = 0; room < 100000; room += 7001) {
		int rc;

		limit_files(used + room);
		rc = store_commit(s, batch, &err);
		limit_files(RLIM_INFINITY);
		assert_int_equal(rc, -1);
		assert_int_equal(err.code, ERROR_UNAVAILABLE);
		assert_memory_equal(err.msg, "store: d", 8);
		check_unchanged(s);
	}
	/* Neither does it come back with the next start. */
	store_close(s);
	s = must_open(*state);
	check_unchanged(s);
	assert_int_equal(store_commit(s, batch, &err), 0);
	check_changed(s);
	store_batch_free(batch);
	store_close(s);
	(void)signal(SIGXFSZ, before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(what_was_acknowledged_survives_a_kill),
		scratch_test(a_full_database_changes_nothing_and_stays_usable),
		scratch_test(a_failed_write_changes_nothing_and_stays_usable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
