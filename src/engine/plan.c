/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan - what a change would lead to, without making it: the change is in the
 * model, each unit is taken through the hooks that it then has, no charm is
 * asked, and all is taken back. What charms say in these hooks, and what would
 * follow from that, cannot be foreseen.
 */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "model/cause.h"
#include "model/resolver.h"

#define PLAN_STEPS_MAX 1000

struct plan {
	struct model *model; /* Borrowed. */
	json_t *steps;       /* Owned: [{unit, step, cause}]. */
	json_t *gone;        /* Owned: the names of units that are through. */
	uint64_t now_ms;
};

static void
plan_add(struct plan *p, const char *unit, const char *step, const char *cause)
{
	json_t *entry = json_object();

	json_put_text(entry, "unit", unit);
	json_put_text(entry, "step", step);
	json_put_text(entry, "cause", cause);
	json_array_append_new(p->steps, entry);
}

static void
plan_take_out(struct plan *p, struct unit *u)
{
	json_object_set_new(p->gone, u->name, json_true());
	plan_add(p, u->name, "is taken out",
	    u->app->charm->storage == NULL ? "nothing of it is left" :
		u->destroy_storage         ? "its storage is destroyed" :
					     "its storage is kept");
}

static void
plan_hook(struct plan *p, struct unit *u, struct op *op)
{
	autofree char *name = op_hook_name(u, op);
	autofree char *cause = op_cause(u, op);
	autofree char *step = xasprintf("runs %s", name);

	plan_add(p, u->name, step, cause);
	/* Here a hook that has failed is repeated, and succeeds. */
	op->kind = OP_HOOK;
	op_done(u, op);
}

/* Returns whether there was anything for it to do. */
static bool
plan_unit(struct plan *p, struct unit *u)
{
	struct op op = resolve(u, p->now_ms);

	switch (op.kind) {
	case OP_NONE:
		return false;
	case OP_GONE:
		if (json_object_get(p->gone, u->name) != NULL)
			return false;
		plan_take_out(p, u);
		return true;
	case OP_WAIT:
	case OP_HOOK:
		/* That comes by itself, whatever is changed. */
		if (op.hook == HOOK_UPDATE_STATUS)
			return false;
		plan_hook(p, u, &op);
		return true;
	}
	return false;
}

/* One unit's hooks give others some: until nobody has any. */
static void
plan_run(struct plan *p)
{
	struct application *app;
	struct unit *u;
	bool going = true;

	while (going) {
		going = false;
		RB_FOREACH(app, application_tree, &p->model->applications) {
			RB_FOREACH(u, unit_tree, &app->units) {
				if (json_array_size(p->steps) >= PLAN_STEPS_MAX)
					return;
				going |= plan_unit(p, u);
			}
		}
	}
}

static json_t *
plan_make(struct model *m)
{
	struct plan p = {
		.model = m,
		.steps = json_array(),
		.gone = json_object(),
		.now_ms = clock_wall_ms(),
	};

	plan_run(&p);
	json_decref(p.gone);
	return p.steps;
}

bool
call_is_dry(const struct engine_call *call)
{
	return json_bool(call->args, "dry-run", false);
}

static int
call_plan(struct engine_call *call, struct model *m)
{
	json_object_set_new(call->reply, "plan", plan_make(m));
	call->until = NULL;
	engine_rollback(call->engine);
	return 0;
}

int
call_commit(struct engine_call *call, struct model *m, struct error *err)
{
	int rc = 0;

	if (call_is_dry(call)) {
		rc = call_plan(call, m);
	} else {
		engine_reap(call->engine);
		rc = engine_commit(call->engine, err);
		if (rc == 0)
			engine_drop_forced(call->engine);
	}
	json_object_set_new(call->reply, "generation",
	    json_integer((json_int_t)m->generation));
	return rc;
}
