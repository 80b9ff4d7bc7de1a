/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/check.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "engine/environment.h"
#include "engine/internal.h"
#include "machine/runner.h"

struct check {
	TAILQ_ENTRY(check) entry;
	struct engine *engine; /* Borrowed. */
	int64_t number;
	struct runner *runner; /* NULL when it is over. */
	int status;
	uint64_t over_ms;   /* When it was. */
	struct strbuf said; /* Its lines of output. */
	uv_timer_t timer;
};

static void
check_on_closed(uv_handle_t *handle)
{
	struct check *c = handle->data;

	strbuf_release(&c->said);
	free(c);
}

static void
check_free(struct check *c)
{
	TAILQ_REMOVE(&c->engine->checks, c, entry);
	uv_close((uv_handle_t *)&c->timer, check_on_closed);
}

/* Whoever asked for it may have gone without waiting for the answer. */
static void
checks_forget_old(struct engine *e)
{
	uint64_t now = clock_mono_ms();
	struct check *c, *next;

	TAILQ_FOREACH_SAFE(c, &e->checks, entry, next) {
		if (c->runner == NULL &&
		    (e->stopping || now - c->over_ms > e->timing.check_ms))
			check_free(c);
	}
}

void
checks_stop(struct engine *e)
{
	struct check *c;

	TAILQ_FOREACH(c, &e->checks, entry) {
		if (c->runner != NULL)
			runner_kill(c->runner);
	}
	checks_forget_old(e);
}

static void
check_on_line(void *arg, bool is_error, const char *line)
{
	struct check *c = arg;

	(void)is_error;
	if (c->said.len > 0)
		strbuf_addc(&c->said, '\n');
	strbuf_adds(&c->said, line);
}

static void
check_on_exit(void *arg, int status, const char *how)
{
	struct check *c = arg;
	struct engine *e = c->engine;

	c->runner = NULL;
	c->over_ms = clock_mono_ms();
	c->status = status;
	(void)uv_timer_stop(&c->timer);
	if (status != 0 && c->said.len == 0)
		strbuf_addf(&c->said, "the charm's check ended with %s", how);
	engine_changed(e);
	if (e->stopping) {
		checks_forget_old(e);
		engine_check_stopped(e);
	}
}

static void
check_on_patience_over(uv_timer_t *timer)
{
	struct check *c = timer->data;

	strbuf_clear(&c->said);
	strbuf_addf(&c->said, "the charm's check has not ended after %llu s",
	    (unsigned long long)c->engine->timing.check_ms / 1000);
	runner_kill(c->runner);
}

int64_t
check_start(struct engine *e, const char *charm_dir, const char *channel,
    struct error *err)
{
	struct check *c = xcalloc(1, sizeof *c);
	autofree char *dispatch = xasprintf("%s/dispatch", charm_dir);
	autostrv argv = { 0 }, env = { 0 };
	struct runner_spec spec = {
		.loop = e->loop,
		.name = "check",
		.dir = charm_dir,
		.on_line = check_on_line,
		.on_exit = check_on_exit,
		.arg = c,
	};

	strv_add(&argv, dispatch);
	strv_add(&argv, "check");
	strv_add(&argv, channel);
	environment_common(&env, e);
	spec.argv = argv.v;
	spec.env = env.v;
	checks_forget_old(e);
	c->engine = e;
	c->number = ++e->next_check;
	uv_timer_init(e->loop, &c->timer);
	c->timer.data = c;
	TAILQ_INSERT_TAIL(&e->checks, c, entry);
	c->runner = runner_start(&spec, err);
	if (c->runner == NULL) {
		check_free(c);
		return -1;
	}
	uv_timer_start(&c->timer, check_on_patience_over, e->timing.check_ms,
	    0);
	return c->number;
}

/* Its first line is why it refuses, and the second one what to do about it. */
static void
check_refused(const char *said, struct error *err)
{
	size_t line = strcspn(said, "\n");

	error_set(err, ERROR_INVALID, "%.*s", (int)line, said);
	if (said[line] != '\0')
		error_hint(err, "%s", said + line + 1);
}

int
check_result(struct engine *e, int64_t number, char **found, struct error *err)
{
	struct check *c;
	const char *said;
	int rc;

	TAILQ_FOREACH(c, &e->checks, entry) {
		if (c->number == number)
			break;
	}
	if (c == NULL)
		return error_set(err, ERROR_INTERNAL, "the check is gone");
	if (c->runner != NULL)
		return 0;
	rc = c->status == 0 ? 1 : -1;
	said = strbuf_cstr(&c->said);
	if (rc == -1)
		check_refused(said, err);
	else if (found != NULL)
		*found = xasprintf("%.*s", (int)strcspn(said, "\n"), said);
	check_free(c);
	return rc;
}

static int
check_until_then(struct engine_call *call, struct error *err)
{
	int result = check_result(call->engine, call->waits_for, NULL, err);
	struct model *m = call_waiting_model(call);

	if (result != 1)
		return result;
	if (m == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "the model has been destroyed");
	if (call->then(call, m, err) == -1)
		return -1;
	/* A plan may have to wait for what charms say of it. */
	return call->until == NULL || call->until == check_until_then;
}

int
check_then(struct engine_call *call, struct model *m, const char *charm_dir,
    const char *channel, engine_then *then, struct error *err)
{
	if (call->is_agreed)
		return then(call, m, err);
	call->then = then;
	call->waits_for = check_start(call->engine, charm_dir, channel, err);
	call_wait(call, m, check_until_then);
	call->timeout_ms = 0; /* The check always ends. */
	return call->waits_for == -1 ? -1 : 0;
}
