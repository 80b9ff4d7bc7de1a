/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/agent.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "engine/environment.h"

/* How long a resident charm without work keeps its process. */
#define AGENT_LINGER_MS 10000
/* An operation whose charm says nothing for so long is cut off. */
#define AGENT_HANG_MS (10 * 60 * 1000)
/* A charm that was told to exit has so long before it is killed. */
#define AGENT_GRACE_MS 5000
/* The longest a timer is set for: the wall clock may be stepped meanwhile. */
#define AGENT_RETRY_MAX_MS (5 * 60 * 1000)

static int
agent_compare(const struct agent *a, const struct agent *b)
{
	int order = strcmp(a->model, b->model);

	return order != 0 ? order : strcmp(a->unit, b->unit);
}

RB_GENERATE(agent_tree, agent, entry, agent_compare)

static void agent_finish(struct agent *, const char *failure);

struct agent *
agent_find(struct engine *e, const struct unit *u)
{
	struct agent key = { .model = u->app->model->name, .unit = u->name };

	return RB_FIND(agent_tree, &e->agents, &key);
}

struct unit *
agent_unit(struct agent *a)
{
	struct model *m = ctl_find_model(a->engine->ctl, a->model);

	return m != NULL ? model_find_unit(m, a->unit) : NULL;
}

bool
unit_is_busy(struct engine *e, const struct unit *u)
{
	const struct agent *a = agent_find(e, u);

	return a != NULL && (a->context != NULL || a->leaving);
}

static void
agent_queue(struct agent *a)
{
	if (a->queued)
		return;
	a->queued = true;
	TAILQ_INSERT_TAIL(&a->engine->ready, a, ready_entry);
	engine_wake(a->engine);
}

void
agent_kick(struct engine *e, const struct unit *u)
{
	struct agent *a;

	if (e->stopping)
		return;
	a = agent_find(e, u);
	if (a == NULL) {
		a = xcalloc(1, sizeof *a);
		a->engine = e;
		a->model = xstrdup(u->app->model->name);
		a->unit = xstrdup(u->name);
		uv_timer_init(e->loop, &a->timer);
		a->timer.data = a;
		RB_INSERT(agent_tree, &e->agents, a);
	}
	agent_queue(a);
}

static void
agent_on_closed(uv_handle_t *handle)
{
	struct agent *a = handle->data;

	free(a->model);
	free(a->unit);
	free(a);
}

/* An agent without a process and without work is made again when needed. */
static void
agent_forget(struct agent *a)
{
	struct engine *e = a->engine;

	if (a->queued)
		TAILQ_REMOVE(&e->ready, a, ready_entry);
	RB_REMOVE(agent_tree, &e->agents, a);
	context_free(a->context);
	uv_close((uv_handle_t *)&a->timer, agent_on_closed);
	engine_check_stopped(e);
}

/* ---- the process ---- */

static void
agent_on_grace_over(uv_timer_t *timer)
{
	struct agent *a = timer->data;

	log_warn(a->unit, "the charm does not exit, killing it");
	runner_kill(a->runner);
}

static void
agent_close(struct agent *a)
{
	if (a->runner == NULL || a->closing)
		return;
	a->closing = true;
	runner_close(a->runner);
	uv_timer_start(&a->timer, agent_on_grace_over, AGENT_GRACE_MS, 0);
}

static void
agent_on_hang(uv_timer_t *timer)
{
	struct agent *a = timer->data;

	log_error(a->unit, "the charm has said nothing for %d s, killing it",
	    AGENT_HANG_MS / 1000);
	runner_kill(a->runner);
}

static void
agent_watch_over(struct agent *a)
{
	uv_timer_start(&a->timer, agent_on_hang, AGENT_HANG_MS, 0);
}

static void
agent_on_line(void *arg, bool is_error, const char *line)
{
	struct agent *a = arg;

	if (is_error)
		log_warn(a->unit, "%s", line);
	else
		log_info(a->unit, "%s", line);
}

void
agent_answer(struct agent *a, int64_t id, json_t *stolen_value,
    const struct error *err)
{
	json_auto_t *answer = NULL;

	if (stolen_value != NULL)
		answer = json_pack("{s:I, s:o}", "id", (json_int_t)id, "ok",
		    stolen_value);
	else
		answer = json_pack("{s:I, s:{s:s, s:s, s:s}}", "id",
		    (json_int_t)id, "error", "code", error_word(err->code),
		    "message", err->msg, "hint", err->hint);
	if (a->runner != NULL && !a->closing)
		runner_send(a->runner, answer);
}

