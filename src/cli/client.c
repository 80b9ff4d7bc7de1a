/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/client.h"

#define CLIENT_REPLY_MAX (64 * 1024 * 1024)

struct client {
	char *socket_path;
	CURL *curl;
	struct strbuf sink;
	struct curl_slist *headers;
	bool reached;
};

static size_t
client_on_data(char *data, size_t size, size_t n, void *arg)
{
	struct strbuf *sink = arg;

	if (sink->len + size * n > CLIENT_REPLY_MAX)
		return 0;
	strbuf_addn(sink, data, size * n);
	return size * n;
}

static void
client_prepare(const struct client *c, CURL *curl, struct strbuf *sink)
{
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, c->socket_path);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, c->headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, client_on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sink);
}

struct client *
client_new(const char *socket_path)
{
	struct client *c = xcalloc(1, sizeof *c);

	if (curl_global_init(CURL_GLOBAL_NOTHING) != CURLE_OK)
		abort();
	c->socket_path = xstrdup(socket_path);
	c->headers = curl_slist_append(NULL, "Content-Type: application/json");
	c->headers = curl_slist_append(c->headers, "Expect:");
	c->curl = curl_easy_init();
	if (c->curl == NULL || c->headers == NULL)
		abort();
	client_prepare(c, c->curl, &c->sink);
	return c;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->headers);
	strbuf_release(&c->sink);
	free(c->socket_path);
	free(c);
}

static void
client_set_url(CURL *curl, const char *path)
{
	autofree char *url = xasprintf("http://tenon%s", path);

	curl_easy_setopt(curl, CURLOPT_URL, url);
}

CURL *
client_handle(const struct client *c, const char *path, struct strbuf *sink)
{
	CURL *curl = curl_easy_init();

	if (curl == NULL)
		abort();
	client_prepare(c, curl, sink);
	client_set_url(curl, path);
	return curl;
}

/* An error as docs/api.md describes it. */
static int
client_error(const json_t *reply, long status, struct error *err)
{
	const json_t *e = json_child(reply, "error", JSON_OBJECT);
	const char *hint;

	if (e == NULL)
		return error_set(err, ERROR_INTERNAL,
		    "controller answered with HTTP status %ld", status);
	error_set(err, error_code_from_word(json_text(e, "code", "")), "%s",
	    json_text(e, "message", "controller gave no reason"));
	hint = json_text(e, "hint", "");
	return hint[0] == '\0' ? -1 : error_hint(err, "%s", hint);
}

int
client_answer(CURL *curl, const struct strbuf *sink, json_t **reply,
    struct error *err)
{
	json_t *json;
	long status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	json = json_read(strbuf_cstr(sink), sink->len, CLIENT_REPLY_MAX, err);
	if (json == NULL)
		return error_wrap(err, "answer of the controller");
	if (status < 200 || status > 299) {
		client_error(json, status, err);
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
client_met_nobody(const struct client *c, CURLcode code, const json_t *body)
{
	if (code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING)
		return body == NULL && c->sink.len == 0;
	return code == CURLE_COULDNT_CONNECT;
}

static int
client_transport_error(struct client *c, CURLcode code, const json_t *body,
    struct error *err)
{
	c->reached = !client_met_nobody(c, code, body);
	if (c->reached)
		return error_set(err, ERROR_UNAVAILABLE,
		    "controller went away: %s", curl_easy_strerror(code));
	return error_set(err, ERROR_UNAVAILABLE,
	    "controller does not answer at %s", c->socket_path);
}

int
client_call(struct client *c, const char *path, json_t *stolen_body,
    json_t **reply, struct error *err)
{
	json_auto_t *body = stolen_body;
	autofree char *text = NULL;
	CURLcode code;

	strbuf_clear(&c->sink);
	client_set_url(c->curl, path);
	if (body != NULL) {
		text = json_line(body);
		curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(text));
	} else {
		curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
	}
	code = curl_easy_perform(c->curl);
	if (code != CURLE_OK)
		return client_transport_error(c, code, body, err);
	c->reached = true;
	return client_answer(c->curl, &c->sink, reply, err);
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

	for (const unsigned char *p = (const unsigned char *)text; *p != '\0';
	     p++) {
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXY"
			   "Z0123456789-._~",
			*p) != NULL)
			strbuf_addc(&sb, (char)*p);
		else
			strbuf_addf(&sb, "%%%02X", *p);
	}
	return strbuf_detach(&sb);
}
