/* SPDX-License-Identifier: Apache-2.0 */
/* titles - what a failed hook is called. */

#ifndef MODEL_TITLES_H
#define MODEL_TITLES_H

struct op;
struct unit;

/*
 * `hook failed: "database-relation-changed" for data-integrator:postgresql`:
 * what status says of it, and what tells one failed hook from another. Owned by
 * the caller.
 */
char *op_title(const struct unit *, const struct op *);

#endif /* MODEL_TITLES_H */
