/* SPDX-License-Identifier: Apache-2.0 */

#include <openssl/crypto.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "store/impl.h"
#include "store/store.h"

/* Pruning deletes this many lines at once, not one with each line. */
#define ROWS_PRUNE_STEP 256

#define ROWS_HINT_ROOM \
	"make room where the state directory is; nothing has to be restarted"
#define ROWS_HINT_RIGHTS                                                     \
	"make the state directory and tenon.db writable; nothing has to be " \
	"restarted"
#define ROWS_HINT_DISK                                                        \
	"look at the disk that the state directory is on, and whether it is " \
	"full; nothing has to be restarted"

static const struct {
	int result;
	enum error_code code;
	const char *hint; /* NULL: the caller knows better. */
} rows_codes[] = {
	{ SQLITE_FULL, ERROR_UNAVAILABLE, ROWS_HINT_ROOM },
	{ SQLITE_IOERR, ERROR_UNAVAILABLE, ROWS_HINT_DISK },
	{ SQLITE_NOMEM, ERROR_UNAVAILABLE, NULL },
	{ SQLITE_BUSY, ERROR_CONFLICT, NULL },
	{ SQLITE_LOCKED, ERROR_CONFLICT, NULL },
	{ SQLITE_PERM, ERROR_DENIED, ROWS_HINT_RIGHTS },
	{ SQLITE_READONLY, ERROR_DENIED, ROWS_HINT_RIGHTS },
	{ SQLITE_CANTOPEN, ERROR_DENIED, ROWS_HINT_RIGHTS },
	{ SQLITE_TOOBIG, ERROR_TOO_LARGE, NULL },
};

int
store_fail(sqlite3 *db, struct error *err)
{
	int result = sqlite3_errcode(db) & 0xff;
	enum error_code code = ERROR_INTERNAL;
	const char *hint = NULL;

	for (size_t i = 0; i < nitems(rows_codes); i++) {
		if (rows_codes[i].result != result)
			continue;
		code = rows_codes[i].code;
		hint = rows_codes[i].hint;
	}
	error_set(err, code, "store: %s", sqlite3_errmsg(db));
	return hint != NULL ? error_hint(err, "%s", hint) : -1;
}

int
store_exec(sqlite3 *db, const char *sql, struct error *err)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(db, err);
	return 0;
}

void
store_bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
	/* Fails only for an index that is not there, or a huge text. */
	(void)sqlite3_bind_text64(stmt, index, text, strlen(text),
	    SQLITE_STATIC, SQLITE_UTF8);
}

void
store_reset(sqlite3_stmt *stmt)
{
	(void)sqlite3_reset(stmt); /* Repeats the error of the step. */
	(void)sqlite3_clear_bindings(stmt);
}

int
store_run(struct store *s, enum store_statement which, struct error *err)
{
	int rc = 0;

	if (sqlite3_step(s->stmt[which]) != SQLITE_DONE)
		rc = store_fail(s->db, err);
	store_reset(s->stmt[which]);
	return rc;
}

static char *
rows_value(struct store *s, sqlite3_stmt *stmt, int column, const char *key,
    struct error *err)
{
	const void *sealed = sqlite3_column_blob(stmt, column);

	return seal_open(&s->seal, key, sealed,
	    (size_t)sqlite3_column_bytes(stmt, column), err);
}

static int
rows_call(struct store *s, const char *key, store_row_fn *fn, void *arg,
    struct error *err)
{
	char *value = rows_value(s, s->stmt[STORE_EACH], 1, key, err);
	int rc;

	if (value == NULL)
		return -1;
	rc = fn(arg, key, value, err);
	OPENSSL_cleanse(value, strlen(value));
	free(value);
	return rc;
}

int
store_each(struct store *s, const char *prefix, store_row_fn *fn, void *arg,
    struct error *err)
{
	sqlite3_stmt *stmt = s->stmt[STORE_EACH];
	size_t len = strlen(prefix);
	int step, rc = 0;

	store_bind_text(stmt, 1, prefix);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *key = (const char *)sqlite3_column_text(stmt, 0);

		if (strncmp(key, prefix, len) != 0)
			break;
		rc = rows_call(s, key, fn, arg, err);
		if (rc == -1)
			break;
	}
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = store_fail(s->db, err);
	store_reset(stmt);
	return rc;
}

char *
store_get(struct store *s, const char *key, struct error *err)
{
	sqlite3_stmt *stmt = s->stmt[STORE_GET];
	char *value = NULL;
	int step;

	store_bind_text(stmt, 1, key);
	step = sqlite3_step(stmt);
	if (step == SQLITE_ROW)
		value = rows_value(s, stmt, 0, key, err);
	else if (step == SQLITE_DONE)
		(void)error_set(err, ERROR_NOT_FOUND, "store: no row %s", key);
	else
		(void)store_fail(s->db, err);
	store_reset(stmt);
	return value;
}

