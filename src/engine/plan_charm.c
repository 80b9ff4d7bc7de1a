/* SPDX-License-Identifier: Apache-2.0 */
/* What a charm says it would do; it is asked in a process of its own. */

#include <stdarg.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "engine/environment.h"
#include "engine/plan.h"

bool
plan_can_ask(const struct unit *u, const char *name)
{
	return u->machine != NULL && charm_can_plan(u->app->charm, name);
}

/* What is said of a step, in the order in which it would happen. */
static json_t *
step_told(json_t *step)
{
	json_t *list = json_object_get(step, "told");

	if (list == NULL) {
		list = json_array();
		json_object_set_new(step, "told", list);
	}
	return list;
}

void
plan_note(json_t *step, const char *fmt, ...)
{
	char text[LIMIT_LOG_LINE_BYTES];
	json_t *note;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	/* It may quote half a character of the charm's. */
	note = json_string(text);
	json_array_append_new(step_told(step),
	    json_pack("{s:o}", "note", note != NULL ? note : json_string("?")));
}

/* ---- the hook tool plan-add ---- */

static int
plan_add_statement(struct tool_call *call, const char *sql, struct error *err)
{
	json_t *list = step_told(call->context->plan);
	const char *server = tool_text(call, "server", err);
	const char *database = server == NULL ?
	    NULL :
	    tool_text(call, "database", err);

	if (database == NULL)
		return -1;
	if (json_array_size(list) >= LIMIT_STATEMENTS)
		return error_set(err, ERROR_TOO_LARGE,
		    "more than %d things in a step of a plan",
		    LIMIT_STATEMENTS);
	json_array_append_new(list,
	    json_pack("{s:s, s:s, s:s}", "server", server, "database", database,
		"sql", sql));
	return 0;
}

json_t *
tool_plan_add(struct tool_call *call, struct error *err)
{
	const char *sql = json_text(call->args, "sql", NULL);
	const char *note = json_text(call->args, "note", NULL);

	if (call->context->plan == NULL) {
		error_set(err, ERROR_USAGE, "this is no plan");
		return NULL;
	}
	if ((sql == NULL) == (note == NULL)) {
		error_set(err, ERROR_USAGE,
		    "either \"sql\" or \"note\" is needed");
		return NULL;
	}
	if (note != NULL)
		plan_note(call->context->plan, "%s", note);
	else if (plan_add_statement(call, sql, err) == -1)
		return NULL;
	return json_null();
}

/* ---- the charm's process ---- */

static void
plan_on_tool(struct plan *p, const json_t *message)
{
	struct error err = { 0 };
	json_auto_t *answer = json_object();
	json_t *value, *error;

	value = context_call(p->agent.context, p->unit,
	    json_text(message, "tool", ""), json_object_get(message, "args"),
	    &err);
	json_object_set(answer, "id", json_object_get(message, "id"));
	if (value != NULL) {
		json_object_set_new(answer, "ok", value);
	} else {
		error = json_object();
		json_put_text(error, "code", error_word(err.code));
		json_put_text(error, "message", err.msg);
		json_put_text(error, "hint", err.hint);
		json_object_set_new(answer, "error", error);
	}
	runner_send(p->runner, answer);
}

static void
plan_on_message(void *arg, json_t *message)
{
	struct plan *p = arg;

	if (p->has_ended)
		return;
	if (json_object_get(message, "tool") != NULL) {
		plan_on_tool(p, message);
		return;
	}
	if (json_object_get(message, "end") == NULL)
		return;
	p->has_ended = true;
	if (json_int(message, "end", 1) != 0)
		xreplace(&p->failure,
		    json_text(message, "message", "the charm gave no reason"));
	runner_close(p->runner);
}

static void
plan_on_line(void *arg, bool is_error, const char *line)
{
	struct plan *p = arg;

	(void)is_error;
	log_info(p->unit->name, "in a plan: %s", line);
}

/* What the charm would have written is there for the hooks that follow. */
static void
plan_apply(struct plan *p)
{
	struct context *ctx = p->agent.context;
	json_t *step = ctx->plan;

	if (p->failure != NULL)
		plan_note(step,
		    ctx->defer_ms >= 0 ?
			"it would be put off: %s" :
			"what it would do is not foreseen further: %s",
		    p->failure);
	else if (ctx->failure != NULL)
		plan_note(step, "it would fail: %s", ctx->failure);
	if (p->failure == NULL)
		context_apply(ctx, p->unit);
	if (p->task == NULL)
		op_done(p->unit, &p->op);
}

static void
plan_step_over(struct plan *p)
{
	(void)uv_timer_stop(&p->timer);
	plan_apply(p);
	context_free(take_ptr(p->agent.context));
	free(take_ptr(p->failure));
	p->has_ended = false;
	plan_answered(p);
}

static void
plan_on_exit(void *arg, int status, const char *how)
{
	struct plan *p = arg;

	(void)status;
	p->runner = NULL;
	if (!p->has_ended && p->failure == NULL)
		p->failure = xasprintf("the charm ended: %s",
		    *how != '\0' ? how : "exit status 0");
	plan_step_over(p);
}

static void
plan_on_patience_over(uv_timer_t *timer)
{
	struct plan *p = timer->data;

	if (!p->has_ended)
		xreplace(&p->failure, "the charm has not answered in time");
	if (p->runner != NULL)
		runner_kill(p->runner);
	else
		plan_step_over(p);
}

static int
plan_start_process(struct plan *p, struct error *err)
{
	struct engine *e = p->engine;
	autofree char *dir = application_charm_dir(e, p->unit->app);
	autofree char *dispatch = xasprintf("%s/dispatch", dir);
	autostrv argv = { 0 }, env = { 0 };
	struct runner_spec spec = {
		.loop = e->loop,
		.name = p->unit->name,
		.dir = dir,
		.resident = true,
		.on_message = plan_on_message,
		.on_line = plan_on_line,
		.on_exit = plan_on_exit,
		.arg = p,
	};

	strv_add(&argv, dispatch);
	environment_unit(&env, e, p->unit);
	environment_hook(&env, p->agent.context, p->unit);
	spec.argv = argv.v;
	spec.env = env.v;
	p->runner = runner_start(&spec, err);
	return p->runner != NULL ? 0 : -1;
}

void
plan_ask(struct plan *p, json_t *step)
{
	json_auto_t *event = NULL;
	struct error err = { 0 };
	uint64_t patience_ms = p->engine->timing.plan_ms;

	p->agent.context = context_new(&p->agent, p->unit, &p->op, p->task,
	    clock_mono_ms());
	p->agent.context->plan = step;
	json_object_set_new(step, "foreseen", json_true());
	if (plan_start_process(p, &err) == -1) {
		xreplace(&p->failure, err.msg);
		patience_ms = 0; /* Later all the same, and not from here. */
	} else {
		event = agent_event(&p->agent, p->unit);
		json_object_set_new(event, "plan", json_true());
		runner_send(p->runner, event);
	}
	uv_timer_start(&p->timer, plan_on_patience_over, patience_ms, 0);
}
