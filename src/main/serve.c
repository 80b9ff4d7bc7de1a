/* SPDX-License-Identifier: Apache-2.0 */

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "api/route.h"
#include "api/server.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/paths.h"
#include "base/version.h"
#include "engine/engine.h"
#include "main/daemon.h"
#include "main/gone.h"
#include "main/serve.h"

struct serve {
	uv_loop_t loop;
	struct engine *engine;
	struct api_server *server;
	char *runtime; /* The directory of the socket. */
	struct engine_watch *watch;
	struct gone *gone;
	uv_signal_t signals[5];
	size_t nsignals;
	bool stopping;
};

/*
 * A directory of ours: named by the environment, else beside the program, else
 * where packages put it. Owned by the caller.
 */
static char *
serve_find_dir(const char *variable, const char *name)
{
	const char *named = getenv(variable);
	char exe[PATH_MAX];
	ssize_t n;

	if (named != NULL && named[0] != '\0')
		return paths_absolute(named);
	n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n > 0) {
		char *beside;

		exe[n] = '\0';
		beside = xasprintf("%.*s/%s", (int)(strrchr(exe, '/') - exe),
		    exe, name);
		if (file_exists(beside))
			return beside;
		free(beside);
	}
	return xasprintf(TENON_LIB_DIR "/%s", name);
}

/* ---- the end ---- */

static void
serve_on_engine_stopped(void *arg)
{
	struct serve *sv = arg;

	for (size_t i = 0; i < sv->nsignals; i++)
		uv_close((uv_handle_t *)&sv->signals[i], NULL);
	/* What the supervisor watches goes on, so the loop would as well. */
	uv_stop(&sv->loop);
}

static void
serve_on_server_stopped(void *arg)
{
	struct serve *sv = arg;

	sv->server = NULL;
	engine_stop(sv->engine, serve_on_engine_stopped, sv);
}

/* First the clients get their answers, then the charms end. */
static void
serve_stop(struct serve *sv)
{
	if (sv->stopping)
		return;
	sv->stopping = true;
	daemon_stopping();
	engine_unwatch(sv->watch);
	gone_unwatch(take_ptr(sv->gone));
	api_server_stop(sv->server, serve_on_server_stopped, sv);
}

static void
serve_on_change(void *arg)
{
	struct serve *sv = arg;

	if (engine_is_over(sv->engine)) {
		log_info("tenond", "the controller is gone: stopping");
		serve_stop(sv);
	}
}

/* It would answer for what is on no disk, and keep a new one from beginning. */
static void
serve_on_gone(void *arg)
{
	struct serve *sv = arg;

	if (sv->stopping)
		return;
	log_error("tenond", "the state directory is gone: stopping");
	serve_stop(sv);
}

static void
serve_on_stop_signal(uv_signal_t *handle, int signo)
{
	struct serve *sv = handle->data;

	log_info("tenond", "%s: stopping, services go on", strsignal(signo));
	serve_stop(sv);
}

/*
 * A terminal that closes, a reader that hangs up and a file that has become too
 * large are no reason to end.
 */
static void
serve_on_other_signal(uv_signal_t *handle, int signo)
{
	(void)handle;
	(void)signo;
}

/* ---- the beginning ---- */

static void
serve_watch_signals(struct serve *sv)
{
	static const struct {
		int signo;
		uv_signal_cb fn;
	} rows[] = {
		{ SIGTERM, serve_on_stop_signal },
		{ SIGINT, serve_on_stop_signal },
		{ SIGHUP, serve_on_other_signal },
		{ SIGPIPE, serve_on_other_signal },
		{ SIGXFSZ, serve_on_other_signal },
	};

	_Static_assert(nitems(rows) == nitems(sv->signals), "a handle each");
	for (size_t i = 0; i < nitems(rows); i++) {
		uv_signal_t *handle = &sv->signals[i];

		if (uv_signal_init(&sv->loop, handle) != 0 ||
		    uv_signal_start(handle, rows[i].fn, rows[i].signo) != 0)
			abort();
		handle->data = sv;
	}
	sv->nsignals = nitems(rows);
}

static struct engine *
serve_new_engine(struct serve *sv, const char *home, struct error *err)
{
	autofree char *charms = serve_find_dir("TENON_CHARMS", "charms");
	autofree char *tools = serve_find_dir("TENON_HOOKTOOLS", "hooktools");
	autofree char *socket = NULL;
	struct engine_spec spec = { .loop = &sv->loop,
		.home = home,
		.charms_dir = charms,
		.tools_dir = tools,
		.version = JUJU_VERSION };

	if (paths_socket(home, &socket, err) == -1)
		return NULL;
	spec.socket = socket;
	return engine_new(&spec, err);
}

static struct api_server *
serve_new_server(struct serve *sv, const char *home, struct error *err)
{
	autofree char *path = NULL, *access = xasprintf("%s/access.yaml", home);
	autofree char *shared = paths_shared(home, geteuid());
	struct api_spec spec = { .loop = &sv->loop,
		.engine = sv->engine,
		.table = &api_routes,
		.owner = geteuid(),
		.access_path = access,
		.shared_path = shared };

	if (paths_make_runtime(home, &sv->runtime, err) == -1 ||
	    paths_socket(home, &path, err) == -1)
		return NULL;
	spec.socket_path = path;
	return api_server_start(&spec, err);
}

static void
serve_run(struct serve *sv, const char *home, struct daemon *daemon)
{
	engine_start(sv->engine);
	sv->watch = engine_watch(sv->engine, serve_on_change, sv);
	sv->gone = gone_watch(&sv->loop, home, serve_on_gone, sv);
	log_info("tenond", "serving %s", home);
	daemon_ready(daemon);
	(void)uv_run(&sv->loop, UV_RUN_DEFAULT); /* Until uv_stop(). */
	log_info("tenond", "stopped");
}

/*
 * Let go of the engine, which has stopped, and close the rest. The directory is
 * removed while the store is still ours, so that no other tenond uses it; one
 * that is not empty stays.
 */
static void
serve_release(struct serve *sv)
{
	if (sv->runtime != NULL)
		(void)rmdir(sv->runtime);
	free(sv->runtime);
	engine_free(sv->engine);
	(void)uv_run(&sv->loop, UV_RUN_DEFAULT); /* Ends by itself. */
	if (uv_loop_close(&sv->loop) != 0)
		log_warn("tenond", "the loop still has handles");
}

int
serve(const char *home, struct daemon *daemon, struct error *err)
{
	struct serve sv = { 0 };
	int rc = -1;

	if (uv_loop_init(&sv.loop) != 0)
		return error_set(err, ERROR_INTERNAL, "cannot make a loop");
	sv.engine = serve_new_engine(&sv, home, err);
	if (sv.engine == NULL)
		return -1;
	serve_watch_signals(&sv);
	sv.server = serve_new_server(&sv, home, err);
	if (sv.server != NULL) {
		serve_run(&sv, home, daemon);
		rc = engine_is_over(sv.engine) ? SERVE_OVER : SERVE_STOPPED;
	} else {
		engine_stop(sv.engine, serve_on_engine_stopped, &sv);
		(void)uv_run(&sv.loop, UV_RUN_DEFAULT); /* Until uv_stop(). */
	}
	serve_release(&sv);
	return rc;
}
