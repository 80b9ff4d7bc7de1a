/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session - the operator's connections to the members, kept while the charm
 * stays alive between the hooks of its unit.
 *
 * They are connections to the database "postgres". A tenant's database is
 * visited with conn_open() and left at once: it could not be renamed otherwise.
 */

#ifndef POSTGRESQL_SESSION_H
#define POSTGRESQL_SESSION_H

#include <stddef.h>

struct conn;
struct error;
struct hook;

#define SESSION_MAX 16

/* hook->state */
struct sessions {
	struct conn *list[SESSION_MAX]; /* Owned; NULL where there is none. */
	size_t oldest;                  /* The next to go when all are used. */
	char *
	    peers; /* Owned: their relation, once it is known; see cluster.c. */
};

#define SESSION_CONNECT_MS 5000

/* Borrowed until the next session_get() or session_drop(). */
struct conn *session_get(struct hook *, const char *address,
    const char *password, struct error *);

/* The same in a plan, to a server that is still to be made. */
struct conn *session_to_be(struct hook *, const char *address);

/* Close a connection that is in an unknown state. */
void session_drop(struct hook *, const struct conn *);

/* A connection to another database there, to be freed by the caller. */
struct conn *session_visit(const char *address, const char *password,
    const char *dbname, struct error *);

void sessions_release(struct sessions *);

#endif /* POSTGRESQL_SESSION_H */
