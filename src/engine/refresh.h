/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh - another charm for an application that lives: what is in the way of
 * it, what it brings and takes, and the change itself in the model.
 */

#ifndef ENGINE_REFRESH_H
#define ENGINE_REFRESH_H

#include <jansson.h>

struct application;
struct charm;
struct error;

/* Could the application go on with it: with its relations and its storage? */
int refresh_check(struct application *, const struct charm *, struct error *);

/* [{change: "added" or "removed", kind, name}]; a new reference. */
json_t *refresh_changes(const struct charm *before, const struct charm *after);

/*
 * The application has the charm from now on: options that are gone are
 * forgotten and named in `messages`, peers that are new are made, units that
 * had failed try again. Touches only: on -1 the caller rolls back, and then
 * gives the old charm back.
 */
int refresh_take(struct application *, struct charm *, json_t *messages,
    struct error *);
void refresh_give_back(struct application *, struct charm *old);

/* Its units have still to take the charm, though it has the same number. */
void refresh_renew(struct application *);

/*
 * The channel that is followed when `given` is asked for, owned by the caller:
 * a risk alone keeps the track. NULL if what is stored is of another track.
 */
char *refresh_channel(const struct application *, const char *given,
    struct error *);

#endif /* ENGINE_REFRESH_H */
