/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "store/impl.h"

/* "tnon", for file(1) and for us: this is a database of ours. */
#define SCHEMA_APPLICATION_ID 0x746e6f6e

#define SCHEMA_CHECK_NAME "check"
#define SCHEMA_CHECK_TEXT "tenon"

static const struct store_migration schema_steps[] = {
	{
	    "make the tables",
	    "CREATE TABLE row (key TEXT NOT NULL PRIMARY KEY,"
	    " value BLOB NOT NULL) WITHOUT ROWID;"
	    "CREATE TABLE journal (id INTEGER PRIMARY KEY,"
	    " wall_ms INTEGER NOT NULL, model TEXT NOT NULL,"
	    " subject TEXT NOT NULL, line TEXT NOT NULL);"
	    "CREATE INDEX journal_by_subject ON journal (model, subject);"
	    "CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY,"
	    " value BLOB NOT NULL) WITHOUT ROWID",
	},
	/* An older program would take those who have seen all for strangers. */
	{ "rows of relations without those who have seen all of them", "" },
	{
	    "make the table of what statuses were",
	    "CREATE TABLE status (model TEXT NOT NULL, subject TEXT NOT NULL,"
	    " kind TEXT NOT NULL, seq INTEGER NOT NULL,"
	    " wall_ms INTEGER NOT NULL, word TEXT NOT NULL,"
	    " message TEXT NOT NULL,"
	    " PRIMARY KEY (model, subject, kind, seq)) WITHOUT ROWID",
	},
	/* An older program would drop it with the next change. */
	{ "rows with what clients have set and read back", "" },
	/* An older program would not start with one that has no application. */
	{ "secrets of models", "" },
	/* An older program would look for the far end in the same model. */
	{ "relations that join two models", "" },
};

/* One number out of a query that returns one row. */
static int
schema_number(sqlite3 *db, const char *sql, int *number, struct error *err)
{
	sqlite3_stmt *stmt;
	int rc = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK)
		return store_fail(db, err);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		*number = sqlite3_column_int(stmt, 0);
	else
		rc = store_fail(db, err);
	(void)sqlite3_finalize(stmt); /* The error is the one of the step. */
	return rc;
}

int
store_version(sqlite3 *db, int *version, struct error *err)
{
	return schema_number(db, "PRAGMA user_version", version, err);
}

int
store_migrate(sqlite3 *db, const struct store_migration *steps, size_t n,
    struct error *err)
{
	int version = 0;

	if (store_version(db, &version, err) == -1)
		return -1;
	if (version < 0 || (size_t)version > n)
		return error_set(err, ERROR_UNAVAILABLE,
		    "store: the database has schema version %d, this program "
		    "knows up to %zu",
		    version, n);
	for (size_t i = (size_t)version; i < n; i++) {
		autofree char *number = xasprintf("PRAGMA user_version = %zu",
		    i + 1);

		if (store_exec(db, steps[i].sql, err) == -1 ||
		    store_exec(db, number, err) == -1)
			return error_wrap(err, "migration to version %zu, %s",
			    i + 1, steps[i].what);
	}
	return 0;
}

int
store_identify(sqlite3 *db, int *version, struct error *err)
{
	int id = 0, tables = 0;

	if (store_version(db, version, err) == -1 ||
	    schema_number(db, "PRAGMA application_id", &id, err) == -1 ||
	    schema_number(db, "SELECT count(*) FROM sqlite_schema", &tables,
		err) == -1)
		return -1;
	if (id == SCHEMA_APPLICATION_ID || (*version == 0 && tables == 0))
		return 0;
	/* What somebody else made is not ours to fill. */
	return error_set(err, ERROR_UNAVAILABLE,
	    "store: %s is not a database of tenon",
	    sqlite3_db_filename(db, "main"));
}

static int
schema_write_check(struct store *s, sqlite3_stmt *stmt, struct error *err)
{
	size_t len = strlen(SCHEMA_CHECK_TEXT);
	autofree unsigned char *sealed = seal_close(&s->seal, SCHEMA_CHECK_NAME,
	    SCHEMA_CHECK_TEXT, len);

	(void)sqlite3_bind_blob64(stmt, 1, sealed, len + SEAL_EXTRA_BYTES,
	    SQLITE_STATIC);
	return sqlite3_step(stmt) == SQLITE_DONE ? 0 : store_fail(s->db, err);
}

static int
schema_read_check(struct store *s, sqlite3_stmt *stmt, struct error *err)
{
	autofree char *text = NULL;

	if (sqlite3_step(stmt) != SQLITE_ROW)
		return error_set(err, ERROR_DENIED,
		    "store: the check of the key is missing");
	text = seal_open(&s->seal, SCHEMA_CHECK_NAME,
	    sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0),
	    err);
	if (text != NULL)
		return 0;
	return error_set(err, ERROR_DENIED,
	    "store: the key file does not belong to this database");
}

static int
schema_check_key(struct store *s, int version, struct error *err)
{
	static const char write_sql[] = "INSERT INTO meta (key, value) "
					"VALUES ('" SCHEMA_CHECK_NAME "', ?1)";
	static const char read_sql[] = "SELECT value FROM meta WHERE key = "
				       "'" SCHEMA_CHECK_NAME "'";
	sqlite3_stmt *stmt;
	int rc;

	if (sqlite3_prepare_v2(s->db, version == 0 ? write_sql : read_sql, -1,
		&stmt, NULL) != SQLITE_OK)
		return store_fail(s->db, err);
	rc = version == 0 ? schema_write_check(s, stmt, err) :
			    schema_read_check(s, stmt, err);
	(void)sqlite3_finalize(stmt); /* The error is the one of the step. */
	return rc;
}

static int
schema_prepare(struct store *s, struct error *err)
{
	autofree char *mark = xasprintf("PRAGMA application_id = %d",
	    SCHEMA_APPLICATION_ID);
	int version = 0;

	if (store_identify(s->db, &version, err) == -1 ||
	    store_migrate(s->db, schema_steps, nitems(schema_steps), err) == -1)
		return -1;
	if (version == 0 && store_exec(s->db, mark, err) == -1)
		return -1;
	return schema_check_key(s, version, err);
}

/* In one transaction: a database has all of its tables and its check or none. */
int
store_prepare(struct store *s, struct error *err)
{
	struct error ignored;

	if (store_exec(s->db, "BEGIN IMMEDIATE", err) == -1)
		return -1;
	if (schema_prepare(s, err) == 0 &&
	    store_exec(s->db, "COMMIT", err) == 0)
		return 0;
	if (!sqlite3_get_autocommit(s->db))
		(void)store_exec(s->db, "ROLLBACK", &ignored);
	return -1;
}
