/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - wait until the standbys have what the primary has committed.
 */

#ifndef POSTGRESQL_REPLAY_H
#define POSTGRESQL_REPLAY_H

#include <stdbool.h>

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
 * primary has committed so far. `laggards` gets the units that have not.
 */
int replay_wait(struct hook *, const struct cluster *, struct strv *laggards,
    struct error *);

/* Does the member know the user as the primary does, as far as can be seen? */
bool replay_knows(struct hook *, const struct cluster *, const struct member *,
    const char *user);

#endif /* POSTGRESQL_REPLAY_H */
