/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/far.h"
#include "model/secret.h"
#include "model/tree.h"

struct secret *
secret_find_any(struct model *model, const char *id)
{
	struct secret *s;

	TREE_FIND(s, &model->secrets, entry, strcmp(id, s->id));
	return s;
}

bool
secret_is_owned(const struct secret *s, const struct unit *u)
{
	return s->unit != NULL ? s->unit == u : s->app == u->app;
}

const char *
secret_uri_id(const char *uri)
{
	static const char scheme[] = "secret:";
	const char *slash;

	if (strncmp(uri, scheme, sizeof scheme - 1) != 0)
		return uri;
	uri += sizeof scheme - 1;
	slash = strrchr(uri, '/');
	return slash != NULL ? slash + 1 : uri;
}

bool
secret_id_is_valid(const char *id)
{
	return strlen(id) == SECRET_ID_LENGTH &&
	    strspn(id, "0123456789abcdefghijklmnopqrstuv") == SECRET_ID_LENGTH;
}

struct secret *
model_find_own_secret(struct model *m, const char *name)
{
	struct secret *s = model_find_secret(m, secret_uri_id(name));
	autofree char *label = secret_label_text(NULL, name);

	if (s != NULL && s->app == NULL)
		return s;
	return secret_next(m, TIE_LABEL, label, NULL);
}

bool
grant_is_of(const char *grant, int64_t relation)
{
	char *rest;
	long long id = strtoll(grant, &rest, 10);

	return id == relation && *rest == '/';
}

/* To the unit of that name, or to its application. */
static bool
grant_is_to(const char *grant, const char *unit)
{
	const char *to = strchr(grant, '/');
	size_t app = strcspn(unit, "/");

	if (to == NULL)
		return false;
	to++;
	return strcmp(to, unit) == 0 ||
	    (strncmp(to, unit, app) == 0 && to[app] == '\0');
}

static bool
grant_is_by_user(const char *grant)
{
	return strncmp(grant, GRANT_BY_USER, sizeof GRANT_BY_USER - 1) == 0;
}

/* Does its relation, if it has one, exist, and have the application? */
static bool
grant_is_in_force(const struct secret *s, const char *grant,
    const struct application *app)
{
	struct relation *r;

	if (grant_is_by_user(grant))
		return true;
	r = model_find_relation(s->model, strtoll(grant, NULL, 10));
	return r != NULL && relation_end_of(r, app) != NULL;
}

bool
secret_is_readable(const struct secret *s, const struct unit *u)
{
	autofree char *name = NULL;
	const char *grant;
	json_t *one;
	size_t i;

	if (secret_is_owned(s, u))
		return true;
	name = unit_name_in(u, s->model);
	json_array_foreach(s->grants, i, one) {
		grant = json_string_value(one);
		if (grant_is_to(grant, name) &&
		    grant_is_in_force(s, grant, u->app))
			return true;
	}
	return false;
}

bool
secret_is_readable_by(const struct secret *s, const struct application *app)
{
	const char *grant, *to;
	json_t *one;
	size_t i;

	if (s->app == app && s->unit == NULL)
		return true;
	json_array_foreach(s->grants, i, one) {
		grant = json_string_value(one);
		to = strchr(grant, '/');
		if (to != NULL && strcmp(to + 1, app->name) == 0 &&
		    grant_is_in_force(s, grant, app))
			return true;
	}
	return false;
}

json_t *
secret_observer(const struct secret *s, const struct unit *u)
{
	autofree char *far = NULL;

	if (u->app->model == s->model)
		return json_object_get(s->observers, u->name);
	far = unit_name_in(u, s->model);
	return json_object_get(s->observers, far);
}

json_t *
secret_terms(const struct secret *s)
{
	json_t *terms = json_pack("{s:I, s:O, s:O}", "revision",
	    (json_int_t)s->revision, "revisions", s->revisions, "grants",
	    s->grants);
	json_t *copy = json_deep_copy(terms);

	json_decref(terms);
	json_put_text(copy, "application",
	    s->app != NULL ? s->app->name : NULL);
	json_put_text(copy, "unit", s->unit != NULL ? s->unit->name : NULL);
	json_put_text(copy, "label", s->label);
	json_put_text(copy, "description", s->description);
	return copy;
}

