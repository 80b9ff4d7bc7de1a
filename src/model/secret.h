/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret - who owns one, who may read it, and who has.
 *
 * A model may have many, and hardly anybody has to do with more than a few. So
 * each is tied to those it concerns, and found from there: its owner, its label
 * with the owner, the units that have read it, the relations that it is granted
 * in. Whoever changes any of that ties it anew.
 */

#ifndef MODEL_SECRET_H
#define MODEL_SECRET_H

#include "model/model.h"

enum tie_kind {
	TIE_OWNER,   /* "db", or "db/0" if it is the unit's own. */
	TIE_LABEL,   /* "db/label", as the owner calls it. */
	TIE_READER,  /* "web/0" */
	TIE_RELATION /* "3" */
};

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
/* "db/label": what TIE_LABEL is about; owned by the caller. */
char *secret_label_text(const struct application *, const char *label);
void secret_tie(struct secret *);
void secret_untie(struct secret *);

/* Does it belong to the unit, or to the unit's application? */
bool secret_is_owned(const struct secret *, const struct unit *);
/* Is it the unit's own, or granted to it in a relation that exists? */
bool secret_is_readable(const struct secret *, const struct unit *);
/* The reader's {revision, told, label?}; NULL if it has never read it. */
json_t *secret_observer(const struct secret *, const struct unit *);
/* What the owner decides, {label, revision, revisions, grants, ...}. */
json_t *secret_terms(const struct secret *);
/* Set it from such an object; touches nothing. */
void secret_take_terms(struct secret *, const json_t *);
/* The unit has read it, as the object, which is copied, says. */
void secret_observe(struct secret *, const struct unit *, json_t *observer);
/* Forget the revisions that are neither the latest nor read by anybody. */
void secret_prune(struct secret *);
/* Does a grant, "3/web" or "3/web/0", belong to that relation? */
bool grant_is_of(const char *grant, int64_t relation);
/* What it gave ends with the relation. Touches what changes. */
void secrets_forget_relation(struct relation *);
/* What the unit has read is forgotten, what it owns is deleted. */
void secrets_forget_unit(struct unit *);

#endif /* MODEL_SECRET_H */
