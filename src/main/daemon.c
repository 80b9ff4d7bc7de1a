/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/secrecy.h"
#include "main/daemon.h"
#include "main/notify.h"

/* What the daemon writes when all is well; an error's text is never this. */
#define DAEMON_READY '\1'

static void
daemon_print(const struct error *err)
{
	(void)fprintf(stderr, "ERROR %s\n", err->msg);
	if (err->hint[0] != '\0')
		(void)fprintf(stderr, "%s\n", err->hint);
}

/* In the process that was started: wait for the word, and pass it on. */
static _Noreturn void
daemon_wait(int fd, pid_t middle, const char *log_path)
{
	char text[sizeof(struct error)];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof text) {
		n = read(fd, text + len, sizeof text - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	/* It only forked; the daemon has init for a parent. */
	(void)waitpid(middle, NULL, 0);
	if (len > 0 && text[0] == DAEMON_READY)
		_exit(0);
	if (len == 0)
		(void)fprintf(stderr,
		    "ERROR tenond ended before it was ready; see %s\n",
		    log_path);
	else
		(void)fprintf(stderr, "%.*s", (int)len, text);
	_exit(1);
}

/* A log that has grown too large makes room for a new one. */
static int
daemon_open_log(const char *path, struct error *err)
{
	autofree char *rotated = xasprintf("%s.1", path);
	struct stat st;
	int fd;

	if (lstat(path, &st) == 0 && st.st_size > LIMIT_SERVICE_LOG &&
	    rename(path, rotated) == -1)
		return error_set_errno(err, errno, "cannot rename %s", path);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC,
	    0600);
	return fd != -1 ? fd :
			  error_set_errno(err, errno, "cannot open %s", path);
}

static int
daemon_set_stdio(const char *log_path, struct error *err)
{
	autofd int log = daemon_open_log(log_path, err);
	autofd int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (log == -1)
		return -1;
	if (null == -1 || dup2(null, STDIN_FILENO) == -1 ||
	    dup2(log, STDOUT_FILENO) == -1 || dup2(log, STDERR_FILENO) == -1)
		return error_set_errno(err, errno, "standard streams");
	return 0;
}

/*
 * Once, so that we lead a session of our own; and once more, so that nobody
 * waits for us and a terminal can never become ours.
 */
static int
daemon_fork(struct daemon *daemon, const char *log_path, struct error *err)
{
	int pipe_fds[2];
	pid_t pid;

	if (pipe2(pipe_fds, O_CLOEXEC) == -1)
		return error_set_errno(err, errno, "pipe");
	pid = fork();
	if (pid == -1)
		return error_set_errno(err, errno, "fork");
	if (pid > 0) {
		(void)close(pipe_fds[1]); /* The daemon's end. */
		daemon_wait(pipe_fds[0], pid, log_path);
	}
	(void)close(pipe_fds[0]);
	daemon->report_fd = pipe_fds[1];
	(void)setsid(); /* Cannot fail: we lead no group yet. */
	pid = fork();
	if (pid == -1)
		return error_set_errno(err, errno, "fork");
	if (pid > 0)
		_exit(0);
	return 0;
}

int
daemon_detach(struct daemon *daemon, const char *log_path, struct error *err)
{
	/* Whoever waits for the end of a pipe must not wait for us. */
	(void)close_range(STDERR_FILENO + 1, UINT_MAX, 0);
	if (daemon_fork(daemon, log_path, err) == -1)
		return -1;
	if (chdir("/") == -1)
		return error_set_errno(err, errno, "chdir /");
	return daemon_set_stdio(log_path, err);
}

/* A failed write means that nobody waits any more, so nobody is misled. */
static void
daemon_report(struct daemon *daemon, const char *text, size_t len)
{
	if (write(daemon->report_fd, text, len) == -1)
		log_debug("tenond", "nobody waits for tenond to be ready");
	(void)close(daemon->report_fd);
	daemon->report_fd = -1;
}

void
daemon_ready(struct daemon *daemon)
{
	static const char word = DAEMON_READY;

	if (daemon->report_fd != -1)
		daemon_report(daemon, &word, 1);
	notify_systemd("READY=1");
}

void
daemon_failed(struct daemon *daemon, const struct error *err)
{
	autofree char *text = NULL;

	if (daemon->report_fd == -1) {
		daemon_print(err);
		return;
	}
	log_error("tenond", "%s", err->msg);
	text = xasprintf("ERROR %s\n%s%s", err->msg, err->hint,
	    err->hint[0] != '\0' ? "\n" : "");
	daemon_report(daemon, text, strlen(text));
}

void
daemon_stopping(void)
{
	notify_systemd("STOPPING=1");
}

int
daemon_harden(struct error *err)
{
	(void)umask(077); /* Returns the old one. */
	return secrecy_begin(err);
}
