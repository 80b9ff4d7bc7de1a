/* SPDX-License-Identifier: Apache-2.0 */
/* A secret as Juju prints one, for programs. */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/secret.h"
#include "cli/text.h"
#include "cli/timetext.h"

const char *
secret_owner(const json_t *secret)
{
	return strcmp(json_text(secret, "owner-kind", ""), "model") == 0 ?
	    "<model>" :
	    json_text(secret, "owner", "");
}

static void
put_time(json_t *to, const char *key, const char *rfc3339)
{
	char text[TIMETEXT_SIZE];
	autofree char *whole = xasprintf("%sZ",
	    timetext(rfc3339, TIMETEXT_ISO_UTC, text));

	json_put_text(to, key, whole);
}

/* "application-web", "unit-web-0": tags, as Juju has them here. */
static void
put_tag(json_t *to, const char *key, const char *kind, const char *name)
{
	autofree char *tag = xasprintf("%s-%s", kind, name);

	for (char *p = tag; *p != '\0'; p++) {
		if (*p == '/')
			*p = '-';
	}
	json_put_text(to, key, tag);
}

/* "web:backend db:database" is "relation-web.backend#db.database". */
static void
put_relation_tag(json_t *to, const char *relation)
{
	autofree char *tag = xasprintf("relation-%s", relation);

	for (char *p = tag; *p != '\0'; p++) {
		if (*p == ':')
			*p = '.';
		else if (*p == ' ')
			*p = '#';
	}
	json_put_text(to, "scope", tag);
}

static json_t *
access_document(const json_t *secret, const char *model_uuid)
{
	json_t *access = json_array(), *grant;
	size_t i;

	json_array_foreach(json_child(secret, "access", JSON_ARRAY), i, grant) {
		const char *relation = json_text(grant, "relation-key", NULL);
		json_t *one = json_object();

		put_tag(one, "target", json_text(grant, "kind", ""),
		    json_text(grant, "name", ""));
		if (relation != NULL)
			put_relation_tag(one, relation);
		else
			put_tag(one, "scope", "model", model_uuid);
		json_put_text(one, "role", json_text(grant, "role", ""));
		json_array_append_new(access, one);
	}
	return access;
}

json_t *
secret_document(const json_t *secret, const char *model_uuid)
{
	static const char *const texts[] = { "description", "name", "label" };
	json_t *document = json_pack("{s:O, s:s, s:s}", "revision",
	    json_object_get(secret, "revision"), "rotation",
	    json_text(secret, "rotation", "never"), "owner",
	    secret_owner(secret));
	json_t *access = access_document(secret, model_uuid);

	for (size_t i = 0; i < nitems(texts); i++)
		json_put_text(document, texts[i],
		    json_text(secret, texts[i], NULL));
	put_time(document, "created", json_text(secret, "created", NULL));
	put_time(document, "updated", json_text(secret, "updated", NULL));
	if (json_array_size(access) > 0)
		json_object_set(document, "access", access);
	json_decref(access);
	return document;
}

json_t *
secret_revisions(const json_t *secret, int64_t only)
{
	json_t *revisions = json_array(), *one, *revision;
	size_t i;

	json_array_foreach(json_child(secret, "revisions", JSON_ARRAY), i,
	    revision) {
		const char *created = json_text(revision, "created", NULL);

		if (only > 0 && json_int(revision, "revision", 0) != only)
			continue;
		one = json_pack("{s:O, s:s}", "revision",
		    json_object_get(revision, "revision"), "backend",
		    "internal");
		put_time(one, "created", created);
		put_time(one, "updated", created);
		json_array_append_new(revisions, one);
	}
	return revisions;
}
