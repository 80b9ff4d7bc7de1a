/* SPDX-License-Identifier: Apache-2.0 */
/*
 * endpoints - tell clients where the primary and the standbys are.
 */

#ifndef POSTGRESQL_ENDPOINTS_H
#define POSTGRESQL_ENDPOINTS_H

#include <jansson.h>

struct cluster;
struct error;
struct hook;

/* "127.33.7.1:5432"; owned by the caller. */
char *endpoints_primary(const struct cluster *);

/*
 * "127.33.7.2:5432,127.33.7.3:5432": the standbys that serve, less those named
 * in `except` (may be NULL); "" if there is none. Owned by the caller.
 */
struct strv;
char *endpoints_standbys(const struct cluster *, const struct strv *except);

/* The leader: bring every answered relation up to date. */
int endpoints_refresh(struct hook *, const struct cluster *, struct error *);

#endif /* POSTGRESQL_ENDPOINTS_H */
