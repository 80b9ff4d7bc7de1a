/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "machine/pidwatch.h"

struct pidwatch {
	uv_poll_t poll;
	pid_t pid;
	int pidfd;
	pidwatch_fn *on_end;
	void *arg;
	struct pid_end end;
};

static void
pid_end_set(struct pid_end *end, const siginfo_t *info)
{
	const char *name;

	if (info->si_code == CLD_EXITED) {
		end->status = info->si_status;
		(void)snprintf(end->how, sizeof end->how, "exit status %d",
		    info->si_status);
		return;
	}
	name = sigdescr_np(info->si_status);
	end->status = 128 + info->si_status;
	(void)snprintf(end->how, sizeof end->how, "signal %d (%s)",
	    info->si_status, name == NULL ? "unknown" : name);
}

/* 1 when the process is over, 0 when it is not. */
static int
pidwatch_reap(struct pidwatch *w)
{
	siginfo_t info = { 0 };

	if (waitid(P_PIDFD, (id_t)w->pidfd, &info, WEXITED | WNOHANG) == 0) {
		if (info.si_pid == 0)
			return 0;
		pid_end_set(&w->end, &info);
		return 1;
	}
	/* Not our child: whoever reaps it has the status. */
	w->end.status = -1;
	(void)snprintf(w->end.how, sizeof w->end.how,
	    "ended, exit status unknown");
	return 1;
}

static void
pidwatch_on_closed(uv_handle_t *handle)
{
	struct pidwatch *w = handle->data;

	close(w->pidfd);
	if (w->on_end != NULL)
		w->on_end(w->arg, &w->end);
	free(w);
}

static void
pidwatch_on_poll(uv_poll_t *poll, int status, int events)
{
	struct pidwatch *w = poll->data;

	(void)status;
	(void)events;
	if (pidwatch_reap(w) == 1)
		uv_close((uv_handle_t *)&w->poll, pidwatch_on_closed);
}

struct pidwatch *
pidwatch_new(uv_loop_t *loop, pid_t pid, int pidfd, pidwatch_fn *on_end,
    void *arg, struct error *err)
{
	struct pidwatch *w = xcalloc(1, sizeof *w);
	int rc;

	rc = uv_poll_init(loop, &w->poll, pidfd);
	if (rc < 0) {
		free(w);
		error_set(err, ERROR_INTERNAL, "watch process %d: %s", pid,
		    uv_strerror(rc));
		return NULL;
	}
	w->poll.data = w;
	w->pid = pid;
	w->pidfd = pidfd;
	w->on_end = on_end;
	w->arg = arg;
	/* Fails for a handle that is being closed only. */
	(void)uv_poll_start(&w->poll, UV_READABLE, pidwatch_on_poll);
	return w;
}

void
pidwatch_cancel(struct pidwatch *w)
{
	w->on_end = NULL;
	if (!uv_is_closing((uv_handle_t *)&w->poll))
		uv_close((uv_handle_t *)&w->poll, pidwatch_on_closed);
}

void
pidwatch_signal(const struct pidwatch *w, int signo)
{
	if (!uv_is_closing((const uv_handle_t *)&w->poll))
		(void)pidfd_send_signal(w->pidfd, signo, NULL, 0);
}

void
pidwatch_kill_group(const struct pidwatch *w)
{
	if (uv_is_closing((const uv_handle_t *)&w->poll))
		return;
	(void)kill(-w->pid, SIGKILL);
	/* In case the process has left its group. */
	(void)pidfd_send_signal(w->pidfd, SIGKILL, NULL, 0);
}
