/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/route.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "fixture.h"

#define GUARD_MS     20000
#define KEEPALIVE_MS 30
#define GRACE_MS     200

/* ---- an engine of our own ---- */

struct engine_watch {
	struct engine *engine;
};

struct engine_watch *
engine_watch(struct engine *e, engine_watch_fn *fn, void *arg)
{
	struct engine_watch *watch = xcalloc(1, sizeof *watch);

	watch->engine = e;
	e->fn = fn;
	e->arg = arg;
	return watch;
}

void
engine_unwatch(struct engine_watch *watch)
{
	watch->engine->fn = NULL;
	free(watch);
}

int
engine_run(engine_verb *verb, struct engine_call *call, struct error *err)
{
	return verb(call, err);
}

static int
fake_echo(struct engine_call *call, struct error *err)
{
	(void)err;
	call->reply = json_object();
	json_put_text(call->reply, "model", call->model);
	json_put_text(call->reply, "subject", call->subject);
	json_object_set(call->reply, "args", call->args);
	json_object_set_new(call->reply, "uid", json_integer(call->uid));
	return 0;
}

static int
fake_nothing(struct engine_call *call, struct error *err)
{
	(void)call;
	(void)err;
	return 0;
}

static int
fake_refuse(struct engine_call *call, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "application \"%s\" not found",
	    json_text(call->args, "name", ""));
	return error_hint(err, "see \"tenon status\"");
}

static int
fake_condition(struct engine_call *call, struct error *err)
{
	struct engine *e = call->engine;

	e->asked++;
	if (e->broken)
		return error_set(err, ERROR_CONFLICT, "unit x/0 is in error");
	return e->ready;
}

static int
fake_wait(struct engine_call *call, struct error *err)
{
	(void)err;
	call->reply = json_object();
	json_put_text(call->reply, "came", "true");
	call->until = fake_condition;
	return 0;
}

static int
fake_settled_now(struct engine_call *call, struct error *err)
{
	(void)err;
	return call->engine->settled;
}

static int
fake_settled(struct engine_call *call, struct error *err)
{
	(void)err;
	if (!call->engine->settled)
		call->until = fake_settled_now;
	return 0;
}

static int
fake_show_model(struct engine_call *call, struct error *err)
{
	const struct engine *e = call->engine;

	if (e->no_model || strcmp(call->model, "none") == 0)
		return error_set(err, ERROR_NOT_FOUND, "model %s not found",
		    call->model);
	call->reply = json_object();
	json_put_text(call->reply, "name", "tutorial");
	json_put_text(call->reply, "uuid", e->uuid);
	json_object_set_new(call->reply, "generation",
	    json_integer(e->generation));
	return 0;
}

static int
fake_list_models(struct engine_call *call, struct error *err)
{
	(void)err;
	call->reply = json_pack("{s:[{s:s, s:i, s:i, s:{s:i, s:i}}, {s:s}]}",
	    "models", "name", "tutorial", "applications", 2, "relations", 3,
	    "workloads", "active", 1, "waiting", 1, "name", "a\"b");
	return 0;
}

static const struct api_route rows[] = {
	{ .method = "POST",
	    .path = "/v1/models/{model}/echo/{subject}",
	    .verb = fake_echo,
	    .fields = { { "text", API_TEXT, API_OPTIONAL },
		{ "flag", API_BOOL, API_OPTIONAL } } },
	{ .method = "POST", .path = "/v1/nothing", .verb = fake_nothing },
	{ .method = "POST",
	    .path = "/v1/refuse",
	    .verb = fake_refuse,
	    .fields = { { "name", API_TEXT, API_OPTIONAL } } },
	{ .method = "GET",
	    .path = "/v1/wait",
	    .verb = fake_wait,
	    .fields = { { "timeout", API_COUNT, API_OPTIONAL } } },
	{ .method = "GET", .path = "/v1/models", .verb = fake_list_models },
	{ .method = "GET",
	    .path = "/v1/models/{model}",
	    .verb = fake_show_model },
	{ .method = "GET",
	    .path = "/v1/models/{model}/settled",
	    .verb = fake_settled },
	{ .method = "GET",
	    .path = "/v1/models/{model}/events",
	    .kind = API_EVENTS },
	{ .method = "GET", .path = "/metrics", .kind = API_METRICS },
};
static const struct api_table table = { rows, nitems(rows) };

/* ---- the loop ---- */

static void
fixture_on_guard(uv_timer_t *guard)
{
	(void)guard;
	fail_msg("nothing has come for %d ms", GUARD_MS);
}

/* What is waited for did not come if this takes longer than the guard. */
void
fixture_step(struct fixture *f)
{
	assert_int_equal(uv_timer_start(&f->guard, fixture_on_guard, GUARD_MS,
			     0),
	    0);
	(void)uv_run(&f->loop, UV_RUN_ONCE); /* Says whether more is left. */
}

