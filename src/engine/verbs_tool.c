/* SPDX-License-Identifier: Apache-2.0 */
/* Hook tools that a charm runs as programs: see docs/charm-protocol.md. */

#include "base/json.h"
#include "base/mem.h"
#include "engine/agent.h"

/* Whose operation it is; nobody else can know its name. */
static struct agent *
find_context(struct engine *e, const char *id)
{
	struct agent *a;

	RB_FOREACH(a, agent_tree, &e->agents) {
		if (a->context != NULL && strcmp(a->context->id, id) == 0)
			return a;
	}
	return NULL;
}

/* Its answer would come later, and to the charm's own channel. */
static int
check_tool(const char *tool, struct error *err)
{
	if (strcmp(tool, "service-stop") != 0)
		return 0;
	return error_set(err, ERROR_USAGE,
	    "%s is for charms that speak on their channel", tool);
}

int
verb_hook_tool(struct engine_call *call, struct error *err)
{
	const char *id = call_text(call, "context", err);
	const char *tool = id != NULL ? call_text(call, "tool", err) : NULL;
	json_t *args = json_object_get(call->args, "args"), *value;
	struct agent *a;
	struct unit *u;

	if (tool == NULL || check_tool(tool, err) == -1)
		return -1;
	a = find_context(call->engine, id);
	u = a != NULL && agent_is_at_work(a) && a->verdict == NULL ?
	    agent_unit(a) :
	    NULL;
	if (u == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "no context \"%.64s\": its hook has ended", id);
	agent_watch_over(a);
	value = context_call(a->context, u, tool, args, err);
	if (value == NULL)
		return -1;
	call->reply = json_pack("{s:o}", "value", value);
	return 0;
}
