/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spare - databases that are made before anybody asks for one: a client's then
 * costs a few renames.
 *
 *	roles "in the making" -> database, closed at once -> what is in it ->
 *	marked with its oid -> renamed and opened for a client, or dropped
 *
 * A spare has what the database of a client has, and a user that owns it as
 * usual, but cannot log in yet. Its password is known to the leader that made
 * it; another one gives it a new one. Nobody can connect to a spare. Its roles
 * carry comments that begin with "tenon: spare"; what does not is not touched.
 */

#ifndef POSTGRESQL_SPARE_H
#define POSTGRESQL_SPARE_H

struct cluster;
struct conn;
struct error;
struct grant;
struct hook;

#define SPARE_MAX 20

/* As the option spare-databases says; -1 on error. */
int spare_wanted(struct hook *, struct error *);

enum spared {
	SPARED_NOTHING,  /* Make database and user as usual. */
	SPARED_DATABASE, /* Make the user. */
	SPARED_USER      /* All is done; the password is in g->fresh. */
};

/*
 * Give the grant's user a spare database, if there is one and the name is free:
 * with the spare's user if that is all that is asked for.
 */
int spare_take(struct hook *, struct conn *, const struct grant *,
    enum spared *, struct error *);

/* A client has been served: look after the spares when it is quiet again. */
int spare_after_grant(struct hook *, struct error *);

/* The leader: if spares are missing, or too many, have them looked after. */
int spare_plan(struct hook *, const struct cluster *, struct error *);

/*
 * The leader, in a hook of its own: drop what is too much or broken, and make
 * one that is missing. What cannot be done is logged, and tried again.
 */
int spare_tend(struct hook *, const struct cluster *, struct error *);

#endif /* POSTGRESQL_SPARE_H */
