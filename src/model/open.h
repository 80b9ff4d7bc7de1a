/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open - which relations a unit has to look at, and which units have to be
 * asked again after the next commit.
 *
 * Whoever changes what a unit can see of a relation opens it to the unit. The
 * unit is asked, and closes those in which it owes nothing: unit_resolve().
 * Most functions of the model that change a relation do so themselves; only
 * who sets a life has to say it. After a restart the open ones are found by
 * looking at all. So this is a memory of answers and no state of its own: a
 * unit owes nothing to a relation that is not open, and to open more than is
 * needed changes nothing in what it does next.
 */

#ifndef MODEL_OPEN_H
#define MODEL_OPEN_H

#include "model/model.h"

/* A relation in which the unit may owe something. */
struct open_relation {
	RB_ENTRY(open_relation) entry;            /* Of unit->open. */
	LIST_ENTRY(open_relation) relation_entry; /* Of relation->open. */
	struct unit *unit;                        /* Borrowed. */
	struct relation *relation;                /* Borrowed. */
};

RB_PROTOTYPE(open_tree, open_relation, entry, open_compare)

/* It may have something to do. */
void unit_stir(struct unit *);
/* It has been asked. */
void unit_calm(struct unit *);

void unit_open(struct unit *, struct relation *);
void open_close(struct open_relation *);
/* NULL if it has none; RB_NEXT() has the others. */
struct open_relation *unit_first_open(const struct unit *);
/* It has begun to die. */
void unit_open_all(struct unit *);

/* Its life has changed: all units of both ends have to look at it. */
void relation_open(struct relation *);
/* The application's end of it has changed in what the others see. */
void relation_open_to_others(struct relation *, const struct application *);
/* All that they are in, for all at both ends: something was taken back. */
void application_open_relations(struct application *);

#endif /* MODEL_OPEN_H */
