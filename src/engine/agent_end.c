/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent_end - operations that have ended, and what is kept of them.
 *
 * Those that end in one turn of the loop share one transaction, and so one sync
 * of the disk; one that ends alone waits for nobody. Nobody is told of an end
 * that is not in the store.
 */

#include "engine/agent.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/strbuf.h"
#include "engine/model_option.h"

/* ---- what an end changes in the model; the caller commits ---- */

static const char *
end_result(const struct context *ctx, const char *failure)
{
	if (failure == NULL)
		return "ok";
	return ctx->defer_ms >= 0 ? "deferred" : "failed";
}

static void
end_journal(struct agent *a, struct unit *u, const char *failure)
{
	const struct context *ctx = a->context;
	json_t *line;

	if (ctx->passed_over)
		return;
	history_announcement(a, u);
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
	json_put_text(line, "cause", ctx->cause);
	json_put_text(line, "user", ctx->asker);
	if (ctx->op.remote_unit[0] != '\0')
		json_put_text(line, "remote-unit", ctx->op.remote_unit);
	json_object_set_new(line, "ms",
	    json_integer((json_int_t)(a->ended_ms - ctx->started_ms)));
	json_put_text(line, "result", end_result(ctx, failure));
	json_put_text(line, "message", failure);
	engine_journal(a->engine, u->app->model, u->name, line);
}

/* A unit that has started without saying how it is, is "unknown". */
static void
end_start(struct unit *u)
{
	if (u->status.word == WORKLOAD_MAINTENANCE &&
	    u->status.message != NULL &&
	    strcmp(u->status.message, "installing charm software") == 0)
		(void)status_set(&u->status, WORKLOAD_UNKNOWN, NULL,
		    clock_wall_ms());
}

/* What comes next and is nothing to the charm needs no commit of its own. */
static void
end_pass_over(struct agent *a, struct unit *u)
{
	struct op next = unit_resolve(u, clock_wall_ms());

	while (next.kind == OP_HOOK && !agent_has_part(a, u, &next)) {
		op_done(u, &next);
		next = unit_resolve(u, clock_wall_ms());
	}
}

static void
end_hook_well(struct agent *a, struct unit *u)
{
	struct context *ctx = a->context;

	op_done(u, &ctx->op);
	context_apply(ctx, u);
	unit_keep_pace(a->engine, u);
	if (ctx->op.hook == HOOK_START)
		end_start(u);
	end_journal(a, u, NULL);
	end_pass_over(a, u);
}

/* Its removal goes on without it: that is for somebody to look after. */
static void
end_give_up(struct agent *a, struct unit *u, const char *failure)
{
	const struct op *op = &a->context->op;
	autostrbuf skipped = { 0 };

	strbuf_adds(&skipped, a->context->name);
	if (op->relation >= 0)
		strbuf_addf(&skipped, " (relation %lld)",
		    (long long)op->relation);
	strbuf_addf(&skipped, ", which failed: %s", failure);
	engine_journal_forced(a->engine, u, strbuf_cstr(&skipped));
}

static void
end_hook_badly(struct agent *a, struct unit *u, const char *failure)
{
	unsigned jitter;
	bool given_up;

	random_bytes(&jitter, sizeof jitter);
	given_up = op_failed(u, &a->context->op, failure, clock_wall_ms(),
	    jitter % OP_RETRY_JITTER_MS);
	if (!given_up &&
	    !model_option_is_true(a->engine->ctl, u->app->model, OPTION_RETRY))
		u->local.retry_at_ms = OP_RETRY_NEVER;
	/* It was told so before the store could be written again. */
	if (failure_is_of_store(failure) && a->engine->mended_ms != 0 &&
	    a->context->started_ms <= a->engine->mended_ms)
		u->local.retry_at_ms = clock_wall_ms();
	entity_touch(&u->entity);
	end_journal(a, u, failure);
	if (given_up)
		end_give_up(a, u, failure);
}

/* It cannot be completed yet. A unit that goes does not wait for that. */
static bool
end_is_deferral(const struct agent *a, const struct unit *u)
{
	const struct context *ctx = a->context;

	return a->failure != NULL && ctx->defer_ms >= 0 &&
	    !op_is_bounded(u, &ctx->op);
}

static void
end_hook(struct agent *a, struct unit *u)
{
	const struct context *ctx = a->context;

	if (a->failure == NULL) {
		end_hook_well(a, u);
	} else if (end_is_deferral(a, u)) {
		op_deferred(u, &ctx->op, a->failure, (uint64_t)ctx->defer_ms,
		    clock_wall_ms());
		end_journal(a, u, a->failure);
	} else {
		end_hook_badly(a, u, a->failure);
	}
}

