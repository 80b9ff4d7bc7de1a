/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - who may use the API, and for what.
 *
 * The owner of tenond and root may do everything. A file, access.yaml in the
 * state directory, gives others a role:
 *
 *	users: {alice: operator, 1005: viewer}
 *	groups: {dba: admin}
 *
 * It has to belong to the owner or to root, and nobody else may be able to
 * write it; what is not so, or is malformed, gives nobody a role.
 */

#ifndef API_ACCESS_H
#define API_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct access;
struct error;

/* Each may do what those before it may. */
enum access_role {
	ACCESS_NONE,
	ACCESS_VIEWER,   /* Look at the state; no secrets. */
	ACCESS_OPERATOR, /* Change the model, run actions. */
	ACCESS_ADMIN     /* Destroy, force, run code of others. */
};

/* "none", "viewer", "operator", "admin". */
const char *access_word(enum access_role);

enum access_subject {
	ACCESS_USER,
	ACCESS_GROUP
};

/* A line of the file. */
struct access_grant {
	enum access_subject subject;
	id_t id;
	enum access_role role;
	char *name; /* Owned by the access: as it is written there. */
};

/* What the kernel says of the other end of a connection. */
struct access_peer {
	uid_t uid;
	gid_t *groups; /* Owned. */
	size_t ngroups;
};

/* The user at the other end of a connected unix socket, as it connected. */
int access_peer_read(struct access_peer *, int fd, struct error *);
void access_peer_release(struct access_peer *);

/* Nothing is read yet. `path` may be NULL: only the owner and root then. */
struct access *access_new(const char *path, uid_t owner);
void access_free(struct access *);

/*
 * Read the file if it is another one than at the last look, which costs one
 * look at the file system. Whether it was.
 */
bool access_refresh(struct access *);

/* It has changed, whatever it looks like: read it at the next refresh. */
void access_forget(struct access *);

/* Has anybody a role besides the owner and root? */
bool access_is_shared(const struct access *);

/* Those the file has, borrowed until the next refresh; how many. */
size_t access_grants(const struct access *, const struct access_grant **);

enum access_role access_role(const struct access *, const struct access_peer *);

#endif /* API_ACCESS_H */
