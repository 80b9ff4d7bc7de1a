/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "charm/channel.h"

void
channel_release(struct charm_channel *ch)
{
	strbuf_release(&ch->in);
}

static int
channel_break(struct charm_channel *ch, int errnum, struct error *err)
{
	ch->is_broken = true;
	if (errnum != 0)
		return error_set_errno(err, errnum, "channel to tenond");
	return error_set(err, ERROR_UNAVAILABLE, "tenond closed the channel");
}

static int
channel_write(struct charm_channel *ch, const char *text, size_t len,
    struct error *err)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = send(ch->fd, text + done, len - done, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return channel_break(ch, errno, err);
		done += (size_t)n;
	}
	return 0;
}

int
channel_send(struct charm_channel *ch, const json_t *message, struct error *err)
{
	autofree char *text = json_line(message);
	autostrbuf line = { 0 };

	if (ch->is_broken)
		return channel_break(ch, 0, err);
	strbuf_adds(&line, text);
	if (line.len > LIMIT_MESSAGE_BYTES)
		return error_set(err, ERROR_TOO_LARGE,
		    "message of %zu bytes, at most %d are allowed", line.len,
		    LIMIT_MESSAGE_BYTES);
	strbuf_addc(&line, '\n');
	return channel_write(ch, strbuf_cstr(&line), line.len, err);
}

/* Take the first `len` bytes and the newline after them off the input. */
static json_t *
channel_take_line(struct charm_channel *ch, size_t len, struct error *err)
{
	struct strbuf rest = { 0 };
	json_t *message;

	message = json_read(strbuf_cstr(&ch->in), len, LIMIT_MESSAGE_BYTES,
	    err);
	strbuf_addn(&rest, strbuf_cstr(&ch->in) + len + 1,
	    ch->in.len - len - 1);
	strbuf_release(&ch->in);
	ch->in = rest;
	if (message != NULL && !json_is_object(message)) {
		json_decref(message);
		message = NULL;
		(void)error_set(err, ERROR_INVALID, "not an object");
	}
	if (message == NULL) {
		ch->is_broken = true;
		(void)error_wrap(err, "message from tenond");
	}
	return message;
}

/* 1 if something was read, 0 at the end, -1 on failure. */
static int
channel_fill(struct charm_channel *ch, struct error *err)
{
	char chunk[16384];
	ssize_t n;

	do {
		n = recv(ch->fd, chunk, sizeof chunk, 0);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return channel_break(ch, errno, err);
	if (n == 0)
		return 0;
	strbuf_addn(&ch->in, chunk, (size_t)n);
	return 1;
}

enum channel_event
channel_receive(struct charm_channel *ch, json_t **message, struct error *err)
{
	size_t seen = 0;
	const char *newline;
	const char *text;
	int rc;

	if (ch->is_broken) {
		(void)channel_break(ch, 0, err);
		return CHANNEL_FAILED;
	}
	for (;;) {
		text = strbuf_cstr(&ch->in);
		newline = memchr(text + seen, '\n', ch->in.len - seen);
		if (newline != NULL)
			break;
		seen = ch->in.len;
		if (seen > LIMIT_MESSAGE_BYTES) {
			ch->is_broken = true;
			(void)error_set(err, ERROR_TOO_LARGE,
			    "message from tenond of more than %d bytes",
			    LIMIT_MESSAGE_BYTES);
			return CHANNEL_FAILED;
		}
		rc = channel_fill(ch, err);
		if (rc < 0)
			return CHANNEL_FAILED;
		if (rc == 0)
			return CHANNEL_EOF;
	}
	*message = channel_take_line(ch, (size_t)(newline - text), err);
	return *message != NULL ? CHANNEL_MESSAGE : CHANNEL_FAILED;
}

static json_t *
channel_await(struct charm_channel *ch, struct error *err)
{
	json_t *message = NULL;

	switch (channel_receive(ch, &message, err)) {
	case CHANNEL_EOF:
		(void)channel_break(ch, 0, err);
		return NULL;
	case CHANNEL_FAILED:
		return NULL;
	case CHANNEL_MESSAGE:
		break;
	}
	if (json_int(message, "id", 0) != ch->last_id) {
		ch->is_broken = true;
		(void)error_set(err, ERROR_INTERNAL,
		    "answer %lld from tenond where %lld was due",
		    (long long)json_int(message, "id", 0),
		    (long long)ch->last_id);
		json_decref(message);
		return NULL;
	}
	return message;
}

static void
channel_refused(const json_t *answer, struct error *err)
{
	const json_t *why = json_child(answer, "error", JSON_OBJECT);
	const char *hint = json_text(why, "hint", "");

	(void)error_set(err, error_code_from_word(json_text(why, "code", "")),
	    "%s", json_text(why, "message", "no reason given"));
	if (*hint != '\0')
		(void)error_hint(err, "%s", hint);
}

json_t *
channel_call(struct charm_channel *ch, const char *tool, json_t *stolen_args,
    struct error *err)
{
	json_auto_t *request = json_object();
	json_auto_t *answer = NULL;
	json_t *value;

	json_object_set_new(request, "id", json_integer(++ch->last_id));
	json_object_set_new(request, "tool", json_string(tool));
	json_object_set_new(request, "args",
	    stolen_args != NULL ? stolen_args : json_object());
	if (channel_send(ch, request, err) == 0)
		answer = channel_await(ch, err);
	if (answer == NULL) {
		(void)error_wrap(err, "%s", tool);
		return NULL;
	}
	value = json_object_get(answer, "ok");
	if (value == NULL) {
		channel_refused(answer, err);
		(void)error_wrap(err, "%s", tool);
	}
	return json_incref(value);
}

/* How many bytes of well-formed UTF-8 the text starts with: 0 for none. */
static size_t
utf8_length(const unsigned char *s)
{
	size_t i, n;

	if (*s < 0x80)
		return *s != '\0' ? 1 : 0;
	n = *s >= 0xf0 ? 4 : *s >= 0xe0 ? 3 : 2;
	if (*s < 0xc2 || *s > 0xf4)
		return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

json_t *
channel_text(const char *text)
{
	const unsigned char *s;
	autostrbuf clean = { 0 };
	size_t n;

	for (s = (const unsigned char *)text; *s != '\0'; s += n) {
		n = utf8_length(s);
		if (n == 0) {
			strbuf_addc(&clean, '?');
			n = 1;
			continue;
		}
		strbuf_addn(&clean, (const char *)s, n);
	}
	return json_string(strbuf_cstr(&clean));
}
