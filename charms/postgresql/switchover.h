/* SPDX-License-Identifier: Apache-2.0 */
/*
 * switchover - another member becomes the primary because somebody asked.
 *
 *	the member says it wishes to -> the leader names it the target -> the
 *	primary stops in order, and says where its log ends -> the leader sees
 *	that the target has all of it, and promotes it -> the former primary
 *	follows it as a standby
 *
 * Each step is recorded in the databags of the peers, and repeated if it was
 * cut off. If the target has not got everything, the primary starts again.
 */

#ifndef POSTGRESQL_SWITCHOVER_H
#define POSTGRESQL_SWITCHOVER_H

#include <stdbool.h>

struct cluster;
struct error;
struct hook;
struct server;

/* Our member wishes to become the primary. */
int switchover_wish(struct hook *, const struct cluster *, struct error *);

/* The leader: do what is due. Sets *changed if the databags have changed. */
int switchover_lead(struct hook *, const struct cluster *, bool *changed,
    struct error *);

/* Is our member the primary, and has to stop? */
bool switchover_stops_us(const struct hook *, const struct cluster *);

/* Stop our server for it, and tell the members. */
int switchover_stop(struct hook *, const struct cluster *, struct error *);

/* Forget a wish that was granted or refused. */
int switchover_forget(struct hook *, const struct cluster *, struct error *);

/*
 * Data of a primary that has stopped for another one becomes that of a
 * standby; other data stay as they are.
 */
int switchover_rejoin(struct hook *, const struct server *,
    const struct cluster *, struct error *);

#endif /* POSTGRESQL_SWITCHOVER_H */
