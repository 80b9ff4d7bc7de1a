/* SPDX-License-Identifier: Apache-2.0 */
/* listener - a socket that clients come in by. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/internal.h"
#include "api/listen.h"
#include "base/log.h"
#include "base/mem.h"

/* Accepted in one go, so that a crowd cannot hold up the rest. */
#define LISTENER_ACCEPT_MAX 16

/*
 * Nobody waits until it is sent: who has sent a request by now can read it, and
 * for the others the connection ends.
 */
static void
listener_refuse(int fd)
{
	static const char answer[] =
	    "HTTP/1.1 503 Service Unavailable\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: 94\r\n"
	    "Connection: close\r\n"
	    "\r\n"
	    "{\"error\": {\"code\": \"unavailable\", \"message\": "
	    "\"too many connections of this user\", \"hint\": \"\"}}";

	(void)send(fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)close(fd); /* What was written to it is for whoever reads. */
}

static void
listener_admit(struct api_server *s, int fd, const struct sockaddr_un *addr)
{
	struct api_peer *peer = peer_admit(s, fd);

	if (peer == NULL) {
		listener_refuse(fd);
		return;
	}
	/* It closes the socket itself if it does not take it. */
	if (MHD_add_connection(s->daemon, fd, (const struct sockaddr *)addr,
		sizeof *addr) != MHD_YES &&
	    !peer->started)
		peer_free(peer);
}

/*
 * Without a descriptor left, the client would stay in the queue and the loop
 * would spin: use the spare one to turn it away.
 */
static void
listener_turn_away(struct api_server *s, int listen_fd)
{
	int fd;

	(void)close(s->spare_fd);
	fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
	mem_closep(&fd);
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	log_warn("api", "out of file descriptors: turned a client away");
}

static void
listener_on_poll(uv_poll_t *poll, int status, int events)
{
	struct api_listener *l = poll->data;
	struct api_server *s = l->server;

	(void)status;
	(void)events;
	share_refresh(s);
	for (int i = 0; i < LISTENER_ACCEPT_MAX && l->fd != -1; i++) {
		struct sockaddr_un addr = { .sun_family = AF_UNIX };
		int fd = accept4(l->fd, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd == -1 && (errno == EMFILE || errno == ENFILE))
			listener_turn_away(s, l->fd);
		if (fd == -1)
			break;
		listener_admit(s, fd, &addr);
	}
	server_pump(s);
}

struct api_listener *
listener_open(struct api_server *s, const char *path, mode_t mode,
    struct error *err)
{
	int fd = api_listen(path, mode, err);
	struct api_listener *l;

	if (fd == -1)
		return NULL;
	l = xcalloc(1, sizeof *l);
	l->server = s;
	l->fd = fd;
	l->path = xstrdup(path);
	/* Cannot fail: the descriptor is fresh and can be polled. */
	if (uv_poll_init(s->spec.loop, &l->poll, fd) != 0)
		abort();
	l->poll.data = l;
	return l;
}

void
listener_start(struct api_listener *l)
{
	if (uv_poll_start(&l->poll, UV_READABLE, listener_on_poll) != 0)
		abort();
}

static void
listener_on_closed(uv_handle_t *handle)
{
	struct api_listener *l = handle->data;

	free(l->path);
	free(l);
}

void
listener_close(struct api_listener **slot)
{
	struct api_listener *l = take_ptr(*slot);

	if (l == NULL)
		return;
	/* Gone already is as good. */
	(void)unlink(l->path);
	uv_close((uv_handle_t *)&l->poll, listener_on_closed);
	(void)close(l->fd); /* Nothing was written to it. */
	l->fd = -1;
}
