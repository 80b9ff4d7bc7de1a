/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets - what the hook tools and the verbs for secrets share. For the tools
 * that is a secret as the hook sees it, its own writes included, as an object
 * of terms (secret_terms()).
 */

#ifndef ENGINE_SECRETS_H
#define ENGINE_SECRETS_H

#include "engine/context.h"
#include "model/secret.h"

/* One that the arguments name: by `secret`, or else by `label`. */
struct secret_view {
	char *id;      /* Owned. */
	json_t *terms; /* Borrowed from the context. */
};

void secret_view_release(struct secret_view *);

#define autosecret \
	__attribute__((cleanup(secret_view_release))) struct secret_view

/* Any that the unit may read, or owns. */
int secret_find(const struct tool_call *, struct secret_view *, struct error *);

/* The same, if the unit may also change it. */
int secret_find_owned(const struct tool_call *, struct secret_view *,
    struct error *);

/* Is it the unit's own, or its application's? */
bool terms_are_owned(const json_t *terms, const struct unit *);

/* The terms of a secret that is there, by id; borrowed from the context. */
json_t *secret_terms_seen(const struct tool_call *, const char *id);

/* The content of a revision, an object; NULL if it is gone. Borrowed. */
json_t *terms_content(const json_t *terms, int64_t revision);

/* ---- secret_content.c ---- */

/* Keys as Juju has them, texts that are not empty, and not too much of it. */
int secret_content_check(json_t *content, struct error *);
/* A new one that nobody can guess. */
void secret_make_id(char id[SECRET_ID_LENGTH + 1]);

/* ---- secret_option.c ---- */

/*
 * May the option have the value, if it is for secrets? Then the secret exists,
 * and is granted to the application, unless that is being deployed.
 */
int secret_option_check(const struct application *, const struct charm_option *,
    const json_t *value, struct error *);
bool secret_is_option_of(const struct secret *, const struct application *);
/* A message for each option, of `only` if that is not NULL, that names it. */
void secret_tell_options(const struct secret *, const struct application *only,
    json_t *messages);
/* And one for each whose secret the application may not read yet. */
void secret_tell_ungranted(const struct application *, json_t *messages);

/* ---- verbs_secret_show.c ---- */

/* What a user calls it: its name, or its id. */
const char *secret_name(const struct secret *);
/* By its name, if it is the model's, its id or its URI; or NULL. */
struct secret *secret_find_shown(struct model *, const char *name,
    struct error *);
/* Is that revision there? */
int secret_check_revision(const struct secret *, int64_t revision,
    struct error *);

#endif /* ENGINE_SECRETS_H */
