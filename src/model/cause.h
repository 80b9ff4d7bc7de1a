/* SPDX-License-Identifier: Apache-2.0 */
/* cause - what a hook runs because of, and who asked for that. */

#ifndef MODEL_CAUSE_H
#define MODEL_CAUSE_H

struct op;
struct unit;

/* "relation 3 with data-integrator was added"; owned by the caller. */
char *op_cause(const struct unit *, const struct op *);

/*
 * Who asked for the change that the hook is about: a name, borrowed, or NULL. Of
 * what a charm or a process did by itself nobody did.
 */
const char *op_asker(const struct unit *, const struct op *);

#endif /* MODEL_CAUSE_H */
