/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_part - hooks that are nothing to the charm. Each unit at the other end
 * of a relation has some, and a charm has a handler for few of them. What its
 * process has said of itself holds as long as the process.
 */

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/agent.h"

void
agent_introduced(struct agent *a, const json_t *end)
{
	static const char *const lists[] = { "hooks", "application-endpoints" };

	if (a->part != NULL || json_child(end, lists[0], JSON_ARRAY) == NULL)
		return;
	a->part = json_object();
	for (size_t i = 0; i < nitems(lists); i++) {
		json_t *names = json_object();
		const json_t *name;
		size_t k;

		json_array_foreach(json_child(end, lists[i], JSON_ARRAY), k,
		    name)
			if (json_is_string(name))
				json_object_set_new(names,
				    json_string_value(name), json_true());
		json_object_set_new(a->part, lists[i], names);
	}
}

static bool
part_has(const struct agent *a, const char *list, const char *name)
{
	return json_object_get(json_object_get(a->part, list), name) != NULL;
}

/* The hooks that are passed over change nothing but what has been seen. */
static bool
is_about_seeing(enum hook_kind hook)
{
	return hook == HOOK_RELATION_CREATED || hook == HOOK_RELATION_JOINED ||
	    hook == HOOK_RELATION_CHANGED || hook == HOOK_RELATION_DEPARTED;
}

bool
agent_has_part(const struct agent *a, const struct unit *u, const struct op *op)
{
	struct relation *r = model_find_relation(u->app->model, op->relation);
	const struct relation_end *end = r == NULL ? NULL :
						     relation_end_of(r, u->app);
	autofree char *name = NULL;

	if (a->part == NULL || end == NULL || !is_about_seeing(op->hook) ||
	    agent_has_stale_process(a, u))
		return true;
	if (op->hook == HOOK_RELATION_CHANGED && op->remote_unit[0] != '\0' &&
	    part_has(a, "application-endpoints", end->endpoint))
		return false;
	name = op_hook_name(u, op);
	return part_has(a, "hooks", name);
}

void
agent_pass_over(struct agent *a, const struct unit *u, const struct op *op)
{
	agent_unpark(a);
	a->context = context_new(a, u, op, NULL, clock_mono_ms());
	a->context->passed_over = true;
	agent_finish(a, NULL);
}
