/* SPDX-License-Identifier: Apache-2.0 */
/*
 * share - keeps an eye on the access file, and a second socket for as long as
 * it gives anybody a role. The owner's socket is never opened to others.
 *
 * The kernel says when a file of that name has changed, and it is looked at
 * again before each request: no request that comes after a change is judged by
 * what was before.
 */

#include <errno.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "api/internal.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/paths.h"

#define SHARE_EVENTS                                                \
	(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | \
	    IN_DELETE | IN_ATTRIB | IN_ONLYDIR)
#define SHARE_READ_BYTES 4096

static void
share_open(struct api_server *s)
{
	struct error err = { 0 };

	if (paths_make_shared(s->shared_path, &err) == -1 ||
	    (s->shared = listener_open(s, s->shared_path, 0666, &err)) ==
		NULL) {
		log_error("access", "only the owner and root: %s", err.msg);
		return;
	}
	log_info("access", "others connect at %s", s->shared_path);
	listener_start(s->shared);
}

void
share_refresh(struct api_server *s)
{
	if (s->stopping || !access_refresh(s->access))
		return;
	peers_review(s);
	if (!access_is_shared(s->access))
		listener_close(&s->shared);
	else if (s->shared == NULL && s->shared_path != NULL)
		share_open(s);
}

/* Are these events about a file of that name, or about too many to tell? */
static bool
share_concerns(const char *buf, size_t len, const char *name)
{
	const struct inotify_event *event;

	for (size_t at = 0; at < len; at += sizeof *event + event->len) {
		event = (const void *)(buf + at);
		if ((event->mask & IN_Q_OVERFLOW) != 0 ||
		    (event->len > 0 && strcmp(event->name, name) == 0))
			return true;
	}
	return false;
}

static void
share_on_event(uv_poll_t *poll, int status, int events)
{
	_Alignas(struct inotify_event) char buf[SHARE_READ_BYTES];
	struct api_server *s = poll->data;
	const char *name = strrchr(s->access_path, '/') + 1;
	bool concerned = false;
	ssize_t n;
	int fd = -1;

	(void)status;
	(void)events;
	if (uv_fileno((uv_handle_t *)poll, &fd) != 0)
		return;
	while ((n = read(fd, buf, sizeof buf)) > 0)
		concerned |= share_concerns(buf, (size_t)n, name);
	if (!concerned)
		return;
	access_forget(s->access);
	share_refresh(s);
}

static int
share_watch(const char *path)
{
	autofree char *dir = xstrdup(path);
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	char *slash = strrchr(dir, '/');

	*slash = '\0';
	if (fd == -1)
		return -1;
	if (inotify_add_watch(fd, dir, SHARE_EVENTS) == -1) {
		(void)close(fd); /* Nothing was written to it. */
		return -1;
	}
	return fd;
}

void
share_start(struct api_server *s)
{
	int fd;

	if (s->access_path == NULL)
		return;
	fd = share_watch(s->access_path);
	if (fd == -1) {
		log_warn("access",
		    "%s: cannot be watched: %s; changes count "
		    "from the next request of the owner",
		    s->access_path, strerror(errno));
	} else {
		s->on_access = xcalloc(1, sizeof *s->on_access);
		/* Cannot fail: the descriptor is fresh and can be polled. */
		if (uv_poll_init(s->spec.loop, s->on_access, fd) != 0 ||
		    uv_poll_start(s->on_access, UV_READABLE, share_on_event) !=
			0)
			abort();
		s->on_access->data = s;
	}
	share_refresh(s);
}

static void
share_on_closed(uv_handle_t *handle)
{
	free(handle);
}

void
share_stop(struct api_server *s)
{
	uv_poll_t *poll = take_ptr(s->on_access);
	int fd = -1;

	listener_close(&s->shared);
	if (poll == NULL)
		return;
	(void)uv_fileno((uv_handle_t *)poll, &fd);
	uv_close((uv_handle_t *)poll, share_on_closed);
	(void)close(fd); /* Nothing was written to it. */
}
