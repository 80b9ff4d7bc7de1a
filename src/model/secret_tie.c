/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/secret.h"

/* One without a secret is before all that have the same text. */
static int
tie_compare(const struct secret_tie *a, const struct secret_tie *b)
{
	int order = strcmp(a->text, b->text);

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (order != 0 || a->secret == b->secret)
		return order;
	if (a->secret == NULL || b->secret == NULL)
		return a->secret == NULL ? -1 : 1;
	return strcmp(a->secret->id, b->secret->id);
}

/* clang-format off */
RB_GENERATE(tie_tree, secret_tie, entry, tie_compare)
/* clang-format on */

struct secret *
secret_next(struct model *m, enum tie_kind kind, const char *text,
    struct secret *after)
{
	struct secret_tie key = {
		.kind = kind,
		.text = text,
		.secret = after,
	};
	struct secret_tie *tie;

	tie = RB_NFIND(tie_tree, &m->ties, &key);
	while (tie != NULL &&
	    (tie->secret == after || tie->secret->entity.deleted))
		tie = RB_NEXT(tie_tree, &m->ties, tie);
	return tie != NULL && tie->kind == kind &&
		strcmp(tie->text, text) == 0 ?
	    tie->secret :
	    NULL;
}

static void
tie_to(struct secret *s, enum tie_kind kind, const char *text, size_t len)
{
	struct secret_tie *tie = xcalloc(1, sizeof *tie + len + 1);

	memcpy(tie->room, text, len);
	tie->text = tie->room;
	tie->kind = kind;
	tie->secret = s;
	/* Granted in the same relation twice, it is tied to it once. */
	if (RB_INSERT(tie_tree, &s->model->ties, tie) != NULL)
		free(tie);
	else
		LIST_INSERT_HEAD(&s->ties, tie, secret_entry);
}

char *
secret_label_text(const struct application *app, const char *label)
{
	return xasprintf("%s/%s", app != NULL ? app->name : MODEL_OWNER, label);
}

/* How many its owner has. */
static size_t *
owner_count(const struct secret *s)
{
	return s->app != NULL ? &s->app->nsecrets : &s->model->nsecrets;
}

static void
tie_to_owner(struct secret *s)
{
	const char *owner = s->unit != NULL ? s->unit->name :
	    s->app != NULL                  ? s->app->name :
					      MODEL_OWNER;

	++*owner_count(s);
	tie_to(s, TIE_OWNER, owner, strlen(owner));
	if (s->label != NULL) {
		autofree char *text = secret_label_text(s->app, s->label);

		tie_to(s, TIE_LABEL, text, strlen(text));
	}
}

static void
tie_to_grant(struct secret *s, const char *grant)
{
	size_t skip = sizeof GRANT_BY_USER - 1;

	if (strncmp(grant, GRANT_BY_USER, skip) == 0)
		tie_to(s, TIE_GRANTEE, grant + skip, strlen(grant + skip));
	else
		tie_to(s, TIE_RELATION, grant, strcspn(grant, "/"));
}

void
secret_tie(struct secret *s)
{
	const char *text;
	json_t *one;
	size_t i;

	secret_untie(s);
	tie_to_owner(s);
	json_object_foreach(s->observers, text, one)
		tie_to(s, TIE_READER, text, strlen(text));
	json_array_foreach(s->grants, i, one)
		tie_to_grant(s, json_string_value(one));
}

void
secret_untie(struct secret *s)
{
	struct secret_tie *tie;

	if (!LIST_EMPTY(&s->ties))
		--*owner_count(s);
	while ((tie = LIST_FIRST(&s->ties)) != NULL) {
		LIST_REMOVE(tie, secret_entry);
		RB_REMOVE(tie_tree, &s->model->ties, tie);
		free(tie);
	}
}
