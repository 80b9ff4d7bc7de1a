/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - wait until the standbys have what the primary has committed.
 */

#ifndef POSTGRESQL_REPLAY_H
#define POSTGRESQL_REPLAY_H

#include <jansson.h>

struct cluster;
struct error;
struct hook;
struct member;
struct strv;

#define REPLAY_MS 30000

/*
 * Wait, so long in all, until every member that is up has replayed what the
 * primary has committed so far, whether it streams or not. One that is down
 * comes up closed, see gate.h. ERROR_TIMEOUT names a member that has not.
 */
int replay_wait_all(struct hook *, const struct cluster *, int timeout_ms,
    struct error *);

/*
 * Wait, 30 s in all, until every member that serves has replayed what the
 * primary has committed so far. `laggards` gets the units that have not; who is
 * known to be behind (lag.h) is not waited for.
 */
int replay_wait(struct hook *, const struct cluster *, struct strv *laggards,
    struct error *);

/*
 * The users of relations, by name, as a member knows them, or with NULL as the
 * primary does: a new reference; NULL if it cannot be asked. The values are
 * fingerprints of the verifiers: these are salted, so two are the same only if
 * one is a copy of the other.
 */
json_t *replay_users(struct hook *, const struct cluster *,
    const struct member *);

#endif /* POSTGRESQL_REPLAY_H */
