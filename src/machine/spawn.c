/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "machine/spawn.h"

/*
 * What runs in the child may call async-signal-safe functions only: another
 * thread of ours may have held any lock at the fork.
 */
struct child {
	const struct spawn_spec *spec;
	pid_t parent;
	int sync;
};

/* What the child tells us: how far it came. */
struct report {
	int step; /* An index of steps[], or REPORT_READY. */
	int errnum;
};

#define REPORT_READY (-1)

static int
child_lead(struct child *c)
{
	if (c->spec->life == SPAWN_OUTLIVES_US)
		return setsid() == -1 ? -1 : 0;
	return setpgid(0, 0);
}

static int
child_reset_signals(struct child *c)
{
	struct sigaction act = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)c;
	/* SIGKILL, SIGSTOP and what libc keeps for itself refuse. */
	for (int signo = 1; signo < NSIG; signo++)
		(void)sigaction(signo, &act, NULL);
	sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

/* First out of the way of each other, then each to its place. */
static int
child_place_fds(struct child *c)
{
	const struct spawn_spec *spec = c->spec;
	int above = SPAWN_FDS_MAX + 1;
	int high[SPAWN_FDS_MAX];
	int sync;

	for (size_t i = 0; i < spec->nfds; i++) {
		high[i] = fcntl(spec->fds[i], F_DUPFD_CLOEXEC, above);
		if (high[i] == -1)
			return -1;
	}
	sync = fcntl(c->sync, F_DUPFD_CLOEXEC, above);
	if (sync == -1)
		return -1;
	for (size_t i = 0; i < spec->nfds; i++) {
		if (dup2(high[i], (int)i) == -1)
			return -1;
	}
	c->sync = dup3(sync, (int)spec->nfds, O_CLOEXEC);
	if (c->sync == -1)
		return -1;
	return close_range((unsigned)spec->nfds + 1, ~0U, 0);
}

static int
child_become_user(struct child *c)
{
	const struct spawn_user *user = c->spec->user;

	if (user == NULL)
		return 0;
	if (setgroups((size_t)user->ngroups, user->groups) == -1)
		return -1;
	if (setgid(user->gid) == -1)
		return -1;
	return setuid(user->uid);
}

/* After the change of user, which clears the death signal. */
static int
child_tie_to_parent(struct child *c)
{
	if (c->spec->life != SPAWN_DIES_WITH_US)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		return -1;
	if (getppid() != c->parent)
		_exit(0);
	return 0;
}

static int
child_enter_dir(struct child *c)
{
	(void)umask(c->spec->umask);
	return chdir(c->spec->dir);
}

/* So that a missing program shows before the process has been recorded. */
static int
child_find_program(struct child *c)
{
	return access(c->spec->argv[0], X_OK);
}

static int
child_exec(struct child *c)
{
	return execve(c->spec->argv[0], c->spec->argv, c->spec->env);
}

enum step_object {
	OBJECT_NONE,
	OBJECT_DIR,
	OBJECT_PROGRAM
};

/* clang-format off */
static const struct {
	int (*run)(struct child *);
	const char *what;
	enum step_object object;
} steps[] = {
/*	run                   what                    object */
	{ child_lead,          "lead a process group", OBJECT_NONE },
	{ child_place_fds,     "place descriptors",    OBJECT_NONE },
	{ child_reset_signals, "reset signals",        OBJECT_NONE },
	{ child_become_user,   "change user",          OBJECT_NONE },
	{ child_tie_to_parent, "set death signal",     OBJECT_NONE },
	{ child_enter_dir,     "enter directory",      OBJECT_DIR },
	{ child_find_program,  "run",                  OBJECT_PROGRAM },
	{ child_exec,          "run",                  OBJECT_PROGRAM },
};
/* clang-format on */

#define STEP_EXEC ((int)nitems(steps) - 1)

static void
child_report(const struct child *c, int step, int errnum)
{
	struct report report = { .step = step, .errnum = errnum };

	(void)send(c->sync, &report, sizeof report, MSG_NOSIGNAL);
}

