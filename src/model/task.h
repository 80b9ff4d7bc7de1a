/* SPDX-License-Identifier: Apache-2.0 */
/* task - which actions wait, and for which unit. */

#ifndef MODEL_TASK_H
#define MODEL_TASK_H

#include "model/model.h"

RB_PROTOTYPE(pending_tree, task, pending_entry, pending_compare)

/* Touches nothing. */
void task_set_state(struct task *, enum task_state);

/* The oldest task that waits for the unit, or NULL. */
struct task *model_first_pending(struct model *, const char *unit);
/* The same for the unit that is next by name; for the first one if NULL. */
struct task *model_next_pending(struct model *, const char *unit);

#endif /* MODEL_TASK_H */
