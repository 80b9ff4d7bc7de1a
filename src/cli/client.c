/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/client.h"
#include "cli/http.h"

#define CLIENT_REPLY_MAX (64 * 1024 * 1024)

struct client {
	char *socket_path;
	bool reached;
};

struct client *
client_new(const char *socket_path)
{
	struct client *c = xcalloc(1, sizeof *c);

	c->socket_path = xstrdup(socket_path);
	return c;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	free(c->socket_path);
	free(c);
}

void
client_start(const struct client *c, const char *path, struct http *h)
{
	http_start(h, c->socket_path, path, NULL);
}

void
client_start_post(const struct client *c, const char *path, json_t *stolen_body,
    struct http *h)
{
	json_auto_t *body = stolen_body;
	autofree char *text = json_line(body);

	http_start(h, c->socket_path, path, text);
}

/* An error as docs/api.md describes it. */
static int
client_error(const json_t *reply, int status, struct error *err)
{
	const json_t *e = json_child(reply, "error", JSON_OBJECT);
	const char *hint;

	if (e == NULL)
		return error_set(err, ERROR_INTERNAL,
		    "controller answered with HTTP status %d", status);
	error_set(err, error_code_from_word(json_text(e, "code", "")), "%s",
	    json_text(e, "message", "controller gave no reason"));
	hint = json_text(e, "hint", "");
	return hint[0] == '\0' ? -1 : error_hint(err, "%s", hint);
}

int
client_answer(const struct http *h, json_t **reply, struct error *err)
{
	json_t *json = json_read(strbuf_cstr(&h->body), h->body.len,
	    CLIENT_REPLY_MAX, err);

	if (json == NULL)
		return error_wrap(err, "answer of the controller");
	if (h->status < 200 || h->status > 299) {
		client_error(json, h->status, err);
		json_decref(json);
		return -1;
	}
	*reply = json;
	return 0;
}

/*
 * A controller that has just been killed may take a connection for another
 * moment. Who only asks for something may ask again.
 */
static bool
client_met_nobody(const struct http *h, const json_t *body)
{
	return h->state == HTTP_UNREACHED || (body == NULL && h->head.len == 0);
}

static int
client_transport_error(struct client *c, const struct http *h,
    const json_t *body, struct error *err)
{
	c->reached = !client_met_nobody(h, body);
	if (!c->reached)
		return error_set(err, ERROR_UNAVAILABLE,
		    "controller does not answer at %s", c->socket_path);
	if (h->errnum != 0) {
		error_set_errno(err, h->errnum, "answer of the controller");
		err->code = ERROR_UNAVAILABLE;
		return -1;
	}
	return error_set(err, ERROR_UNAVAILABLE,
	    "controller went away before it had answered");
}

int
client_call(struct client *c, const char *path, json_t *stolen_body,
    json_t **reply, struct error *err)
{
	json_auto_t *body = stolen_body;
	autofree char *text = body == NULL ? NULL : json_line(body);
	autohttp h;

	http_start(&h, c->socket_path, path, text);
	http_wait(&h);
	if (h.state != HTTP_DONE)
		return client_transport_error(c, &h, body, err);
	c->reached = true;
	return client_answer(&h, reply, err);
}

bool
client_reached(const struct client *c)
{
	return c->reached;
}

char *
client_encode(const char *text)
{
	autostrbuf sb = { 0 };

	strbuf_add_percent(&sb, text);
	return strbuf_detach(&sb);
}
