/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn - a connection to a server, as the operator. Every call blocks, and
 * every call has a deadline.
 *
 * The session is pinned down in its startup packet, before anything that lives
 * in the database could act on it: search_path is pg_catalog, commits do not
 * wait for standbys, and a statement that fails is not written to the log. What
 * the options of the application say about sessions does not count in ours.
 *
 * In a plan (see charm.h) what conn_exec() is given is told and not carried out,
 * and the session is read-only, so that the server sees to it too. What is asked
 * is answered as it is now. A server that is still to be made has nothing yet:
 * to whatever it is asked it answers with no row.
 */

#ifndef POSTGRESQL_CONN_H
#define POSTGRESQL_CONN_H

#include <libpq-fe.h>
#include <stdbool.h>

struct error;
struct hook;

struct conn {
	PGconn *pg;        /* Owned; NULL if the server is still to be made. */
	char *address;     /* Owned. */
	char *dbname;      /* Owned. */
	char sqlstate[6];  /* Of the last error the server gave, or "". */
	int timeout_ms;    /* For one statement. */
	struct hook *plan; /* That of a plan; or NULL. Borrowed. */
	bool is_to_be;     /* Its database is still to be made: in a plan. */
	int version;       /* "150000", of the server. */
};

struct conn_spec {
	const char *address;
	const char *user, *password;
	const char *dbname;
	int timeout_ms; /* For connecting. */
	struct hook *plan;
};

#define CONN_STATEMENT_MS 60000

/* NULL with ERROR_UNAVAILABLE, or ERROR_DENIED for a wrong password. */
struct conn *conn_open(const struct conn_spec *, struct error *);
/* In a plan, to a server that is still to be made. */
struct conn *conn_to_be(const struct conn_spec *, int version);
void conn_free(struct conn *);

#define autoconn __attribute__((cleanup(conn_freep))) struct conn
void conn_freep(struct conn **);

/* Has the server closed it, as far as can be seen without asking? */
bool conn_is_dead(const struct conn *);

#define autoresult __attribute__((cleanup(conn_clearp))) PGresult
void conn_clearp(PGresult **);

/* One or several statements in one transaction, without results. */
int conn_exec(struct conn *, const char *sql, struct error *);

/*
 * As conn_exec(), repeated when the server says that another session changed
 * the same row of a shared catalog. The statements must not be harmed by it.
 */
int conn_exec_retry(struct conn *, const char *sql, struct error *);

/* One statement with text parameters; a NULL-terminated array, or NULL. */
PGresult *conn_query(struct conn *, const char *sql, const char *const *params,
    struct error *);

/*
 * The first column of the first row, owned by the caller; "" if it is NULL or
 * there is no row.
 */
char *conn_value(struct conn *, const char *sql, const char *const *params,
    struct error *);

/*
 * A question that does something, such as pg_terminate_backend(): 0 if it is
 * only told, since this is a plan; 1 if it is to be asked.
 */
int conn_may_act(struct conn *, const char *sql, const char *const *params,
    struct error *);

/* As conn_value(), for a boolean. */
int conn_bool(struct conn *, const char *sql, const char *const *params,
    bool *value, struct error *);

/* The SCRAM verifier of a password, owned by the caller: what is sent. */
char *conn_verifier(struct conn *, const char *user, const char *password,
    struct error *);

#endif /* POSTGRESQL_CONN_H */
