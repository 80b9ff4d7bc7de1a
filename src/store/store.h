/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store - rows that survive: key -> value, and an append-only journal.
 *
 * It knows keys and bytes, not entities. Every value is sealed with AES-256-GCM
 * under a key that lives in a file of its own (mode 0600), with the row's key
 * as associated data, so that a value cannot be moved to another row. Keys and
 * journal lines are in clear and must not hold secrets.
 *
 *	store_open -> store_each -> store_commit ... -> store_close
 */

#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct store;

/* A change of some rows, written as one durable transaction or not at all. */
struct store_batch;

struct store_batch *store_batch_new(void);
void store_batch_free(struct store_batch *);
void store_batch_put(struct store_batch *, const char *key, const char *value);
void store_batch_delete(struct store_batch *, const char *key);

/*
 * Add a line to the journal. `model` is the model's uuid or "", `subject` the
 * entity ("postgresql/0"), `line` a JSON object without secrets.
 */
void store_batch_journal(struct store_batch *, uint64_t wall_ms,
    const char *model, const char *subject, const char *line);

/*
 * What the status of an entity was from a moment on. Of each kind the store
 * keeps at least the last LIMIT_STATUS_ROWS for each entity, in clear.
 */
struct store_status {
	const char *kind, *word; /* Of static storage when it is written. */
	const char *message;     /* NULL is "". */
	uint64_t wall_ms;
};

void store_batch_status(struct store_batch *, const char *model,
    const char *subject, const struct store_status *);
/* Drop those of an entity, or, with NULL, of all of the model. */
void store_batch_forget(struct store_batch *, const char *model,
    const char *subject);

/*
 * Open or create `<dir>/tenon.db` and `<dir>/tenon.key`. One process at a time:
 * a second one gets ERROR_CONFLICT. A schema newer than ours is
 * ERROR_UNAVAILABLE; an older one is migrated. A missing key file beside an
 * existing database, or a wrong one, is ERROR_DENIED.
 */
struct store *store_open(const char *dir, struct error *);
void store_close(struct store *); /* NULL is fine. */

/* Close it and remove its files from `dir`: the state is not wanted any more. */
void store_destroy(struct store *, const char *dir);

/*
 * Call fn with each row whose key starts with `prefix`, in the order of keys,
 * until it returns -1. `value` is borrowed for the duration of the call, and fn
 * must not call the store.
 */
typedef int store_row_fn(void *arg, const char *key, const char *value,
    struct error *);
int store_each(struct store *, const char *prefix, store_row_fn *, void *arg,
    struct error *);

/* One row's value, owned by the caller, or NULL with ERROR_NOT_FOUND. */
char *store_get(struct store *, const char *key, struct error *);

/* Durable when it returns 0. On -1 nothing has changed. */
int store_commit(struct store *, const struct store_batch *, struct error *);

/*
 * The newest `limit` journal lines of a model and, unless NULL, a subject,
 * oldest first, until fn returns -1, which is not an error. Rows beyond
 * LIMIT_JOURNAL_ROWS are dropped, oldest first.
 */
typedef int store_journal_fn(void *arg, int64_t id, uint64_t wall_ms,
    const char *subject, const char *line);
int store_journal(struct store *, const char *model, const char *subject,
    int limit, store_journal_fn *, void *arg, struct error *);

/* What lines must have in common; what is NULL, or 0, may be anything. */
struct store_search {
	const char *model;   /* Always given. */
	const char *subject; /* An application is its units and relations. */
	const char *kind, *result, *user; /* Members of the line. */
	uint64_t since_ms;                /* Wall time. */
	int limit;
};

/* The newest that do, as store_journal(). */
int store_journal_search(struct store *, const struct store_search *,
    store_journal_fn *, void *arg, struct error *);

/* Whose statuses; of any kind if that is NULL. */
struct store_status_search {
	const char *model, *subject, *kind;
};

/* Each of them in the order of time, borrowed for the duration of the call. */
typedef void store_status_fn(void *arg, const struct store_status *);
int store_statuses(struct store *, const struct store_status_search *,
    store_status_fn *, void *arg, struct error *);

#endif /* STORE_STORE_H */
