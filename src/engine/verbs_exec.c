/* SPDX-License-Identifier: Apache-2.0 */
/* Commands: what a shell runs on a unit or a machine, in place of its charm. */

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"

/* One request: what it runs, and as part of which operation. */
struct exec {
	struct engine_call *call;
	struct model *model;
	const char *command;
	int64_t operation;
	size_t n;
};

/* As a unit that is named, and so is its application. */
static bool
exec_has(const struct exec *x, const struct unit *u, int64_t machine)
{
	struct task key = { .id = x->operation };
	struct task *t = RB_NFIND(task_tree, &x->model->tasks, &key);

	for (; t != NULL; t = RB_NEXT(task_tree, &x->model->tasks, t)) {
		if (t->machine == machine && strcmp(t->unit, u->name) == 0)
			return true;
	}
	return false;
}

static void
exec_add(struct exec *x, struct unit *u, int64_t machine)
{
	struct task *t;

	if (exec_has(x, u, machine))
		return;
	t = task_add(x->model, x->operation, u->name, EXEC_ACTION,
	    clock_wall_ms());
	t->command = xstrdup(x->command);
	t->machine = machine;
	call_journal_task(x->call, t);
	x->n++;
}

static int
exec_on_unit(struct exec *x, const char *name, struct error *err)
{
	struct unit *u;

	if (strchr(name, '/') == NULL)
		return error_set(err, ERROR_USAGE,
		    "\"%s\" is not a valid unit name", name);
	u = model_find_target(x->model, name, err);
	if (u == NULL)
		return -1;
	exec_add(x, u, -1);
	return 0;
}

static int
exec_on_application(struct exec *x, const char *name, struct error *err)
{
	struct application *app = model_find_application(x->model, name);
	struct unit *u;

	if (app == NULL)
		return missing_application(name, err);
	RB_FOREACH(u, unit_tree, &app->units) {
		if (!u->entity.deleted)
			exec_add(x, u, -1);
	}
	return 0;
}

/* On a machine somebody has to be: it is run on the unit's behalf. */
static int
exec_on_machine(struct exec *x, const char *name, struct error *err)
{
	char *end;
	int64_t id = strtoll(name, &end, 10);
	struct machine *m = *end == '\0' && end != name ?
	    model_find_machine(x->model, id) :
	    NULL;

	if (m == NULL)
		return missing_machine(name, err);
	if (m->unit == NULL) {
		error_set(err, ERROR_CONFLICT,
		    "machine %s has no unit to run it", name);
		return error_hint(err,
		    "\"tenon add-unit --to %s\" puts one there", name);
	}
	exec_add(x, m->unit, id);
	return 0;
}

static void
exec_on_all(struct exec *x)
{
	struct machine *m;

	RB_FOREACH(m, machine_tree, &x->model->machines) {
		if (m->unit != NULL && !m->unit->entity.deleted)
			exec_add(x, m->unit, m->id);
	}
}

static int
exec_add_targets(struct exec *x, struct error *err)
{
	static const struct {
		const char *field;
		int (*add)(struct exec *, const char *, struct error *);
	} kinds[] = {
		{ "units", exec_on_unit },
		{ "applications", exec_on_application },
		{ "machines", exec_on_machine },
	};
	const json_t *name;
	size_t k;

	if (json_bool(x->call->args, "all", false))
		exec_on_all(x);
	for (size_t i = 0; i < nitems(kinds); i++) {
		json_array_foreach(json_object_get(x->call->args,
				       kinds[i].field),
		    k, name) {
			if (kinds[i].add(x, json_string_value(name), err) == -1)
				return -1;
		}
	}
	if (x->n == 0)
		return error_set(err, ERROR_USAGE, "no unit specified");
	if (x->n > LIMIT_UNITS_PER_CALL)
		return error_set(err, ERROR_TOO_LARGE, "too many units");
	return 0;
}

int
verb_exec(struct engine_call *call, struct error *err)
{
	struct exec x = { .call = call, .model = call_model(call, err) };

	x.command = x.model != NULL ? call_text(call, "command", err) : NULL;
	if (x.command == NULL)
		return -1;
	x.operation = x.model->next_operation++;
	entity_touch(&x.model->entity);
	if (exec_add_targets(&x, err) == -1) {
		engine_rollback(call->engine);
		return -1;
	}
	tasks_prune(x.model);
	if (engine_commit(call->engine, err) == -1)
		return -1;
	call->reply = operation_reply(x.model, x.operation);
	return 0;
}
