/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/proc.h"
#include "machine/service_log.h"
#include "machine/spawn.h"
#include "machine/supervised.h"

struct supervised *
supervised_new(struct supervisor *sv, const char *key,
    struct service_spec *spec)
{
	struct supervised *s = xcalloc(1, sizeof *s);

	s->supervisor = sv;
	s->key = xstrdup(key);
	s->spec = *spec;
	*spec = (struct service_spec){ 0 };
	s->backoff_ms = sv->timing.backoff_min_ms;
	TAILQ_INIT(&s->waiters);
	(void)uv_timer_init(sv->loop, &s->timer); /* Always 0. */
	s->timer.data = s;
	TAILQ_INSERT_TAIL(&sv->services, s, entry);
	return s;
}

static void
supervised_forget_waiters(struct supervised *s)
{
	struct supervised_waiter *w;

	while ((w = TAILQ_FIRST(&s->waiters)) != NULL) {
		TAILQ_REMOVE(&s->waiters, w, entry);
		free(w);
	}
}

static void
supervised_on_closed(uv_handle_t *handle)
{
	struct supervised *s = handle->data;
	struct supervised_waiter *w;

	if (s->supervisor != NULL)
		TAILQ_REMOVE(&s->supervisor->services, s, entry);
	while ((w = TAILQ_FIRST(&s->waiters)) != NULL) {
		TAILQ_REMOVE(&s->waiters, w, entry);
		w->done(w->arg, s->key);
		free(w);
	}
	service_spec_release(&s->spec);
	free(s->key);
	free(s);
}

void
supervised_remove(struct supervised *s)
{
	if (s->state == SUPERVISED_REMOVED)
		return;
	s->state = SUPERVISED_REMOVED;
	if (s->watch != NULL)
		pidwatch_cancel(s->watch);
	s->watch = NULL;
	uv_close((uv_handle_t *)&s->timer, supervised_on_closed);
}

void
supervised_let_go(struct supervised *s)
{
	TAILQ_REMOVE(&s->supervisor->services, s, entry);
	s->supervisor = NULL;
	supervised_forget_waiters(s);
	supervised_remove(s);
}

/*
 * A process that has left its group is a daemon of its own; the others must
 * not be in the way of the next start. The group's number is still the dead
 * process's if no living one has it.
 */
static void
supervised_kill_rest(const struct supervised *s)
{
	if (proc_start_time(s->pid) == 0)
		(void)kill(-s->pid, SIGKILL);
}

static void
supervised_event(struct supervised *s, enum supervisor_event event,
    const char *detail)
{
	const struct supervisor_calls *calls = &s->supervisor->calls;

	calls->on_event(calls->arg, s->key, event, detail);
}

/* Whether it has ended too often by now. */
static bool
supervised_count_end(struct supervised *s, uint64_t now)
{
	const struct supervisor_timing *timing = &s->supervisor->timing;
	uint64_t *slot = &s->ends_ms[s->nends % SUPERVISOR_ENDS_MAX];
	uint64_t oldest;

	*slot = now;
	s->nends++;
	if (s->nends < SUPERVISOR_ENDS_MAX)
		return false;
	oldest = s->ends_ms[s->nends % SUPERVISOR_ENDS_MAX];
	return now - oldest < timing->window_ms;
}

static void
supervised_schedule(struct supervised *s, uv_timer_cb on_timer)
{
	const struct supervisor_timing *timing = &s->supervisor->timing;

	s->state = SUPERVISED_BACKOFF;
	(void)uv_timer_start(&s->timer, on_timer, s->backoff_ms, 0);
	s->backoff_ms *= 2;
	if (s->backoff_ms > timing->backoff_max_ms)
		s->backoff_ms = timing->backoff_max_ms;
}

static void supervised_on_backoff(uv_timer_t *);

/* Ended by itself, or could not be started again. */
static void
supervised_ended(struct supervised *s, const char *detail)
{
	const struct supervisor_timing *timing = &s->supervisor->timing;
	bool was_running = s->state == SUPERVISED_RUNNING;
	uint64_t now = clock_mono_ms();

	if (was_running && now - s->running_since_ms >= timing->steady_ms)
		s->backoff_ms = timing->backoff_min_ms;
	if (!s->spec.restart || supervised_count_end(s, now)) {
		log_error(s->key, "service has failed: %s", detail);
		supervised_remove(s);
		supervised_event(s, SUPERVISOR_FAILED, detail);
		return;
	}
	log_warn(s->key, "service has ended: %s; again in %llu ms", detail,
	    (unsigned long long)s->backoff_ms);
	supervised_schedule(s, supervised_on_backoff);
	if (was_running)
		supervised_event(s, SUPERVISOR_ENDED, detail);
}

