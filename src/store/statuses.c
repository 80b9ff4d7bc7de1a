/* SPDX-License-Identifier: Apache-2.0 */
/* statuses - what the statuses of entities were. */

#include "base/error.h"
#include "base/limits.h"
#include "store/impl.h"
#include "store/store.h"

/* Pruning deletes this many at once, not one with each. */
#define STATUS_PRUNE_STEP 16

static void
bind_whose(sqlite3_stmt *stmt, const struct store_op *op)
{
	store_bind_text(stmt, 1, op->model);
	store_bind_text(stmt, 2, op->key);
	store_bind_text(stmt, 3, op->status_kind);
}

/* Returns the number of the row, which grows by one; or -1. */
static sqlite3_int64
put_row(struct store *s, const struct store_op *op, struct error *err)
{
	sqlite3_stmt *stmt = s->stmt[STORE_STATUS];
	sqlite3_int64 seq = -1;

	bind_whose(stmt, op);
	(void)sqlite3_bind_int64(stmt, 4, (sqlite3_int64)op->wall_ms);
	store_bind_text(stmt, 5, op->word);
	store_bind_text(stmt, 6, op->value);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		seq = sqlite3_column_int64(stmt, 0);
	/* What has been refused has no row, or fails as it ends. */
	if (seq == -1 || sqlite3_step(stmt) != SQLITE_DONE) {
		(void)store_fail(s->db, err);
		seq = -1;
	}
	store_reset(stmt);
	return seq;
}

/* The oldest of a kind make room for the newest, some at once. */
int
store_put_status(struct store *s, const struct store_op *op, struct error *err)
{
	sqlite3_stmt *prune = s->stmt[STORE_STATUS_PRUNE];
	sqlite3_int64 seq = put_row(s, op, err);

	if (seq == -1)
		return -1;
	if (seq <= LIMIT_STATUS_ROWS || seq % STATUS_PRUNE_STEP != 0)
		return 0;
	bind_whose(prune, op);
	(void)sqlite3_bind_int64(prune, 4, seq - LIMIT_STATUS_ROWS);
	return store_run(s, STORE_STATUS_PRUNE, err);
}

int
store_forget_statuses(struct store *s, const struct store_op *op,
    struct error *err)
{
	sqlite3_stmt *stmt = s->stmt[STORE_STATUS_FORGET];

	store_bind_text(stmt, 1, op->model);
	/* What is not bound is NULL. */
	if (op->key != NULL)
		store_bind_text(stmt, 2, op->key);
	return store_run(s, STORE_STATUS_FORGET, err);
}

static void
give_status(sqlite3_stmt *stmt, store_status_fn *fn, void *arg)
{
	const struct store_status status = {
		.kind = (const char *)sqlite3_column_text(stmt, 0),
		.wall_ms = (uint64_t)sqlite3_column_int64(stmt, 1),
		.word = (const char *)sqlite3_column_text(stmt, 2),
		.message = (const char *)sqlite3_column_text(stmt, 3),
	};

	fn(arg, &status);
}

int
store_statuses(struct store *s, const struct store_status_search *search,
    store_status_fn *fn, void *arg, struct error *err)
{
	sqlite3_stmt *stmt = s->stmt[STORE_STATUS_EACH];
	int step, rc = 0;

	store_bind_text(stmt, 1, search->model);
	store_bind_text(stmt, 2, search->subject);
	if (search->kind != NULL)
		store_bind_text(stmt, 3, search->kind);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW)
		give_status(stmt, fn, arg);
	if (step != SQLITE_DONE)
		rc = store_fail(s->db, err);
	store_reset(stmt);
	return rc;
}
