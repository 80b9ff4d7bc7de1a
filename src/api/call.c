/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "api/internal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

/* How much of a body that is too large is read to be able to say so. */
#define BODY_DISCARD_MAX (8 * LIMIT_BODY_BYTES)

static void
call_free(struct api_call *call)
{
	hangup_cancel(&call->hangup);
	stream_release(&call->stream);
	json_decref(call->verb_call.reply);
	free(call->verb_call.text);
	api_steps_release(&call->steps);
	api_request_release(&call->request);
	strbuf_release(&call->body);
	free(call->target);
	free(call);
}

void *
call_on_uri(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct api_server *s = cls;
	struct api_call *call = xcalloc(1, sizeof *call);

	call->server = s;
	call->connection = connection;
	call->peer = peer_of(connection);
	call->target = xstrdup(target);
	TAILQ_INSERT_TAIL(&s->calls, call, entry);
	return call;
}

void
call_on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
    enum MHD_RequestTerminationCode why)
{
	struct api_server *s = cls;
	struct api_call *call = *con_cls;

	(void)connection;
	(void)why;
	if (call == NULL)
		return;
	*con_cls = NULL;
	TAILQ_REMOVE(&s->calls, call, entry);
	call->peer->bytes -= call->charged;
	/* For the next request on the same connection. */
	peer_expect(call->peer);
	call_free(call);
}

/* ---- waiting ---- */

/* Wake the loop for the call that has the least time left. */
static void
calls_set_timer(struct api_server *s)
{
	uint64_t now = uv_now(s->spec.loop), first = 0;
	struct api_call *call;

	TAILQ_FOREACH(call, &s->calls, entry) {
		if (call->state == CALL_WAITING && call->deadline_ms != 0 &&
		    (first == 0 || call->deadline_ms < first))
			first = call->deadline_ms;
	}
	if (first == 0)
		(void)uv_timer_stop(&s->deadline_timer); /* Cannot fail. */
	else
		(void)uv_timer_start(&s->deadline_timer, calls_on_deadline,
		    first > now ? first - now : 0, 0);
}

/* The waiting is over, and call->err says how; the library calls us again. */
static void
call_resume(struct api_call *call, enum call_state state)
{
	hangup_cancel(&call->hangup);
	call->state = state;
	server_resume(call->server, call->connection);
}

static void
call_on_hangup(struct api_call *call)
{
	call_resume(call, CALL_GONE);
	calls_set_timer(call->server);
}

static void
call_wait(struct api_call *call)
{
	struct api_server *s = call->server;
	uint64_t timeout_ms = call->verb_call.timeout_ms;

	call->state = CALL_WAITING;
	if (timeout_ms > 0)
		call->deadline_ms = uv_now(s->spec.loop) + timeout_ms;
	MHD_suspend_connection(call->connection);
	call->hangup = hangup_watch(call, call_on_hangup);
	calls_set_timer(s);
}

/* 1 or -1 when it has ended, as the condition of a verb does. */
static int
call_check(struct api_call *call)
{
	struct error err = { 0 };
	int rc = call->verb_call.until(&call->verb_call, &err);

	if (rc == -1)
		call->err = err;
	return rc;
}

void
calls_recheck(struct api_server *s)
{
	struct api_call *call;

	TAILQ_FOREACH(call, &s->calls, entry) {
		if (call->state == CALL_WAITING && call_check(call) != 0)
			call_resume(call, CALL_READY);
	}
	calls_set_timer(s);
}

void
calls_on_deadline(uv_timer_t *timer)
{
	struct api_server *s = timer->data;
	uint64_t now = uv_now(s->spec.loop);
	struct api_call *call;

	TAILQ_FOREACH(call, &s->calls, entry) {
		if (call->state != CALL_WAITING || call->deadline_ms == 0 ||
		    call->deadline_ms > now)
			continue;
		error_set(&call->err, ERROR_TIMEOUT, "timed out waiting");
		(void)error_hint(&call->err,
		    "it goes on: \"tenon status\" shows how far it is");
		call_resume(call, CALL_READY);
	}
	calls_set_timer(s);
}

static void
call_set_stopping(struct api_call *call)
{
	error_set(&call->err, ERROR_UNAVAILABLE, "tenond is stopping");
}

void
calls_abandon(struct api_server *s)
{
	struct api_call *call;

	TAILQ_FOREACH(call, &s->calls, entry) {
		if (call->state != CALL_WAITING)
			continue;
		call_set_stopping(call);
		call_resume(call, CALL_READY);
	}
	calls_set_timer(s);
}

/* ---- running ---- */

static enum MHD_Result
call_run_verb(struct api_call *call)
{
	struct engine_call *verb_call = &call->verb_call;
	struct error err = { 0 };

	if (engine_run(call->request.route->verb, verb_call, &err) == -1) {
		call->err = err;
		return answer_call(call);
	}
	if (verb_call->until != NULL && call_check(call) == 0) {
		call_wait(call);
		return MHD_YES;
	}
	return answer_call(call);
}

