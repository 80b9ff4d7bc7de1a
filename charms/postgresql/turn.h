/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turn - members start again one after the other, when options ask for that:
 * the standbys first, the primary last and in its place.
 *
 *	a member says which options it has seen, and that it wants to start
 *	again -> the leader gives it the turn -> it starts again, and says so
 *
 * If one does not start with what is asked for, nobody else tries.
 */

#ifndef POSTGRESQL_TURN_H
#define POSTGRESQL_TURN_H

#include <stdbool.h>

struct cluster;
struct error;
struct hook;

enum turn_wish {
	TURN_NONE,
	TURN_WANTED,
	TURN_REFUSED /* It did not start with them, and goes on as it was. */
};

/* Tell the members; `options` says which ones we have seen. */
int turn_publish(struct hook *, const struct cluster *, const char *options,
    enum turn_wish, struct error *);
bool turn_has_published(const struct hook *, const struct cluster *,
    const char *options);

/* Do we want to start again, and may? */
bool turn_is_ours(const struct hook *, const struct cluster *);

/* We want to, but another member did not start with the same options. */
bool turn_is_lost(const struct hook *, const struct cluster *);

/* Have all that serve seen what we have, and does nobody wait to start again? */
bool turn_is_over(const struct hook *, const struct cluster *);

/* The leader: say whose turn it is. */
int turn_lead(struct hook *, const struct cluster *, struct error *);

#endif /* POSTGRESQL_TURN_H */
