/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/agent.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/far.h"
#include "model/secret.h"
#include "model/task.h"

static void
put_name(json_t *event, const char *key, const char *name)
{
	if (name[0] != '\0')
		json_put_text(event, key, name);
}

static void
put_secret(json_t *event, const struct unit *u, const struct op *op)
{
	struct secret *s = unit_find_secret(u, op->secret);
	autofree char *uri = NULL;

	if (s == NULL)
		return;
	uri = xasprintf("secret:%s", s->id);
	json_put_text(event, "secret", uri);
	json_put_text(event, "label",
	    json_text(secret_observer(s, u), "label", NULL));
}

json_t *
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

const char *
agent_announcement(const struct op *op)
{
	static const struct {
		enum hook_kind hook;
		const char *message;
	} announcements[] = {
		{ HOOK_INSTALL, "installing charm software" },
		{ HOOK_STOP, "stopping charm software" },
		{ HOOK_REMOVE, "cleaning up prior to charm deletion" },
	};

	if (op->kind != OP_HOOK)
		return NULL;
	for (size_t i = 0; i < nitems(announcements); i++) {
		if (op->hook == announcements[i].hook)
			return announcements[i].message;
	}
	return NULL;
}

/*
 * What status shows before the charm has said anything itself. A unit that
 * looks after itself now and then is still idle.
 */
static void
agent_announce(struct agent *a, struct unit *u)
{
	const struct context *ctx = a->context;
	const char *message;

	if (ctx->op.kind == OP_HOOK && ctx->op.hook == HOOK_UPDATE_STATUS &&
	    u->local.failed_hook == NULL)
		return;
	free(u->doing);
	if (ctx->command != NULL)
		u->doing = xstrdup("running commands");
	else
		u->doing = xasprintf(ctx->task >= 0 ? "running action %s" :
						      "running %s hook",
		    ctx->name);
	u->doing_since_ms = clock_wall_ms();
	if (ctx->task >= 0)
		return;
	message = agent_announcement(&ctx->op);
	if (message == NULL)
		return;
	(void)status_set(&u->status, WORKLOAD_MAINTENANCE, message,
	    u->doing_since_ms);
	u->status.is_news = false; /* The end of the hook tells of it. */
}

/* Make sure that there is a process, and tell it. */
static void
agent_run(struct agent *a, struct unit *u)
{
	struct error err = { 0 };

	/* What an old charm has no program for is nothing to it. */
	if (a->runner == NULL && !agent_has_program(a, u)) {
		agent_finish(a,
		    a->context->task >= 0 ? "the charm has no such program" :
					    NULL);
		return;
	}
	/* A process that stays has its directories. */
	if (a->runner == NULL &&
	    (unit_make_dirs(a->engine, u, &err) == -1 ||
		agent_start_process(a, u, &err) == -1)) {
		agent_finish(a, err.msg);
		return;
	}
	agent_watch_over(a);
	if (agent_is_resident(a, u)) {
		json_auto_t *event = agent_event(a, u);

		runner_send(a->runner, event);
	}
}

void
agent_begin(struct agent *a, struct unit *u, const struct op *op,
    struct task *t)
{
	/* A command has a process of its own: the charm makes place. */
	if (agent_has_stale_process(a, u) ||
	    (a->runner != NULL && t != NULL && t->command != NULL)) {
		agent_close(a);
		return;
	}
	agent_unpark(a);
	a->context = context_new(a, u, op, t, clock_mono_ms());
	if (t != NULL) {
		task_set_state(t, TASK_RUNNING);
		t->started_ms = clock_wall_ms();
		entity_touch(&t->entity);
		engine_commit_late(a->engine);
	}
	agent_announce(a, u);
	engine_changed(a->engine);
	agent_run(a, u);
}
