/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "store/impl.h"

static const struct store_migration steps[] = {
	{ "make a", "CREATE TABLE a (x); INSERT INTO a VALUES (1)" },
	{ "widen a", "ALTER TABLE a ADD COLUMN y DEFAULT 7" },
	{ "make b", "CREATE TABLE b AS SELECT x + y AS z FROM a" },
};

static sqlite3 *
new_database(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	return db;
}

static int
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *stmt;
	int n;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	n = sqlite3_column_int(stmt, 0);
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
	return n;
}

static int
version_of(sqlite3 *db)
{
	struct error err;
	int version = -1;

	assert_int_equal(store_version(db, &version, &err), 0);
	return version;
}

static void
a_new_database_goes_through_every_step(void **state)
{
	sqlite3 *db = new_database();
	struct error err;

	(void)state;
	assert_int_equal(version_of(db), 0);
	assert_int_equal(store_migrate(db, steps, nitems(steps), &err), 0);
	assert_int_equal(version_of(db), 3);
	assert_int_equal(number(db, "SELECT z FROM b"), 8);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
an_older_database_goes_through_the_missing_steps(void **state)
{
	struct error err;

	(void)state;
	for (size_t from = 1; from <= nitems(steps); from++) {
		sqlite3 *db = new_database();

		assert_int_equal(store_migrate(db, steps, from, &err), 0);
		assert_int_equal(version_of(db), from);
		assert_int_equal(store_exec(db, "UPDATE a SET x = 2", &err), 0);
		assert_int_equal(store_migrate(db, steps, nitems(steps), &err),
		    0);
		assert_int_equal(version_of(db), 3);
		/* A step that has run is not run again. */
		assert_int_equal(number(db, "SELECT count(*) FROM a"), 1);
		assert_int_equal(number(db, "SELECT z FROM b"),
		    from == 3 ? 8 : 9);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
}

static void
a_newer_database_is_refused_and_left_alone(void **state)
{
	sqlite3 *db = new_database();
	struct error err;

	(void)state;
	assert_int_equal(store_migrate(db, steps, 3, &err), 0);
	assert_int_equal(store_migrate(db, steps, 2, &err), -1);
	assert_int_equal(err.code, ERROR_UNAVAILABLE);
	assert_string_equal(err.msg,
	    "store: the database has schema version "
	    "3, this program knows up to 2");
	assert_int_equal(version_of(db), 3);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void
a_failed_step_is_named_and_undone_with_its_transaction(void **state)
{
	static const struct store_migration broken[] = {
		{ "make a", "CREATE TABLE a (x)" },
		{ "spoil it",
		    "CREATE TABLE c (x); INSERT INTO none VALUES (1)" },
	};
	sqlite3 *db = new_database();
	struct error err, second;

	(void)state;
	assert_int_equal(store_exec(db, "BEGIN", &err), 0);
	assert_int_equal(store_migrate(db, broken, nitems(broken), &err), -1);
	assert_int_equal(err.code, ERROR_INTERNAL);
	assert_string_equal(err.msg,
	    "migration to version 2, spoil it: "
	    "store: no such table: none");
	assert_int_equal(store_exec(db, "ROLLBACK", &second), 0);
	assert_int_equal(version_of(db), 0);
	assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema"), 0);
	assert_int_equal(store_migrate(db, steps, nitems(steps), &err), 0);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_database_goes_through_every_step),
		cmocka_unit_test(
		    an_older_database_goes_through_the_missing_steps),
		cmocka_unit_test(a_newer_database_is_refused_and_left_alone),
		cmocka_unit_test(
		    a_failed_step_is_named_and_undone_with_its_transaction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
