/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entity - custom users and groups: roles that may do in their database what
 * was listed, and no more.
 *
 * They are named and marked as the usual users of relations, and are revoked as
 * these are. They can be given only what belongs to the database's owner role.
 */

#ifndef POSTGRESQL_ENTITY_H
#define POSTGRESQL_ENTITY_H

struct cluster;
struct conn;
struct error;
struct grant;

/*
 * Make it, or make it what it is to be now. The database is there. ERROR_CONFLICT
 * if it names what does not exist, or belongs to somebody else.
 */
int entity_ensure(const struct cluster *, struct conn *primary,
    const struct grant *, struct error *);

#endif /* POSTGRESQL_ENTITY_H */
