/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "api/access.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"

const char *
access_word(enum access_role role)
{
	static const char *const words[] = {
		[ACCESS_NONE] = "none",
		[ACCESS_VIEWER] = "viewer",
		[ACCESS_OPERATOR] = "operator",
		[ACCESS_ADMIN] = "admin",
	};

	return words[role];
}

/* The group it runs as is not always among the others. */
static int
peer_read_groups(struct access_peer *peer, int fd, gid_t gid, struct error *err)
{
	socklen_t len = 0;
	gid_t *groups;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == -1 &&
	    errno != ERANGE)
		return error_set_errno(err, errno, "groups of a connection");
	groups = xcalloc((size_t)len + sizeof gid, 1);
	if (len > 0 &&
	    getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == -1) {
		free(groups);
		return error_set_errno(err, errno, "groups of a connection");
	}
	peer->groups = groups;
	peer->ngroups = (size_t)len / sizeof gid;
	peer->groups[peer->ngroups++] = gid;
	return 0;
}

int
access_peer_read(struct access_peer *peer, int fd, struct error *err)
{
	struct ucred cred;
	socklen_t len = sizeof cred;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) == -1)
		return error_set_errno(err, errno, "peer of a connection");
	/* Nobody at the other end: the kernel says so with an invalid user. */
	if (len != sizeof cred || cred.uid == (uid_t)-1)
		return error_set(err, ERROR_DENIED,
		    "peer of a connection is unknown");
	*peer = (struct access_peer){ .uid = cred.uid };
	return peer_read_groups(peer, fd, cred.gid, err);
}

void
access_peer_release(struct access_peer *peer)
{
	free(peer->groups);
	*peer = (struct access_peer){ 0 };
}
