/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows - entities as the store keeps them: a key and a JSON object.
 *
 *	ctl
 *	model/<name>
 *	application/<model>/<name>
 *	machine/<model>/<id>
 *	unit/<model>/<name>
 *	seen/<model>/<unit>/<relation id>
 *	relation/<model>/<id>
 *	service/<model>/<unit>/<name>
 *	task/<model>/<id>
 *	secret/<model>/<id>
 *
 * Rows are read in the order of row_prefixes, so that what a row refers to is
 * there. What a unit has seen of each relation is a row of its own, so that a
 * hook writes as much for a unit with a thousand relations as for one with two.
 */

#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include <jansson.h>

#include "model/model.h"

/* The key prefixes in the order in which rows have to be read back. */
extern const char *const row_prefixes[]; /* NULL-terminated. */

char *row_key(const struct entity *);     /* Owned by the caller. */
json_t *row_value(const struct entity *); /* A new reference. */

/* The charm of a source, or NULL; given by the caller of row_read(). */
typedef struct charm *row_charm_fn(void *arg, const char *source,
    struct error *);

/*
 * Put a row back: makes the entity, or overwrites the fields of the one that
 * is there. It is not touched. `load` is called for applications only.
 */
int row_read(struct ctl *, const char *key, const json_t *value,
    row_charm_fn *load, void *arg, struct error *);

#endif /* MODEL_ROWS_H */