/* Whether we may go on; end of file means that the parent is gone. */
static int
child_wait(const struct child *c)
{
	ssize_t n;
	char go;

	do {
		n = recv(c->sync, &go, sizeof go, 0);
	} while (n == -1 && errno == EINTR);
	return n == 1 ? 0 : -1;
}

static void __attribute__((noreturn)) child_main(struct child *c)
{
	for (int step = 0; step <= STEP_EXEC; step++) {
		if (step == STEP_EXEC) {
			child_report(c, REPORT_READY, 0);
			if (child_wait(c) == -1)
				_exit(0);
		}
		if (steps[step].run(c) == -1) {
			child_report(c, step, errno);
			break;
		}
	}
	_exit(127);
}

static int
spawn_fail(const struct spawn_spec *spec, const struct report *report,
    struct error *err)
{
	const char *what = steps[report->step].what;

	switch (steps[report->step].object) {
	case OBJECT_NONE:
		break;
	case OBJECT_DIR:
		return error_set_errno(err, report->errnum, "%s %s", what,
		    spec->dir);
	case OBJECT_PROGRAM:
		return error_set_errno(err, report->errnum, "%s %s", what,
		    spec->argv[0]);
	}
	return error_set_errno(err, report->errnum, "run %s: %s", spec->argv[0],
	    what);
}

/* 1 for a report, 0 for the end of file. */
static int
spawn_read(const struct spawn_child *child, struct report *report)
{
	ssize_t n;

	do {
		n = recv(child->sync, report, sizeof *report, 0);
	} while (n == -1 && errno == EINTR);
	return n == (ssize_t)sizeof *report;
}

static void
spawn_close_sync(struct spawn_child *child)
{
	if (child->sync != -1)
		close(child->sync);
	child->sync = -1;
}

void
spawn_abandon(struct spawn_child *child)
{
	siginfo_t info;
	int rc;

	spawn_close_sync(child);
	(void)kill(child->pid, SIGKILL);
	do {
		rc = waitid(P_PID, (id_t)child->pid, &info, WEXITED);
	} while (rc == -1 && errno == EINTR);
	if (child->pidfd != -1)
		close(child->pidfd);
	child->pidfd = -1;
}

/* Signals stay blocked until the child has no handlers of ours. */
static pid_t
spawn_fork(struct child *c)
{
	sigset_t all, old;
	int saved;
	pid_t pid;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	pid = fork();
	if (pid == 0)
		child_main(c);
	saved = errno;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	errno = saved;
	return pid;
}

int
spawn_begin(const struct spawn_spec *spec, struct spawn_child *child,
    struct error *err)
{
	struct child c = { .spec = spec, .parent = getpid() };
	struct report report;
	int sync[2];

	assert(spec->nfds <= SPAWN_FDS_MAX);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sync) == -1)
		return error_set_errno(err, errno, "socket pair");
	c.sync = sync[1];
	child->pid = spawn_fork(&c);
	if (child->pid == -1) {
		error_set_errno(err, errno, "fork");
		close(sync[0]);
		close(sync[1]);
		return -1;
	}
	close(sync[1]);
	child->sync = sync[0];
	/* Cannot be another process: nobody but us reaps the child. */
	child->pidfd = pidfd_open(child->pid, 0);
	if (child->pidfd == -1)
		error_set_errno(err, errno, "pidfd of process %d", child->pid);
	else if (spawn_read(child, &report) == 0)
		error_set(err, ERROR_INTERNAL, "run %s: child ended early",
		    spec->argv[0]);
	else if (report.step != REPORT_READY)
		spawn_fail(spec, &report, err);
	else
		return 0;
	spawn_abandon(child);
	return -1;
}

int
spawn_go(const struct spawn_spec *spec, struct spawn_child *child,
    struct error *err)
{
	struct report report;

	/* If the child is gone already, its end will be seen. */
	(void)send(child->sync, "", 1, MSG_NOSIGNAL);
	if (spawn_read(child, &report) == 1) {
		spawn_fail(spec, &report, err);
		spawn_abandon(child);
		return -1;
	}
	spawn_close_sync(child);
	return 0;
}
