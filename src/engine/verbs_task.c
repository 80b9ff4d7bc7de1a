/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: what became of an action on one unit. */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/agent.h"

void
call_put_time(json_t *object, const char *key, uint64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	if (wall_ms == 0)
		return;
	clock_format(wall_ms, text);
	json_put_text(object, key, text);
}

void
task_put_machine(json_t *json, const struct task *t)
{
	autofree char *machine = xasprintf("%lld", (long long)t->machine);

	if (t->machine >= 0)
		json_put_text(json, "machine", machine);
}

json_t *
task_json(const struct task *t)
{
	autofree char *id = xasprintf("%lld", (long long)t->id);
	autofree char *operation = xasprintf("%lld", (long long)t->operation);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", id,
	    "operation", operation, "unit", t->unit, "action", t->action,
	    "status", task_state_name(t->state));

	task_put_machine(json, t);
	if (t->message != NULL)
		json_put_text(json, "message", t->message);
	json_object_set_new(json, "results",
	    t->results != NULL ? json_loads(t->results, 0, NULL) :
				 json_object());
	if (t->log != NULL)
		json_object_set(json, "log", t->log);
	call_put_time(json, "enqueued", t->enqueued_ms);
	call_put_time(json, "started", t->started_ms);
	call_put_time(json, "completed", t->completed_ms);
	return json;
}

static struct task *
call_task(const struct engine_call *call, struct model *m, struct error *err)
{
	struct task *t;
	char *end;
	int64_t id;

	id = strtoll(call->subject, &end, 10);
	if (end == call->subject || *end != '\0') {
		error_set(err, ERROR_USAGE, "task ID \"%s\" not valid",
		    call->subject);
		return NULL;
	}
	t = model_find_task(m, id);
	if (t == NULL)
		(void)missing_task(call->subject, err);
	return t;
}

static int
until_task_ended(struct engine_call *call, struct error *err)
{
	struct model *m = call_waiting_model(call);
	const struct task *t;

	if (m == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "task %s has gone with its model", call->subject);
	t = call_task(call, m, err);
	if (t == NULL)
		return -1;
	if (t->state == TASK_PENDING || t->state == TASK_RUNNING)
		return 0;
	json_decref(call->reply);
	call->reply = task_json(t);
	return 1;
}

int
verb_show_task(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const struct task *t = m != NULL ? call_task(call, m, err) : NULL;

	if (t == NULL)
		return -1;
	if (json_bool(call->args, "wait", false)) {
		call_wait(call, m, until_task_ended);
		return 0;
	}
	call->reply = task_json(t);
	return 0;
}

/* ---- cancelling ---- */

/* What runs cannot be asked to end: its process is killed. */
static void
task_abort(struct engine *e, struct model *m, const struct task *t)
{
	struct unit *u = model_find_unit(m, t->unit);
	struct agent *a = u != NULL ? agent_find(e, u) : NULL;

	if (a != NULL && a->context != NULL && a->context->task == t->id)
		agent_drop(a, u, "cancelled");
}

int
verb_cancel_task(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct task *t = m != NULL ? call_task(call, m, err) : NULL;
	bool running;

	if (t == NULL)
		return -1;
	if (t->state > TASK_RUNNING) {
		error_set(err, ERROR_CONFLICT,
		    "task %s is %s and cannot be cancelled", call->subject,
		    task_state_name(t->state));
		return error_hint(err,
		    "\"tenon show-task %s\" shows its results", call->subject);
	}
	running = t->state == TASK_RUNNING;
	task_end(t, running ? TASK_ABORTED : TASK_CANCELLED,
	    "cancelled by a request", clock_wall_ms());
	call_journal(call, m, t->unit, "cancel-task");
	if (engine_commit(call->engine, err) == -1)
		return -1;
	if (running && !call_is_dry(call))
		task_abort(call->engine, m, t);
	call->reply = task_json(t);
	return 0;
}
