/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of users and of charms as they are shown. */

#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "engine/secrets.h"

const char *
secret_name(const struct secret *s)
{
	return s->app == NULL && s->label != NULL ? s->label : s->id;
}

struct secret *
secret_find_shown(struct model *m, const char *name, struct error *err)
{
	struct secret *s = model_find_own_secret(m, name);

	if (s == NULL)
		s = model_find_secret(m, secret_uri_id(name));
	if (s != NULL)
		return s;
	error_set(err, ERROR_NOT_FOUND, "secret \"%.64s\" not found", name);
	error_hint(err, "\"tenon secrets\" lists those there are");
	return NULL;
}

/* ---- whose it is, and who reads it ---- */

static const char *
owner_kind(const struct secret *s)
{
	return s->unit != NULL ? "unit" :
	    s->app != NULL     ? "application" :
				 "model";
}

static const char *
owner_name(const struct secret *s)
{
	return s->unit != NULL ? s->unit->name :
	    s->app != NULL     ? s->app->name :
				 s->model->name;
}

/* "3/web", "3/web/0" or "-/web", as the model keeps it. */
static json_t *
grant_json(const struct secret *s, const char *grant)
{
	const char *to = strchr(grant, '/') + 1;
	json_t *json = json_pack("{s:s, s:s, s:s}", "kind",
	    strchr(to, '/') != NULL ? "unit" : "application", "name", to,
	    "role", "view");
	struct relation *r;

	if (strncmp(grant, GRANT_BY_USER, strlen(GRANT_BY_USER)) == 0)
		return json;
	r = model_find_relation(s->model, strtoll(grant, NULL, 10));
	if (r != NULL) {
		autofree char *key = relation_key(r, s->model);

		json_object_set_new(json, "relation", json_integer(r->id));
		json_put_text(json, "relation-key", key);
	}
	return json;
}

static json_t *
access_json(const struct secret *s)
{
	json_t *access = json_array(), *grant;
	size_t i;

	json_array_foreach(s->grants, i, grant)
		json_array_append_new(access,
		    grant_json(s, json_string_value(grant)));
	return access;
}

static json_t *
readers_json(const struct secret *s)
{
	json_t *readers = json_array(), *observer;
	const char *unit;

	json_object_foreach(s->observers, unit, observer)
		json_array_append_new(readers,
		    json_pack("{s:s, s:I}", "unit", unit, "revision",
			(json_int_t)json_int(observer, "revision", 0)));
	return readers;
}

/* ---- the secret ---- */

/* The oldest first, as they were added. */
static json_t *
revisions_json(const struct secret *s)
{
	json_t *revisions = json_array(), *one, *content;
	const char *key;

	json_object_foreach(s->revisions, key, content) {
		one = json_pack("{s:I}", "revision",
		    (json_int_t)strtoll(key, NULL, 10));
		json_object_set_new(one, "created",
		    time_text((uint64_t)json_int(s->times, key, 0)));
		json_array_append_new(revisions, one);
	}
	return revisions;
}

static json_t *
secret_json(const struct secret *s)
{
	autofree char *uri = xasprintf("secret:%s", s->id);
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:I, s:s, s:b}", "id",
	    s->id, "uri", uri, "owner-kind", owner_kind(s), "owner",
	    owner_name(s), "revision", (json_int_t)s->revision, "rotation",
	    "never", "auto-prune", s->auto_prune);

	json_put_text(json, s->app == NULL ? "name" : "label", s->label);
	json_put_text(json, "description", s->description);
	json_object_set_new(json, "created", time_text(s->created_ms));
	json_object_set_new(json, "updated", time_text(s->updated_ms));
	json_object_set_new(json, "access", access_json(s));
	json_object_set_new(json, "readers", readers_json(s));
	json_object_set_new(json, "revisions", revisions_json(s));
	return json;
}

/* ---- the verbs ---- */

/* "web", "web/0", the model's name or "<model>"; or a tag as Juju has them. */
static bool
is_owned_by(const struct secret *s, const char *owner)
{
	autofree char *tag = xasprintf("%s-%s", owner_kind(s),
	    s->app != NULL ? owner_name(s) : s->model->uuid);
	char *slash = strchr(tag, '/');

	if (slash != NULL)
		*slash = '-';
	return strcmp(owner, owner_name(s)) == 0 || strcmp(owner, tag) == 0 ||
	    (s->app == NULL && strcmp(owner, "<model>") == 0);
}

int
verb_secrets(struct engine_call *call, struct error *err)
{
	const char *owner = json_text(call->args, "owner", NULL);
	struct model *m = call_model(call, err);
	json_t *secrets;
	struct secret *s;

	if (m == NULL)
		return -1;
	secrets = json_array();
	RB_FOREACH(s, secret_tree, &m->secrets) {
		if (owner == NULL || is_owned_by(s, owner))
			json_array_append_new(secrets, secret_json(s));
	}
	call->reply = json_pack("{s:s, s:o}", "model-uuid", m->uuid, "secrets",
	    secrets);
	return 0;
}

/* Whoever looks at what is in one is in the journal. */
static int
reveal(struct engine_call *call, struct secret *s, int64_t revision,
    struct error *err)
{
	autofree char *uri = xasprintf("secret:%s", s->id);
	autofree char *key = xasprintf("%lld", (long long)revision);

	call_journal(call, s->model, uri, "show-secret");
	if (engine_commit(call->engine, err) == -1)
		return -1;
	json_object_set(call->reply, "content",
	    json_object_get(s->revisions, key));
	return 0;
}

int
verb_show_secret(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct secret *s = m != NULL ?
	    secret_find_shown(m, call->subject, err) :
	    NULL;
	int64_t revision;

	if (s == NULL)
		return -1;
	revision = json_int(call->args, "revision", s->revision);
	if (secret_check_revision(s, revision, err) == -1)
		return -1;
	call->reply = secret_json(s);
	json_put_text(call->reply, "model-uuid", m->uuid);
	if (!json_bool(call->args, "reveal", false))
		return 0;
	return reveal(call, s, revision, err);
}

int
secret_check_revision(const struct secret *s, int64_t revision,
    struct error *err)
{
	autofree char *key = xasprintf("%lld", (long long)revision);

	if (json_object_get(s->revisions, key) != NULL)
		return 0;
	error_set(err, ERROR_NOT_FOUND,
	    "revision %lld of secret \"%s\" not found", (long long)revision,
	    secret_name(s));
	return error_hint(err,
	    "\"tenon show-secret %s --revisions\" shows those there are",
	    secret_name(s));
}