static void
supervised_on_backoff(uv_timer_t *timer)
{
	struct supervised *s = timer->data;
	struct error err;

	if (supervised_spawn(s, &err) == -1)
		supervised_ended(s, err.msg);
	else
		supervised_event(s, SUPERVISOR_RESTARTED, "");
}

static void
supervised_on_end(void *arg, const struct pid_end *end)
{
	struct supervised *s = arg;

	s->watch = NULL;
	supervised_kill_rest(s);
	if (s->state == SUPERVISED_STOPPING) {
		log_info(s->key, "service stopped: %s", end->how);
		supervised_remove(s);
		return;
	}
	supervised_ended(s, end->how);
}

int
supervised_watch(struct supervised *s, pid_t pid, int pidfd, struct error *err)
{
	struct pidwatch *watch;

	watch = pidwatch_new(s->supervisor->loop, pid, pidfd, supervised_on_end,
	    s, err);
	if (watch == NULL)
		return -1;
	s->watch = watch;
	s->pid = pid;
	s->running_since_ms = clock_mono_ms();
	s->state = SUPERVISED_RUNNING;
	return 0;
}

static int
supervised_run(struct supervised *s, const struct spawn_spec *spec,
    struct error *err)
{
	const struct supervisor_calls *calls = &s->supervisor->calls;
	struct spawn_child child;
	uint64_t start_time;

	if (spawn_begin(spec, &child, err) == -1)
		return -1;
	start_time = proc_start_time(child.pid);
	if (calls->on_spawn(calls->arg, s->key, child.pid, start_time, err) ==
	    -1) {
		spawn_abandon(&child);
		return -1;
	}
	if (spawn_go(spec, &child, err) == -1)
		return -1;
	if (supervised_watch(s, child.pid, child.pidfd, err) == -1) {
		spawn_abandon(&child);
		return -1;
	}
	log_info(s->key, "service started, pid %d", (int)child.pid);
	return 0;
}

static int
supervised_spawn_as(struct supervised *s, const struct spawn_user *user,
    struct error *err)
{
	autofd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	autofd int out = -1;
	struct error trouble;
	int fds[3];

	if (null == -1)
		return error_set_errno(err, errno, "/dev/null");
	if (service_log_rotate(s->spec.log, s->supervisor->timing.log_max_bytes,
		&trouble) == -1)
		log_warn(s->key, "%s", trouble.msg);
	out = service_log_open(s->spec.log, user, err);
	if (out == -1)
		return -1;
	fds[STDIN_FILENO] = null;
	fds[STDOUT_FILENO] = out;
	fds[STDERR_FILENO] = out;
	return supervised_run(s,
	    &(const struct spawn_spec){
		.life = SPAWN_OUTLIVES_US,
		.dir = s->spec.dir,
		.argv = s->spec.argv.v,
		.env = s->spec.env.v,
		.user = user,
		.fds = fds,
		.nfds = nitems(fds),
		.umask = 077,
	    },
	    err);
}

int
supervised_spawn(struct supervised *s, struct error *err)
{
	struct spawn_user user = { 0 };
	int rc;

	if (s->spec.user == NULL || geteuid() != 0)
		return supervised_spawn_as(s, NULL, err);
	if (spawn_user_find(&user, s->spec.user, err) == -1)
		return -1;
	rc = supervised_spawn_as(s, &user, err);
	spawn_user_release(&user);
	return rc;
}

static void
supervised_on_patience_over(uv_timer_t *timer)
{
	struct supervised *s = timer->data;

	log_warn(s->key, "service is deaf to its stop signal, killing it");
	if (s->watch != NULL)
		pidwatch_kill_group(s->watch);
}

void
supervised_stop(struct supervised *s, supervisor_done_fn *done, void *arg)
{
	struct supervised_waiter *w = xcalloc(1, sizeof *w);

	w->done = done;
	w->arg = arg;
	TAILQ_INSERT_TAIL(&s->waiters, w, entry);
	switch (s->state) {
	case SUPERVISED_NEW:
	case SUPERVISED_BACKOFF:
		supervised_remove(s);
		break;
	case SUPERVISED_RUNNING:
		s->state = SUPERVISED_STOPPING;
		pidwatch_signal(s->watch, s->spec.stop_signal);
		(void)uv_timer_start(&s->timer, supervised_on_patience_over,
		    s->spec.stop_timeout_ms, 0);
		break;
	case SUPERVISED_STOPPING:
	case SUPERVISED_REMOVED:
		break;
	}
}
