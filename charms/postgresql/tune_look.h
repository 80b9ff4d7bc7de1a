/* SPDX-License-Identifier: Apache-2.0 */
/* look - what one look at the options is about: asked for, refused, in force. */

#ifndef POSTGRESQL_TUNE_LOOK_H
#define POSTGRESQL_TUNE_LOOK_H

#include <jansson.h>
#include <stdbool.h>

#include "server.h"

struct cluster;
struct error;
struct hook;

struct look {
	struct server server;
	json_t *config;  /* Owned, as all of these. */
	json_t *wanted;  /* Settings that are asked for ... */
	json_t *refused; /* ... the options among them that cannot be ... */
	json_t *inforce; /* ... and the settings in the file; or NULL. */
	bool is_held;    /* A standby has to read more of the log for them. */
};

#define autolook __attribute__((cleanup(look_release))) struct look
void look_release(struct look *);

/* The server and the options. */
int look_open(struct hook *, struct look *, struct error *);
/* The settings that are asked for, and what is in force. */
void look_want(struct hook *, const struct cluster *, struct look *);
/* Tells what is asked for, and what can be seen not to be. Owned by the caller. */
char *look_digest(const struct look *);
/* Clears *all if some have to wait; these are taken out. */
int look_check_inside(struct hook *, const struct cluster *, struct look *,
    bool *all, struct error *);
/* Need nobody be asked whether it takes them? */
bool look_is_in_force(const struct look *);
void look_keep_refused(struct look *);
/* For people, owned by the caller; NULL if nothing is refused. */
char *look_refusals(const struct look *);

#endif /* POSTGRESQL_TUNE_LOOK_H */
