/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spawn - start a program as another process, in two steps:
 *
 *	spawn_begin -> the child waits -> spawn_go -> it runs
 *	                             \-> spawn_abandon -> it is gone
 *
 * After spawn_begin() the child is complete except for its exec: it has its
 * session, files, user and directory, and waits for us. If we die meanwhile, it
 * goes too. The program's descriptors are those of the spec and no others.
 */

#ifndef MACHINE_SPAWN_H
#define MACHINE_SPAWN_H

#include <stddef.h>
#include <sys/types.h>

struct error;

#define SPAWN_FDS_MAX 4

/* Whom a program runs as; looked up before the fork. */
struct spawn_user {
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* Owned. */
	int ngroups;
};

/* ERROR_INVALID if there is no such user. */
int spawn_user_find(struct spawn_user *, const char *name, struct error *);
void spawn_user_release(struct spawn_user *);

enum spawn_life {
	SPAWN_OUTLIVES_US, /* The leader of a session of its own. */
	SPAWN_DIES_WITH_US /* The leader of a process group; SIGKILL. */
};

struct spawn_spec {
	enum spawn_life life;
	const char *dir;
	char *const *argv; /* argv[0] an absolute path. */
	char *const *env;
	const struct spawn_user *user; /* NULL: as ourselves. */
	const int *fds; /* fds[i] becomes i; all close-on-exec. */
	size_t nfds;    /* At most SPAWN_FDS_MAX. */
	mode_t umask;
};

struct spawn_child {
	pid_t pid;
	int pidfd; /* The caller's after spawn_go(). */
	int sync;  /* Private. */
};

/* On failure, of spawn_go() too, nothing is left of the child. */
int spawn_begin(const struct spawn_spec *, struct spawn_child *,
    struct error *);
int spawn_go(const struct spawn_spec *, struct spawn_child *, struct error *);

/* Kill and reap the child, before or after spawn_go(); closes its pidfd. */
void spawn_abandon(struct spawn_child *);

#endif /* MACHINE_SPAWN_H */
