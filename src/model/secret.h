/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret - who owns one, who may read it, and who has.
 *
 * A model may have many, and hardly anybody has to do with more than a few. So
 * each is tied to those it concerns, and found from there: its owner, its label
 * with the owner, the units that have read it, the relations that it is granted
 * in, the applications that a user has granted it to. Whoever changes any of that ties it anew.
 */

#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#include "model/model.h"

/*
 * What its owner, an application, a unit or the model itself, shares with those
 * who are granted it. Readers stay at the revision that they first saw until
 * they ask for the latest; a revision that nobody reads any more is forgotten,
 * one of the model's only if it prunes itself.
 */
struct secret {
	struct entity entity;
	RB_ENTRY(secret) entry;
	struct model *model;     /* Borrowed. */
	struct application *app; /* Whose it is; NULL: the model's. Borrowed. */
	struct unit *unit; /* Of app, if it is this unit's alone. Borrowed. */
	char *id;          /* SECRET_ID_LENGTH of [0-9a-v]. */
	char *label;       /* As its owner calls it; NULL for no name. */
	char *description; /* NULL for none. */
	bool auto_prune;   /* Of the model's: see above. */
	uint64_t created_ms, updated_ms;
	int64_t revision;  /* The latest. */
	json_t *revisions; /* Owned: {"1": {key: text}}. */
	json_t *times;     /* Owned: {"1": when it was made}. */
	/* Owned: "3/web" or "3/web/0" by relation; "-/web" by a user. */
	json_t *grants;
	json_t *observers;    /* Owned: {"web/0": {revision, told, label?}}. */
	struct tie_list ties; /* See secret.h. */
};

#define SECRET_ID_LENGTH 20

enum tie_kind {
	TIE_OWNER,    /* "db", "db/0" if it is the unit's own; MODEL_OWNER. */
	TIE_LABEL,    /* "db/label", as the owner calls it; "/label". */
	TIE_READER,   /* "web/0" */
	TIE_RELATION, /* "3" */
	TIE_GRANTEE   /* "web" */
};

/* What those of the model itself are tied to: no application has that name. */
#define MODEL_OWNER ""

/* How a grant begins that is a user's, and belongs to no relation. */
#define GRANT_BY_USER "-/"

struct secret_tie {
	RB_ENTRY(secret_tie) entry;          /* Of model->ties. */
	LIST_ENTRY(secret_tie) secret_entry; /* Of secret->ties. */
	struct secret *secret;               /* Borrowed. */
	enum tie_kind kind;
	const char *text; /* What follows, in all that are tied. */
	char room[];
};

RB_PROTOTYPE(tie_tree, secret_tie, entry, tie_compare)

/*
 * Those that are tied to the text, one after the other, by id: the first if
 * `after` is NULL; NULL if there is none. Between two calls secrets may be
 * changed or deleted.
 */
struct secret *secret_next(struct model *, enum tie_kind, const char *text,
    struct secret *after);
/*
 * "db/label", or "/label" without an application: what TIE_LABEL is about;
 * owned by the caller.
 */
char *secret_label_text(const struct application *, const char *label);
void secret_tie(struct secret *);
void secret_untie(struct secret *);

/* Make one and touch it, as those of model.h. */
/* `unit` is NULL if it is the application's. */
struct secret *secret_add(struct application *, struct unit *, const char *id);
/* One of the model itself, which is a user's. */
struct secret *secret_add_to_model(struct model *, const char *id);
struct secret *model_find_secret(struct model *, const char *id);
/* The model's with that id, or else with that name; NULL if there is none. */
struct secret *model_find_own_secret(struct model *, const char *name);
/* "secret:<id>", "secret://<model>/<id>" or "<id>": where the id begins. */
const char *secret_uri_id(const char *uri);
/* Is it the text of an id? */
bool secret_id_is_valid(const char *id);

/* Does it belong to the unit, or to the unit's application? */
bool secret_is_owned(const struct secret *, const struct unit *);
/*
 * Is it the unit's own, or granted to it, by a user or in a relation that
 * exists?
 */
bool secret_is_readable(const struct secret *, const struct unit *);
/* The same of all units of the application. */
bool secret_is_readable_by(const struct secret *, const struct application *);
/* The reader's {revision, told, label?}; NULL if it has never read it. */
json_t *secret_observer(const struct secret *, const struct unit *);
/* What the owner decides, {label, revision, revisions, grants, ...}. */
json_t *secret_terms(const struct secret *);
/* Set it from such an object; touches nothing. */
void secret_take_terms(struct secret *, const json_t *);
/* The unit has read it, as the object, which is copied, says. */
void secret_observe(struct secret *, const struct unit *, json_t *observer);
/* It was changed now, and so were the revisions that are new. */
void secret_stamp(struct secret *, uint64_t now_ms);
/*
 * Forget the revisions that are neither the latest nor read by anybody; unless
 * they are for a user to remove.
 */
void secret_prune(struct secret *);
/* A user lets an application read it, or not any more. Whether that is new. */
bool secret_grant_to(struct secret *, const struct application *);
bool secret_revoke_from(struct secret *, const struct application *);
/* Does a grant, "3/web" or "3/web/0", belong to that relation? */
bool grant_is_of(const char *grant, int64_t relation);
/* What it gave ends with the relation. Touches what changes. */
void secrets_forget_relation(struct relation *);
/* It is not granted to the application any more. */
void secrets_forget_application(struct application *);
/* What the unit has read is forgotten, what it owns is deleted. */
void secrets_forget_unit(struct unit *);

#endif /* MODEL_SECRET_H */
