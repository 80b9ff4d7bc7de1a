/* SPDX-License-Identifier: Apache-2.0 */

#include "hooks.h"

#include "base/error.h"
#include "base/json.h"
#include "model/task.h"

struct hook
hook_begin(struct world *w, const char *unit, enum hook_kind kind, int relation)
{
	struct hook h = { .world = w, .unit = unit };
	const struct op op = { .kind = OP_HOOK,
		.hook = kind,
		.relation = relation };

	h.agent.engine = w->engine;
	h.context = context_new(&h.agent, world_unit(w, unit), &op, NULL, 0);
	return h;
}

struct hook
action_begin(struct world *w, const char *unit, const char *params)
{
	struct hook h = { .world = w, .unit = unit };
	const struct op op = { .kind = OP_NONE, .relation = -1 };
	struct task *t = task_add(world_model(w), 1, unit, "call", 1);

	json_decref(t->params);
	t->params = json_loads(params, 0, NULL);
	task_set_state(t, TASK_RUNNING);
	engine_commit_late(w->engine);
	h.agent.engine = w->engine;
	h.context = context_new(&h.agent, world_unit(w, unit), &op, t, 0);
	return h;
}

void
hook_drop(struct hook *h)
{
	context_free(take_ptr(h->context));
}

void
hook_succeed(struct hook *h)
{
	context_apply(h->context, world_unit(h->world, h->unit));
	engine_commit_late(h->world->engine);
	hook_drop(h);
}

json_t *
try_tool(struct hook *h, const char *tool, const char *args)
{
	json_auto_t *parsed = json_loads(args, 0, NULL);

	assert_non_null(parsed);
	h->context->agent = &h->agent; /* Which may have moved. */
	h->err = (struct error){ 0 };
	return context_call(h->context, world_unit(h->world, h->unit), tool,
	    parsed, &h->err);
}

void
tool_gives(struct hook *h, const char *tool, const char *args,
    const char *expected)
{
	json_auto_t *value = try_tool(h, tool, args);
	json_auto_t *want = json_loads(expected, JSON_DECODE_ANY, NULL);

	if (value == NULL)
		fail_msg("%s: %s", tool, h->err.msg);
	assert_non_null(want);
	if (!json_equal(value, want)) {
		autofree char *got = json_line(value);

		fail_msg("%s gives %s, not %s", tool, got, expected);
	}
}

void
tool_refuses(struct hook *h, const char *tool, const char *args,
    enum error_code code, const char *message)
{
	json_auto_t *value = try_tool(h, tool, args);

	assert_null(value);
	assert_string_equal(h->err.msg, message);
	assert_int_equal(h->err.code, code);
}

void
make_relation(struct world *w)
{
	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
}
