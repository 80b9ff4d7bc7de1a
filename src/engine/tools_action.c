/* SPDX-License-Identifier: Apache-2.0 */
/* Hook tools of actions. */

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/agent.h"

static struct task *
tool_task(const struct tool_call *call, struct error *err)
{
	struct task *t = NULL;

	if (call->context->task >= 0)
		t = model_find_task(call->unit->app->model,
		    call->context->task);
	if (t == NULL)
		error_set(err, ERROR_USAGE, "not running an action");
	return t;
}

json_t *
tool_action_get(struct tool_call *call, struct error *err)
{
	struct task *t = tool_task(call, err);

	return t != NULL ? tool_pick(call, t->params) : NULL;
}

/* "a.b" = v becomes {"a": {"b": v}}. */
static void
result_set(json_t *results, const char *path, json_t *value)
{
	const char *dot;

	while ((dot = strchr(path, '.')) != NULL) {
		autofree char *head = xasprintf("%.*s", (int)(dot - path),
		    path);
		json_t *inner = json_child(results, head, JSON_OBJECT);

		if (inner == NULL) {
			inner = json_object();
			json_object_set_new(results, head, inner);
		}
		results = inner;
		path = dot + 1;
	}
	json_object_set(results, path, value);
}

/* Names between dots, and not more of them than can be read again. */
static bool
path_is_valid(const char *path)
{
	int depth = 0;

	for (size_t len; (len = strcspn(path, ".")) > 0; path += len + 1) {
		if (++depth > LIMIT_JSON_DEPTH)
			return false;
		if (path[len] == '\0')
			return true;
	}
	return false;
}

json_t *
tool_action_set(struct tool_call *call, struct error *err)
{
	json_t *values = json_child(call->args, "values", JSON_OBJECT);
	const char *path;
	json_t *value;

	if (tool_task(call, err) == NULL)
		return NULL;
	if (values == NULL) {
		error_set(err, ERROR_USAGE, "argument \"values\" is missing");
		return NULL;
	}
	json_object_foreach(values, path, value) {
		if (path_is_valid(path))
			continue;
		error_set(err, ERROR_USAGE, "invalid key \"%.64s\"", path);
		return NULL;
	}
	json_object_foreach(values, path, value)
		result_set(call->context->results, path, value);
	return json_null();
}

json_t *
tool_action_fail(struct tool_call *call, struct error *err)
{
	if (tool_task(call, err) == NULL)
		return NULL;
	xreplace(&call->context->failure,
	    json_text(call->args, "message",
		"action failed without reason given, check action for errors"));
	return json_null();
}

json_t *
tool_action_log(struct tool_call *call, struct error *err)
{
	struct task *t = tool_task(call, err);
	char time[CLOCK_TEXT_SIZE];

	if (t == NULL)
		return NULL;
	if (t->log == NULL)
		t->log = json_array();
	clock_format(clock_wall_ms(), time);
	json_array_append_new(t->log,
	    json_pack("{s:s, s:s}", "time", time, "message",
		json_text(call->args, "message", "")));
	engine_changed(call->context->agent->engine);
	return json_null();
}