static void
agent_on_tool(struct agent *a, const json_t *message, struct unit *u)
{
	struct error err = { 0 };
	json_t *value;

	a->handling = json_int(message, "id", 0);
	value = context_call(a->context, u, json_text(message, "tool", ""),
	    json_object_get(message, "args"), &err);
	if (value != NULL || err.code != ERROR_NONE)
		agent_answer(a, a->handling, value, &err);
}

static void
agent_on_message(void *arg, json_t *message)
{
	struct agent *a = arg;
	struct unit *u = agent_unit(a);

	if (a->context == NULL || u == NULL || a->closing)
		return;
	agent_watch_over(a);
	if (json_object_get(message, "tool") != NULL) {
		agent_on_tool(a, message, u);
	} else if (json_int(message, "end", -1) == 0) {
		agent_finish(a, NULL);
	} else if (json_object_get(message, "end") != NULL) {
		agent_finish(a,
		    json_text(message, "message", "the charm gave no reason"));
	}
}

static void
agent_on_exit(void *arg, int status, const char *how)
{
	struct agent *a = arg;
	struct unit *u = agent_unit(a);
	autofree char *failure = NULL;

	(void)uv_timer_stop(&a->timer);
	a->runner = NULL;
	a->closing = false;
	if (a->context != NULL && u != NULL && !a->engine->stopping) {
		if (u->app->charm->resident || status != 0)
			failure = xasprintf("the charm ended: %s",
			    *how != '\0' ? how : "exit status 0");
		agent_finish(a, failure);
	}
	if (a->engine->stopping || u == NULL)
		agent_forget(a);
	else
		agent_queue(a);
}

static int
agent_start_process(struct agent *a, const struct unit *u, struct error *err)
{
	autofree char *dispatch = xasprintf("%s/dispatch", u->app->charm_dir);
	autostrv argv = { 0 }, env = { 0 };
	struct runner_spec spec = {
		.loop = a->engine->loop,
		.name = a->unit,
		.dir = u->app->charm_dir,
		.resident = u->app->charm->resident,
		.on_message = agent_on_message,
		.on_line = agent_on_line,
		.on_exit = agent_on_exit,
		.arg = a,
	};

	strv_add(&argv, dispatch);
	environment_unit(&env, a->engine, u);
	environment_hook(&env, a->context, u);
	spec.argv = argv.v;
	spec.env = env.v;
	a->runner = runner_start(&spec, err);
	a->revision = u->app->charm_revision;
	return a->runner != NULL ? 0 : -1;
}

/* ---- an operation ---- */

