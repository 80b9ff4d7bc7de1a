/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <sys/socket.h>

#include "api/access.h"
#include "base/error.h"

int
access_peer(int fd, uid_t *uid, struct error *err)
{
	struct ucred peer;
	socklen_t len = sizeof peer;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return error_set_errno(err, errno, "peer of a connection");
	/* Nobody at the other end: the kernel says so with an invalid user. */
	if (len != sizeof peer || peer.uid == (uid_t)-1)
		return error_set(err, ERROR_DENIED,
		    "peer of a connection is unknown");
	*uid = peer.uid;
	return 0;
}

bool
access_is_allowed(uid_t owner, uid_t peer)
{
	return peer == owner || peer == 0;
}
