/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command - run a program to its end.
 *
 *	command_prepare -> fork -> command_watch -> reap -> judge
 *
 * What the child does between fork() and execve() is limited to system calls;
 * all that allocates or reads files is prepared before.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strv.h"
#include "charm.h"
#include "charm/command.h"

#define TICK_MS  1000
#define INPUT_FD 3
#define EXEC_FD  4

#define OUTPUT_BYTES 65536

/* Flushes of what a program left in the pipe when it ended. */
#define DRAIN_READS 64

struct pipe_pair {
	int read_fd, write_fd;
};

struct command {
	const struct charm_command *spec;
	const char *name; /* Of the program, without its folder. */
	struct strv argv, env;
	struct command_user user;

	struct pipe_pair output, input;
	/* The child's errno, if it does not come as far as execve(). */
	struct pipe_pair exec;

	pid_t pid;
	int pidfd;
	size_t written; /* Of the input. */
	struct command_tail tail;
	bool is_killed; /* By us, because its time was up. */
};

static const char *
base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool
env_has(const char *const *env, const char *assignment)
{
	size_t len = strcspn(assignment, "=") + 1;

	for (; env != NULL && *env != NULL; env++)
		if (strncmp(*env, assignment, len) == 0)
			return true;
	return false;
}

static void
env_build(struct strv *env, const char *const *added)
{
	static const char *const minimal[] = {
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:"
		"/bin",
		"LANG=C.UTF-8",
	};
	const char *const *e;
	size_t i;

	for (i = 0; i < nitems(minimal); i++)
		if (!env_has(added, minimal[i]))
			strv_add(env, minimal[i]);
	if (getenv("TZ") != NULL && !env_has(added, "TZ="))
		strv_addf(env, "TZ=%s", getenv("TZ"));
	for (e = added; e != NULL && *e != NULL; e++)
		strv_add(env, *e);
}

static int
pipe_open(struct pipe_pair *p, struct error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(err, errno, "pipe");
	p->read_fd = fds[0];
	p->write_fd = fds[1];
	return 0;
}

static void
fd_close(int *fd)
{
	mem_closep(fd);
	*fd = -1;
}

static void
pipe_close(struct pipe_pair *p)
{
	fd_close(&p->read_fd);
	fd_close(&p->write_fd);
}

/*
 * A program may open /dev/fd/3 or /dev/stderr by name, and is then checked
 * against the owner of the pipe.
 */
static int
pipe_give(const struct pipe_pair *p, const struct command_user *user,
    struct error *err)
{
	if (user->is_set && fchown(p->read_fd, user->uid, user->gid) < 0)
		return error_set_errno(err, errno, "chown of a pipe");
	return 0;
}

