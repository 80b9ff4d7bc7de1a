/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status - say what the unit is, to people and to the other members.
 */

#ifndef POSTGRESQL_STATUS_H
#define POSTGRESQL_STATUS_H

struct error;
struct hook;

/*
 * Ask our own server what it is: set the unit's status, the state in our bag of
 * the peers, and as the leader the application's status.
 */
int status_refresh(struct hook *, struct error *);

/* The leader: say that it waits for a member that is behind. */
void status_waits_for(struct hook *, const char *unit);

/* ... and that it does not any more, if it said so. */
int status_waits_no_more(struct hook *, struct error *);

#endif /* POSTGRESQL_STATUS_H */
