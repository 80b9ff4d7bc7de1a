/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status - say what the unit is, to people and to the other members.
 */

#ifndef POSTGRESQL_STATUS_H
#define POSTGRESQL_STATUS_H

struct cluster;
struct error;
struct hook;

/*
 * Ask our own server what it is: set the unit's status, and the state in our bag
 * of the peers. What is not as it should be is looked at again soon.
 */
int status_refresh(struct hook *, struct error *);

/*
 * Our standby cannot follow, for this reason: say so, to the members too, and
 * try again. That is no reason for the hook to fail: as the leader we have
 * others to care for.
 */
int status_trouble(struct hook *, const struct cluster *,
    const struct error *why, struct error *);

/*
 * The leader: all is well with the application; or all but a member that is
 * behind, and that clients are not told of.
 */
int status_application(struct hook *, struct error *);
int status_lags(struct hook *, const char *unit, struct error *);

/* The leader: say that it waits for a member that is behind. */
void status_waits_for(struct hook *, const char *unit);

/* ... and that it does not any more, if it said so. */
int status_waits_no_more(struct hook *, struct error *);

#endif /* POSTGRESQL_STATUS_H */
