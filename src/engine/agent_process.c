/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/agent.h"

#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strv.h"
#include "engine/environment.h"
#include "engine/messages.h"
#include "machine/lines.h"

/* Under the name of the hook or action that runs, as Juju does it. */
static void
agent_say(struct agent *a, enum message_level level, const char *text)
{
	const struct unit *u = agent_unit(a);
	const char *source = agent_is_at_work(a) ? a->context->name : "charm";

	if (u != NULL)
		unit_message(a->engine, u,
		    &(struct message){ level, source, NULL, text });
}

static void
agent_on_grace_over(uv_timer_t *timer)
{
	struct agent *a = timer->data;

	agent_say(a, MESSAGE_WARNING, "the charm does not exit, killing it");
	runner_kill(a->runner);
}

void
agent_close(struct agent *a)
{
	if (a->runner == NULL || a->closing)
		return;
	agent_unpark(a);
	a->closing = true;
	runner_close(a->runner);
	uv_timer_start(&a->timer, agent_on_grace_over,
	    a->engine->timing.grace_ms, 0);
}

static void
agent_on_hang(uv_timer_t *timer)
{
	struct agent *a = timer->data;
	uint64_t silence = uv_now(a->engine->loop) - a->heard_ms;
	autofree char *why =
	    xasprintf("the charm has said nothing for %llu s, and was killed",
		(unsigned long long)silence / 1000);

	agent_say(a, MESSAGE_ERROR, why);
	xreplace(&a->verdict, why);
	runner_kill(a->runner);
}

/* While it waits for one of its services to stop, it is we who owe a word. */
void
agent_watch_again(struct agent *a)
{
	const struct engine_timing *timing = &a->engine->timing;
	const struct unit *u = agent_unit(a);
	uint64_t now = uv_now(a->engine->loop), due = a->heard_ms;

	/* A command may take its time, unless somebody waits for its end. */
	if (a->context->stops > 0 ||
	    (a->context->command != NULL && u != NULL &&
		u->life == LIFE_ALIVE)) {
		(void)uv_timer_stop(&a->timer);
		return;
	}
	due += a->context->command != NULL ||
		(u != NULL && op_is_bounded(u, &a->context->op)) ?
	    timing->hang_dying_ms :
	    timing->hang_ms;
	uv_timer_start(&a->timer, agent_on_hang, due > now ? due - now : 0, 0);
}

void
agent_watch_over(struct agent *a)
{
	a->heard_ms = uv_now(a->engine->loop);
	agent_watch_again(a);
}

static void
agent_on_line(void *arg, bool is_error, const char *line)
{
	struct agent *a = arg;

	if (agent_is_at_work(a) && !a->closing && a->verdict == NULL)
		agent_watch_over(a);
	agent_say(a, is_error ? MESSAGE_WARNING : MESSAGE_INFO, line);
}

void
agent_answer(struct agent *a, int64_t id, json_t *stolen_value,
    const struct error *err)
{
	json_auto_t *answer = json_pack("{s:I}", "id", (json_int_t)id);
	json_t *error;

	if (stolen_value != NULL) {
		json_object_set_new(answer, "ok", stolen_value);
	} else {
		/* The message may quote half a character of the charm's. */
		error = json_object();
		json_put_text(error, "code", error_word(err->code));
		json_put_text(error, "message", err->msg);
		json_put_text(error, "hint", err->hint);
		json_object_set_new(answer, "error", error);
	}
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

	if (!agent_is_at_work(a) || u == NULL || a->closing)
		return;
	if (a->verdict == NULL)
		agent_watch_over(a);
	if (json_object_get(message, "tool") != NULL) {
		agent_on_tool(a, message, u);
		return;
	}
	agent_introduced(a, message);
	if (json_int(message, "end", -1) == 0) {
		agent_finish(a, NULL);
	} else if (json_object_get(message, "end") != NULL) {
		agent_finish(a,
		    json_text(message, "message", "the charm gave no reason"));
	}
}

/* ---- the output of an action ---- */

static void
agent_on_output(void *arg, bool is_error, const char *bytes, size_t n)
{
	struct agent *a = arg;
	struct strbuf *sb;

	if (!agent_is_at_work(a) || a->verdict != NULL)
		return;
	agent_watch_over(a);
	sb = &a->context->output[is_error];
	if (n > LIMIT_OUTPUT_BYTES - sb->len)
		n = LIMIT_OUTPUT_BYTES - sb->len;
	strbuf_addn(sb, bytes, n);
}

