/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users - the system users of a cluster, and the groups that pg_hba.conf
 * knows. They are made in one transaction, once.
 */

#ifndef POSTGRESQL_USERS_H
#define POSTGRESQL_USERS_H

struct cluster;
struct conn;
struct error;

/* Make them, unless they are there, with the passwords of the cluster. */
int users_create(struct conn *, const struct cluster *, struct error *);

struct password {
	const char *user, *text;
	const char *serial; /* Different for each password; "" for the first. */
};

int users_set_password(struct conn *, const struct password *, struct error *);

/*
 * Give the server the cluster's passwords, where it has others: who changed
 * one was cut off after the server had it, and before the cluster had it.
 */
int users_repair(struct conn *, const struct cluster *, struct error *);

/*
 * As users_repair(), for an operator who cannot log in any more. A superuser
 * that is used for nothing else does it; its password never changes.
 */
int users_rescue(const struct cluster *, struct error *);

#define USERS_RESCUE "tenon_rescue"

#endif /* POSTGRESQL_USERS_H */
