/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version 1.0 is asked for: no answer comes in chunks, and one whose length is
 * not known, such as a stream of events, ends with its connection.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/http.h"

#define HTTP_HEAD_MAX (64 * 1024)
#define HTTP_BODY_MAX (64 * 1024 * 1024)

static void
http_end(struct http *h, enum http_state state, int errnum)
{
	if (h->fd != -1)
		(void)close(h->fd);
	h->fd = -1;
	h->state = state;
	h->errnum = errnum;
}

static int
http_connect(const char *socket_path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(socket_path);
	int fd;

	if (len >= sizeof to.sun_path)
		return -1;
	memcpy(to.sun_path, socket_path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd != -1 &&
	    connect(fd, (const struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* Who takes no more may have answered already: the answer tells. */
static void
http_send(const struct http *h, const struct strbuf *request)
{
	const char *p = strbuf_cstr(request);
	size_t left = request->len;

	while (left > 0) {
		ssize_t n = send(h->fd, p, left, MSG_NOSIGNAL);

		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return;
		p += n;
		left -= (size_t)n;
	}
}

void
http_start(struct http *h, const char *socket_path, const char *path,
    const char *body)
{
	autostrbuf request = { 0 };

	*h = (struct http){ .fd = http_connect(socket_path), .length = -1 };
	if (h->fd == -1) {
		http_end(h, HTTP_UNREACHED, 0);
		return;
	}
	strbuf_addf(&request, "%s %s HTTP/1.0\r\nHost: tenon\r\n",
	    body == NULL ? "GET" : "POST", path);
	if (body != NULL)
		strbuf_addf(&request,
		    "Content-Type: application/json\r\n"
		    "Content-Length: %zu\r\n",
		    strlen(body));
	strbuf_addf(&request, "\r\n%s", body == NULL ? "" : body);
	http_send(h, &request);
}

int
http_fd(const struct http *h)
{
	return h->fd;
}

static int
http_parse_length(const char *text, int64_t *length)
{
	char *end;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	*length = strtoll(text, &end, 10);
	return errno == 0 && (*end == '\r' || *end == '\0') ? 0 : -1;
}

/* "HTTP/1.x 200 OK", and lines of which one may tell the length. */
static int
http_parse_head(struct http *h)
{
	static const char length[] = "Content-Length:";
	const char *line = strbuf_cstr(&h->head);

	if (strncmp(line, "HTTP/1.", 7) != 0 || strlen(line) < 12)
		return -1;
	h->status = (int)strtol(line + 9, NULL, 10);
	while ((line = strstr(line, "\r\n")) != NULL) {
		line += 2;
		if (strncasecmp(line, length, sizeof length - 1) != 0)
			continue;
		line += sizeof length - 1;
		line += strspn(line, " ");
		if (http_parse_length(line, &h->length) == -1)
			return -1;
	}
	return h->status >= 100 && h->status <= 599 ? 0 : -1;
}

static void
http_take_body(struct http *h, const char *data, size_t n)
{
	h->got += n;
	strbuf_addn(&h->body, data, n);
	if (h->body.len > HTTP_BODY_MAX)
		http_end(h, HTTP_LOST, EMSGSIZE);
	else if (h->length != -1 && h->got >= (size_t)h->length)
		http_end(h, HTTP_DONE, 0);
}

static void
http_take_head(struct http *h, const char *data, size_t n)
{
	const char *end;
	size_t len;

	strbuf_addn(&h->head, data, n);
	end = strstr(strbuf_cstr(&h->head), "\r\n\r\n");
	if (end == NULL) {
		if (h->head.len > HTTP_HEAD_MAX)
			http_end(h, HTTP_LOST, EMSGSIZE);
		return;
	}
	len = (size_t)(end - strbuf_cstr(&h->head)) + 4;
	h->state = HTTP_BODY;
	strbuf_addn(&h->body, strbuf_cstr(&h->head) + len, h->head.len - len);
	strbuf_truncate(&h->head, len - 2);
	if (http_parse_head(h) == -1) {
		http_end(h, HTTP_LOST, EPROTO);
		return;
	}
	h->got = h->body.len;
	http_take_body(h, "", 0);
}

void
http_read(struct http *h)
{
	char chunk[16384];
	ssize_t n;

	if (h->fd == -1)
		return;
	n = recv(h->fd, chunk, sizeof chunk, MSG_DONTWAIT);
	if (n > 0 && h->state == HTTP_HEAD)
		http_take_head(h, chunk, (size_t)n);
	else if (n > 0)
		http_take_body(h, chunk, (size_t)n);
	else if (n == 0)
		http_end(h,
		    h->state == HTTP_BODY && h->length == -1 ? HTTP_DONE :
							       HTTP_LOST,
		    0);
	else if (errno != EAGAIN && errno != EINTR)
		http_end(h, HTTP_LOST, errno);
}

void
http_wait(struct http *h)
{
	while (h->fd != -1) {
		struct pollfd fd = { .fd = h->fd, .events = POLLIN };

		/* Whatever it is, reading will tell. */
		(void)poll(&fd, 1, -1);
		http_read(h);
	}
}

void
http_release(struct http *h)
{
	http_end(h, HTTP_DONE, 0);
	strbuf_release(&h->head);
	strbuf_release(&h->body);
}
