/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/task.h"

struct task *
unit_next_task(struct unit *u)
{
	return model_first_pending(u->app->model, u->name);
}

void
task_end(struct task *t, enum task_state state, const char *message,
    uint64_t now_ms)
{
	task_set_state(t, state);
	xreplace(&t->message, message);
	t->completed_ms = now_ms;
	json_decref(take_ptr(t->params));
	mem_wipe(take_ptr(t->command));
	entity_touch(&t->entity);
}

void
tasks_forget_running(struct engine *e)
{
	struct model *m;
	struct task *t;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		RB_FOREACH(t, task_tree, &m->tasks) {
			if (t->state == TASK_RUNNING ||
			    t->state == TASK_PENDING)
				task_end(t, TASK_FAILED,
				    "cut off by a restart of tenond",
				    clock_wall_ms());
		}
	}
}

void
tasks_prune(struct model *m)
{
	size_t over = m->ntasks > LIMIT_TASKS ? m->ntasks - LIMIT_TASKS : 0;
	struct task *t;

	for (t = RB_MIN(task_tree, &m->tasks); over > 0; over--) {
		if (t->state > TASK_RUNNING && !t->entity.deleted)
			entity_delete(&t->entity);
		t = RB_NEXT(task_tree, &m->tasks, t);
	}
}
