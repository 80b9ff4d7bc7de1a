/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <unistd.h>

#include "api/internal.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

#define SERVER_FLAGS \
	(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_NO_LISTEN_SOCKET)

/* For a sender or a reader that has stopped; waiting calls do not count. */
#define SERVER_IDLE_S       30
#define SERVER_GRACE_MS     2000
#define SERVER_MEMORY_BYTES (32 * 1024)

int
server_ask(struct api_server *s, const char *path, struct engine_call *ask,
    struct error *err)
{
	const struct api_route *route = api_route_find(s->spec.table, "GET",
	    path);

	if (route == NULL || route->verb == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no route %s", path);
	ask->engine = s->spec.engine;
	ask->uid = s->spec.owner;
	return route->verb(ask, err);
}

/* ---- the end ---- */

static void
server_free(struct api_server *s)
{
	access_free(s->access);
	free(s->counts);
	free(s->seen);
	free(s->access_path);
	free(s->shared_path);
	free(s);
}

static void
server_on_closed(uv_handle_t *handle)
{
	struct api_server *s = handle->data;
	void (*done)(void *) = s->done;
	void *arg = s->done_arg;

	if (--s->handles > 0)
		return;
	server_free(s);
	if (done != NULL)
		done(arg);
}

/* All that is still open; the last handle to close frees the server. */
static void
server_close(struct api_server *s)
{
	uv_handle_t *const handles[] = { (uv_handle_t *)&s->on_epoll,
		(uv_handle_t *)&s->mhd_timer, (uv_handle_t *)&s->deadline_timer,
		(uv_handle_t *)&s->keepalive_timer,
		(uv_handle_t *)&s->grace_timer,
		(uv_handle_t *)&s->patience_timer };

	if (s->closed)
		return;
	s->closed = true;
	for (size_t i = 0; i < nitems(handles); i++)
		uv_close(handles[i], server_on_closed);
	MHD_stop_daemon(s->daemon);
	(void)close(s->spare_fd); /* Nothing was written to it. */
}

/* ---- serving ---- */

static void server_on_timer(uv_timer_t *);

/* And ask the library when it wants to be called again. */
void
server_pump(struct api_server *s)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;

	(void)MHD_run(s->daemon); /* Says MHD_NO only for a wrong mode. */
	if (MHD_get_timeout(s->daemon, &ms) == MHD_YES)
		(void)uv_timer_start(&s->mhd_timer, server_on_timer, ms, 0);
	else
		(void)uv_timer_stop(&s->mhd_timer);
	if (s->stopping && TAILQ_EMPTY(&s->calls))
		server_close(s);
}

static void
server_on_timer(uv_timer_t *timer)
{
	server_pump(timer->data);
}

/*
 * A library without a listening socket of its own does not notice by itself
 * that a connection has been resumed.
 */
void
server_resume(struct api_server *s, struct MHD_Connection *connection)
{
	MHD_resume_connection(connection);
	(void)uv_timer_start(&s->mhd_timer, server_on_timer, 0, 0);
}

static void
server_on_epoll(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	server_pump(poll->data);
}

static void
server_on_change(void *arg)
{
	struct api_server *s = arg;

	s->sequence++;
	calls_recheck(s);
	streams_wake(s);
}

/* ---- life ---- */

static struct MHD_Daemon *
server_start_http(struct api_server *s)
{
	return MHD_start_daemon(SERVER_FLAGS, 0, NULL, NULL, call_on_request, s,
	    MHD_OPTION_URI_LOG_CALLBACK, call_on_uri, s,
	    MHD_OPTION_NOTIFY_COMPLETED, call_on_completed, s,
	    MHD_OPTION_NOTIFY_CONNECTION, peer_on_connection, s,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIMIT_CONNECTIONS,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SERVER_IDLE_S,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_MEMORY_BYTES,
	    MHD_OPTION_END);
}

/* None of these can fail: the descriptors are fresh and can be polled. */
static void
server_init_handles(struct api_server *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon,
	    MHD_DAEMON_INFO_EPOLL_FD);
	uv_timer_t *const timers[] = { &s->mhd_timer, &s->deadline_timer,
		&s->keepalive_timer, &s->grace_timer, &s->patience_timer };

	if (uv_poll_init(s->spec.loop, &s->on_epoll, info->epoll_fd) != 0)
		abort();
	s->on_epoll.data = s;
	for (size_t i = 0; i < nitems(timers); i++) {
		(void)uv_timer_init(s->spec.loop, timers[i]);
		timers[i]->data = s;
	}
	s->handles = 1 + (int)nitems(timers);
	if (uv_poll_start(&s->on_epoll, UV_READABLE, server_on_epoll) != 0)
		abort();
}

static struct api_server *
server_new(const struct api_spec *spec)
{
	struct api_server *s = xcalloc(1, sizeof *s);

	s->spec = *spec;
	s->spec.socket_path = NULL; /* The listener has it. */
	if (spec->access_path != NULL)
		s->access_path = xstrdup(spec->access_path);
	if (spec->shared_path != NULL)
		s->shared_path = xstrdup(spec->shared_path);
	s->access = access_new(spec->access_path, spec->owner);
	s->started_ms = clock_wall_ms();
	TAILQ_INIT(&s->calls);
	TAILQ_INIT(&s->peers);
	return s;
}

struct api_server *
api_server_start(const struct api_spec *spec, struct error *err)
{
	struct api_server *s = server_new(spec);

	s->own = listener_open(s, spec->socket_path, 0600, err);
	if (s->own == NULL) {
		server_free(s);
		return NULL;
	}
	s->daemon = server_start_http(s);
	s->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (s->daemon == NULL || s->spare_fd == -1) {
		error_set(err, ERROR_UNAVAILABLE, "cannot start the server");
		if (s->daemon != NULL)
			MHD_stop_daemon(s->daemon);
		listener_close(&s->own);
		server_free(s);
		return NULL;
	}
	server_init_handles(s);
	listener_start(s->own);
	share_start(s);
	s->watch = engine_watch(spec->engine, server_on_change, s);
	return s;
}

static void
server_on_grace_over(uv_timer_t *timer)
{
	server_close(timer->data);
}

void
api_server_stop(struct api_server *s, void (*done)(void *arg), void *arg)
{
	uint64_t grace_ms = s->spec.grace_ms != 0 ? s->spec.grace_ms :
						    SERVER_GRACE_MS;

	s->done = done;
	s->done_arg = arg;
	s->stopping = true;
	engine_unwatch(s->watch);
	listener_close(&s->own);
	share_stop(s);
	/* What has come true meanwhile is answered as such. */
	calls_recheck(s);
	calls_abandon(s);
	streams_end(s);
	(void)uv_timer_start(&s->grace_timer, server_on_grace_over, grace_ms,
	    0);
	(void)uv_timer_start(&s->mhd_timer, server_on_timer, 0, 0);
}