int
fixture_setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);
	struct error err = { 0 };
	struct api_spec spec = { .loop = &f->loop,
		.engine = &f->engine,
		.table = &table,
		.socket_path = f->path,
		.owner = geteuid(),
		.keepalive_ms = KEEPALIVE_MS,
		.grace_ms = GRACE_MS };

	(void)snprintf(f->dir, sizeof f->dir, "/tmp/tenon-api-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof f->path, "%s/api.sock", f->dir);
	f->engine.uuid = "1234";
	f->engine.generation = 7;
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(uv_timer_init(&f->loop, &f->guard), 0);
	f->server = api_server_start(&spec, &err);
	assert_non_null(f->server);
	*state = f;
	return 0;
}

static void
fixture_on_stopped(void *arg)
{
	struct fixture *f = arg;

	f->stopped = true;
}

void
fixture_stop(struct fixture *f)
{
	if (f->server != NULL)
		api_server_stop(f->server, fixture_on_stopped, f);
	f->server = NULL;
	while (!f->stopped)
		fixture_step(f);
}

int
fixture_teardown(void **state)
{
	struct fixture *f = *state;

	fixture_stop(f);
	assert_null(f->engine.fn);
	uv_close((uv_handle_t *)&f->guard, NULL);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT); /* To the last close. */
	assert_int_equal(uv_loop_close(&f->loop), 0);
	assert_int_equal(rmdir(f->dir), 0);
	free(f);
	return 0;
}

void
fixture_change(struct fixture *f)
{
	f->engine.fn(f->engine.arg);
}

size_t
fixture_calls(const struct fixture *f)
{
	const struct api_call *call;
	size_t n = 0;

	TAILQ_FOREACH(call, &f->server->calls, entry)
		n++;
	return n;
}

void
fixture_wait_calls(struct fixture *f, size_t n)
{
	while (fixture_calls(f) != n)
		fixture_step(f);
}

/* ---- clients ---- */

void
client_open(struct client *c, struct fixture *f)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	*c = (struct client){ .f = f };
	memcpy(addr.sun_path, f->path, strlen(f->path) + 1);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(c->fd, -1);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&addr, sizeof addr),
	    0);
}

void
client_close(struct client *c)
{
	mem_closep(&c->fd);
	c->fd = -1;
	strbuf_release(&c->in);
}

/* Let the server read whenever there is no room. */
void
client_send_bytes(struct client *c, const void *bytes, size_t len)
{
	const char *p = bytes;

	while (len > 0) {
		ssize_t n = send(c->fd, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n == -1 && errno == EAGAIN) {
			fixture_step(c->f);
			continue;
		}
		if (n == -1 && (errno == EPIPE || errno == ECONNRESET))
			return; /* It has heard enough. */
		assert_true(n > 0);
		p += n;
		len -= (size_t)n;
	}
}

void
client_send(struct client *c, const char *text)
{
	client_send_bytes(c, text, strlen(text));
}

void
client_request(struct client *c, const char *line, const char *body)
{
	autofree char *text = NULL;

	if (body == NULL)
		text = xasprintf("%s HTTP/1.1\r\nHost: t\r\n\r\n", line);
	else
		text = xasprintf("%s HTTP/1.1\r\nHost: t\r\n"
				 "Content-Length: %zu\r\n\r\n%s",
		    line, strlen(body), body);
	client_send(c, text);
}

/* Take in what is there; false at the end. */
static bool
client_read(struct client *c)
{
	char buf[4096];
	ssize_t n = recv(c->fd, buf, sizeof buf, MSG_DONTWAIT);

	if (n == -1 && errno == EAGAIN) {
		fixture_step(c->f);
		return true;
	}
	if (n <= 0)
		return false;
	strbuf_addn(&c->in, buf, (size_t)n);
	return true;
}

static void
client_forget(struct client *c, size_t len)
{
	autofree char *rest = xstrdup(strbuf_cstr(&c->in) + len);

	strbuf_clear(&c->in);
	strbuf_adds(&c->in, rest);
}

void
client_expect(struct client *c, const char *text)
{
	const char *at;

	while ((at = strstr(strbuf_cstr(&c->in), text)) == NULL) {
		if (!client_read(c))
			fail_msg("the end came before \"%s\": \"%s\"", text,
			    strbuf_cstr(&c->in));
	}
	client_forget(c, (size_t)(at - strbuf_cstr(&c->in)) + strlen(text));
}

char *
client_answer(struct client *c, int status)
{
	autofree char *line = xasprintf("HTTP/1.1 %d ", status);
	size_t len;
	char *body;

	while (strstr(strbuf_cstr(&c->in), "\r\n\r\n") == NULL)
		assert_true(client_read(c));
	if (strncmp(strbuf_cstr(&c->in), line, strlen(line)) != 0)
		fail_msg("not %d: %s", status, strbuf_cstr(&c->in));
	client_expect(c, "Content-Length: ");
	len = strtoull(strbuf_cstr(&c->in), NULL, 10);
	client_expect(c, "\r\n\r\n");
	while (c->in.len < len)
		assert_true(client_read(c));
	body = xasprintf("%.*s", (int)len, strbuf_cstr(&c->in));
	client_forget(c, len);
	return body;
}

void
client_expect_end(struct client *c)
{
	while (client_read(c))
		continue;
}

char *
fetch(struct fixture *f, const char *line, const char *body, int status)
{
	struct client c;
	char *answer;

	client_open(&c, f);
	client_request(&c, line, body);
	answer = client_answer(&c, status);
	client_close(&c);
	return answer;
}
