/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "api/listen.h"
#include "base/error.h"
#include "base/mem.h"

/* The kernel has a limit of its own; who is not served waits here. */
#define LISTEN_BACKLOG 4096

static int
listen_address(const char *path, struct sockaddr_un *addr, struct error *err)
{
	size_t len = strlen(path);

	memset(addr, 0, sizeof *addr);
	addr->sun_family = AF_UNIX;
	if (len >= sizeof addr->sun_path)
		return error_set(err, ERROR_INVALID,
		    "socket path %s is longer than %zu bytes", path,
		    sizeof addr->sun_path - 1);
	memcpy(addr->sun_path, path, len + 1);
	return 0;
}

static int
listen_socket(struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd != -1 ? fd : error_set_errno(err, errno, "socket");
}

/* 0 if nobody listens at the path, and what is there may be replaced. */
static int
listen_check_free(const char *path, struct error *err)
{
	struct sockaddr_un addr;
	struct stat st;
	autofd int fd = -1;

	if (listen_address(path, &addr, err) == -1)
		return -1;
	if (lstat(path, &st) == -1) {
		if (errno == ENOENT)
			return 0;
		return error_set_errno(err, errno, "%s", path);
	}
	if (!S_ISSOCK(st.st_mode))
		return error_set(err, ERROR_CONFLICT, "%s is not a socket",
		    path);
	fd = listen_socket(err);
	if (fd == -1)
		return -1;
	if (connect(fd, (struct sockaddr *)&addr, sizeof addr) == 0 ||
	    errno == EAGAIN)
		return error_set(err, ERROR_CONFLICT,
		    "tenond already listens on %s", path);
	if (errno != ECONNREFUSED && errno != ENOENT)
		return error_set_errno(err, errno, "%s", path);
	return 0;
}

/* Listen under another name first: `path` is there when it accepts. */
static int
listen_appear(int fd, const char *path, mode_t mode, struct error *err)
{
	/* No longer than the path itself, which has been found to fit. */
	autofree char *fresh = xstrdup(path);
	struct sockaddr_un addr;

	fresh[strlen(fresh) - 1] = '~';
	if (listen_address(fresh, &addr, err) == -1)
		return -1;
	if (unlink(fresh) == -1 && errno != ENOENT)
		return error_set_errno(err, errno, "%s", fresh);
	if (bind(fd, (struct sockaddr *)&addr, sizeof addr) == -1 ||
	    chmod(fresh, mode) == -1 || listen(fd, LISTEN_BACKLOG) == -1 ||
	    rename(fresh, path) == -1) {
		error_set_errno(err, errno, "cannot listen on %s", path);
		(void)unlink(fresh); /* The first error is the news. */
		return -1;
	}
	return 0;
}

int
api_listen(const char *path, mode_t mode, struct error *err)
{
	int fd;

	if (listen_check_free(path, err) == -1)
		return -1;
	fd = listen_socket(err);
	if (fd != -1 && listen_appear(fd, path, mode, err) == -1) {
		(void)close(fd); /* Nothing was written to it. */
		return -1;
	}
	return fd;
}
