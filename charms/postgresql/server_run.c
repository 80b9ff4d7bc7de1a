/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's process. The postmaster says in the last line of its pid file
 * when it accepts connections; inotify says when that changes.
 */

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "server.h"

#define STOP_TIMEOUT_MS 60000
#define LOOK_AGAIN_MS   500 /* At the service, which inotify cannot see. */
#define PID_FILE_BYTES  4096
#define PID_FILE_STATUS 7 /* The line of the status, from 0. */

/*
 * A primary comes back at once. A standby has to be closed before it starts, so
 * only we start it: see gate.h.
 */
static json_t *
server_spec(const struct server *s)
{
	autofree char *program = xasprintf("%s/postgres", s->bindir);
	autofree char *config = xasprintf("config_file=%s/postgresql.conf",
	    s->conf_dir);

	return json_pack("{s:[s,s,s,s,s], s:{s:s}, s:s, s:s, s:i, s:b, s:s}",
	    "argv", program, "-D", s->data, "-c", config, "env", "LANG",
	    "C.UTF-8", "user", SERVER_USER, "stop-signal", "INT",
	    "stop-timeout-ms", STOP_TIMEOUT_MS, "restart",
	    !server_is_standby(s), "log", s->log);
}

/* Does that postmaster accept connections? */
static bool
pid_file_is_ready(const struct server *s, long long pid)
{
	struct error ignored = { 0 };
	autofree char *text = file_read_below(s->data, "postmaster.pid",
	    PID_FILE_BYTES, &ignored);
	const char *line = text;

	if (text == NULL || strtoll(text, NULL, 10) != pid)
		return false;
	for (int i = 0; i < PID_FILE_STATUS; i++) {
		line = strchr(line, '\n');
		if (line == NULL)
			return false;
		line++;
	}
	return strncmp(line, "ready", strlen("ready")) == 0;
}

/* 1 if it accepts connections, 0 if not yet. */
static int
server_is_up(struct hook *h, const struct server *s, struct error *err)
{
	json_auto_t *service = hook_service(h, SERVER_SERVICE, err);
	autofree char *reason = NULL;
	const char *state;

	if (service == NULL)
		return -1;
	state = json_text(service, "state", "");
	if (strcmp(state, "running") == 0)
		return pid_file_is_ready(s, json_int(service, "pid", 0));
	if (strcmp(state, "backoff") == 0)
		return 0;
	reason = server_reason(s);
	return error_set(err, ERROR_UNAVAILABLE,
	    "PostgreSQL does not start: %s", reason);
}

static void
drain(int fd)
{
	char events[4096]
	    __attribute__((aligned(__alignof__(struct inotify_event))));

	while (read(fd, events, sizeof events) > 0)
		continue;
}

static int
server_wait(struct hook *h, const struct server *s, int watch, int timeout_ms,
    struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
	struct pollfd fd = { .fd = watch, .events = POLLIN };
	autofree char *reason = NULL;

	while (clock_mono_ms() < deadline_ms) {
		int up = server_is_up(h, s, err);

		if (up != 0)
			return up == 1 ? 0 : -1;
		/* The pid file is written in place, several times. */
		(void)poll(&fd, 1, LOOK_AGAIN_MS);
		drain(watch);
	}
	reason = server_reason(s);
	return error_set(err, ERROR_TIMEOUT,
	    "PostgreSQL is not ready after %d s: %s", timeout_ms / 1000,
	    reason);
}

int
server_declare(struct hook *h, const struct server *s, struct error *err)
{
	if (hook_service_set(h, SERVER_SERVICE, server_spec(s), err) == -1)
		return -1;
	return hook_service_start(h, SERVER_SERVICE, err);
}

static int
start_told(struct hook *h, const struct server *s, struct error *err)
{
	autofree char *note = xasprintf("the server is started at %s, port %d",
	    s->address, SERVER_PORT);

	return hook_plan_note(h, note, err);
}

int
server_start(struct hook *h, const struct server *s, int timeout_ms,
    struct error *err)
{
	autofd int watch = -1;

	if (h->is_plan)
		return start_told(h, s, err);
	watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch == -1 ||
	    inotify_add_watch(watch, s->data,
		IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_ONLYDIR) == -1)
		return error_set_errno(err, errno, "%s", s->data);
	if (server_declare(h, s, err) == -1)
		return -1;
	return server_wait(h, s, watch, timeout_ms, err);
}

bool
server_runs(struct hook *h)
{
	static const char *const without[] = { "stopped", "backoff", "failed" };
	struct error why = { 0 };
	json_auto_t *service = hook_service(h, SERVER_SERVICE, &why);

	if (service == NULL)
		return why.code != ERROR_NOT_FOUND;
	for (size_t i = 0; i < nitems(without); i++)
		if (strcmp(json_text(service, "state", ""), without[i]) == 0)
			return false;
	return true;
}

int
server_stop(struct hook *h, struct error *err)
{
	struct error missing = { 0 };
	json_auto_t *service = hook_service(h, SERVER_SERVICE, &missing);

	if (service == NULL) {
		if (missing.code == ERROR_NOT_FOUND)
			return 0;
		*err = missing;
		return -1;
	}
	return hook_service_stop(h, SERVER_SERVICE, err);
}
