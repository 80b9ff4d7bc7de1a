/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "release.h"

#define VERSION_BYTES 256
#define OLDEST_MAJOR  14

/* Releases of 2024-11-14; a week later the repaired ones came out. */
static const struct {
	int major, minor;
} broken[] = {
	{ 14, 14 },
	{ 15, 9 },
	{ 16, 5 },
	{ 17, 1 },
};

/* "15.9 (Debian ...)"; "" if there is none. */
static const char *
release_number(const char *text)
{
	static const char before[] = "(PostgreSQL) ";
	const char *p = strstr(text, before);

	return p != NULL ? p + strlen(before) : "";
}

int
release_check(const char *text, struct error *err)
{
	const char *number = release_number(text);
	char *end;
	long major, minor;

	if (*number == '\0')
		return 0;
	major = strtol(number, &end, 10);
	if (major < OLDEST_MAJOR) {
		error_set(err, ERROR_CONFLICT,
		    "PostgreSQL %ld cannot be used: it knows neither "
		    "recovery_init_sync_method nor pg_read_all_data",
		    major);
		return error_hint(err, "install PostgreSQL %d or later",
		    OLDEST_MAJOR);
	}
	/* Without a minor number it is a test version, and not of that time. */
	if (*end != '.')
		return 0;
	minor = strtol(end + 1, &end, 10);
	for (size_t i = 0; i < nitems(broken); i++) {
		if (broken[i].major != major || broken[i].minor != minor)
			continue;
		error_set(err, ERROR_CONFLICT,
		    "PostgreSQL %ld.%ld cannot be used: ALTER ROLE ... SET role "
		    "has no effect in it, so a client's tables would not "
		    "belong to their database",
		    major, minor);
		return error_hint(err, "install PostgreSQL %ld.%ld or later",
		    major, minor + 1);
	}
	return 0;
}

/* Everything it prints, as far as there is room for it. */
static int
read_all(int fd, char *text, size_t size, struct error *err)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(fd, text + len, size - 1 - len)) != 0) {
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_set_errno(err, errno, "read");
		len += (size_t)n;
		if (len == size - 1)
			break;
	}
	text[len] = '\0';
	return 0;
}

static int
spawn_reader(char *program, pid_t *pid, struct error *err)
{
	char option[] = "--version";
	char *const argv[] = { program, option, NULL };
	posix_spawn_file_actions_t actions;
	int fds[2], rc;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return error_set_errno(err, errno, "pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	rc = posix_spawn(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	if (rc == 0)
		return fds[0];
	close(fds[0]);
	return error_set_errno(err, rc, "%s", program);
}

/* What a program of the server in that directory says of itself. */
static int
ask_installed(const char *bindir, char *text, size_t size, struct error *err)
{
	/* Of the server's package; starts in a tenth of the server's time. */
	autofree char *program = xasprintf("%s/pg_controldata", bindir);
	pid_t pid = -1;
	int fd = spawn_reader(program, &pid, err);
	int rc, status = 0;

	if (fd == -1)
		return -1;
	rc = read_all(fd, text, size, err);
	close(fd);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (rc == -1)
		return error_wrap(err, "%s", program);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return error_set(err, ERROR_UNAVAILABLE,
		    "%s --version does not work", program);
	return 0;
}

int
release_check_installed(const char *bindir, struct error *err)
{
	char text[VERSION_BYTES];

	if (ask_installed(bindir, text, sizeof text, err) == -1)
		return -1;
	return release_check(text, err);
}

char *
release_installed(const char *bindir, struct error *err)
{
	char text[VERSION_BYTES];
	const char *number;

	if (ask_installed(bindir, text, sizeof text, err) == -1)
		return NULL;
	number = release_number(text);
	return xasprintf("%.*s", (int)strcspn(number, " \n"), number);
}
