/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <sys/pidfd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "machine/service_log.h"
#include "machine/supervised.h"

static const struct supervisor_timing usual_timing = {
	.backoff_min_ms = 100,
	.backoff_max_ms = 30000,
	.steady_ms = 60000,
	.window_ms = 60000,
	.log_check_ms = 3600000,
	.log_max_bytes = LIMIT_SERVICE_LOG,
};

static struct supervised *
supervisor_find(struct supervisor *sv, const char *key)
{
	struct supervised *s;

	TAILQ_FOREACH(s, &sv->services, entry) {
		if (s->state != SUPERVISED_REMOVED && strcmp(s->key, key) == 0)
			return s;
	}
	return NULL;
}

static void
supervisor_on_log_timer(uv_timer_t *timer)
{
	struct supervisor *sv = timer->data;
	struct supervised *s;
	struct error err;

	TAILQ_FOREACH(s, &sv->services, entry) {
		if (s->spec.log != NULL &&
		    service_log_rotate(s->spec.log, sv->timing.log_max_bytes,
			&err) == -1)
			log_warn(s->key, "%s", err.msg);
	}
}

struct supervisor *
supervisor_new_timed(uv_loop_t *loop, const struct supervisor_calls *calls,
    const struct supervisor_timing *timing)
{
	struct supervisor *sv = xcalloc(1, sizeof *sv);

	sv->loop = loop;
	sv->calls = *calls;
	sv->timing = *timing;
	TAILQ_INIT(&sv->services);
	(void)uv_timer_init(loop, &sv->log_timer); /* Always 0. */
	sv->log_timer.data = sv;
	(void)uv_timer_start(&sv->log_timer, supervisor_on_log_timer,
	    timing->log_check_ms, timing->log_check_ms);
	/* No reason by itself for the loop to go on. */
	uv_unref((uv_handle_t *)&sv->log_timer);
	return sv;
}

struct supervisor *
supervisor_new(uv_loop_t *loop, const struct supervisor_calls *calls)
{
	return supervisor_new_timed(loop, calls, &usual_timing);
}

static void
supervisor_on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
supervisor_free(struct supervisor *sv)
{
	struct supervised *s;

	if (sv == NULL)
		return;
	while ((s = TAILQ_FIRST(&sv->services)) != NULL)
		supervised_let_go(s);
	uv_close((uv_handle_t *)&sv->log_timer, supervisor_on_closed);
}

int
supervisor_start(struct supervisor *sv, const char *key, const json_t *spec,
    struct error *err)
{
	struct supervised *s = supervisor_find(sv, key);
	struct service_spec parsed;

	if (s != NULL && s->state == SUPERVISED_STOPPING)
		return error_set(err, ERROR_CONFLICT,
		    "service %s is being stopped", key);
	if (service_spec_parse(&parsed, key, spec, err) == -1)
		return -1;
	if (s == NULL) {
		s = supervised_new(sv, key, &parsed);
	} else {
		service_spec_release(&s->spec);
		s->spec = parsed;
	}
	if (s->state == SUPERVISED_RUNNING)
		return 0;
	(void)uv_timer_stop(&s->timer); /* Of a backoff, whose count stays. */
	if (supervised_spawn(s, err) == -1) {
		supervised_remove(s);
		return -1;
	}
	return 0;
}

/* A pidfd of just that process, or -1. */
static int
supervisor_open_pid(pid_t pid, uint64_t start_time, struct error *err)
{
	int pidfd = -1;

	/* With pids below 2, kill() would mean more than a process group. */
	if (pid > 1 && start_time != 0)
		pidfd = pidfd_open(pid, 0);
	if (pidfd != -1 && proc_start_time(pid) == start_time)
		return pidfd;
	mem_closep(&pidfd);
	return error_set(err, ERROR_NOT_FOUND, "process %d is gone", (int)pid);
}

int
supervisor_adopt(struct supervisor *sv, const char *key, const json_t *spec,
    pid_t pid, uint64_t start_time, struct error *err)
{
	struct service_spec parsed;
	struct supervised *s;
	int pidfd;

	if (supervisor_find(sv, key) != NULL)
		return error_set(err, ERROR_CONFLICT,
		    "service %s is supervised already", key);
	if (service_spec_parse(&parsed, key, spec, err) == -1)
		return -1;
	pidfd = supervisor_open_pid(pid, start_time, err);
	if (pidfd == -1) {
		service_spec_release(&parsed);
		return -1;
	}
	s = supervised_new(sv, key, &parsed);
	if (supervised_watch(s, pid, pidfd, err) == -1) {
		mem_closep(&pidfd);
		supervised_remove(s);
		return -1;
	}
	log_info(key, "service taken back, pid %d", (int)pid);
	return 0;
}

void
supervisor_stop(struct supervisor *sv, const char *key,
    supervisor_done_fn *done, void *arg)
{
	struct service_spec none = { 0 };
	struct supervised *s = supervisor_find(sv, key);

	/* One that is not there takes the same way, with nothing to end. */
	if (s == NULL)
		s = supervised_new(sv, key, &none);
	supervised_stop(s, done, arg);
}
