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

/* What to do with each entry, children first. */
struct tree_walk {
	int (*visit)(const struct tree_walk *, int parent, const char *name,
	    bool is_dir); /* 0 or -1 with errno. */
	uid_t uid;
	gid_t gid;
	char at[64]; /* The entry that failed, for the message. */
};

static int tree_visit(struct tree_walk *, int parent, const char *name,
    int depth);

static int
tree_visit_children(struct tree_walk *walk, DIR *dir, int depth)
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
		rc = tree_visit(walk, dirfd(dir), entry->d_name, depth + 1);
		/* Somebody else removed it: then that is done. */
		if (rc == -1 && errno != ENOENT)
			return -1;
	}
}

static int
tree_visit_dir(struct tree_walk *walk, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	int rc, saved;

	if (dir == NULL) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	rc = tree_visit_children(walk, dir, depth);
	saved = errno;
	(void)closedir(dir);
	errno = saved;
	return rc;
}

static void
tree_note(struct tree_walk *walk, const char *name)
{
	int saved = errno;

	if (walk->at[0] == '\0')
		(void)snprintf(walk->at, sizeof walk->at, "%s", name);
	errno = saved;
}

static int
tree_visit(struct tree_walk *walk, int parent, const char *name, int depth)
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
		rc = tree_visit_dir(walk, fd, depth);
	}
	if (rc == 0)
		rc = walk->visit(walk, parent, name, is_dir);
	if (rc == -1)
		tree_note(walk, name);
	return rc;
}

/* A path with a slash at its end would be followed if it is a link. */
static char *
tree_path(const char *path)
{
	char *copy = xstrdup(path);
	size_t len = strlen(copy);

	while (len > 0 && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

static int
tree_do(struct tree_walk *walk, const char *path, struct error *err)
{
	autofree char *copy = tree_path(path);

	if (*copy == '\0')
		return error_set(err, ERROR_INVALID, "not a tree: \"%s\"",
		    path);
	if (tree_visit(walk, AT_FDCWD, copy, 0) == 0)
		return 0;
	if (strcmp(walk->at, copy) == 0)
		return error_set_errno(err, errno, "%s", copy);
	return error_set_errno(err, errno, "%s: %s", copy, walk->at);
}

static int
tree_remove_entry(const struct tree_walk *walk, int parent, const char *name,
    bool is_dir)
{
	(void)walk;
	return unlinkat(parent, name, is_dir ? AT_REMOVEDIR : 0);
}

static int
tree_chown_entry(const struct tree_walk *walk, int parent, const char *name,
    bool is_dir)
{
	(void)is_dir;
	return fchownat(parent, name, walk->uid, walk->gid,
	    AT_SYMLINK_NOFOLLOW);
}

int
tree_remove(const char *path, struct error *err)
{
	struct tree_walk walk = { .visit = tree_remove_entry };
	autofree char *copy = tree_path(path);

	if (*copy != '\0' && !file_exists(copy) && errno == ENOENT)
		return 0;
	return tree_do(&walk, path, err);
}

int
tree_chown(const char *path, uid_t uid, gid_t gid, struct error *err)
{
	struct tree_walk walk = {
		.visit = tree_chown_entry,
		.uid = uid,
		.gid = gid,
	};

	return tree_do(&walk, path, err);
}