static int
command_prepare(struct command *c, struct error *err)
{
	const struct charm_command *spec = c->spec;
	const char *const *arg;

	c->output = c->input = c->exec = (struct pipe_pair){ -1, -1 };
	c->pidfd = -1;
	c->name = base_name(spec->argv[0]);
	for (arg = spec->argv; *arg != NULL; arg++)
		strv_add(&c->argv, *arg);
	env_build(&c->env, spec->env);
	if (command_user_find(&c->user, spec->user, err) < 0 ||
	    pipe_open(&c->output, err) < 0 || pipe_open(&c->exec, err) < 0 ||
	    pipe_give(&c->output, &c->user, err) < 0)
		return -1;
	if (fcntl(c->output.read_fd, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(err, errno, "pipe");
	if (spec->input == NULL)
		return 0;
	if (pipe_open(&c->input, err) < 0 ||
	    pipe_give(&c->input, &c->user, err) < 0)
		return -1;
	if (fcntl(c->input.write_fd, F_SETFL, O_NONBLOCK) < 0)
		return error_set_errno(err, errno, "pipe");
	return 0;
}

static void
command_release(struct command *c)
{
	pipe_close(&c->output);
	pipe_close(&c->input);
	pipe_close(&c->exec);
	fd_close(&c->pidfd);
	command_tail_release(&c->tail);
	command_user_release(&c->user);
	strv_release(&c->argv);
	strv_release(&c->env);
}

/* ---- in the child ---- */

static int
child_become(const struct command_user *user)
{
	if (!user->is_set)
		return 0;
	if (setgroups(user->ngroups, user->groups) < 0 ||
	    setgid(user->gid) < 0 || setuid(user->uid) < 0)
		return -1;
	return 0;
}

/*
 * Put the descriptors in their places. They are first moved out of the way,
 * because one may stand where another has to go.
 */
static int
child_descriptors(const struct command *c)
{
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = fcntl(c->output.write_fd, F_DUPFD_CLOEXEC, 10);
	int in = c->spec->input == NULL ?
	    -1 :
	    fcntl(c->input.read_fd, F_DUPFD_CLOEXEC, 10);
	int status = fcntl(c->exec.write_fd, F_DUPFD_CLOEXEC, 10);

	if (null_fd < 0 || out < 0 || status < 0)
		return -1;
	if (dup2(null_fd, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 ||
	    dup3(status, EXEC_FD, O_CLOEXEC) < 0)
		return -1;
	if (c->spec->input == NULL)
		(void)close(INPUT_FD);
	else if (in < 0 || dup2(in, INPUT_FD) < 0)
		return -1;
	return close_range(EXEC_FD + 1, ~0U, 0);
}

static int
child_settle(const struct command *c, pid_t parent)
{
	const char *dir = c->spec->dir != NULL ? c->spec->dir : "/";
	sigset_t none;

	if (setpgid(0, 0) < 0 || child_become(&c->user) < 0 || chdir(dir) < 0)
		return -1;
	/* After the change of user, which clears it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return -1;
	if (getppid() != parent) {
		errno = ESRCH;
		return -1;
	}
	(void)signal(SIGPIPE, SIG_DFL);
	(void)sigemptyset(&none);
	return sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void
child_run(const struct command *c, pid_t parent)
{
	int fd = c->exec.write_fd;
	int errnum;

	if (child_descriptors(c) == 0) {
		fd = EXEC_FD;
		if (child_settle(c, parent) == 0)
			(void)execve(c->argv.v[0], c->argv.v, c->env.v);
	}
	errnum = errno;
	if (write(fd, &errnum, sizeof errnum) != sizeof errnum)
		_exit(126);
	_exit(127);
}

/* ---- in the parent ---- */

/* Returns when the program has been started, or could not be. */
static int
command_spawn(struct command *c, struct error *err)
{
	pid_t parent = getpid();
	ssize_t n;
	int errnum = 0;

	(void)fflush(NULL);
	c->pid = fork();
	if (c->pid < 0)
		return error_set_errno(err, errno, "fork");
	if (c->pid == 0)
		child_run(c, parent);
	fd_close(&c->output.write_fd);
	fd_close(&c->input.read_fd);
	fd_close(&c->exec.write_fd);
	do {
		n = read(c->exec.read_fd, &errnum, sizeof errnum);
	} while (n < 0 && errno == EINTR);
	if (n == sizeof errnum) {
		(void)waitpid(c->pid, NULL, 0);
		return error_set_errno(err, errnum, "cannot run %s",
		    c->spec->argv[0]);
	}
	c->pidfd = pidfd_open(c->pid, 0);
	if (c->pidfd < 0) {
		errnum = errno;
		(void)kill(-c->pid, SIGKILL);
		(void)waitpid(c->pid, NULL, 0);
		return error_set_errno(err, errnum, "pidfd_open");
	}
	return 0;
}

static void
command_write(struct command *c)
{
	size_t left = strlen(c->spec->input) - c->written;
	ssize_t n = 0;

	if (left > 0)
		n = write(c->input.write_fd, c->spec->input + c->written, left);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* A program that does not want the rest is judged by its exit. */
	if (n < 0 || (size_t)n == left)
		fd_close(&c->input.write_fd);
	else
		c->written += (size_t)n;
}

/* Whether there may be more to read. */
static bool
command_read(struct command *c)
{
	char chunk[4096];
	ssize_t n = read(c->output.read_fd, chunk, sizeof chunk);

	if (n > 0) {
		command_tail_add(&c->tail, chunk, (size_t)n);
		if (c->spec->output != NULL &&
		    c->spec->output->len < OUTPUT_BYTES)
			strbuf_addn(c->spec->output, chunk, (size_t)n);
		return true;
	}
	if (n < 0 && errno == EINTR)
		return true;
	if (n == 0 || errno != EAGAIN)
		fd_close(&c->output.read_fd);
	return false;
}

static int
time_left(uint64_t now, uint64_t until)
{
	return until > now ? (int)(until - now) : 0;
}

static void
command_watch(struct command *c)
{
	uint64_t now = clock_mono_ms();
	uint64_t end = c->spec->timeout_ms > 0 ?
	    now + (uint64_t)c->spec->timeout_ms :
	    UINT64_MAX;
	uint64_t tick = now + TICK_MS;
	struct pollfd fds[3];

	for (;;) {
		fds[0] = (struct pollfd){ c->pidfd, POLLIN, 0 };
		fds[1] = (struct pollfd){ c->output.read_fd, POLLIN, 0 };
		fds[2] = (struct pollfd){ c->input.write_fd, POLLOUT, 0 };
		(void)poll(fds, nitems(fds),
		    time_left(now, tick < end ? tick : end));
		if (fds[1].revents != 0)
			(void)command_read(c);
		if (fds[2].revents != 0)
			command_write(c);
		if (fds[0].revents != 0)
			return;
		now = clock_mono_ms();
		if (now >= end) {
			c->is_killed = true;
			(void)kill(-c->pid, SIGKILL);
			end = UINT64_MAX;
		}
		if (now >= tick) {
			tick = now + TICK_MS;
			if (c->spec->tick != NULL)
				c->spec->tick(c->spec->arg);
		}
	}
}

/* Bounded, because a daemon that it left behind may go on writing. */
static void
command_drain(struct command *c)
{
	int i;

	for (i = 0; i < DRAIN_READS && c->output.read_fd >= 0; i++)
		if (!command_read(c))
			break;
	command_tail_end(&c->tail);
}

static int
command_judge(const struct command *c, int status, struct error *err)
{
	char tail[COMMAND_TAIL_TEXT];
	const char *colon;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	command_tail_text(&c->tail, tail);
	colon = *tail != '\0' ? ": " : "";
	if (c->is_killed)
		return error_set(err, ERROR_TIMEOUT,
		    "%s: killed after %d ms%s%s", c->name, c->spec->timeout_ms,
		    colon, tail);
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_INTERNAL, "%s: signal %d (%s)%s%s",
		    c->name, WTERMSIG(status), strsignal(WTERMSIG(status)),
		    colon, tail);
	return error_set(err, ERROR_INTERNAL, "%s: exit status %d%s%s", c->name,
	    WEXITSTATUS(status), colon, tail);
}

static int
command_run(struct command *c, struct error *err)
{
	int status = 0;

	if (command_prepare(c, err) < 0 || command_spawn(c, err) < 0)
		return error_wrap(err, "%s", c->name);
	command_watch(c);
	while (waitpid(c->pid, &status, 0) < 0)
		if (errno != EINTR)
			return error_set_errno(err, errno, "%s", c->name);
	command_drain(c);
	return command_judge(c, status, err);
}

/* "as postgres: /usr/bin/initdb -D /srv/data" */
static int
command_tell(struct hook *h, const struct charm_command *spec,
    struct error *err)
{
	autostrbuf sb = { 0 };

	if (spec->user != NULL)
		strbuf_addf(&sb, "as %s:", spec->user);
	for (const char *const *arg = spec->argv; *arg != NULL; arg++)
		strbuf_addf(&sb, "%s%s", sb.len > 0 ? " " : "", *arg);
	return hook_plan_note(h, strbuf_cstr(&sb), err);
}

int
charm_run(struct hook *h, const struct charm_command *spec, struct error *err)
{
	struct command c = { .spec = spec };
	int rc;

	if (h->is_plan && spec->is_told)
		return command_tell(h, spec, err);
	rc = command_run(&c, err);
	command_release(&c);
	return rc;
}
