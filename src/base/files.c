/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define FILES_PARENT_MODE 0711

/* Read all there is, but no more than one byte over the maximum. */
static int
file_read_fd(int fd, size_t max_bytes, struct strbuf *sb)
{
	char chunk[4096];

	while (sb->len <= max_bytes) {
		size_t want = max_bytes + 1 - sb->len;
		ssize_t n = read(fd, chunk,
		    want < sizeof chunk ? want : sizeof chunk);

		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return errno;
		if (n > 0)
			strbuf_addn(sb, chunk, (size_t)n);
	}
	return 0;
}

static char *
file_read_all(int fd, const char *path, size_t max_bytes, size_t *len,
    struct error *err)
{
	autostrbuf sb = { 0 };
	int errnum = file_read_fd(fd, max_bytes, &sb);

	if (errnum != 0) {
		(void)error_set_errno(err, errnum, "%s", path);
		return NULL;
	}
	if (sb.len > max_bytes) {
		(void)error_set(err, ERROR_TOO_LARGE, "%s: more than %zu bytes",
		    path, max_bytes);
		return NULL;
	}
	if (len != NULL)
		*len = sb.len;
	return strbuf_detach(&sb);
}

char *
file_read(const char *path, size_t max_bytes, size_t *len, struct error *err)
{
	autofd int fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd == -1 || fstat(fd, &st) == -1) {
		(void)error_set_errno(err, errno, "%s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)error_set(err, ERROR_INVALID, "%s: not a regular file",
		    path);
		return NULL;
	}
	return file_read_all(fd, path, max_bytes, len, err);
}

char *
file_read_given(const char *path, size_t max_bytes, size_t *len,
    struct error *err)
{
	autofd int fd = strcmp(path, "-") == 0 ?
	    dup(STDIN_FILENO) :
	    open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1) {
		(void)error_set_errno(err, errno, "%s", path);
		return NULL;
	}
	return file_read_all(fd, path, max_bytes, len, err);
}

char *
file_read_below(const char *dir, const char *path, size_t max_bytes,
    struct error *err)
{
	autofd int fd = file_open_below(dir, path, O_RDONLY, err);

	return fd != -1 ? file_read_all(fd, path, max_bytes, NULL, err) : NULL;
}

static int
file_write_fd(int fd, const struct file_look *look, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		ssize_t n = write(fd, text, left);

		if (n < 0) {
			if (errno == EINTR)
				continue;
			return errno;
		}
		text += n;
		left -= (size_t)n;
	}
	/* The owner first: a change of it takes bits of the mode away. */
	return fchown(fd, look->uid, look->gid) == 0 &&
		fchmod(fd, look->mode) == 0 ?
	    0 :
	    errno;
}

/* Make a rename survive a power failure. */
static int
file_sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	autofree char *parent = NULL;
	autofd int fd = -1;

	if (slash == NULL)
		parent = xstrdup(".");
	else
		parent = xasprintf("%.*s", (int)(slash - path + 1), path);
	fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd != -1 && fsync(fd) == 0 ? 0 : errno;
}

int
file_write_as(const char *path, const struct file_look *look, const char *text,
    struct error *err)
{
	autofree char *beside = xasprintf("%s.XXXXXX", path);
	autofd int fd = mkostemp(beside, O_CLOEXEC);
	int errnum;

	if (fd == -1)
		return error_set_errno(err, errno, "%s", path);
	errnum = file_write_fd(fd, look, text);
	if (errnum == 0 && fsync(fd) == -1)
		errnum = errno;
	if (errnum == 0 && rename(beside, path) == -1)
		errnum = errno;
	if (errnum != 0) {
		(void)unlink(beside); /* The first error is the one to tell. */
		return error_set_errno(err, errnum, "%s", path);
	}
	errnum = file_sync_parent(path);
	return errnum == 0 ? 0 : error_set_errno(err, errnum, "%s", path);
}

/* Is it there already, as it should be? */
static bool
file_is_written(const char *path, const struct file_look *look,
    const char *text)
{
	autofd int fd = open(path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	autostrbuf found = { 0 };
	struct stat st;

	return fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 07777) == look->mode &&
	    (look->uid == (uid_t)-1 || st.st_uid == look->uid) &&
	    (look->gid == (gid_t)-1 || st.st_gid == look->gid) &&
	    file_read_fd(fd, strlen(text), &found) == 0 &&
	    strcmp(strbuf_cstr(&found), text) == 0;
}

