/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wish - what a client asks for: the usual user, who owns its database together
 * with others; or a custom user or group, which has the permissions listed and
 * no others.
 */

#ifndef POSTGRESQL_WISH_H
#define POSTGRESQL_WISH_H

#include <jansson.h>

#include "permissions.h"

struct error;

enum wish_kind {
	WISH_OWNER, /* No entity-type. */
	WISH_USER,
	WISH_GROUP /* A role for others to be members of: it cannot log in. */
};

struct wish {
	enum wish_kind kind;
	unsigned extra; /* enum extra */
	struct permissions permissions;
};

#define autowish __attribute__((cleanup(wish_release))) struct wish

/*
 * From the client's databag, about this database. ERROR_INVALID with what
 * cannot be granted, and what could be.
 */
int wish_read(const json_t *asked, const char *database, struct wish *,
    struct error *);
/*
 * Do its keys go together, and have they the right form? What can be granted is
 * up to the provider: for a client of any.
 */
int wish_check(const json_t *asked, struct error *);
void wish_release(struct wish *);

/* NULL or "" is WISH_OWNER. */
int wish_kind_parse(const char *, enum wish_kind *, struct error *);

#endif /* POSTGRESQL_WISH_H */
