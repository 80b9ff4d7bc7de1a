/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/agent.h"

#include "base/clock.h"
#include "base/mem.h"

/* The longest a timer is set for: the wall clock may be stepped meanwhile. */
#define AGENT_RETRY_MAX_MS (5 * 60 * 1000)

static int
agent_compare(const struct agent *a, const struct agent *b)
{
	int order = strcmp(a->model, b->model);

	return order != 0 ? order : strcmp(a->unit, b->unit);
}

RB_GENERATE(agent_tree, agent, entry, agent_compare)

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

bool
agent_is_at_work(const struct agent *a)
{
	return a->context != NULL && !a->ended;
}

static void
agent_stir(struct agent *a)
{
	if (a->restless)
		return;
	a->restless = true;
	TAILQ_INSERT_TAIL(&a->engine->restless, a, restless_entry);
}

static void
agent_calm(struct agent *a)
{
	if (!a->restless)
		return;
	a->restless = false;
	TAILQ_REMOVE(&a->engine->restless, a, restless_entry);
}

void
agent_rest(struct agent *a, uint64_t due_ms)
{
	a->asked_ms = clock_wall_ms();
	a->due_ms = due_ms;
	if (due_ms == 0)
		agent_calm(a);
}

void
agent_queue(struct agent *a)
{
	a->due_ms = 0;
	agent_stir(a);
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
	free(a->source);
	free(a->verdict);
	free(a->failure);
	json_decref(a->part);
	free(a);
}

/* An agent without a process and without work is made again when needed. */
void
agent_forget(struct agent *a)
{
	struct engine *e = a->engine;

	if (a->queued)
		TAILQ_REMOVE(&e->ready, a, ready_entry);
	agent_unfinish(a);
	agent_calm(a);
	RB_REMOVE(agent_tree, &e->agents, a);
	context_free(a->context);
	uv_close((uv_handle_t *)&a->timer, agent_on_closed);
	engine_check_stopped(e);
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

/* In how long is it `at_ms`? */
static uint64_t
delay_until(uint64_t at_ms)
{
	uint64_t now = clock_wall_ms();
	uint64_t delay = at_ms > now ? at_ms - now : 0;

	return delay < AGENT_RETRY_MAX_MS ? delay : AGENT_RETRY_MAX_MS;
}

/* ---- processes that stay ---- */

void
agent_unpark(struct agent *a)
{
	if (!a->idle)
		return;
	a->idle = false;
	a->engine->nidle--;
	TAILQ_REMOVE(&a->engine->idle, a, idle_entry);
}

/* Where many units have worked at once, who has been idle longest leaves. */
static void
agent_park(struct agent *a)
{
	struct engine *e = a->engine;

	if (a->idle)
		return;
	a->idle = true;
	e->nidle++;
	TAILQ_INSERT_TAIL(&e->idle, a, idle_entry);
	if (e->nidle > e->idle_max)
		agent_close(TAILQ_FIRST(&e->idle));
}

/*
 * Nothing to do before `at_ms`, or at all if it is 0: keep a resident charm for
 * a while, else go.
 */
static void
agent_linger(struct agent *a, uint64_t at_ms)
{
	uint64_t linger_ms = a->engine->timing.linger_ms;

	/* Its timer is for its process then, whose end asks again. */
	if (a->closing)
		return;
	if (a->runner != NULL)
		agent_park(a);
	if (at_ms != 0 && (a->runner == NULL || delay_until(at_ms) < linger_ms))
		uv_timer_start(&a->timer, agent_on_retry, delay_until(at_ms),
		    0);
	else if (a->runner == NULL)
		agent_forget(a);
	else if (!uv_is_active((uv_handle_t *)&a->timer))
		uv_timer_start(&a->timer, agent_on_linger_over, linger_ms, 0);
}

/*
 * Actions do not wait for a unit that may be in error for ever. A command may
 * be just what mends it: the first one is returned.
 */
static struct task *
agent_refuse_tasks(struct agent *a, struct unit *u)
{
	struct task *t;

	while ((t = unit_next_task(u)) != NULL && t->command == NULL) {
		autofree char *failure = unit_failure(u);
		autofree char *why = xasprintf("unit %s is in error: %s",
		    u->name, failure);

		task_end(t, TASK_FAILED, why, clock_wall_ms());
	}
	engine_commit_late(a->engine);
	return t;
}

static void
agent_wait(struct agent *a, struct unit *u, uint64_t at_ms)
{
	const struct op none = { .kind = OP_NONE, .relation = -1 };
	struct task *command = agent_refuse_tasks(a, u);

	if (command != NULL) {
		agent_begin(a, u, &none, command);
		return;
	}
	/* Its timer is for its process then, whose end asks again. */
	if (!a->closing)
		uv_timer_start(&a->timer, agent_on_retry, delay_until(at_ms),
		    0);
}

static void
agent_idle(struct agent *a, struct unit *u, uint64_t at_ms)
{
	const struct op none = { .kind = OP_NONE, .relation = -1 };
	struct task *t = unit_next_task(u);

	if (t != NULL &&
	    (t->command != NULL || unit_relations_settled(a->engine, u))) {
		agent_begin(a, u, &none, t);
		return;
	}
	if (t == NULL)
		agent_rest(a, at_ms);
	agent_linger(a, at_ms);
}

/* The charm may still use what is about to go: first its process. */
static void
agent_leave(struct agent *a, struct unit *u)
{
	if (a->runner != NULL) {
		agent_close(a);
		return;
	}
	a->leaving = true;
	unit_take_out(a->engine, u);
}

void
agent_step(struct agent *a)
{
	struct unit *u = agent_unit(a);
	struct op op;

	if (a->leaving || a->engine->stopping)
		return;
	if (a->context != NULL) {
		/* Its unit may have begun to die. */
		if (!a->ended && a->verdict == NULL)
			agent_watch_again(a);
		return;
	}
	if (u == NULL) {
		agent_rest(a, 0);
		agent_linger(a, 0);
		return;
	}
	op = unit_resolve(u, clock_wall_ms());
	switch (op.kind) {
	case OP_NONE:
		agent_idle(a, u, op.at_ms);
		break;
	case OP_WAIT:
		agent_wait(a, u, op.at_ms);
		break;
	case OP_HOOK:
		if (agent_has_part(a, u, &op))
			agent_begin(a, u, &op, NULL);
		else
			agent_pass_over(a, u, &op);
		break;
	case OP_GONE:
		agent_leave(a, u);
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
agent_drop(struct agent *a, struct unit *u, const char *why)
{
	struct task *t = a->context != NULL && a->context->task >= 0 ?
	    model_find_task(u->app->model, a->context->task) :
	    NULL;

	if (a->context != NULL) {
		agent_unfinish(a);
		context_free(take_ptr(a->context));
		xreplace(&u->doing, NULL);
		u->doing_since_ms = clock_wall_ms();
	}
	if (t != NULL && t->state == TASK_RUNNING)
		task_end(t, TASK_FAILED, why, clock_wall_ms());
	if (a->runner != NULL) {
		(void)uv_timer_stop(&a->timer);
		agent_unpark(a);
		a->closing = true;
		runner_kill(a->runner);
	}
	engine_commit_late(a->engine);
	engine_changed(a->engine);
}

void
agent_dismiss(struct engine *e, const struct unit *u)
{
	struct agent *a = agent_find(e, u);

	if (a != NULL)
		agent_forget(a);
}
