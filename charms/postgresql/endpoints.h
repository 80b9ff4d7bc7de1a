/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoints - tell clients where the primary and the standbys are.
 */

#ifndef POSTGRESQL_ENDPOINTS_H
#define POSTGRESQL_ENDPOINTS_H

#include <jansson.h>

struct access;
struct cluster;
struct error;
struct hook;
struct strv;

/*
 * What a client is told of where to go, for answer_write(). The
 * units in `except` are left out. URIs and `tls` are there only if the client
 * lists them in its `requested-secrets`: `asked` is its databag.
 */
json_t *endpoints_values(const struct cluster *, const struct strv *except,
    const json_t *asked, const struct access *);

/* A unit was left out because it lags: say so, and look again soon. */
int endpoints_await(struct hook *, const char *laggard, struct error *);

/*
 * The leader: bring every answered relation up to date. It does not wait: who
 * does not know a user yet is left out, and looked at again soon. As long as
 * the cluster is as it was when they were told, and nobody who lagged has come
 * on, no relation is looked at.
 */
int endpoints_refresh(struct hook *, const struct cluster *, struct error *);

/* The next time, look at every relation. */
int endpoints_forget(struct hook *, struct error *);

#endif /* POSTGRESQL_ENDPOINTS_H */
