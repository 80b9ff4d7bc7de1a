/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"

/*
 * Each part of the path by itself, since O_NOFOLLOW is about the last one only.
 * O_NONBLOCK: a FIFO without a reader must not make us wait.
 */
static int
below_open(int dir, char *path, int flags)
{
	autofd int at = dir;
	char *part = path, *slash;
	int next;

	while ((slash = strchr(part, '/')) != NULL) {
		*slash = '\0';
		next = openat(at, part,
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next == -1)
			return -1;
		(void)close(at);
		at = next;
		part = slash + 1;
	}
	return openat(at, part, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    0600);
}

/* A second name could be that of a file elsewhere, which must not be changed. */
static int
below_check(int fd, const char *dir, const char *path, struct error *err)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags == -1 || fstat(fd, &st) == -1)
		return error_set_errno(err, errno, "%s/%s", dir, path);
	if (S_ISREG(st.st_mode) &&
	    (st.st_nlink == 1 || (flags & O_ACCMODE) == O_RDONLY))
		return 0;
	return error_set(err, ERROR_INVALID,
	    "%s/%s is not a plain file with one name", dir, path);
}

/* What O_NOFOLLOW says when there is a link, it says of other things too. */
static int
below_refuse(int errnum, const char *dir, const char *path, struct error *err)
{
	if (errnum != ELOOP && errnum != ENOTDIR && errnum != ENXIO)
		return error_set_errno(err, errnum, "%s/%s", dir, path);
	(void)error_set(err, ERROR_INVALID,
	    "%s/%s is a link, or below one, or no file", dir, path);
	return error_hint(err, "somebody has put it there; remove it");
}

int
file_open_below(const char *dir, const char *path, int flags, struct error *err)
{
	autofree char *copy = xstrdup(path);
	int fd = open(dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd != -1)
		fd = below_open(fd, copy, flags);
	if (fd == -1)
		return below_refuse(errno, dir, path, err);
	if (below_check(fd, dir, path, err) == 0)
		return fd;
	(void)close(fd);
	return -1;
}
