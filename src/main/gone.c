/* SPDX-License-Identifier: Apache-2.0 */

#include "main/gone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"

/* Not what is written: that would wake us with each commit. */
#define GONE_EVENTS \
	(IN_DELETE | IN_DELETE_SELF | IN_MOVED_FROM | IN_MOVE_SELF | IN_ONLYDIR)
#define GONE_READ_BYTES 4096

struct gone {
	uv_poll_t poll;
	char *store;
	int fd;
	void (*fn)(void *arg);
	void *arg;
};

/* What has happened does not matter, only what there is now. */
static void
gone_on_event(uv_poll_t *poll, int status, int events)
{
	struct gone *g = poll->data;
	char buf[GONE_READ_BYTES];

	(void)status;
	(void)events;
	while (read(g->fd, buf, sizeof buf) > 0)
		continue;
	if (!file_exists(g->store))
		g->fn(g->arg);
}

static int
gone_open(const char *home)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	if (fd != -1 && inotify_add_watch(fd, home, GONE_EVENTS) != -1)
		return fd;
	log_warn("tenond", "%s: cannot be watched: %s", home, strerror(errno));
	if (fd != -1)
		(void)close(fd); /* Nothing was written to it. */
	return -1;
}

struct gone *
gone_watch(uv_loop_t *loop, const char *home, void (*fn)(void *arg), void *arg)
{
	int fd = gone_open(home);
	struct gone *g;

	if (fd == -1)
		return NULL;
	g = xcalloc(1, sizeof *g);
	g->store = xasprintf("%s/tenon.db", home);
	g->fd = fd;
	g->fn = fn;
	g->arg = arg;
	/* Cannot fail: the descriptor is fresh and can be polled. */
	if (uv_poll_init(loop, &g->poll, fd) != 0 ||
	    uv_poll_start(&g->poll, UV_READABLE, gone_on_event) != 0)
		abort();
	g->poll.data = g;
	return g;
}

static void
gone_on_closed(uv_handle_t *handle)
{
	struct gone *g = handle->data;

	free(g->store);
	free(g);
}

void
gone_unwatch(struct gone *g)
{
	if (g == NULL)
		return;
	uv_close((uv_handle_t *)&g->poll, gone_on_closed);
	(void)close(g->fd); /* Nothing was written to it. */
}