static void
take_child(json_t **slot, const json_t *value, const char *key, json_type type)
{
	const json_t *child = json_child(value, key, type);

	if (child == NULL)
		return;
	json_decref(*slot);
	*slot = json_deep_copy(child);
}

void
secret_take_terms(struct secret *s, const json_t *terms)
{
	s->revision = json_int(terms, "revision", 0);
	xreplace(&s->label, json_text(terms, "label", NULL));
	xreplace(&s->description, json_text(terms, "description", NULL));
	take_child(&s->revisions, terms, "revisions", JSON_OBJECT);
	take_child(&s->grants, terms, "grants", JSON_ARRAY);
	secret_tie(s);
}

/* Of those that have no time yet; and no times of those that are gone. */
static void
time_revisions(struct secret *s, uint64_t ms)
{
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach(s->revisions, key, value) {
		if (json_object_get(s->times, key) == NULL)
			(void)json_object_set_new(s->times, key,
			    json_integer((json_int_t)ms));
	}
	json_object_foreach_safe(s->times, next, key, value)
	{
		if (json_object_get(s->revisions, key) == NULL)
			(void)json_object_del(s->times, key);
	}
}

void
secret_stamp(struct secret *s, uint64_t now_ms)
{
	time_revisions(s, now_ms);
	if (s->created_ms == 0)
		s->created_ms = now_ms;
	s->updated_ms = now_ms;
}

json_t *
secret_value(const struct secret *s)
{
	json_t *row = secret_terms(s);

	(void)json_object_set_new(row, "observers",
	    json_deep_copy(s->observers));
	(void)json_object_set_new(row, "times", json_deep_copy(s->times));
	(void)json_object_set_new(row, "created",
	    json_integer((json_int_t)s->created_ms));
	(void)json_object_set_new(row, "updated",
	    json_integer((json_int_t)s->updated_ms));
	(void)json_object_set_new(row, "auto-prune",
	    json_boolean(s->auto_prune));
	return row;
}

/* Before schema 5 nobody noted when: not before the model was made. */
static void
take_times(struct secret *s, const json_t *value)
{
	int64_t first = (int64_t)s->model->created_ms;

	s->created_ms = (uint64_t)json_int(value, "created", first);
	s->updated_ms = (uint64_t)json_int(value, "updated", first);
	if (json_child(value, "times", JSON_OBJECT) == NULL)
		time_revisions(s, s->model->created_ms);
	else
		take_child(&s->times, value, "times", JSON_OBJECT);
}

/* Whose it is: no application, the model's. */
static int
take_owner(struct secret *s, const json_t *value, struct error *err)
{
	const char *app = json_text(value, "application", NULL);
	const char *unit = json_text(value, "unit", NULL);

	s->app = app != NULL ? application_find_any(s->model, app) : NULL;
	s->unit = unit != NULL ? unit_find_any(s->model, unit) : NULL;
	if ((app != NULL && s->app == NULL) ||
	    (unit != NULL && s->unit == NULL))
		return error_set(err, ERROR_INTERNAL, "no owner \"%s\"",
		    unit != NULL ? unit : app);
	return 0;
}

int
secret_read(struct model *m, const char *id, const json_t *value,
    struct error *err)
{
	struct secret *s = secret_find_any(m, id);

	if (s == NULL)
		s = secret_make(m, id);
	secret_untie(s);
	if (take_owner(s, value, err) == -1)
		return -1;
	take_child(&s->observers, value, "observers", JSON_OBJECT);
	s->auto_prune = json_bool(value, "auto-prune", false);
	secret_take_terms(s, value);
	take_times(s, value);
	s->entity.fresh = s->entity.deleted = false;
	return 0;
}

void
secret_free(struct secret *s)
{
	secret_untie(s);
	RB_REMOVE(secret_tree, &s->model->secrets, s);
	free(s->id);
	free(s->label);
	free(s->description);
	json_decref(s->revisions);
	json_decref(s->times);
	json_decref(s->grants);
	json_decref(s->observers);
	free(s);
}

