/* SPDX-License-Identifier: Apache-2.0 */
/* impl - what the files of the store share with each other and their tests. */

#ifndef STORE_IMPL_H
#define STORE_IMPL_H

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "store/seal.h"

struct error;

/* clang-format off */
#define STORE_STATEMENTS(X)                                                  \
	X(STORE_BEGIN,    "BEGIN IMMEDIATE")                                 \
	X(STORE_COMMIT,   "COMMIT")                                          \
	X(STORE_ROLLBACK, "ROLLBACK")                                        \
	X(STORE_PUT,      "INSERT INTO row (key, value) VALUES (?1, ?2)"     \
			  " ON CONFLICT (key) DO UPDATE SET value = ?2")     \
	X(STORE_DELETE,   "DELETE FROM row WHERE key = ?1")                  \
	X(STORE_GET,      "SELECT value FROM row WHERE key = ?1")            \
	X(STORE_EACH,     "SELECT key, value FROM row WHERE key >= ?1"       \
			  " ORDER BY key")                                   \
	X(STORE_NOTE,     "INSERT INTO journal"                              \
			  " (wall_ms, model, subject, line)"                 \
			  " VALUES (?1, ?2, ?3, ?4)")                        \
	X(STORE_PRUNE,    "DELETE FROM journal WHERE id <= ?1")              \
	X(STORE_JOURNAL_OF_MODEL,                                            \
			  "SELECT * FROM (SELECT id, wall_ms, subject, line" \
			  " FROM journal NOT INDEXED WHERE model = ?1"       \
			  " AND id > (SELECT max(id) FROM journal) - ?3"     \
			  " ORDER BY id DESC LIMIT ?2) ORDER BY id")         \
	X(STORE_JOURNAL_OF_SUBJECT,                                          \
			  "SELECT * FROM (SELECT id, wall_ms, subject, line" \
			  " FROM journal WHERE model = ?1 AND subject = ?4"  \
			  " AND id > (SELECT max(id) FROM journal) - ?3"     \
			  " ORDER BY id DESC LIMIT ?2) ORDER BY id")         \
	X(STORE_JOURNAL_SEARCH,                                              \
			  "SELECT * FROM (SELECT id, wall_ms, subject, line" \
			  " FROM journal NOT INDEXED WHERE model = ?1"       \
			  " AND id > (SELECT max(id) FROM journal) - ?3"     \
			  " AND wall_ms >= ?4"                               \
			  " AND (?5 IS NULL OR subject = ?5"                 \
			  "  OR instr(' ' || subject, ' ' || ?5 || '/') = 1" \
			  "  OR instr(' ' || subject, ' ' || ?5 || ':'))"    \
			  " AND (?6 IS NULL OR line ->> '$.kind' = ?6)"      \
			  " AND (?7 IS NULL OR line ->> '$.result' = ?7)"    \
			  " AND (?8 IS NULL OR line ->> '$.user' = ?8)"      \
			  " ORDER BY id DESC LIMIT ?2) ORDER BY id")         \
	X(STORE_STATUS,   "INSERT INTO status (model, subject, kind, seq,"   \
			  " wall_ms, word, message) SELECT ?1, ?2, ?3,"      \
			  " coalesce(max(seq), 0) + 1, ?4, ?5, ?6"           \
			  " FROM status WHERE model = ?1 AND subject = ?2"   \
			  " AND kind = ?3 RETURNING seq")                  \
	X(STORE_STATUS_PRUNE,                                                \
			  "DELETE FROM status WHERE model = ?1"              \
			  " AND subject = ?2 AND kind = ?3 AND seq <= ?4")   \
	X(STORE_STATUS_FORGET,                                               \
			  "DELETE FROM status WHERE model = ?1"              \
			  " AND (?2 IS NULL OR subject = ?2)")               \
	X(STORE_STATUS_EACH,                                                 \
			  "SELECT kind, wall_ms, word, message"              \
			  " FROM status WHERE model = ?1 AND subject = ?2"   \
			  " AND (?3 IS NULL OR kind = ?3)"                   \
			  " ORDER BY wall_ms, kind, seq")
/* clang-format on */

enum store_statement {
#define X(id, sql) id,
	STORE_STATEMENTS(X)
#undef X
	STORE_STATEMENT_COUNT
};

struct store {
	int lock; /* Held, with flock(), for as long as the store is open. */
	sqlite3 *db;
	sqlite3_stmt *stmt[STORE_STATEMENT_COUNT];
	struct seal seal;
};

enum store_op_kind {
	STORE_OP_PUT,
	STORE_OP_DELETE,
	STORE_OP_NOTE,
	STORE_OP_STATUS,
	STORE_OP_FORGET
};

/*
 * In a note, key is the subject and value the line; in a status, key is the
 * subject and value the message. To forget, no key is all of the model.
 */
struct store_op {
	enum store_op_kind kind;
	char *key, *value, *model;
	uint64_t wall_ms;
	const char *status_kind, *word; /* Static. */
};

struct store_batch {
	struct store_op *ops;
	size_t n, cap;
};

/* Step i brings a database of version i to version i + 1. */
struct store_migration {
	const char *what, *sql;
};

/* The error for what SQLite has just refused. Returns -1. */
int store_fail(sqlite3 *, struct error *);

/* Run SQL without parameters and without rows. */
int store_exec(sqlite3 *, const char *sql, struct error *);

int store_version(sqlite3 *, int *version, struct error *);

/* The same, for a database that is ours or new; it is 0 for a new one. */
int store_identify(sqlite3 *, int *version, struct error *);

/* Run the missing steps; in the caller's transaction, if there is one. */
int store_migrate(sqlite3 *, const struct store_migration *, size_t n,
    struct error *);

/* Bring the tables to our version and prove that the key is theirs. */
int store_prepare(struct store *, struct error *);

/* Run a bound statement that returns no row, and reset it. */
int store_run(struct store *, enum store_statement, struct error *);

/* What a status, and forgetting some, is in SQL. */
int store_put_status(struct store *, const struct store_op *, struct error *);
int store_forget_statuses(struct store *, const struct store_op *,
    struct error *);

/* Let go of what is bound: it is the caller's. */
void store_reset(sqlite3_stmt *);

/* Bind text that outlives the run of the statement. */
void store_bind_text(sqlite3_stmt *, int index, const char *text);

#endif /* STORE_IMPL_H */
