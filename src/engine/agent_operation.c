/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/agent.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/strbuf.h"

static void
put_name(json_t *event, const char *key, const char *name)
{
	if (name[0] != '\0')
		json_put_text(event, key, name);
}

static void
put_secret(json_t *event, const struct unit *u, const struct op *op)
{
	struct secret *s = model_find_secret(u->app->model, op->secret);
	autofree char *uri = NULL;

	if (s == NULL)
		return;
	uri = xasprintf("secret:%s", s->id);
	json_put_text(event, "secret", uri);
	json_put_text(event, "label",
	    json_text(secret_observer(s, u), "label", NULL));
}

static json_t *
agent_event(struct agent *a, struct unit *u)
{
	const struct op *op = &a->context->op;
	struct relation *rel;
	struct task *t;
	json_t *event = json_object();

	if (a->context->task >= 0) {
		autofree char *id = NULL;

		t = model_find_task(u->app->model, a->context->task);
		id = xasprintf("%lld", (long long)t->id);
		json_put_text(event, "action", t->action);
		json_put_text(event, "task", id);
		json_object_set(event, "params", t->params);
		return event;
	}
	json_put_text(event, "hook", a->context->name);
	rel = op->relation < 0 ?
	    NULL :
	    model_find_relation(u->app->model, op->relation);
	if (rel != NULL) {
		autofree char *id = relation_hook_id(rel, u->app);

		json_put_text(event, "relation", id);
		json_put_text(event, "endpoint",
		    relation_end_of(rel, u->app)->endpoint);
	}
	put_name(event, "remote-app", op->remote_app);
	put_name(event, "remote-unit", op->remote_unit);
	put_name(event, "departing-unit", op->departing_unit);
	put_name(event, "service", op->service);
	put_secret(event, u, op);
	return event;
}

/* What status shows before the charm has said anything itself. */
static void
agent_announce(struct agent *a, struct unit *u)
{
	static const struct {
		enum hook_kind hook;
		const char *message;
	} announcements[] = {
		{ HOOK_INSTALL, "installing charm software" },
		{ HOOK_STOP, "stopping charm software" },
		{ HOOK_REMOVE, "cleaning up prior to charm deletion" },
	};
	const struct context *ctx = a->context;

	free(u->doing);
	u->doing = xasprintf(ctx->task >= 0 ? "running action %s" :
					      "running %s hook",
	    ctx->name);
	u->doing_since_ms = clock_wall_ms();
	if (ctx->task >= 0)
		return;
	for (size_t i = 0; i < nitems(announcements); i++) {
		if (ctx->op.hook == announcements[i].hook)
			(void)status_set(&u->status, WORKLOAD_MAINTENANCE,
			    announcements[i].message, clock_wall_ms());
	}
}

/* Make sure that there is a process, and tell it. */
static void
agent_run(struct agent *a, struct unit *u)
{
	struct error err = { 0 };

	if (unit_make_dirs(a->engine, u, &err) == -1 ||
	    (a->runner == NULL && agent_start_process(a, u, &err) == -1)) {
		agent_finish(a, err.msg);
		return;
	}
	agent_watch_over(a);
	if (u->app->charm->resident) {
		json_auto_t *event = agent_event(a, u);

		runner_send(a->runner, event);
	}
}

void
agent_begin(struct agent *a, struct unit *u, const struct op *op,
    struct task *t)
{
	if (agent_has_stale_process(a, u)) {
		agent_close(a);
		return;
	}
	a->context = context_new(a, u, op, t, clock_mono_ms());
	if (t != NULL) {
		t->state = TASK_RUNNING;
		t->started_ms = clock_wall_ms();
		entity_touch(&t->entity);
		engine_commit_late(a->engine);
	}
	agent_announce(a, u);
	engine_changed(a->engine);
	agent_run(a, u);
}

static const char *
agent_result(const struct context *ctx, const char *failure)
{
	if (failure == NULL)
		return "ok";
	return ctx->defer_ms >= 0 ? "deferred" : "failed";
}

static void
agent_journal(struct agent *a, struct unit *u, const char *failure)
{
	const struct context *ctx = a->context;
	json_t *line;

	/* A look that a charm takes now and then is no news. */
	if (ctx->op.kind == OP_HOOK && ctx->op.hook == HOOK_UPDATE_STATUS &&
	    failure == NULL)
		return;
	line = json_object();

	json_put_text(line, "kind", ctx->task >= 0 ? "action" : "hook");
	json_put_text(line, "name", ctx->name);
	if (ctx->task >= 0)
		json_object_set_new(line, "task", json_integer(ctx->task));
	if (ctx->op.relation >= 0)
		json_object_set_new(line, "relation",
		    json_integer(ctx->op.relation));
	put_name(line, "remote-unit", ctx->op.remote_unit);
	json_object_set_new(line, "ms",
	    json_integer((json_int_t)(clock_mono_ms() - ctx->started_ms)));
	json_put_text(line, "result", agent_result(ctx, failure));
	json_put_text(line, "message", failure);
	engine_journal(a->engine, u->app->model, u->name, line);
}

