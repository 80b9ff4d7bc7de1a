/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lag - the members that are behind: who was left out of an answer for it is
 * not waited for in the next one, and the clients are looked at again only when
 * it has come on. The leader keeps that in its state.
 */

#ifndef POSTGRESQL_LAG_H
#define POSTGRESQL_LAG_H

#include <jansson.h>
#include <stdbool.h>

struct cluster;
struct error;
struct hook;
struct strv;

/* Is the unit known to be behind? Who cannot be asked does not know. */
bool lag_is_known(struct hook *, const char *unit);

/* These units have not replayed `lsn`; what is known of others stays. */
int lag_note(struct hook *, const struct strv *units, const char *lsn,
    struct error *);

/* None but these are behind, by what the primary has now. */
int lag_replace(struct hook *, const struct cluster *, const struct strv *units,
    struct error *);

/* Of the leader's state: a unit that is behind; NULL if none is. Borrowed. */
const char *lag_any(const json_t *state);

/* Has one of them replayed by now what it had not? */
bool lag_has_ended(struct hook *, const struct cluster *, const json_t *state);

#endif /* POSTGRESQL_LAG_H */