static void
put_name(json_t *event, const char *key, const char *name)
{
	if (name[0] != '\0')
		json_put_text(event, key, name);
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
	{
		autofree char *name = op_hook_name(u, op);

		json_put_text(event, "hook", name);
	}
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
	struct task *t;

	free(u->doing);
	u->doing_since_ms = clock_wall_ms();
	if (ctx->task >= 0) {
		t = model_find_task(u->app->model, ctx->task);
		u->doing = xasprintf("running action %s", t->action);
		return;
	}
	{
		autofree char *name = op_hook_name(u, &ctx->op);

		u->doing = xasprintf("running %s hook", name);
	}
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

/* A process of an older revision, or one that has been told to go, goes. */
static bool
agent_has_stale_process(const struct agent *a, const struct unit *u)
{
	return a->closing ||
	    (a->runner != NULL && a->revision != u->app->charm_revision);
}

static void
agent_begin(struct agent *a, struct unit *u, const struct op *op,
    struct task *t)
{
	if (agent_has_stale_process(a, u)) {
		agent_close(a);
		return;
	}
	a->context = context_new(a, op, t != NULL ? t->id : -1,
	    clock_mono_ms());
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

static void
agent_journal(struct agent *a, struct unit *u, const char *failure)
{
	const struct context *ctx = a->context;
	autofree char *hook = NULL;
	json_t *line = json_object();
	struct task *t;

	if (ctx->task >= 0) {
		t = model_find_task(u->app->model, ctx->task);
		json_put_text(line, "kind", "action");
		json_put_text(line, "name", t->action);
		json_object_set_new(line, "task", json_integer(t->id));
	} else {
		hook = op_hook_name(u, &ctx->op);
		json_put_text(line, "kind", "hook");
		json_put_text(line, "name", hook);
		if (ctx->op.relation >= 0)
			json_object_set_new(line, "relation",
			    json_integer(ctx->op.relation));
		put_name(line, "remote-unit", ctx->op.remote_unit);
	}
	json_object_set_new(line, "ms",
	    json_integer((json_int_t)(clock_mono_ms() - ctx->started_ms)));
	json_put_text(line, "result", failure == NULL ? "ok" : "failed");
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
	entity_touch(&u->entity);
	agent_journal(a, u, NULL);
	return engine_commit(a->engine, err);
}

static void
agent_end_hook(struct agent *a, struct unit *u, const char *failure)
{
	struct error err = { 0 };
	unsigned jitter;

	if (failure == NULL && agent_commit_hook(a, u, &err) == 0)
		return;
	if (failure == NULL)
		failure = err.msg;
	{
		autofree char *hook = op_hook_name(u, &a->context->op);

		log_error(u->name, "hook %s failed: %s", hook, failure);
	}
	random_bytes(&jitter, sizeof jitter);
	op_failed(u, &a->context->op, clock_wall_ms(), jitter % 1000);
	entity_touch(&u->entity);
	agent_journal(a, u, failure);
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
static void
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

/* ---- the next step ---- */

static void
agent_on_retry(uv_timer_t *timer)
{
	agent_queue(timer->data);
}

static void
agent_on_linger_over(uv_timer_t *timer)
{
	agent_close(timer->data);
}

/* Nothing to do: keep a resident charm for a while, else go. */
static void
agent_linger(struct agent *a)
{
	if (a->runner == NULL)
		agent_forget(a);
	else if (!a->closing && !uv_is_active((uv_handle_t *)&a->timer))
		uv_timer_start(&a->timer, agent_on_linger_over, AGENT_LINGER_MS,
		    0);
}

/* Actions do not wait for a unit that may be in error for ever. */
static void
agent_refuse_tasks(struct agent *a, struct unit *u)
{
	struct task *t;

	while ((t = unit_next_task(u)) != NULL) {
		autofree char *why = xasprintf("unit %s is in error: %s",
		    u->name, u->local.failed_title);

		task_end(t, TASK_FAILED, why, clock_wall_ms());
	}
	engine_commit_late(a->engine);
}

static void
agent_wait(struct agent *a, struct unit *u, uint64_t at_ms)
{
	uint64_t now = clock_wall_ms();
	uint64_t delay = at_ms > now ? at_ms - now : 0;

	agent_refuse_tasks(a, u);
	if (delay > AGENT_RETRY_MAX_MS)
		delay = AGENT_RETRY_MAX_MS;
	uv_timer_start(&a->timer, agent_on_retry, delay, 0);
}

static void
agent_idle(struct agent *a, struct unit *u)
{
	const struct op none = { .kind = OP_NONE, .relation = -1 };
	struct task *t = unit_next_task(u);

	if (t == NULL || !unit_relations_settled(a->engine, u))
		agent_linger(a);
	else
		agent_begin(a, u, &none, t);
}

void
agent_step(struct agent *a)
{
	struct unit *u = agent_unit(a);
	struct op op;

	if (a->context != NULL || a->leaving || a->engine->stopping)
		return;
	if (u == NULL) {
		agent_linger(a);
		return;
	}
	op = resolve(u, clock_wall_ms());
	switch (op.kind) {
	case OP_NONE:
		agent_idle(a, u);
		break;
	case OP_WAIT:
		agent_wait(a, u, op.at_ms);
		break;
	case OP_HOOK:
		agent_begin(a, u, &op, NULL);
		break;
	case OP_GONE:
		a->leaving = true;
		unit_take_out(a->engine, u);
		break;
	}
}

void
agent_cut_off(struct agent *a)
{
	if (a->runner != NULL)
		runner_kill(a->runner);
	else
		agent_forget(a);
}

void
agent_dismiss(struct engine *e, const struct unit *u)
{
	struct agent *a = agent_find(e, u);

	if (a == NULL)
		return;
	if (a->runner == NULL)
		agent_forget(a);
	else
		agent_close(a);
}
