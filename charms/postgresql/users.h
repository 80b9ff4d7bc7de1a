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

int users_set_password(struct conn *, const char *user, const char *password,
    struct error *);

#endif /* POSTGRESQL_USERS_H */
