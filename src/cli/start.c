/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/start.h"

#define START_PROGRAM "tenond"

/* Where this program is, its own name replaced; owned by the caller. */
static char *
start_beside(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	char *slash;

	if (n == -1)
		return xstrdup(START_PROGRAM);
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return xstrdup(START_PROGRAM);
	slash[1] = '\0';
	return xasprintf("%s" START_PROGRAM, path);
}

/*
 * Standard error stays: a tenond that cannot start says why there. Standard
 * output must not: a daemon would hold the pipe of whoever reads ours.
 */
static int
start_spawn(const char *path, pid_t *pid)
{
	char name[] = START_PROGRAM;
	char *argv[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null",
	    O_WRONLY, 0);
	rc = posix_spawnp(pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

static int
start_wait(pid_t pid, struct error *err)
{
	int status;

	while (waitpid(pid, &status, 0) == -1) {
		if (errno != EINTR)
			return error_set_errno(err, errno,
			    "waiting for " START_PROGRAM);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return error_set(err, ERROR_UNAVAILABLE,
		    START_PROGRAM " was killed by signal %d", WTERMSIG(status));
	/* It has said why where it could; an empty message is not repeated. */
	return error_set(err, ERROR_UNAVAILABLE, "%s", "");
}

int
start_tenond(struct error *err)
{
	autofree char *path = start_beside();
	pid_t pid;
	int rc;

	if (access(path, X_OK) == -1)
		xreplace(&path, START_PROGRAM);
	rc = start_spawn(path, &pid);
	if (rc == ENOENT)
		return error_set(err, ERROR_NOT_FOUND,
		    START_PROGRAM " is neither beside this program nor in "
				  "PATH");
	if (rc != 0)
		return error_set_errno(err, rc, "cannot start %s", path);
	return start_wait(pid, err);
}