/* A unit that has started without saying how it is, is "unknown". */
static void
agent_after_start(struct unit *u)
{
	if (u->status.word == WORKLOAD_MAINTENANCE &&
	    u->status.message != NULL &&
	    strcmp(u->status.message, "installing charm software") == 0)
		(void)status_set(&u->status, WORKLOAD_UNKNOWN, NULL,
		    clock_wall_ms());
}

static int
agent_commit_hook(struct agent *a, struct unit *u, struct error *err)
{
	struct context *ctx = a->context;

	op_done(u, &ctx->op);
	context_apply(ctx, u);
	if (ctx->op.hook == HOOK_START)
		agent_after_start(u);
	if (ctx->op.hook == HOOK_RELATION_BROKEN)
		engine_reap(a->engine);
	agent_journal(a, u, NULL);
	return engine_commit(a->engine, err);
}

/* Its removal goes on without it: that is for somebody to look after. */
static void
agent_give_up(struct agent *a, struct unit *u, const char *failure)
{
	const struct op *op = &a->context->op;
	autostrbuf skipped = { 0 };

	strbuf_adds(&skipped, a->context->name);
	if (op->relation >= 0)
		strbuf_addf(&skipped, " (relation %lld)",
		    (long long)op->relation);
	strbuf_addf(&skipped, ", which failed: %s", failure);
	engine_journal_forced(a->engine, u, strbuf_cstr(&skipped));
	if (op->hook == HOOK_RELATION_BROKEN)
		engine_reap(a->engine);
}

/* It cannot be completed yet. A unit that goes does not wait for that. */
static void
agent_defer(struct agent *a, struct unit *u, const char *reason)
{
	struct context *ctx = a->context;

	log_info(u->name, "hook %s is put off: %s", ctx->name, reason);
	op_deferred(u, &ctx->op, reason, (uint64_t)ctx->defer_ms,
	    clock_wall_ms());
	agent_journal(a, u, reason);
	engine_commit_late(a->engine);
}

static void
agent_end_hook(struct agent *a, struct unit *u, const char *failure)
{
	struct error err = { 0 };
	unsigned jitter;
	bool given_up;

	if (failure == NULL && agent_commit_hook(a, u, &err) == 0)
		return;
	if (failure == NULL)
		failure = err.msg;
	else if (a->context->defer_ms >= 0 &&
	    !op_is_bounded(u, &a->context->op)) {
		agent_defer(a, u, failure);
		return;
	}
	log_error(u->name, "hook %s failed: %s", a->context->name, failure);
	random_bytes(&jitter, sizeof jitter);
	given_up = op_failed(u, &a->context->op, failure, clock_wall_ms(),
	    jitter % OP_RETRY_JITTER_MS);
	entity_touch(&u->entity);
	agent_journal(a, u, failure);
	if (given_up)
		agent_give_up(a, u, failure);
	engine_commit_late(a->engine);
}

/* What a failed action wrote to databags is dropped, its results are kept. */
static void
agent_end_action(struct agent *a, struct unit *u, const char *failure)
{
	struct context *ctx = a->context;
	struct task *t = model_find_task(u->app->model, ctx->task);
	struct error err = { 0 };

	if (failure == NULL)
		failure = ctx->failure;
	json_decref(t->results);
	t->results = json_incref(ctx->results);
	if (failure == NULL)
		context_apply(ctx, u);
	task_end(t, failure == NULL ? TASK_COMPLETED : TASK_FAILED, failure,
	    clock_wall_ms());
	agent_journal(a, u, failure);
	if (engine_commit(a->engine, &err) == 0)
		return;
	task_end(t, TASK_FAILED, err.msg, clock_wall_ms());
	engine_commit_late(a->engine);
}

/* The operation has ended; `failure` is NULL if it succeeded. */
void
agent_finish(struct agent *a, const char *failure)
{
	struct unit *u = agent_unit(a);

	(void)uv_timer_stop(&a->timer);
	xreplace(&u->doing, NULL);
	u->doing_since_ms = clock_wall_ms();
	if (a->context->task >= 0)
		agent_end_action(a, u, failure);
	else
		agent_end_hook(a, u, failure);
	context_free(take_ptr(a->context));
	engine_changed(a->engine);
	agent_queue(a);
}