/* A file of several: beside its place, which it takes when all are on disk. */
struct pending {
	char *path, *beside;
	int fd;
};

static int
pending_write(struct pending *p, const struct file_text *file)
{
	p->path = xstrdup(file->path);
	p->beside = xasprintf("%s.XXXXXX", file->path);
	p->fd = mkostemp(p->beside, O_CLOEXEC);
	if (p->fd == -1) {
		*p->beside = '\0';
		return errno;
	}
	return file_write_fd(p->fd, &file->look, file->text);
}

/*
 * The disk begins with all of them before it is waited for: the first wait is
 * then that for the others, too.
 */
static int
pending_place(const struct pending *list, size_t n, const char **path)
{
	for (size_t i = 0; i < n; i++)
		(void)sync_file_range(list[i].fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	for (size_t i = 0; i < n; i++) {
		*path = list[i].path;
		if (fsync(list[i].fd) == -1)
			return errno;
	}
	for (size_t i = 0; i < n; i++) {
		*path = list[i].path;
		if (rename(list[i].beside, list[i].path) == -1)
			return errno;
		*list[i].beside = '\0';
	}
	return n > 0 ? file_sync_parent(list[0].path) : 0;
}

static void
pending_release(struct pending *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i].fd != -1)
			(void)close(list[i].fd);
		if (*list[i].beside != '\0')
			(void)unlink(list[i].beside);
		free(list[i].beside);
		free(list[i].path);
	}
	free(list);
}

int
files_write(const struct file_text *files, size_t n, struct error *err)
{
	struct pending *list = xcalloc(n, sizeof *list);
	const char *path = NULL;
	size_t made = 0;
	int errnum = 0;

	for (size_t i = 0; i < n && errnum == 0; i++) {
		const struct file_text *f = &files[i];

		if (file_is_written(f->path, &f->look, f->text))
			continue;
		path = f->path;
		errnum = pending_write(&list[made++], f);
	}
	if (errnum == 0)
		errnum = pending_place(list, made, &path);
	if (errnum != 0)
		(void)error_set_errno(err, errnum, "%s", path);
	pending_release(list, made);
	return errnum == 0 ? 0 : -1;
}

int
file_write(const char *path, mode_t mode, const char *text, struct error *err)
{
	const struct file_look look = { mode, (uid_t)-1, (gid_t)-1 };

	return file_write_as(path, &look, text, err);
}

bool
file_exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* A descriptor that only names a file can be changed through /proc alone. */
static int
dir_set_mode(int fd, mode_t mode)
{
	autofree char *self = xasprintf("/proc/self/fd/%d", fd);

	return chmod(self, mode);
}

/*
 * Enter a directory, making it if it is missing. A link is followed only where
 * one was there before us, and never in the last component.
 */
static int
dir_enter(int parent, const char *name, mode_t mode, int existing_flags)
{
	int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	int fd, saved;

	if (mkdirat(parent, name, 0700) == -1)
		return errno == EEXIST ?
		    openat(parent, name, flags | existing_flags) :
		    -1;
	/* The umask may have left it without any right, even to be read. */
	fd = openat(parent, name, flags | O_NOFOLLOW);
	if (fd != -1 && dir_set_mode(fd, mode) == -1) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int
dir_make(const char *path, mode_t mode, struct error *err)
{
	autofree char *copy = xstrdup(path);
	autofd int fd = open(*path == '/' ? "/" : ".",
	    O_PATH | O_DIRECTORY | O_CLOEXEC);
	char *rest = copy + strspn(copy, "/");

	if (fd == -1 || *path == '\0')
		return error_set_errno(err, fd == -1 ? errno : ENOENT,
		    "directory \"%s\"", path);
	while (*rest != '\0') {
		char *name = rest;
		int next;

		rest += strcspn(rest, "/");
		while (*rest == '/')
			*rest++ = '\0';
		next = *rest == '\0' ?
		    dir_enter(fd, name, mode, O_NOFOLLOW) :
		    dir_enter(fd, name, FILES_PARENT_MODE, 0);
		if (next == -1)
			return error_set_errno(err, errno, "directory %s",
			    path);
		(void)close(fd);
		fd = next;
	}
	return 0;
}
