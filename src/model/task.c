/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "model/task.h"

void
task_set_state(struct task *t, enum task_state state)
{
	struct task *twin = NULL;

	t->state = state;
	if (t->pending == (state == TASK_PENDING))
		return;
	t->pending = state == TASK_PENDING;
	if (t->pending)
		twin = RB_INSERT(pending_tree, &t->model->pending, t);
	else
		RB_REMOVE(pending_tree, &t->model->pending, t);
	assert(twin == NULL);
}

/* The first one that is not below. */
static struct task *
find_pending(struct model *m, const char *unit, int64_t id)
{
	autofree char *name = xstrdup(unit);
	struct task key = { .unit = name, .id = id };
	struct task *t = RB_NFIND(pending_tree, &m->pending, &key);

	while (t != NULL && t->entity.deleted)
		t = RB_NEXT(pending_tree, &m->pending, t);
	return t;
}

struct task *
model_first_pending(struct model *m, const char *unit)
{
	struct task *t;

	if (RB_EMPTY(&m->pending))
		return NULL;
	t = find_pending(m, unit, 0);
	return t != NULL && strcmp(t->unit, unit) == 0 ? t : NULL;
}

struct task *
model_next_pending(struct model *m, const char *unit)
{
	if (RB_EMPTY(&m->pending))
		return NULL;
	return unit == NULL ? find_pending(m, "", 0) :
			      find_pending(m, unit, INT64_MAX);
}
