/* SPDX-License-Identifier: Apache-2.0 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"

/* Each level holds a descriptor; nobody means a tree deeper than this. */
#define TREE_DEPTH 200

/* Children go first. */
struct removal {
	char at[64]; /* The entry that failed, for the message. */
};

static int remove_entry(struct removal *, int parent, const char *name,
    int depth);

static int
remove_children(struct removal *r, DIR *dir, int depth)
{
	struct dirent *entry;
	int rc = 0;

	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno == 0 ? 0 : -1;
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		rc = remove_entry(r, dirfd(dir), entry->d_name, depth + 1);
		/* Somebody else removed it: then that is done. */
		if (rc == -1 && errno != ENOENT)
			return -1;
	}
}

static int
remove_below(struct removal *r, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	int rc, saved;

	if (dir == NULL) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	rc = remove_children(r, dir, depth);
	saved = errno;
	(void)closedir(dir);
	errno = saved;
	return rc;
}

static void
note_failure(struct removal *r, const char *name)
{
	int saved = errno;

	/* What has gone by itself is no failure. */
	if (r->at[0] == '\0' && saved != ENOENT)
		(void)snprintf(r->at, sizeof r->at, "%s", name);
	errno = saved;
}

static int
remove_entry(struct removal *r, int parent, const char *name, int depth)
{
	int fd = openat(parent, name,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool is_dir = fd != -1;
	int rc = 0;

	if (fd == -1 && errno != ENOTDIR && errno != ELOOP) {
		rc = -1;
	} else if (is_dir && depth == TREE_DEPTH) {
		(void)close(fd);
		errno = ENAMETOOLONG;
		rc = -1;
	} else if (is_dir) {
		rc = remove_below(r, fd, depth);
	}
	if (rc == 0)
		rc = unlinkat(parent, name, is_dir ? AT_REMOVEDIR : 0);
	if (rc == -1)
		note_failure(r, name);
	return rc;
}

/* A path with a slash at its end would be followed if it is a link. */
static char *
without_slashes(const char *path)
{
	char *copy = xstrdup(path);
	size_t len = strlen(copy);

	while (len > 0 && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

int
tree_remove(const char *path, struct error *err)
{
	autofree char *copy = without_slashes(path);
	struct removal r = { 0 };

	if (*copy == '\0')
		return error_set(err, ERROR_INVALID, "not a tree: \"%s\"",
		    path);
	if (!file_exists(copy) && errno == ENOENT)
		return 0;
	if (remove_entry(&r, AT_FDCWD, copy, 0) == 0)
		return 0;
	if (r.at[0] == '\0' || strcmp(r.at, copy) == 0)
		return error_set_errno(err, errno, "%s", copy);
	return error_set_errno(err, errno, "%s: %s", copy, r.at);
}