/* Only for what he may do; the rest is as if it had not been asked. */
static int
call_authorize(struct api_call *call, struct error *err)
{
	struct api_peer *peer = call->peer;

	share_refresh(call->server);
	peer->role = access_role(call->server->access, &peer->who);
	if (api_request_check(&call->request, peer->role, peer_name(peer),
		err) == 0 &&
	    api_steps_check(&call->steps, peer->role, peer_name(peer), err) ==
		0) {
		users_see(call->server, peer->who.uid);
		return 0;
	}
	peer_log_refused(call->server, &peer->who, err->msg);
	return error_hint(err, "roles are given in %s",
	    call->server->access_path);
}

static int
call_prepare(struct api_call *call, const char *method, struct error *err)
{
	struct api_server *s = call->server;
	struct api_input in = { .method = method,
		.target = call->target,
		.body = strbuf_cstr(&call->body),
		.body_len = call->received };
	struct api_request *req = &call->request;

	if (api_request_parse(req, s->spec.table, &in, err) == -1 ||
	    api_steps_parse(&call->steps, req, s->spec.table, &in, err) == -1 ||
	    call_authorize(call, err) == -1)
		return -1;
	call->verb_call = (struct engine_call){ .engine = s->spec.engine,
		.model = req->model,
		.subject = req->subject,
		.args = req->args,
		.uid = call->peer->who.uid,
		.user = peer_name(call->peer),
		.steps = call->steps.steps,
		.nsteps = call->steps.n,
		.timeout_ms = (uint64_t)json_int(req->args, "timeout", 0) };
	return 0;
}

static enum MHD_Result
call_execute(struct api_call *call, const char *method)
{
	autostrbuf text = { 0 };
	struct error err = { 0 };

	peer_relax(call->peer);
	if (call_prepare(call, method, &err) == -1) {
		call->err = err;
		return answer_call(call);
	}
	if (call->server->stopping) {
		call_set_stopping(call);
		return answer_call(call);
	}
	switch (call->request.route->kind) {
	case API_VERB:
		break;
	case API_EVENTS:
		return stream_start(call);
	case API_METRICS:
		metrics_render(call->server, &text);
		return answer_text(call, "text/plain; version=0.0.4", &text);
	case API_USERS:
		call->verb_call.reply = users_json(call);
		return answer_call(call);
	}
	return call_run_verb(call);
}

/* ---- reading ---- */

/* Whoever has no role is not listened to any further. */
static int
call_check_peer(struct api_call *call, struct error *err)
{
	struct api_peer *peer = call->peer;

	share_refresh(call->server);
	if (access_role(call->server->access, &peer->who) != ACCESS_NONE)
		return 0;
	error_set(err, ERROR_DENIED,
	    "permission denied: user %s has no role in this controller",
	    peer_name(peer));
	peer_log_refused(call->server, &peer->who, err->msg);
	return error_hint(err,
	    "its owner, user id %u, gives roles in access.yaml in the state "
	    "directory",
	    (unsigned)call->server->spec.owner);
}

static int
call_check_length(const struct api_call *call, struct error *err)
{
	const char *text = MHD_lookup_connection_value(call->connection,
	    MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (text == NULL || strtoull(text, NULL, 10) <= LIMIT_BODY_BYTES)
		return 0;
	return error_set(err, ERROR_TOO_LARGE, "body is larger than %d bytes",
	    LIMIT_BODY_BYTES);
}

/* The headers are here: refuse at once what is not to be read. */
static enum MHD_Result
call_begin(struct api_call *call)
{
	struct error err = { 0 };

	call->state = CALL_READING;
	if (call_check_peer(call, &err) == 0 &&
	    call_check_length(call, &err) == 0)
		return MHD_YES;
	call->err = err;
	return answer_call(call);
}

void
call_charge(struct api_call *call, size_t bytes)
{
	call->charged += bytes;
	call->peer->bytes += bytes;
}

/* What is not kept is read all the same, to be able to say why. */
static enum MHD_Result
call_add_body(struct api_call *call, const char *upload, size_t *upload_len)
{
	size_t len = *upload_len;

	*upload_len = 0;
	call->received += len;
	if (call->received > BODY_DISCARD_MAX)
		return MHD_NO;
	if (call->received > LIMIT_BODY_BYTES)
		return MHD_YES;
	if (peer_user_bytes(call->peer) + len > LIMIT_USER_BYTES)
		return MHD_NO;
	call_charge(call, len);
	strbuf_addn(&call->body, upload, len);
	return MHD_YES;
}

enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): the library's parameters */
call_on_request(void *cls, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_len, void **con_cls)
{
	struct api_call *call = *con_cls;

	(void)cls;
	(void)connection;
	(void)url;
	(void)version;
	switch (call->state) {
	case CALL_NEW:
		return call_begin(call);
	case CALL_READING:
		if (*upload_len > 0)
			return call_add_body(call, upload, upload_len);
		return call_execute(call, method);
	case CALL_READY:
		return answer_call(call);
	case CALL_GONE:
		return MHD_NO;
	case CALL_WAITING:
	case CALL_STREAMING:
	case CALL_SENDING:
		break;
	}
	return MHD_YES;
}
