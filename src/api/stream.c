/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "api/internal.h"
#include "base/json.h"
#include "base/mem.h"

#define STREAM_BLOCK        512
#define STREAM_KEEPALIVE_MS 15000

void
stream_release(struct api_stream *stream)
{
	free(stream->model);
	free(stream->uuid);
	*stream = (struct api_stream){ 0 };
}

static bool
call_is_stream(const struct api_call *call)
{
	return call->state == CALL_STREAMING;
}

/* Ask about the stream's model. Owned, or NULL when it is not there. */
static json_t *
stream_ask(struct api_call *call, struct error *err)
{
	struct engine_call ask = { .model = call->stream.model };

	if (server_ask(call->server, "/v1/models/{model}", &ask, err) == -1) {
		json_decref(ask.reply);
		return NULL;
	}
	return ask.reply != NULL ? ask.reply : json_object();
}

static bool
stream_is_settled(struct api_call *call)
{
	struct engine_call ask = { .model = call->stream.model };
	struct error err = { 0 };
	int rc;

	ask.args = json_object();
	rc = server_ask(call->server, "/v1/models/{model}/settled", &ask, &err);
	/* A unit in error is the one thing that -1 can mean here. */
	if (rc == 0 && ask.until != NULL)
		rc = ask.until(&ask, &err) == 1 ? 0 : -1;
	json_decref(ask.args);
	json_decref(ask.reply);
	return rc == 0;
}

static void
stream_say(struct api_stream *stream, const char *text)
{
	size_t len = strlen(text);

	assert(len < sizeof stream->text);
	memcpy(stream->text, text, len + 1);
	stream->len = len;
	stream->sent = 0;
}

/* The next event: where the model is now, or that it is no more. */
static void
stream_refresh(struct api_call *call)
{
	struct api_stream *stream = &call->stream;
	struct error err = { 0 };
	json_auto_t *model = stream_ask(call, &err);
	char text[STREAM_TEXT_SIZE];

	stream->changed = false;
	if (model == NULL ||
	    strcmp(json_text(model, "uuid", ""), stream->uuid) != 0) {
		stream_say(stream, "event: gone\ndata: {}\n\n");
		stream->over = true;
		return;
	}
	(void)snprintf(text, sizeof text,
	    "id: %llu\nevent: change\n"
	    "data: {\"generation\": %lld, \"settled\": %s}\n\n",
	    (unsigned long long)call->server->sequence,
	    (long long)json_int(model, "generation", 0),
	    stream_is_settled(call) ? "true" : "false");
	stream_say(stream, text);
}

static void
stream_resume(struct api_call *call)
{
	if (!call->stream.suspended)
		return;
	hangup_cancel(&call->hangup);
	call->stream.suspended = false;
	server_resume(call->server, call->connection);
}

static void
stream_on_hangup(struct api_call *call)
{
	call->state = CALL_GONE;
	stream_resume(call);
}

static ssize_t
stream_on_read(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct api_call *call = cls;
	struct api_stream *stream = &call->stream;
	size_t n;

	(void)pos;
	if (call->state == CALL_GONE)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (stream->sent == stream->len && stream->changed && !stream->over)
		stream_refresh(call);
	n = stream->len - stream->sent;
	if (n > 0) {
		n = n < max ? n : max;
		memcpy(buf, stream->text + stream->sent, n);
		stream->sent += n;
		return (ssize_t)n;
	}
	if (stream->over)
		return MHD_CONTENT_READER_END_OF_STREAM;
	stream->suspended = true;
	MHD_suspend_connection(call->connection);
	call->hangup = hangup_watch(call, stream_on_hangup);
	return 0;
}

/* Comments keep what is between us and the client from giving up. */
void
streams_on_keepalive(uv_timer_t *timer)
{
	struct api_server *s = timer->data;
	struct api_call *call;
	size_t n = 0;

	TAILQ_FOREACH(call, &s->calls, entry) {
		if (!call_is_stream(call))
			continue;
		n++;
		if (call->stream.suspended) {
			stream_say(&call->stream, ": keep-alive\n\n");
			stream_resume(call);
		}
	}
	if (n == 0)
		(void)uv_timer_stop(timer); /* Cannot fail. */
}

static void
streams_start_keepalive(struct api_server *s)
{
	uint64_t every_ms = s->spec.keepalive_ms != 0 ? s->spec.keepalive_ms :
							STREAM_KEEPALIVE_MS;

	if (!uv_is_active((uv_handle_t *)&s->keepalive_timer))
		(void)uv_timer_start(&s->keepalive_timer, streams_on_keepalive,
		    every_ms, every_ms);
}

void
streams_wake(struct api_server *s)
{
	struct api_call *call;

	TAILQ_FOREACH(call, &s->calls, entry) {
		if (!call_is_stream(call))
			continue;
		call->stream.changed = true;
		stream_resume(call);
	}
}

void
streams_end(struct api_server *s)
{
	struct api_call *call;

	TAILQ_FOREACH(call, &s->calls, entry) {
		if (!call_is_stream(call))
			continue;
		call->stream.over = true;
		stream_resume(call);
	}
}

static enum MHD_Result
stream_queue(struct api_call *call)
{
	struct MHD_Response *response;
	enum MHD_Result rc;

	response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN,
	    STREAM_BLOCK, stream_on_read, call, NULL);
	if (response == NULL)
		return MHD_NO;
	/* What a header is refused for would be a mistake in this file. */
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	    "text/event-stream");
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
	    "no-store");
	rc = MHD_queue_response(call->connection, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return rc;
}

/*
 * A client that comes back with Last-Event-ID gets what every client gets: the
 * present state, at once. There is nothing older that it could have missed.
 */
enum MHD_Result
stream_start(struct api_call *call)
{
	struct api_stream *stream = &call->stream;
	struct error err = { 0 };
	json_auto_t *model = NULL;

	xreplace(&stream->model, call->request.model);
	model = stream_ask(call, &err);
	if (model == NULL) {
		call->err = err;
		return answer_call(call);
	}
	/* "-" is the model that is the current one as the stream begins. */
	xreplace(&stream->model, json_text(model, "name", ""));
	xreplace(&stream->uuid, json_text(model, "uuid", ""));
	stream->changed = true;
	call->state = CALL_STREAMING;
	answer_count(call->server, call->request.route, MHD_HTTP_OK);
	streams_start_keepalive(call->server);
	return stream_queue(call);
}