static int
rows_put(struct store *s, const struct store_op *op, struct error *err)
{
	size_t len = strlen(op->value);
	autofree unsigned char *sealed = seal_close(&s->seal, op->key,
	    op->value, len);
	sqlite3_stmt *stmt = s->stmt[STORE_PUT];

	store_bind_text(stmt, 1, op->key);
	(void)sqlite3_bind_blob64(stmt, 2, sealed, len + SEAL_EXTRA_BYTES,
	    SQLITE_STATIC);
	return store_run(s, STORE_PUT, err);
}

static int
rows_delete(struct store *s, const struct store_op *op, struct error *err)
{
	store_bind_text(s->stmt[STORE_DELETE], 1, op->key);
	return store_run(s, STORE_DELETE, err);
}

/* The numbers of the lines have no gaps, so they also count them. */
static int
rows_note(struct store *s, const struct store_op *op, struct error *err)
{
	sqlite3_stmt *stmt = s->stmt[STORE_NOTE];
	sqlite3_int64 id;

	(void)sqlite3_bind_int64(stmt, 1, (sqlite3_int64)op->wall_ms);
	store_bind_text(stmt, 2, op->model);
	store_bind_text(stmt, 3, op->key);
	store_bind_text(stmt, 4, op->value);
	if (store_run(s, STORE_NOTE, err) == -1)
		return -1;
	id = sqlite3_last_insert_rowid(s->db);
	if (id <= LIMIT_JOURNAL_ROWS || id % ROWS_PRUNE_STEP != 0)
		return 0;
	(void)sqlite3_bind_int64(s->stmt[STORE_PRUNE], 1,
	    id - LIMIT_JOURNAL_ROWS);
	return store_run(s, STORE_PRUNE, err);
}

static int
rows_apply(struct store *s, const struct store_batch *batch, struct error *err)
{
	static int (*const apply[])(struct store *, const struct store_op *,
	    struct error *) = {
		[STORE_OP_PUT] = rows_put,
		[STORE_OP_DELETE] = rows_delete,
		[STORE_OP_NOTE] = rows_note,
		[STORE_OP_STATUS] = store_put_status,
		[STORE_OP_FORGET] = store_forget_statuses,
	};

	for (size_t i = 0; i < batch->n; i++) {
		const struct store_op *op = &batch->ops[i];

		if (apply[op->kind](s, op, err) == -1)
			return -1;
	}
	return store_run(s, STORE_COMMIT, err);
}

int
store_commit(struct store *s, const struct store_batch *batch,
    struct error *err)
{
	struct error second;

	if (batch->n == 0)
		return 0;
	if (store_run(s, STORE_BEGIN, err) == -1)
		return -1;
	if (rows_apply(s, batch, err) == 0)
		return 0;
	/* Some errors have rolled back by themselves. */
	if (!sqlite3_get_autocommit(s->db))
		(void)store_run(s, STORE_ROLLBACK, &second);
	return -1;
}

static int
rows_each_line(struct store *s, sqlite3_stmt *stmt, store_journal_fn *fn,
    void *arg, struct error *err)
{
	int step, rc = 0;

	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		if (fn(arg, sqlite3_column_int64(stmt, 0),
			(uint64_t)sqlite3_column_int64(stmt, 1),
			(const char *)sqlite3_column_text(stmt, 2),
			(const char *)sqlite3_column_text(stmt, 3)) == -1)
			break;
	}
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		rc = store_fail(s->db, err);
	store_reset(stmt);
	return rc;
}

static void
rows_bind_range(sqlite3_stmt *stmt, const char *model, int limit)
{
	store_bind_text(stmt, 1, model);
	/* To SQLite a negative limit is none. */
	(void)sqlite3_bind_int(stmt, 2, limit > 0 ? limit : 0);
	(void)sqlite3_bind_int(stmt, 3, LIMIT_JOURNAL_ROWS);
}

int
/* NOLINTNEXTLINE(readability-function-size): a query has seven inputs. */
store_journal(struct store *s, const char *model, const char *subject,
    int limit, store_journal_fn *fn, void *arg, struct error *err)
{
	sqlite3_stmt *stmt =
	    s->stmt[subject != NULL ? STORE_JOURNAL_OF_SUBJECT :
				      STORE_JOURNAL_OF_MODEL];

	rows_bind_range(stmt, model, limit);
	if (subject != NULL)
		store_bind_text(stmt, 4, subject);
	return rows_each_line(s, stmt, fn, arg, err);
}

int
store_journal_search(struct store *s, const struct store_search *search,
    store_journal_fn *fn, void *arg, struct error *err)
{
	const char *const texts[] = { search->subject, search->kind,
		search->result, search->user };
	sqlite3_stmt *stmt = s->stmt[STORE_JOURNAL_SEARCH];

	rows_bind_range(stmt, search->model, search->limit);
	(void)sqlite3_bind_int64(stmt, 4, (sqlite3_int64)search->since_ms);
	/* What is not bound is NULL. */
	for (int i = 0; i < (int)nitems(texts); i++) {
		if (texts[i] != NULL)
			store_bind_text(stmt, 5 + i, texts[i]);
	}
	return rows_each_line(s, stmt, fn, arg, err);
}
