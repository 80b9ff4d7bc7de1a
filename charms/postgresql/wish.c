/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "extra.h"
#include "wish.h"

#define ATTRIBUTES (EXTRA_CREATEDB | EXTRA_CREATEROLE | EXTRA_SUPERUSER)

void
wish_release(struct wish *w)
{
	permissions_release(&w->permissions);
}

int
wish_kind_parse(const char *text, enum wish_kind *kind, struct error *err)
{
	static const struct {
		const char *word;
		enum wish_kind kind;
	} kinds[] = {
		{ "", WISH_OWNER },
		{ "USER", WISH_USER },
		{ "GROUP", WISH_GROUP },
	};

	for (size_t i = 0; i < nitems(kinds); i++)
		if (strcasecmp(text != NULL ? text : "", kinds[i].word) == 0) {
			*kind = kinds[i].kind;
			return 0;
		}
	error_set(err, ERROR_INVALID,
	    "entity type \"%s\" is not known; possible are: USER, GROUP",
	    strlen(text) <= 64 ? text : "(too long)");
	return error_hint(err, "change entity-type");
}

/* Which keys go with which kind. */
static int
check_keys(const json_t *asked, enum wish_kind kind, struct error *err)
{
	static const struct {
		enum wish_kind kind;
		const char *key, *needs;
	} excluded[] = {
		{ WISH_OWNER, "entity-permissions", "USER or GROUP" },
		{ WISH_OWNER, "extra-group-roles", "GROUP" },
		{ WISH_USER, "extra-group-roles", "GROUP" },
		{ WISH_GROUP, "extra-user-roles", "USER, or none" },
	};

	for (size_t i = 0; i < nitems(excluded); i++) {
		if (excluded[i].kind != kind ||
		    *json_text(asked, excluded[i].key, "") == '\0')
			continue;
		error_set(err, ERROR_INVALID, "%s needs the entity type %s",
		    excluded[i].key, excluded[i].needs);
		return error_hint(err, "change entity-type or %s",
		    excluded[i].key);
	}
	return 0;
}

static int
read_extra(const json_t *asked, struct wish *w, struct error *err)
{
	const char *key = w->kind == WISH_GROUP ? "extra-group-roles" :
						  "extra-user-roles";

	if (extra_parse(json_text(asked, key, ""), &w->extra, err) == -1)
		return w->kind == WISH_GROUP ?
		    error_hint(err, "change extra-group-roles") :
		    -1;
	if (w->kind != WISH_GROUP || (w->extra & ATTRIBUTES) == 0)
		return 0;
	error_set(err, ERROR_INVALID,
	    "the members of a group do not get its attributes; possible are: "
	    "reader, charmed_read, charmed_dml, charmed_stats");
	return error_hint(err, "change extra-group-roles");
}

int
wish_check(const json_t *asked, struct error *err)
{
	enum wish_kind kind = WISH_OWNER;

	if (wish_kind_parse(json_text(asked, "entity-type", NULL), &kind,
		err) == -1 ||
	    check_keys(asked, kind, err) == -1)
		return -1;
	return permissions_check(json_text(asked, "entity-permissions", ""),
	    err);
}

/* Who wants another name would not find the one that it got. */
static int
check_name(const json_t *asked, struct error *err)
{
	if (*json_text(asked, "requested-entity-secret", "") == '\0')
		return 0;
	error_set(err, ERROR_INVALID,
	    "the name of a user cannot be chosen: requested-entity-secret is "
	    "not supported");
	return error_hint(err, "leave requested-entity-secret out");
}

int
wish_read(const json_t *asked, const char *database, struct wish *w,
    struct error *err)
{
	if (wish_kind_parse(json_text(asked, "entity-type", NULL), &w->kind,
		err) == -1 ||
	    check_keys(asked, w->kind, err) == -1 ||
	    check_name(asked, err) == -1 || read_extra(asked, w, err) == -1)
		return -1;
	return permissions_parse(json_text(asked, "entity-permissions", ""),
	    database, &w->permissions, err);
}
