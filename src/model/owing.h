/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owing - what a unit owes to its relations, for the resolver.
 *
 * Only those that are open, see open.h, are looked at.
 */

#ifndef MODEL_OWING_H
#define MODEL_OWING_H

#include "model/open.h"
#include "model/resolver.h"

extern const struct op op_none;
struct op hook_op(enum hook_kind, uint64_t version);

/* Was it to take `after_ms` until `at_ms`? A clock may have been set back. */
bool is_due(uint64_t at_ms, uint64_t after_ms, uint64_t now_ms);

/*
 * What a unit that has started, or is dying, owes to one relation, be it open
 * or not: the whole comparison.
 */
struct op relation_op(const struct unit *, struct relation *);

/* The first that a unit owes to one of its open relations: ... */
struct op created_op(const struct unit *);
/* ... as long as it lives; `at_ms` if all of it is put off, ... */
struct op relations_op(const struct unit *, uint64_t now_ms);
/* ... if it has failed at something, and the relation is to go, ... */
struct op release_op(const struct unit *);
/* ... and when it dies. */
struct op leave_op(const struct unit *);

/*
 * A relation that has been read, after its units and what they have seen, is
 * open to those who owe it something.
 */
void relation_open_owed(struct relation *);

/* Close those that were looked at on the way to this operation in vain. */
void unit_close_quiet(struct unit *, const struct op *next);

#endif /* MODEL_OWING_H */
