/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree - what the files of the model share and nobody else needs: entities
 * linked into the tree without counters and marks, and finders that also see
 * what is marked as deleted.
 */

#ifndef MODEL_TREE_H
#define MODEL_TREE_H

#include "model/model.h"

struct error;

/* Walk down to the node for which `compare`, an expression in `node`, is 0. */
#define TREE_FIND(node, head, field, compare)                  \
	for ((node) = RB_ROOT(head); (node) != NULL;) {        \
		int compare_ = (compare);                      \
		if (compare_ == 0)                             \
			break;                                 \
		(node) = compare_ < 0 ? RB_LEFT(node, field) : \
					RB_RIGHT(node, field); \
	}

/* Below, equal, above: -1, 0, 1. */
int compare_numbers(int64_t, int64_t);

struct model *model_make(struct ctl *, const char *name);
struct application *application_make(struct model *, const char *name);
struct machine *machine_make(struct model *, int64_t id);
struct unit *unit_make(struct application *, int64_t number);
struct relation *relation_make(struct model *, int64_t id);
struct service *service_make(struct unit *, const char *name);
struct seen_relation *seen_make(struct unit *, int64_t relation);
struct task *task_make(struct model *, int64_t id);
struct secret *secret_make(struct model *, const char *id);

struct model *model_find_any(struct ctl *, const char *name);
struct application *application_find_any(struct model *, const char *name);
struct machine *machine_find_any(struct model *, int64_t id);
struct unit *unit_find_any(struct model *, const char *name);
struct unit *unit_find_number(struct application *, int64_t number);
struct relation *relation_find_any(struct model *, int64_t id);
struct service *service_find_any(struct unit *, const char *name);
struct seen_relation *seen_find_any(const struct unit *, int64_t relation);
struct task *task_find_any(struct model *, int64_t id);
struct secret *secret_find_any(struct model *, const char *id);

/* It has none at first. */
void machine_set_address(struct machine *, const char *address);
/* A unit and its machine know each other; the machine may be NULL. */
void unit_set_machine(struct unit *, struct machine *);

/* Make it an end of the application, which may be NULL: of none. */
void relation_end_link(struct relation *, int i, struct application *);

/* Both ends are linked: the models, if they are two, know each other. */
void relation_link_guest(struct relation *);

/* Add to the members, without a bag and untouched. */
struct member *member_make(struct relation_end *, struct unit *);
void member_free(struct relation_end *, struct member *);
void relation_clear_members(struct relation *);
/* What every unit says about itself from the start; a new reference. */
json_t *member_first_bag(const struct unit *);
/* Most say what they say at first, and share that. */
void member_set_bag(struct member *, json_t *stolen);

/* The row of a relation, and back. */
json_t *relation_value(const struct relation *);
int relation_read(struct model *, int64_t id, const json_t *value,
    struct error *);

/* The row of a secret, and back. */
json_t *secret_value(const struct secret *);
int secret_read(struct model *, const char *id, const json_t *value,
    struct error *);
void secret_free(struct secret *);

#endif /* MODEL_TREE_H */
