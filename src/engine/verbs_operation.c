/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: the tasks that one request has made, together. */

#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "base/strbuf.h"
#include "engine/internal.h"

/* Its tasks; their numbers follow that of the operation, those of others too. */
struct operation {
	struct model *model; /* Borrowed. */
	int64_t id;
	struct task *first; /* Borrowed; there is no operation without one. */
};

static struct task *
operation_from(const struct operation *o, struct task *t)
{
	while (t != NULL && (t->entity.deleted || t->operation != o->id)) {
		/* Those of a later one come later. */
		if (t->operation > o->id)
			return NULL;
		t = RB_NEXT(task_tree, &o->model->tasks, t);
	}
	return t;
}

static struct task *
operation_next(const struct operation *o, struct task *t)
{
	return operation_from(o, RB_NEXT(task_tree, &o->model->tasks, t));
}

/* What counts most of several: the first of these that any task is in. */
static enum task_state
operation_state(const struct operation *o)
{
	static const enum task_state order[] = { TASK_RUNNING, TASK_PENDING,
		TASK_FAILED, TASK_ABORTED, TASK_CANCELLED, TASK_COMPLETED };
	unsigned seen = 0;

	for (struct task *t = o->first; t != NULL; t = operation_next(o, t))
		seen |= 1U << t->state;
	/* One that has ended and one that waits: it is going on. */
	if ((seen & (1U << TASK_PENDING)) != 0 && seen != 1U << TASK_PENDING)
		return TASK_RUNNING;
	for (size_t i = 0; i < nitems(order); i++) {
		if ((seen & (1U << order[i])) != 0)
			return order[i];
	}
	return TASK_COMPLETED;
}

/* "unit-db-0", or "machine-0" where that was asked for. */
static char *
task_tag(const struct task *t)
{
	int len = (int)strcspn(t->unit, "/");
	const char *slash = t->unit + len;

	if (t->machine >= 0)
		return xasprintf("machine-%lld", (long long)t->machine);
	return xasprintf("unit-%.*s-%s", len, t->unit,
	    *slash == '/' ? slash + 1 : "");
}

/* "get-password run on unit-db-0,unit-db-1" */
static void
operation_put_summary(const struct operation *o, json_t *json)
{
	struct task *t = o->first;
	autostrbuf sb = { 0 };

	strbuf_addf(&sb, "%s run on ", t->action);
	for (const char *comma = ""; t != NULL; t = operation_next(o, t)) {
		autofree char *tag = task_tag(t);

		strbuf_addf(&sb, "%s%s", comma, tag);
		comma = ",";
	}
	json_put_text(json, "summary", strbuf_cstr(&sb));
}

/* From the first start to the last end. */
static void
operation_put_times(const struct operation *o, json_t *json)
{
	struct task *t = o->first;
	uint64_t started = 0, completed = 0;

	call_put_time(json, "enqueued", t->enqueued_ms);
	for (; t != NULL; t = operation_next(o, t)) {
		if (t->started_ms != 0 &&
		    (started == 0 || t->started_ms < started))
			started = t->started_ms;
		if (t->completed_ms > completed)
			completed = t->completed_ms;
	}
	call_put_time(json, "started", started);
	if (operation_state(o) > TASK_RUNNING)
		call_put_time(json, "completed", completed);
}

static json_t *
task_line(const struct task *t)
{
	autofree char *id = xasprintf("%lld", (long long)t->id);

	json_t *json = json_pack("{s:s, s:s, s:s}", "id", id, "unit", t->unit,
	    "status", task_state_name(t->state));

	task_put_machine(json, t);
	call_put_time(json, "completed", t->completed_ms);
	return json;
}

/* `task` says what is told of each. */
static json_t *
operation_json(const struct operation *o, json_t *task(const struct task *))
{
	struct task *t = o->first;
	autofree char *id = xasprintf("%lld", (long long)o->id);
	json_t *json = json_object(), *tasks = json_array();

	json_put_text(json, "id", id);
	json_put_text(json, "action", t->action);
	json_put_text(json, "status", task_state_name(operation_state(o)));
	operation_put_summary(o, json);
	operation_put_times(o, json);
	for (; t != NULL; t = operation_next(o, t))
		json_array_append_new(tasks, task(t));
	json_object_set_new(json, "tasks", tasks);
	return json;
}

int
verb_operations(struct engine_call *call, struct error *err)
{
	struct operation o = { .model = call_model(call, err), .id = -1 };
	json_t *list;
	struct task *t;

	if (o.model == NULL)
		return -1;
	list = json_array();
	RB_FOREACH(t, task_tree, &o.model->tasks) {
		if (t->entity.deleted || t->operation == o.id)
			continue;
		o.id = t->operation;
		o.first = t;
		json_array_append_new(list, operation_json(&o, task_line));
	}
	call->reply = json_pack("{s:o}", "operations", list);
	return 0;
}

/* ---- one of them ---- */

/* The first task of the operation that is asked about, or NULL. */
static struct task *
call_operation(const struct engine_call *call, struct operation *o,
    struct error *err)
{
	struct task key = { 0 }, *first;
	char *end;

	o->id = strtoll(call->subject, &end, 10);
	if (end == call->subject || *end != '\0') {
		(void)error_set(err, ERROR_USAGE,
		    "operation ID \"%s\" not valid", call->subject);
		return NULL;
	}
	key.id = o->id;
	first = operation_from(o, RB_NFIND(task_tree, &o->model->tasks, &key));
	if (first == NULL)
		(void)missing_operation(call->subject, err);
	return first;
}

/* The parameters are the same for all, and forgotten with the last of them. */
static json_t *
operation_full(const struct operation *o)
{
	json_t *json = operation_json(o, task_json);

	for (struct task *t = o->first; t != NULL; t = operation_next(o, t)) {
		if (t->params != NULL)
			json_object_set(json, "params", t->params);
	}
	return json;
}

static int
until_operation_ended(struct engine_call *call, struct error *err)
{
	struct operation o = { .model = call_waiting_model(call) };

	if (o.model == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "operation %s has gone with its model", call->subject);
	o.first = call_operation(call, &o, err);
	if (o.first == NULL)
		return -1;
	if (operation_state(&o) <= TASK_RUNNING)
		return 0;
	json_decref(call->reply);
	call->reply = operation_full(&o);
	return 1;
}

int
verb_show_operation(struct engine_call *call, struct error *err)
{
	struct operation o = { .model = call_model(call, err) };

	if (o.model == NULL)
		return -1;
	o.first = call_operation(call, &o, err);
	if (o.first == NULL)
		return -1;
	if (json_bool(call->args, "wait", false)) {
		call_wait(call, o.model, until_operation_ended);
		return 0;
	}
	call->reply = operation_full(&o);
	return 0;
}
