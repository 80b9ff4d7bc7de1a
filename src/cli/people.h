/* SPDX-License-Identifier: Apache-2.0 */
/* people - the users of GET /v1/users, as Juju's commands tell of them. */

#ifndef CLI_PEOPLE_H
#define CLI_PEOPLE_H

#include <jansson.h>

struct args;

/*
 * When it last asked for something, in the model if that is not NULL: "just
 * now", "5 minutes ago", "2026-11-22", "never connected", or in RFC 3339 with
 * the flag --exact-time. Owned.
 */
char *people_last(const struct args *, const json_t *user, const json_t *model);

/* What it may do in a model, as Juju says it: read, write or admin. */
const char *people_access(const json_t *user);

/* {name: {access, display-name, last-connection}}; a new reference. */
json_t *people_of_model(const struct args *, const json_t *reply,
    const json_t *model);

/* Of that name, or of "me" for NULL; borrowed, NULL if nobody is. */
const json_t *people_find(const json_t *reply, const char *name);

#endif /* CLI_PEOPLE_H */
