/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of the data: filled aside, and moved into its place when it is
 * complete and on disk.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "charm.h"
#include "server.h"
#include "wait.h"

#define CLEAR_MS 10000

/* Make a directory that the server's user owns. */
static int
server_mkdir(const struct server *s, const char *path, struct error *err)
{
	autofd int fd = -1;

	if (mkdir(path, 0700) == -1 && errno != EEXIST)
		return error_set_errno(err, errno, "%s", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return error_set_errno(err, errno, "%s", path);
	if (geteuid() == 0 && fchown(fd, s->uid, s->gid) == -1)
		return error_set_errno(err, errno, "%s", path);
	return 0;
}

/* Children of a program that was killed may write there for a moment yet. */
static int
server_data_clear(const struct server *s, struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + CLEAR_MS;
	struct error why = { 0 };

	for (int turn = 0; tree_remove(s->data_new, &why) == -1; turn++) {
		if (clock_mono_ms() >= deadline_ms) {
			*err = why;
			return -1;
		}
		wait_turn(turn);
	}
	return 0;
}

int
server_data_begin(const struct server *s, struct error *err)
{
	if (server_data_clear(s, err) == -1)
		return -1;
	return server_mkdir(s, s->data_new, err);
}

static int
sync_directory(const char *path, struct error *err)
{
	autofd int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 || fsync(fd) == -1)
		return error_set_errno(err, errno, "%s", path);
	return 0;
}

/*
 * One wait for the disk, where a sync of each file would be a thousand. The
 * programs that fill the directory are told not to sync it.
 */
static int
sync_new_data(const struct server *s, struct error *err)
{
	autofd int fd = open(s->data_new,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd == -1 || syncfs(fd) == -1)
		return error_set_errno(err, errno, "%s", s->data_new);
	return 0;
}

int
server_data_commit(const struct server *s, struct error *err)
{
	if (sync_new_data(s, err) == -1)
		return -1;
	if (rename(s->data_new, s->data) == -1)
		return error_set_errno(err, errno, "%s", s->data);
	return sync_directory(s->storage, err);
}

int
server_set_aside(struct hook *h, const struct server *s, struct error *err)
{
	autofree char *aside = xasprintf("%s.%llu", s->data,
	    (unsigned long long)clock_wall_ms());

	if (rename(s->data, aside) == -1)
		return error_set_errno(err, errno, "%s", s->data);
	hook_log(h, "WARNING", "the data directory was moved to %s", aside);
	return sync_directory(s->storage, err);
}
