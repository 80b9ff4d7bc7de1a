/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "machine/service_log.h"
#include "machine/spawn.h"

#define COPY_BYTES ((size_t)64 * 1024)

/*
 * The directory may be another user's: no link of any kind leads us to a file
 * elsewhere, and no FIFO makes us wait.
 */
static int
log_check(int fd, const char *path, int flags, struct stat *st,
    struct error *err)
{
	if (fd == -1 || fstat(fd, st) == -1)
		return error_set_errno(err, errno, "log %s", path);
	if (!S_ISREG(st->st_mode) || st->st_nlink != 1)
		return error_set(err, ERROR_INVALID,
		    "log %s is not a plain file with one name", path);
	if (fcntl(fd, F_SETFL, flags & O_APPEND) == -1)
		return error_set_errno(err, errno, "log %s", path);
	return 0;
}

static int
log_open_plain(const char *path, int flags, struct stat *st, struct error *err)
{
	int fd;

	*st = (struct stat){ 0 };
	fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (log_check(fd, path, flags, st, err) == 0)
		return fd;
	mem_closep(&fd);
	return -1;
}

int
service_log_open(const char *path, const struct spawn_user *user,
    struct error *err)
{
	struct stat st;
	int fd;

	fd = log_open_plain(path, O_WRONLY | O_CREAT | O_APPEND, &st, err);
	if (fd == -1 || user == NULL || st.st_uid == user->uid ||
	    fchown(fd, user->uid, user->gid) == 0)
		return fd;
	error_set_errno(err, errno, "log %s", path);
	close(fd);
	return -1;
}

static int
log_write(int to, const char *bytes, size_t n)
{
	ssize_t written;

	for (; n > 0; bytes += written, n -= (size_t)written) {
		written = write(to, bytes, n);
		if (written == -1 && errno == EINTR)
			written = 0;
		if (written == -1)
			return -1;
	}
	return 0;
}

/* Copy from the first line that begins in [from, to). */
static int
log_copy(int source, int target, off_t from, off_t to)
{
	autofree char *buf = xcalloc(1, COPY_BYTES);
	int in_line = from > 0;

	while (from < to) {
		size_t left = (size_t)(to - from);
		size_t skip = 0;
		ssize_t n;

		n = pread(source, buf, left < COPY_BYTES ? left : COPY_BYTES,
		    from);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		from += n;
		if (in_line) {
			char *newline = memchr(buf, '\n', (size_t)n);

			if (newline == NULL)
				continue;
			skip = (size_t)(newline - buf) + 1;
			in_line = 0;
		}
		if (log_write(target, buf + skip, (size_t)n - skip) == -1)
			return -1;
	}
	return 0;
}

int
service_log_rotate(const char *path, size_t max_bytes, struct error *err)
{
	autofree char *old = xasprintf("%s.1", path);
	autofd int source = -1;
	autofd int target = -1;
	struct stat st, old_st;
	off_t from;

	if (stat(path, &st) == -1 || (size_t)st.st_size <= max_bytes)
		return 0;
	source = log_open_plain(path, O_RDWR, &st, err);
	if (source == -1)
		return -1;
	target = log_open_plain(old, O_WRONLY | O_CREAT, &old_st, err);
	if (target == -1)
		return -1;
	from = (size_t)st.st_size > max_bytes ? st.st_size - (off_t)max_bytes :
						0;
	if (ftruncate(target, 0) == -1 ||
	    (st.st_uid != old_st.st_uid &&
		fchown(target, st.st_uid, st.st_gid) == -1) ||
	    log_copy(source, target, from, st.st_size) == -1)
		return error_set_errno(err, errno, "log %s", old);
	if (ftruncate(source, 0) == -1)
		return error_set_errno(err, errno, "log %s", path);
	return 0;
}
