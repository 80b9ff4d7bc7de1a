/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seen - what units have seen of the relations that they are in.
 *
 * Most have seen all there is. Of them nothing is kept, in memory or in the
 * store: a unit in the scope of a relation without a struct seen_relation has
 * seen all of it. One whose last hook has shown it the rest forgets, see
 * seen_settle(); and before something changes, those who have seen all so far
 * keep what that was, see seen_keep_others(). So the rows of a model are as many
 * as what it consists of and what is going on, not as the pairs of units.
 */

#ifndef MODEL_SEEN_H
#define MODEL_SEEN_H

#include "model/model.h"

/* NULL if the unit has seen all there is, or is not in the relation. */
struct seen_relation *unit_seen(const struct unit *, int64_t relation);
/* Is there a unit in the relation that it knows of? */
bool unit_has_met_others(const struct unit *, struct relation *);

/* The unit at the other end that has this number. */
struct seen_member *seen_find_member(const struct seen_relation *,
    int64_t number);
struct seen_member *seen_first_member(const struct seen_relation *);
void seen_member_add(struct seen_relation *, int64_t number);
void seen_app_changed(struct seen_relation *, uint64_t version);
void seen_member_free(struct seen_relation *, struct seen_member *);
/* Nothing is put off any more. */
void seen_forget_deferred(struct seen_relation *);

/* It has seen nothing yet. */
struct seen_relation *seen_relation_add(struct unit *, int64_t relation);
/* To be changed; NULL if the unit is not in the relation. */
struct seen_relation *seen_keep(struct unit *, struct relation *);
/*
 * The application's end is about to change, in what all those see who are at the
 * other end, but not this unit.
 */
void seen_keep_others(struct relation *, const struct application *,
    const struct unit *but);
/* If that is all there is, it is forgotten. */
void seen_settle(struct unit *, struct relation *);

/* The row, and back. */
json_t *seen_value(const struct seen_relation *);
void seen_take(struct seen_relation *, const json_t *value);
/*
 * At first it was all in the unit's row: touched, it is in rows of its own from
 * the next commit on.
 */
void seen_take_old(struct unit *, const json_t *relations);
/* As if nothing had been seen yet. */
void seen_clear(struct seen_relation *);
void seen_free(struct seen_relation *);

#endif /* MODEL_SEEN_H */
