/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - one request to tenond over its unix socket, and its answer as it comes.
 *
 * HEAD -> BODY -> DONE, or LOST from either of the first two; UNREACHED.
 */

#ifndef CLI_HTTP_H
#define CLI_HTTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

enum http_state {
	HTTP_HEAD, /* Nothing, or not all, of the head has come. */
	HTTP_BODY,
	HTTP_DONE,
	HTTP_LOST,     /* It ended before the answer did. */
	HTTP_UNREACHED /* Nobody took the connection. */
};

struct http {
	/* Read at any time. */
	enum http_state state;
	int status;         /* From HTTP_BODY on. */
	int errnum;         /* Of HTTP_LOST; 0 if it was just closed. */
	struct strbuf body; /* What has come of it; may be cleared. */

	/* Private. */
	int fd;
	struct strbuf head;
	size_t got;
	int64_t length; /* -1 for a body that ends with the connection. */
};

/* Send it: a POST of `body`, or a GET if that is NULL. */
void http_start(struct http *, const char *socket_path, const char *path,
    const char *body);

/* What can be waited for until there is more; -1 when it is over. */
int http_fd(const struct http *);

/* Take what has come, without waiting. */
void http_read(struct http *);

/* Read to the end, however long that takes. */
void http_wait(struct http *);

/* Leaves it over, with nothing in it. */
void http_release(struct http *);

#define autohttp __attribute__((cleanup(http_release))) struct http

#endif /* CLI_HTTP_H */
