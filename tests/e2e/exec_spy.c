/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec_spy - writes down with which arguments and environment programs are
 * started by a process and all that comes of it: exec_spy PID FILE
 *
 * It says "ready" when it misses nothing any more, and ends when they have all
 * ended. What /proc shows from time to time would be left to chance.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define FOLLOW                                                            \
	(PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	    PTRACE_O_TRACEEXEC)

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static void
copy(pid_t pid, const char *name, int to)
{
	autofree char *path = xasprintf("/proc/%d/%s", (int)pid, name);
	autofd int fd = open(path, O_RDONLY | O_CLOEXEC);
	char buf[4096];
	ssize_t n = 1;

	while (fd != -1 && n > 0) {
		n = read(fd, buf, sizeof buf);
		if (n > 0 && write(to, buf, (size_t)n) != n)
			fail("write");
	}
	if (write(to, "\n", 1) != 1)
		fail("write");
}

static void
seize(pid_t pid)
{
	autofree char *path = xasprintf("/proc/%d/task", (int)pid);
	DIR *dir = opendir(path);
	const struct dirent *entry;

	if (dir == NULL)
		fail(path);
	while ((entry = readdir(dir)) != NULL) {
		long task = strtol(entry->d_name, NULL, 10);

		if (task > 0 &&
		    ptrace(PTRACE_SEIZE, (pid_t)task, 0L, (long)FOLLOW) == -1)
			fail("ptrace");
	}
	(void)closedir(dir);
}

static int
stops_a_group(int signo)
{
	return signo == SIGSTOP || signo == SIGTSTP || signo == SIGTTIN ||
	    signo == SIGTTOU;
}

/* A process that was killed meanwhile refuses, and is waited for. */
static void
go_on(pid_t pid, int status, int to)
{
	int event = status >> 16, signo = WSTOPSIG(status);

	if (event == PTRACE_EVENT_EXEC) {
		copy(pid, "cmdline", to);
		copy(pid, "environ", to);
	}
	if (event == PTRACE_EVENT_STOP && stops_a_group(signo))
		(void)ptrace(PTRACE_LISTEN, pid, 0L, 0L);
	else
		(void)ptrace(PTRACE_CONT, pid, 0L,
		    event == 0 ? (long)signo : 0L);
}

int
main(int argc, char **argv)
{
	int to, status;
	pid_t pid;

	if (argc != 3)
		return 2;
	to = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (to == -1)
		fail(argv[2]);
	seize((pid_t)strtol(argv[1], NULL, 10));
	(void)puts("ready");
	(void)fflush(stdout);
	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid == -1 && errno != EINTR)
			return errno == ECHILD ? 0 : 1;
		if (pid != -1 && WIFSTOPPED(status))
			go_on(pid, status, to);
	}
}