/* What a failed action wrote to databags is dropped, its results are kept. */
static void
end_action(struct agent *a, struct unit *u)
{
	struct context *ctx = a->context;
	struct task *t = model_find_task(u->app->model, ctx->task);
	const char *failure = a->failure != NULL ? a->failure : ctx->failure;
	autofree char *results = json_line(ctx->results);

	xreplace(&t->results, results);
	if (failure == NULL)
		context_apply(ctx, u);
	task_end(t, failure == NULL ? TASK_COMPLETED : TASK_FAILED, failure,
	    clock_wall_ms());
	end_journal(a, u, failure);
}

static void
end_apply(struct agent *a)
{
	struct unit *u = agent_unit(a);

	if (a->context->task >= 0)
		end_action(a, u);
	else
		end_hook(a, u);
}

/* ---- the commit ---- */

static bool
end_may_reap(const struct agent *a)
{
	return a->context->task < 0 &&
	    a->context->op.hook == HOOK_RELATION_BROKEN;
}

/* The store has refused what it wrote: that has failed, then. */
static void
end_refused(struct agent *a, const char *why)
{
	struct unit *u = agent_unit(a);

	if (a->context->task >= 0) {
		task_end(model_find_task(u->app->model, a->context->task),
		    TASK_FAILED, why, clock_wall_ms());
	} else {
		log_error(u->name, "hook %s failed: %s", a->context->name, why);
		end_hook_badly(a, u, why);
		if (end_may_reap(a))
			engine_reap(a->engine);
	}
	engine_commit_late(a->engine);
}

static void
end_alone(struct agent *a)
{
	struct engine *e = a->engine;
	struct error err = { 0 };

	end_apply(a);
	if (end_may_reap(a))
		engine_reap(e);
	/* A hook has failed, whether or not that can be written. */
	if (a->context->task < 0 && a->failure != NULL)
		engine_commit_late(e);
	else if (engine_commit(e, &err) == -1)
		end_refused(a, err.msg);
}

/* All or none of them. */
static int
end_together(struct engine *e, struct agent_queue *group, struct error *err)
{
	struct agent *a;
	bool may_reap = false;

	TAILQ_FOREACH(a, group, ended_entry) {
		end_apply(a);
		may_reap |= end_may_reap(a);
	}
	if (may_reap)
		engine_reap(e);
	return engine_commit(e, err);
}

static void
end_said(struct agent *a)
{
	struct unit *u = agent_unit(a);

	if (u->doing != NULL || a->failure != NULL)
		u->doing_since_ms = clock_wall_ms();
	xreplace(&u->doing, NULL);
	xreplace(&a->failure, NULL);
	context_free(take_ptr(a->context));
	engine_changed(a->engine);
	agent_queue(a);
}

/*
 * One that is refused, because it is too large, say, is not to take others with
 * it: then each is tried by itself.
 */
static void
end_group(struct engine *e, struct agent_queue *group)
{
	struct agent *first = TAILQ_FIRST(group), *a, *next;
	struct error err = { 0 };
	bool together = TAILQ_NEXT(first, ended_entry) != NULL;

	if (together && end_together(e, group, &err) == -1) {
		together = false;
		log_warn("store",
		    "%s; writing what has ended together one by one", err.msg);
	}
	TAILQ_FOREACH_SAFE(a, group, ended_entry, next) {
		if (!together)
			end_alone(a);
		end_said(a);
	}
}

/* What is gone has to be, before it is made again: its end is the last. */
static void
end_gather(struct engine *e, struct agent_queue *group)
{
	struct agent *a;

	TAILQ_INIT(group);
	while ((a = TAILQ_FIRST(&e->ended)) != NULL) {
		TAILQ_REMOVE(&e->ended, a, ended_entry);
		a->ended = false;
		TAILQ_INSERT_TAIL(group, a, ended_entry);
		if (context_takes_away(a->context))
			return;
	}
}

void
agents_end(struct engine *e)
{
	struct agent_queue group;

	while (!TAILQ_EMPTY(&e->ended)) {
		end_gather(e, &group);
		end_group(e, &group);
	}
}

static void
end_log(const struct agent *a, const struct unit *u)
{
	if (a->failure == NULL || a->context->task >= 0)
		return;
	if (end_is_deferral(a, u))
		log_info(u->name, "hook %s is put off: %s", a->context->name,
		    a->failure);
	else
		log_error(u->name, "hook %s failed: %s", a->context->name,
		    a->failure);
}

void
agent_finish(struct agent *a, const char *failure)
{
	struct engine *e = a->engine;

	(void)uv_timer_stop(&a->timer);
	xreplace(&a->failure, failure);
	a->ended_ms = clock_mono_ms();
	a->ended = true;
	TAILQ_INSERT_TAIL(&e->ended, a, ended_entry);
	engine_wake(e);
	end_log(a, agent_unit(a));
}

void
agent_unfinish(struct agent *a)
{
	if (!a->ended)
		return;
	TAILQ_REMOVE(&a->engine->ended, a, ended_entry);
	a->ended = false;
	xreplace(&a->failure, NULL);
}
