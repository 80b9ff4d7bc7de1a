/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "api/internal.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#define STATUS_METHOD_NOT_ALLOWED 405
#define ANSWER_SMALL_BYTES        65536

void
answer_count(struct api_server *s, const struct api_route *route, int status)
{
	struct api_count *count;

	for (size_t i = 0; i < s->ncounts; i++) {
		count = &s->counts[i];
		if (count->route == route && count->status == status) {
			count->n++;
			return;
		}
	}
	s->counts = xrealloc(s->counts, (s->ncounts + 1) * sizeof *s->counts);
	s->counts[s->ncounts++] = (struct api_count){ .route = route,
		.status = status,
		.n = 1 };
}

/* {"error": {...}} */
static char *
answer_error_text(const struct error *err)
{
	json_auto_t *answer = json_object();
	json_t *body = json_object();

	json_put_text(body, "code", error_word(err->code));
	json_put_text(body, "message", err->msg);
	json_put_text(body, "hint", err->hint);
	json_object_set_new(answer, "error", body);
	return json_line(answer);
}

static int
answer_status(const struct api_call *call)
{
	if (call->err.code == ERROR_NONE)
		return MHD_HTTP_OK;
	if (call->request.allow != NULL)
		return STATUS_METHOD_NOT_ALLOWED;
	return error_http_status(call->err.code);
}

/* Who does not read large answers gets no more of them. */
static bool
answer_fits(const struct api_call *call, size_t len)
{
	return len <= ANSWER_SMALL_BYTES ||
	    peer_user_bytes(call->peer) + len <= LIMIT_USER_BYTES;
}

/* `text` is handed over, whatever happens. */
static enum MHD_Result
answer_queue(struct api_call *call, int status, const char *type, char *text)
{
	struct MHD_Response *response;
	enum MHD_Result rc;

	response = MHD_create_response_from_buffer(strlen(text), text,
	    MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(text);
		return MHD_NO;
	}
	/* What a header is refused for would be a mistake in this file. */
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
	    type);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL,
	    "no-store");
	if (call->request.allow != NULL)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW,
		    call->request.allow);
	call->state = CALL_SENDING;
	call_charge(call, strlen(text));
	peer_expect(call->peer);
	answer_count(call->server, call->request.route, status);
	rc = MHD_queue_response(call->connection, (unsigned)status, response);
	MHD_destroy_response(response);
	return rc;
}

enum MHD_Result
answer_call(struct api_call *call)
{
	int status = answer_status(call);
	char *text;

	if (call->err.code == ERROR_INTERNAL)
		log_error("api", "%s: %s", call->target, call->err.msg);
	if (call->err.code != ERROR_NONE)
		text = answer_error_text(&call->err);
	else if (call->verb_call.text != NULL)
		text = take_ptr(call->verb_call.text);
	else if (call->verb_call.reply != NULL)
		text = json_line(call->verb_call.reply);
	else
		text = xstrdup("{}");
	if (!answer_fits(call, strlen(text))) {
		error_set(&call->err, ERROR_UNAVAILABLE,
		    "too many answers wait to be read by user %s",
		    peer_name(call->peer));
		free(text);
		return answer_call(call);
	}
	return answer_queue(call, status, "application/json", text);
}

enum MHD_Result
answer_text(struct api_call *call, const char *type, struct strbuf *text)
{
	return answer_queue(call, MHD_HTTP_OK, type, strbuf_detach(text));
}
