/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"

int
verb_actions(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;

	if (app == NULL)
		return -1;
	call->reply = json_pack("{s:o}", "actions",
	    charm_actions_json(app->charm));
	return 0;
}

struct unit *
model_find_target(struct model *m, const char *name, struct error *err)
{
	const char *slash = strchr(name, '/');
	autofree char *app_name = NULL;
	struct application *app;
	struct unit *u;

	if (slash == NULL) {
		error_set(err, ERROR_USAGE,
		    "invalid unit or action name \"%s\"", name);
		return NULL;
	}
	app_name = xasprintf("%.*s", (int)(slash - name), name);
	app = model_find_application(m, app_name);
	if (app == NULL) {
		(void)missing_application(app_name, err);
		return NULL;
	}
	if (strcmp(slash, "/leader") == 0) {
		u = application_leader(app);
		if (u == NULL)
			error_set(err, ERROR_UNAVAILABLE,
			    "could not determine leader for \"%s\"", app_name);
		return u;
	}
	u = model_find_unit(m, name);
	if (u == NULL)
		(void)missing_unit(name, err);
	return u;
}

static int
add_task(struct model *m, int64_t operation, struct unit *u, const char *action,
    json_t *params, struct error *err)
{
	const struct charm_action *def = charm_find_action(u->app->charm,
	    action);
	json_auto_t *checked = params != NULL ? json_deep_copy(params) :
						json_object();
	struct task *t;

	if (def == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "action \"%s\" not defined on unit \"%s\"", action,
		    u->name);
		return error_hint(err,
		    "\"tenon actions %s\" lists those it has", u->app->name);
	}
	if (charm_action_check(def, checked, err) == -1)
		return error_hint(err,
		    "\"tenon actions %s --schema\" shows what it takes",
		    u->app->name);
	t = task_add(m, operation, u->name, action, clock_wall_ms());
	json_decref(t->params);
	t->params = json_incref(checked);
	return 0;
}

json_t *
operation_reply(struct model *m, int64_t operation)
{
	json_t *tasks = json_array();
	struct task first = { .id = operation };
	struct task *t = RB_NFIND(task_tree, &m->tasks, &first);

	/* Their numbers follow that of the operation. */
	for (; t != NULL; t = RB_NEXT(task_tree, &m->tasks, t)) {
		autofree char *id = NULL;
		json_t *task;

		if (t->operation != operation)
			continue;
		id = xasprintf("%lld", (long long)t->id);
		task = json_pack("{s:s, s:s}", "id", id, "unit", t->unit);
		task_put_machine(task, t);
		json_array_append_new(tasks, task);
	}
	{
		autofree char *id = xasprintf("%lld", (long long)operation);

		return json_pack("{s:s, s:o}", "operation", id, "tasks", tasks);
	}
}

static int
add_tasks(struct engine_call *call, struct model *m, int64_t operation,
    const char *action, struct error *err)
{
	json_t *units = json_object_get(call->args, "units");
	json_t *params = json_object_get(call->args, "params");
	struct unit *u;
	size_t i;
	json_t *name;

	json_array_foreach(units, i, name) {
		u = model_find_target(m,
		    json_is_string(name) ? json_string_value(name) : "", err);
		if (u == NULL ||
		    add_task(m, operation, u, action, params, err) == -1)
			return -1;
		call_journal_task(call, RB_MAX(task_tree, &m->tasks));
	}
	return 0;
}

int
verb_run_action(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const char *action = call_text(call, "action", err);
	json_t *units = json_object_get(call->args, "units");
	int64_t operation;

	if (m == NULL || action == NULL)
		return -1;
	if (json_array_size(units) == 0)
		return error_set(err, ERROR_USAGE, "no unit specified");
	if (json_array_size(units) > LIMIT_UNITS_PER_CALL)
		return error_set(err, ERROR_TOO_LARGE, "too many units");
	operation = m->next_operation++;
	entity_touch(&m->entity);
	if (add_tasks(call, m, operation, action, err) == -1) {
		engine_rollback(call->engine);
		return -1;
	}
	tasks_prune(m);
	if (engine_commit(call->engine, err) == -1)
		return -1;
	call->reply = operation_reply(m, operation);
	return 0;
}
