/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "store/impl.h"
#include "store/store.h"

#include "../scratch.h"
#include "rows.h"

/* Change a closed database behind the store's back. */
static void
tamper(const char *dir, const char *sql)
{
	autofree char *path = xasprintf("%s/tenon.db", dir);
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
refuses(const char *dir, enum error_code code, const char *msg)
{
	struct error err;

	assert_null(store_open(dir, &err));
	assert_int_equal(err.code, code);
	assert_string_equal(err.msg, msg);
}

static mode_t
mode_of(const char *dir, const char *name)
{
	autofree char *path = xasprintf("%s/%s", dir, name);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static void
every_file_is_private_whatever_the_umask(void **state)
{
	static const char *const names[] = { "tenon.db", "tenon.db-wal",
		"tenon.key", "tenon.lock" };
	mode_t before = umask(0);
	struct store *s = must_open(*state);
	struct error err;

	assert_int_equal(put_row(s, "a", "1", &err), 0);
	(void)umask(before);
	for (size_t i = 0; i < nitems(names); i++)
		assert_int_equal(mode_of(*state, names[i]), 0600);
	store_close(s);
}

static void
a_database_that_others_can_read_is_made_private(void **state)
{
	autofree char *path = xasprintf("%s/tenon.db", (const char *)*state);

	store_close(must_open(*state));
	assert_int_equal(chmod(path, 0644), 0);
	store_close(must_open(*state));
	assert_int_equal(mode_of(*state, "tenon.db"), 0600);
}

static void
a_closed_database_is_one_file(void **state)
{
	autofree char *wal = xasprintf("%s/tenon.db-wal", (const char *)*state);
	autofree char *shm = xasprintf("%s/tenon.db-shm", (const char *)*state);
	struct store *s = must_open(*state);
	struct error err;

	assert_int_equal(put_row(s, "a", "1", &err), 0);
	assert_false(file_exists(shm));
	store_close(s);
	assert_false(file_exists(wal));
	assert_false(file_exists(shm));
}

static void
a_missing_directory_is_named(void **state)
{
	autofree char *dir = xasprintf("%s/none", (const char *)*state);
	autofree char *msg = xasprintf("%s/tenon.lock: no such file or "
				       "directory",
	    dir);

	refuses(dir, ERROR_NOT_FOUND, msg);
}

static void
a_second_opener_is_told_who_has_it(void **state)
{
	autofree char *msg = NULL;
	struct store *s = must_open(*state);
	char self[128];

	proc_describe(getpid(), self, sizeof self);
	msg = xasprintf("state directory %s is in use by %s",
	    (const char *)*state, self);
	refuses(*state, ERROR_CONFLICT, msg);
	refuses(*state, ERROR_CONFLICT, msg);
	store_close(s);
	s = must_open(*state);
	store_close(s);
}

static void
a_destroyed_store_leaves_nothing(void **state)
{
	struct store *s = must_open(*state);

	store_destroy(s, *state);
	assert_int_equal(rmdir(*state), 0); /* So it was empty. */
	assert_int_equal(mkdir(*state, 0700), 0);
	s = must_open(*state);
	store_close(s);
}

static void
the_lock_of_a_killed_process_is_free(void **state)
{
	int fds[2];
	struct store *s;
	pid_t child;
	char byte;

	assert_int_equal(pipe(fds), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct error err;

		if (store_open(*state, &err) == NULL ||
		    write(fds[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void)pause();
	}
	assert_int_equal(read(fds[0], &byte, 1), 1);
	{
		autofree char *msg = NULL;
		char holder[128];

		proc_describe(child, holder, sizeof holder);
		msg = xasprintf("state directory %s is in use by %s",
		    (const char *)*state, holder);
		refuses(*state, ERROR_CONFLICT, msg);
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(fds[0]);
	(void)close(fds[1]);
	s = must_open(*state);
	store_close(s);
}

static void
a_missing_key_is_not_made_anew(void **state)
{
	autofree char *path = xasprintf("%s/tenon.key", (const char *)*state);
	autofree char *msg = xasprintf("key file: %s: no such file or "
				       "directory",
	    path);

	store_close(must_open(*state));
	assert_int_equal(unlink(path), 0);
	refuses(*state, ERROR_DENIED, msg);
	assert_false(file_exists(path));
}

static void
a_wrong_key_is_noticed_at_once(void **state)
{
	autofree char *path = xasprintf("%s/tenon.key", (const char *)*state);
	struct error err;

	store_close(must_open(*state));
	assert_int_equal(seal_key_make(path, &err), 0);
	refuses(*state, ERROR_DENIED,
	    "store: the key file does not belong to this database");
}

static void
a_key_without_a_database_is_used(void **state)
{
	autofree char *path = xasprintf("%s/tenon.key", (const char *)*state);
	autofree char *before = NULL, *after = NULL;
	struct error err;

	assert_int_equal(seal_key_make(path, &err), 0);
	before = file_read(path, 100, NULL, &err);
	store_close(must_open(*state));
	after = file_read(path, 100, NULL, &err);
	assert_string_equal(before, after);
}

static void
values_are_not_in_the_file(void **state)
{
	autofree char *path = xasprintf("%s/tenon.db", (const char *)*state);
	autofree char *text = NULL;
	struct store *s = must_open(*state);
	struct error err;
	size_t len = 0;

	assert_int_equal(put_row(s, "relation/3", "hunter2-hunter2", &err), 0);
	store_close(s);
	text = file_read(path, 10000000, &len, &err);
	assert_non_null(text);
	assert_non_null(memmem(text, len, "relation/3", 10));
	assert_null(memmem(text, len, "hunter2", 7));
}

static int
ignore_row(void *arg, const char *key, const char *value, struct error *err)
{
	(void)arg;
	(void)key;
	(void)value;
	(void)err;
	return 0;
}

static void
a_value_moved_to_another_row_is_noticed(void **state)
{
	static const char msg[] = "store: the value of b was changed, or "
				  "sealed with another key";
	struct store *s = must_open(*state);
	struct error err;

	assert_int_equal(put_row(s, "a", "1", &err), 0);
	assert_int_equal(put_row(s, "b", "2", &err), 0);
	store_close(s);
	tamper(*state,
	    "UPDATE row SET value = (SELECT value FROM row "
	    "WHERE key = 'a') WHERE key = 'b'");
	s = must_open(*state);
	assert_row(s, "a", "1");
	assert_null(store_get(s, "b", &err));
	assert_int_equal(err.code, ERROR_DENIED);
	assert_string_equal(err.msg, msg);
	assert_int_equal(store_each(s, "", ignore_row, NULL, &err), -1);
	assert_string_equal(err.msg, msg);
	store_close(s);
}

static void
a_newer_schema_is_left_alone(void **state)
{
	store_close(must_open(*state));
	tamper(*state, "PRAGMA user_version = 99");
	refuses(*state, ERROR_UNAVAILABLE,
	    "store: the database has schema version 99, this program knows "
	    "up to 6");
}

static void
a_database_of_something_else_is_left_alone(void **state)
{
	autofree char *path = xasprintf("%s/tenon.db", (const char *)*state);
	autofree char *key = xasprintf("%s/tenon.key", (const char *)*state);
	autofree char *msg = xasprintf("store: %s is not a database of tenon",
	    path);
	autofree char *before = NULL, *after = NULL;
	size_t size = 0, size_after = 0;
	struct error err;

	tamper(*state, "CREATE TABLE theirs (x)");
	before = file_read(path, 100000, &size, &err);
	refuses(*state, ERROR_UNAVAILABLE, msg);
	after = file_read(path, 100000, &size_after, &err);
	assert_int_equal(size, size_after);
	assert_memory_equal(before, after, size);
	assert_false(file_exists(key));
	tamper(*state, "PRAGMA user_version = 1");
	refuses(*state, ERROR_UNAVAILABLE, msg);
}

static void
a_file_that_is_no_database_is_refused(void **state)
{
	autofree char *path = xasprintf("%s/tenon.db", (const char *)*state);
	autofree char *key = xasprintf("%s/tenon.key", (const char *)*state);
	autostrbuf junk = { 0 };
	struct error err;

	strbuf_pad(&junk, 'x', 10000);
	assert_int_equal(file_write(path, 0600, strbuf_cstr(&junk), &err), 0);
	refuses(*state, ERROR_INTERNAL, "store: file is not a database");
	assert_false(file_exists(key));
}

static void
a_link_in_place_of_the_database_is_refused(void **state)
{
	autofree char *path = xasprintf("%s/tenon.db", (const char *)*state);
	autofree char *target = xasprintf("%s/target", (const char *)*state);
	struct error err;

	assert_int_equal(symlink(target, path), 0);
	assert_null(store_open(*state, &err));
	assert_int_equal(err.code, ERROR_INVALID);
	assert_false(file_exists(target));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(every_file_is_private_whatever_the_umask),
		scratch_test(a_database_that_others_can_read_is_made_private),
		scratch_test(a_closed_database_is_one_file),
		scratch_test(a_missing_directory_is_named),
		scratch_test(a_second_opener_is_told_who_has_it),
		scratch_test(a_destroyed_store_leaves_nothing),
		scratch_test(the_lock_of_a_killed_process_is_free),
		scratch_test(a_missing_key_is_not_made_anew),
		scratch_test(a_wrong_key_is_noticed_at_once),
		scratch_test(a_key_without_a_database_is_used),
		scratch_test(values_are_not_in_the_file),
		scratch_test(a_value_moved_to_another_row_is_noticed),
		scratch_test(a_newer_schema_is_left_alone),
		scratch_test(a_database_of_something_else_is_left_alone),
		scratch_test(a_file_that_is_no_database_is_refused),
		scratch_test(a_link_in_place_of_the_database_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
