/* SPDX-License-Identifier: Apache-2.0 */
/* access - who may use the API: what the kernel says of the other end. */

#ifndef API_ACCESS_H
#define API_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

/* The user at the other end of a connected unix socket. */
int access_peer(int fd, uid_t *uid, struct error *);

/* May `peer` use the API of a tenond that runs as `owner`? */
bool access_is_allowed(uid_t owner, uid_t peer);

#endif /* API_ACCESS_H */
