/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standby - make our server a copy of the primary, and keep it one.
 */

#ifndef POSTGRESQL_STANDBY_H
#define POSTGRESQL_STANDBY_H

#include <stdbool.h>

struct cluster;
struct error;
struct hook;
struct server;

/* Copy the primary's data; the old copy, if any, must be out of the way. */
int standby_clone(struct hook *, const struct server *, const struct cluster *,
    struct error *);

/*
 * Could our data follow the primary: the same cluster, and not once a primary
 * itself? 1 or 0, or -1.
 */
int standby_fits(struct hook *, const struct server *, const struct cluster *,
    struct error *);

/* Do we stream from the primary, as both of us see it: at this moment; soon? */
bool standby_is_streaming(struct hook *, const struct cluster *);
bool standby_streams_within(struct hook *, const struct cluster *,
    int timeout_ms);

/*
 * Has the leader made us the primary, and not said so yet? Its hook that does
 * both is still at work, and who is recorded as the primary is none.
 */
bool standby_is_promoted(struct hook *, const struct cluster *);

/*
 * Is what we know of the primary over? It has become a standby, and who has
 * taken its place is known as soon as the leader's hook has ended.
 */
bool standby_is_outdated(struct hook *, const struct cluster *);

/* How long one hook may wait for our standby, in ms. */
int standby_patience(const struct hook *, const struct cluster *);

/* Start, follow the primary, wait until we stream from it and are open. */
int standby_follow(struct hook *, const struct server *, const struct cluster *,
    struct error *);

/*
 * Slots of a time when it was the primary would keep its log for ever; and who
 * still streams from it has to go.
 */
int standby_drop_slots(struct hook *, const struct cluster *, struct error *);

#endif /* POSTGRESQL_STANDBY_H */
