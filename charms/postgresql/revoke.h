/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revoke - take a user away from every member, and leave the data.
 *
 *	no more logins -> every member knows -> no session on any member ->
 *	what it owned belongs to the database's owner role -> no role
 *
 * Each step may be repeated, and what is not there is done.
 */

#ifndef POSTGRESQL_REVOKE_H
#define POSTGRESQL_REVOKE_H

#include <jansson.h>

struct cluster;
struct error;
struct hook;

int revoke_user(struct hook *, const struct cluster *, const char *user,
    struct error *);

/*
 * The user has other rights than before: when every member knows, end its
 * sessions, which have the old ones, and give what it owns to the database.
 */
int revoke_rights(struct hook *, const struct cluster *, const char *user,
    const char *database, struct error *);

/*
 * The names of all users that were made for relations, as the keys of an
 * object: a new reference. It takes one statement, however many there are.
 */
json_t *revoke_candidates(struct hook *, const struct cluster *,
    struct error *);

#endif /* POSTGRESQL_REVOKE_H */