/* As Juju shows it: how the program ended, and what it wrote if it did. */
static void
agent_take_output(struct agent *a, int status)
{
	static const char *const names[] = { "stdout", "stderr" };
	struct context *ctx = a->context;

	json_object_set_new(ctx->results, "return-code", json_integer(status));
	for (size_t i = 0; i < nitems(names); i++) {
		struct strbuf *sb = &ctx->output[i];

		if (sb->len == 0)
			continue;
		lines_clean(sb->buf, sb->len);
		json_put_text(ctx->results, names[i], strbuf_cstr(sb));
	}
}

/* The last of many leaves behind what all of them took. */
static void
agent_process_ended(struct agent *a)
{
	agent_unpark(a);
	json_decref(take_ptr(a->part));
	a->runner = NULL;
	a->closing = false;
	if (--a->engine->nprocesses == 0)
		mem_trim();
}

static char *
agent_how(const struct agent *a, const char *how)
{
	return a->context->command != NULL ?
	    xstrdup(how) :
	    xasprintf("the charm ended: %s",
		*how != '\0' ? how : "exit status 0");
}

static void
agent_on_exit(void *arg, int status, const char *how)
{
	struct agent *a = arg;
	struct unit *u = agent_unit(a);
	autofree char *failure = take_ptr(a->verdict);

	(void)uv_timer_stop(&a->timer);
	agent_process_ended(a);
	if (agent_is_at_work(a) && u != NULL && !a->engine->stopping) {
		bool resident = agent_is_resident(a, u);

		if (!resident && a->context->task >= 0)
			agent_take_output(a, status);
		if (failure == NULL && (resident || status != 0))
			failure = agent_how(a, how);
		agent_finish(a, failure);
	}
	if (a->engine->stopping || u == NULL)
		agent_forget(a);
	else
		agent_queue(a);
}

/* ---- the process ---- */

bool
agent_is_resident(const struct agent *a, const struct unit *u)
{
	return u->app->charm->resident && a->context->command == NULL;
}

/* `dispatch`; in an old charm a program for each hook. Owned by the caller. */
static char *
agent_program(const struct agent *a, const struct unit *u)
{
	const struct context *ctx = a->context;
	autofree char *dir = application_charm_dir(a->engine, u->app);
	autofree char *dispatch = xasprintf("%s/dispatch", dir);
	autofree char *hooks = xasprintf("%s/hooks", dir);

	if (ctx->command != NULL)
		return xstrdup("/bin/bash");
	if (u->app->charm->resident || file_exists(dispatch) ||
	    !file_exists(hooks))
		return take_ptr(dispatch);
	return xasprintf("%s/%s/%s", dir, ctx->task >= 0 ? "actions" : "hooks",
	    ctx->name);
}

bool
agent_has_program(const struct agent *a, const struct unit *u)
{
	autofree char *program = agent_program(a, u);
	const char *slash = strrchr(program, '/');

	return a->context->command != NULL || strcmp(slash, "/dispatch") == 0 ||
	    file_exists(program);
}

int
agent_start_process(struct agent *a, const struct unit *u, struct error *err)
{
	const struct context *ctx = a->context;
	autofree char *dir = ctx->on_machine ?
	    unit_dir(a->engine, u) :
	    application_charm_dir(a->engine, u->app);
	autofree char *program = agent_program(a, u);
	bool resident = agent_is_resident(a, u);
	autostrv argv = { 0 }, env = { 0 };
	struct runner_spec spec = {
		.loop = a->engine->loop,
		.name = a->unit,
		.dir = dir,
		.resident = resident,
		.on_message = agent_on_message,
		.on_line = agent_on_line,
		.on_output = !resident && ctx->task >= 0 ? agent_on_output :
							   NULL,
		.on_exit = agent_on_exit,
		.arg = a,
	};

	strv_add(&argv, program);
	if (ctx->command != NULL) {
		strv_add(&argv, "-c");
		strv_add(&argv, ctx->command);
	}
	if (ctx->on_machine) {
		environment_common(&env, a->engine);
	} else {
		environment_unit(&env, a->engine, u);
		environment_hook(&env, ctx, u);
	}
	spec.argv = argv.v;
	spec.env = env.v;
	a->runner = runner_start(&spec, err);
	xreplace(&a->source, u->app->charm_source);
	a->revision = u->app->charm_revision;
	if (a->runner == NULL)
		return -1;
	a->engine->nprocesses++;
	return 0;
}

/* A process of an older revision, or one that has been told to go, goes. */
bool
agent_has_stale_process(const struct agent *a, const struct unit *u)
{
	return a->closing ||
	    (a->runner != NULL &&
		(a->revision != u->app->charm_revision ||
		    strcmp(a->source, u->app->charm_source) != 0));
}
