/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database - a client's database and its three roles: the gate, the owner and
 * the reader.
 *
 * What is ours carries a comment that begins with "tenon: database". A database
 * that does not is taken over by adopt.h only.
 */

#ifndef POSTGRESQL_DATABASE_H
#define POSTGRESQL_DATABASE_H

#include <stdbool.h>

struct cluster;
struct conn;
struct error;
struct strbuf;

struct database {
	const char *name;     /* Borrowed. */
	char *owner, *reader; /* Owned. */
	bool exists;          /* The database itself. */
	bool is_ours;         /* Its roles are there and are ours. */
	bool is_made;         /* ... and it has been prepared. */
};

#define autodatabase __attribute__((cleanup(database_release))) struct database

void database_init(struct database *, const char *name);
void database_release(struct database *);

/* Fill in what is there. ERROR_CONFLICT if a role of ours is another's. */
int database_look(struct conn *, struct database *, struct error *);

/*
 * Make the database with its roles, unless it is there. ERROR_CONFLICT if one
 * of that name is not ours.
 */
int database_ensure(const struct cluster *, struct conn *primary,
    const char *name, struct error *);

/* Append what makes the roles; the gate is marked as not ready yet. */
int database_add_roles(struct strbuf *, const struct database *,
    struct error *);
/* Append what lets the readers read what `maker` will make. */
int database_add_readers(struct strbuf *, const char *maker, const char *reader,
    struct error *);
/* Append the mark that all is done. */
int database_add_mark(struct strbuf *, const struct database *, struct error *);

#endif /* POSTGRESQL_DATABASE_H */