void
secret_observe(struct secret *s, const struct unit *u, json_t *observer)
{
	autofree char *name = unit_name_in(u, s->model);

	(void)json_object_set(s->observers, name, observer);
	secret_prune(s);
	secret_tie(s);
	entity_touch(&s->entity);
}

static bool
revision_is_read(const struct secret *s, int64_t revision)
{
	const char *name;
	json_t *observer;

	json_object_foreach(s->observers, name, observer) {
		if (json_int(observer, "revision", 0) == revision)
			return true;
	}
	return false;
}

void
secret_prune(struct secret *s)
{
	const char *key;
	json_t *content;
	void *next;

	if (s->app == NULL && !s->auto_prune)
		return;
	json_object_foreach_safe(s->revisions, next, key, content)
	{
		int64_t revision = strtoll(key, NULL, 10);

		if (revision == s->revision || revision_is_read(s, revision))
			continue;
		(void)json_object_del(s->times, key);
		(void)json_object_del(s->revisions, key);
	}
}

/* Who may not read it any more has not read it. */
static void
forget_strangers(struct secret *s)
{
	const char *name;
	json_t *observer;
	void *next;

	json_object_foreach_safe(s->observers, next, name, observer)
	{
		struct unit *u = model_find_far_unit(s->model, name);

		if (u == NULL || !secret_is_readable(s, u))
			(void)json_object_del(s->observers, name);
	}
	secret_prune(s);
	secret_tie(s);
}

static void
forget_grants(struct secret *s, int64_t relation)
{
	for (size_t i = json_array_size(s->grants); i-- > 0;) {
		if (grant_is_of(json_string_value(json_array_get(s->grants, i)),
			relation))
			(void)json_array_remove(s->grants, i);
	}
}

static void
model_forget_relation(struct model *m, const struct relation *r)
{
	autofree char *id = xasprintf("%lld", (long long)r->id);
	struct secret *s;

	while ((s = secret_next(m, TIE_RELATION, id, NULL)) != NULL) {
		forget_grants(s, r->id);
		forget_strangers(s);
		entity_touch(&s->entity);
	}
}

static size_t
grant_index(const struct secret *s, const char *grant)
{
	json_t *one;
	size_t i;

	json_array_foreach(s->grants, i, one) {
		if (strcmp(json_string_value(one), grant) == 0)
			break;
	}
	return i;
}

bool
secret_grant_to(struct secret *s, const struct application *app)
{
	autofree char *grant = xasprintf(GRANT_BY_USER "%s", app->name);

	if (grant_index(s, grant) < json_array_size(s->grants))
		return false;
	(void)json_array_append_new(s->grants, json_string(grant));
	secret_tie(s);
	entity_touch(&s->entity);
	return true;
}

bool
secret_revoke_from(struct secret *s, const struct application *app)
{
	autofree char *grant = xasprintf(GRANT_BY_USER "%s", app->name);

	if (json_array_remove(s->grants, grant_index(s, grant)) == -1)
		return false;
	forget_strangers(s);
	entity_touch(&s->entity);
	return true;
}

void
secrets_forget_application(struct application *app)
{
	struct secret *s;

	while (
	    (s = secret_next(app->model, TIE_GRANTEE, app->name, NULL)) != NULL)
		(void)secret_revoke_from(s, app);
}

void
secrets_forget_relation(struct relation *r)
{
	model_forget_relation(r->model, r);
	if (r->guest != NULL)
		model_forget_relation(r->guest, r);
}

static void
model_forget_reader(struct model *m, const struct unit *u)
{
	autofree char *name = unit_name_in(u, m);
	struct secret *s;

	while ((s = secret_next(m, TIE_READER, name, NULL)) != NULL) {
		(void)json_object_del(s->observers, name);
		secret_prune(s);
		secret_tie(s);
		entity_touch(&s->entity);
	}
}

void
secrets_forget_unit(struct unit *u)
{
	struct model *m = u->app->model;
	struct relation_end *end = NULL;
	struct secret *s;

	while ((s = secret_next(m, TIE_OWNER, u->name, NULL)) != NULL)
		entity_delete(&s->entity);
	model_forget_reader(m, u);
	while ((m = unit_next_far_model(u, &end)) != NULL)
		model_forget_reader(m, u);
}
