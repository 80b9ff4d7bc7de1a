/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/plan.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/cause.h"
#include "model/far.h"
#include "model/task.h"

#define PLAN_STEPS_MAX 1000
/* How long one is kept that nobody fetches. */
#define PLAN_KEEP_MS 60000

enum plan_did {
	PLAN_NOTHING,
	PLAN_A_STEP,
	PLAN_ASKED
};

/* Returns the step, borrowed. */
static json_t *
plan_add(struct plan *p, const struct unit *u, const char *step,
    const char *cause)
{
	autofree char *name = unit_name_in(u, p->model);
	json_t *entry = json_object();

	json_put_text(entry, "unit", name);
	json_put_text(entry, "step", step);
	json_put_text(entry, "cause", cause);
	json_array_append_new(p->steps, entry);
	return entry;
}

static void
plan_take_out(struct plan *p, struct unit *u)
{
	autofree char *name = unit_name_in(u, p->model);

	json_object_set_new(p->gone, name, json_true());
	(void)plan_add(p, u, "is taken out",
	    u->app->charm->storage == NULL ? "nothing of it is left" :
		u->destroy_storage         ? "its storage is destroyed" :
					     "its storage is kept");
	/* Somebody else leads from then on. */
	(void)application_elect(u->app);
}

static bool
plan_is_gone(const struct plan *p, const struct unit *u)
{
	autofree char *name = unit_name_in(u, p->model);

	return json_object_get(p->gone, name) != NULL;
}

static enum plan_did
plan_hook(struct plan *p, struct unit *u, struct op *op)
{
	autofree char *name = op_hook_name(u, op);
	autofree char *cause = op_cause(u, op);
	autofree char *text = xasprintf("runs %s", name);
	json_t *step = plan_add(p, u, text, cause);

	/* Here a hook that has failed is repeated, and succeeds. */
	op->kind = OP_HOOK;
	if (!plan_can_ask(u, name)) {
		op_done(u, op);
		return PLAN_A_STEP;
	}
	p->unit = u;
	p->op = *op;
	p->task = NULL;
	plan_ask(p, step);
	return PLAN_ASKED;
}

static enum plan_did
plan_task(struct plan *p, struct unit *u, struct task *t)
{
	autofree char *text = t->command != NULL ?
	    xstrdup("runs the command") :
	    xasprintf("runs action %s", t->action);
	json_t *step = plan_add(p, u, text, "it was asked for");

	task_set_state(t, TASK_RUNNING);
	if (t->command != NULL || !plan_can_ask(u, t->action))
		return PLAN_A_STEP;
	p->unit = u;
	p->op = (struct op){ .kind = OP_NONE, .relation = -1 };
	p->task = t;
	plan_ask(p, step);
	return PLAN_ASKED;
}

/* Is there anything for it to do? */
static enum plan_did
plan_unit(struct plan *p, struct unit *u)
{
	struct op op = resolve(u, p->now_ms);
	struct task *t = unit_next_task(u);

	switch (op.kind) {
	case OP_NONE:
		break;
	case OP_GONE:
		if (plan_is_gone(p, u))
			return PLAN_NOTHING;
		plan_take_out(p, u);
		return PLAN_A_STEP;
	case OP_WAIT:
	case OP_HOOK:
		/* That comes by itself, whatever is changed; or it does not. */
		if (op.hook == HOOK_UPDATE_STATUS || op.at_ms == OP_RETRY_NEVER)
			break;
		return plan_hook(p, u, &op);
	}
	return t != NULL ? plan_task(p, u, t) : PLAN_NOTHING;
}

/* The first unit of that application or of those after it in its model. */
static struct unit *
plan_first_unit(struct application *app)
{
	struct unit *u = NULL;

	for (; app != NULL && u == NULL;
	     app = RB_NEXT(application_tree, NULL, app))
		u = RB_MIN(unit_tree, &app->units);
	return u;
}

/* The first of that model or of those after it. */
static struct unit *
plan_first_of(struct model *m)
{
	struct unit *u = NULL;

	for (; m != NULL && u == NULL; m = RB_NEXT(model_tree, NULL, m))
		u = plan_first_unit(RB_MIN(application_tree, &m->applications));
	return u;
}

/* Each unit in turn; NULL at the end of the round. */
static struct unit *
plan_next_unit(struct plan *p)
{
	struct application *app;
	struct unit *u;

	if (p->at == NULL)
		return plan_first_of(RB_MIN(model_tree, &p->ctl->models));
	app = p->at->app;
	u = RB_NEXT(unit_tree, &app->units, p->at);
	if (u == NULL)
		u = plan_first_unit(RB_NEXT(application_tree, NULL, app));
	if (u == NULL)
		u = plan_first_of(RB_NEXT(model_tree, NULL, app->model));
	return u;
}

static void
plan_end(struct plan *p)
{
	p->is_over = true;
	p->over_ms = clock_mono_ms();
}

/* One unit's hooks give others some: until nobody has any. */
void
plan_go(struct plan *p)
{
	while (json_array_size(p->steps) < PLAN_STEPS_MAX) {
		p->at = plan_next_unit(p);
		if (p->at == NULL) {
			if (!p->going)
				break;
			p->going = false;
			continue;
		}
		switch (plan_unit(p, p->at)) {
		case PLAN_NOTHING:
			break;
		case PLAN_A_STEP:
			p->going = true;
			break;
		case PLAN_ASKED:
			p->going = true;
			return;
		}
	}
	plan_end(p);
}

void
plan_answered(struct plan *p)
{
	struct engine *e = p->engine;

	if (!e->stopping)
		plan_go(p);
	engine_changed(e);
	/* It may have been the last thing that was waited for. */
	if (e->stopping)
		plan_free(p);
}

/* ---- its life ---- */

static void
plans_forget_old(struct engine *e)
{
	uint64_t now = clock_mono_ms();
	struct plan *p, *next;

	TAILQ_FOREACH_SAFE(p, &e->plans, entry, next) {
		if (p->is_over &&
		    (e->stopping || now - p->over_ms > PLAN_KEEP_MS))
			plan_free(p);
	}
}

void
plans_stop(struct engine *e)
{
	struct plan *p;

	TAILQ_FOREACH(p, &e->plans, entry) {
		if (p->runner != NULL)
			runner_kill(p->runner);
	}
	plans_forget_old(e);
}

struct plan *
plan_new(struct engine *e, struct model *m, struct error *err)
{
	struct ctl *copy = plan_copy(m, err);
	struct plan *p;

	if (copy == NULL)
		return NULL;
	plans_forget_old(e);
	p = xcalloc(1, sizeof *p);
	p->engine = e;
	p->number = ++e->next_plan;
	p->ctl = copy;
	p->model = ctl_find_model(copy, m->name);
	p->steps = json_array();
	p->gone = json_object();
	p->now_ms = clock_wall_ms();
	p->agent.engine = e;
	uv_timer_init(e->loop, &p->timer);
	p->timer.data = p;
	TAILQ_INSERT_TAIL(&e->plans, p, entry);
	return p;
}

static void
plan_on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
plan_free(struct plan *p)
{
	struct engine *e = p->engine;

	TAILQ_REMOVE(&e->plans, p, entry);
	ctl_free(p->ctl);
	json_decref(p->steps);
	json_decref(p->gone);
	free(p->failure);
	uv_close((uv_handle_t *)&p->timer, plan_on_closed);
	engine_check_stopped(e);
}
