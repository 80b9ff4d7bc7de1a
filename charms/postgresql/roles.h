/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roles - the users of relations.
 *
 * What is ours carries a comment that begins with "tenon: ". Nothing else is
 * ever taken over, changed or dropped. Every statement may be repeated: whoever
 * is cut off is followed by one who does the same again.
 */

#ifndef POSTGRESQL_ROLES_H
#define POSTGRESQL_ROLES_H

#include <stdbool.h>
#include <stdint.h>

#include "wish.h"

struct cluster;
struct conn;
struct error;
struct hook;
struct strbuf;

/* The comment of a relation's user. */
#define ROLES_MARK_USER "tenon: user of a relation"

#define ROLES_PASSWORD_LENGTH 32

struct grant {
	const char *database;
	const char *user;     /* "relation-3" */
	const char *password; /* In clear: a verifier is what is sent. */
	char **fresh;   /* It is a new user, and this is the password: that of a
			 spare's user replaces it. NULL for any other. */
	unsigned extra; /* enum extra */
	enum wish_kind kind;
	const struct permissions *permissions; /* Of a custom one. */
};

/*
 * One session at a time changes roles: two at once make the server fail with
 * "tuple concurrently updated".
 */
int roles_lock(struct conn *, struct error *);
/* The same as a statement, for the time of its transaction. */
#define ROLES_LOCK_XACT "SELECT pg_advisory_xact_lock(8387227);"
void roles_unlock(struct hook *, struct conn *);

/* Make the user, or give it the new password and rights. */
int roles_ensure_user(struct conn *primary, const struct grant *,
    struct error *);

/* Append what makes the user, or takes it out of all groups. */
int roles_begin_user(struct strbuf *, struct conn *primary,
    const struct grant *, struct error *);

/* Append the memberships that extra roles mean. */
int roles_add_extras(struct strbuf *, const struct grant *, struct error *);

/* Is it the request itself that cannot be granted? */
bool roles_refuse(const struct error *);

/* Database and user, or custom entity, under the lock. */
int roles_grant(struct hook *, const struct cluster *, const struct grant *,
    struct error *);

#endif /* POSTGRESQL_ROLES_H */
