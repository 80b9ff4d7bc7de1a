/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request - answer what clients ask for in their application's databag.
 *
 * A request is either granted (user, password, endpoints), or refused with a
 * reason in the key `status`, which the client shows; or it fails, and the
 * hook is repeated. A refusal concerns one relation only.
 */

#ifndef POSTGRESQL_REQUEST_H
#define POSTGRESQL_REQUEST_H

struct cluster;
struct error;
struct hook;

/* The leader: answer the request of one relation, if there is a new one. */
int request_answer(struct hook *, const struct cluster *, const char *relation,
    struct error *);

#endif /* POSTGRESQL_REQUEST_H */
