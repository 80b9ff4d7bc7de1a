/* SPDX-License-Identifier: Apache-2.0 */
/*
 * database - a client's database and its three roles: the gate, the owner and
 * the reader.
 *
 * What is ours carries a comment that begins with "tenon: database"; that of the
 * gate goes on with the oid of the database, which no other ever has: not one
 * that somebody makes after ours has been dropped. What does not carry it is
 * taken over by adopt.h only.
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
	char *oid;            /* Owned: of the database; "" if there is none. */
	char *mark;           /* Owned: the gate's; NULL if there is no gate. */
	bool has_owner, has_reader;
};

#define autodatabase __attribute__((cleanup(database_release))) struct database

void database_init(struct database *, const char *name);
void database_release(struct database *);

/* The database itself. */
bool database_exists(const struct database *);
/* The roles, which are ours. */
bool database_has_roles(const struct database *);
/* Both, made for each other and prepared. */
bool database_is_made(const struct database *);

/* Fill in what is there. ERROR_CONFLICT if a role of ours is another's. */
int database_look(struct conn *, struct database *, struct error *);

/*
 * Make the database with its roles, unless it is there. ERROR_CONFLICT if one
 * of that name is not ours.
 */
int database_ensure(const struct cluster *, struct conn *primary,
    const char *name, struct error *);

/*
 * Append what makes those of the roles that are missing; the gate is marked as
 * not ready yet.
 */
int database_add_roles(struct strbuf *, const struct database *,
    struct error *);
/* Append what is done inside of a new database. */
int database_add_inside(struct strbuf *, const struct database *,
    struct error *);
/* Append what lets the readers read what `maker` will make. */
int database_add_readers(struct strbuf *, const char *maker, const char *reader,
    struct error *);
/* Append the mark that all is done. */
int database_add_mark(struct strbuf *, const struct database *, struct error *);
/* Append the marks of all three roles, which had others. */
int database_add_marks(struct strbuf *, const struct database *,
    struct error *);

#endif /* POSTGRESQL_DATABASE_H */
