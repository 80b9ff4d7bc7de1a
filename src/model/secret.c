/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/secret.h"
#include "model/tree.h"

bool
secret_is_owned(const struct secret *s, const struct unit *u)
{
	return s->unit != NULL ? s->unit == u : s->app == u->app;
}

bool
grant_is_of(const char *grant, int64_t relation)
{
	char *rest;
	long long id = strtoll(grant, &rest, 10);

	return id == relation && *rest == '/';
}

/* To the unit, or to its application. */
static bool
grant_is_to(const char *grant, const struct unit *u)
{
	const char *to = strchr(grant, '/');

	if (to == NULL)
		return false;
	to++;
	return strcmp(to, u->name) == 0 || strcmp(to, u->app->name) == 0;
}

bool
secret_is_readable(const struct secret *s, const struct unit *u)
{
	struct relation *r;
	const char *grant;
	json_t *one;
	size_t i;

	if (secret_is_owned(s, u))
		return true;
	json_array_foreach(s->grants, i, one) {
		grant = json_string_value(one);
		r = model_find_relation(s->model, strtoll(grant, NULL, 10));
		if (r != NULL && relation_end_of(r, u->app) != NULL &&
		    grant_is_to(grant, u))
			return true;
	}
	return false;
}

json_t *
secret_observer(const struct secret *s, const struct unit *u)
{
	return json_object_get(s->observers, u->name);
}

json_t *
secret_terms(const struct secret *s)
{
	json_t *terms = json_pack("{s:I, s:O, s:O}", "revision",
	    (json_int_t)s->revision, "revisions", s->revisions, "grants",
	    s->grants);
	json_t *copy = json_deep_copy(terms);

	json_decref(terms);
	json_put_text(copy, "application", s->app->name);
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

json_t *
secret_value(const struct secret *s)
{
	json_t *row = secret_terms(s);

	(void)json_object_set_new(row, "observers",
	    json_deep_copy(s->observers));
	return row;
}

int
secret_read(struct model *m, const char *id, const json_t *value,
    struct error *err)
{
	const char *app = json_text(value, "application", "");
	const char *unit = json_text(value, "unit", NULL);
	struct secret *s = secret_find_any(m, id);

	if (s == NULL)
		s = secret_make(m, id);
	secret_untie(s);
	s->app = application_find_any(m, app);
	s->unit = unit != NULL ? unit_find_any(m, unit) : NULL;
	if (s->app == NULL || (unit != NULL && s->unit == NULL))
		return error_set(err, ERROR_INTERNAL, "no owner \"%s\"",
		    unit != NULL ? unit : app);
	take_child(&s->observers, value, "observers", JSON_OBJECT);
	secret_take_terms(s, value);
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
	json_decref(s->grants);
	json_decref(s->observers);
	free(s);
}

void
secret_observe(struct secret *s, const struct unit *u, json_t *observer)
{
	(void)json_object_set(s->observers, u->name, observer);
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

	json_object_foreach_safe(s->revisions, next, key, content)
	{
		int64_t revision = strtoll(key, NULL, 10);

		if (revision != s->revision && !revision_is_read(s, revision))
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
		struct unit *u = model_find_unit(s->model, name);

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

void
secrets_forget_relation(struct relation *r)
{
	autofree char *id = xasprintf("%lld", (long long)r->id);
	struct secret *s;

	while ((s = secret_next(r->model, TIE_RELATION, id, NULL)) != NULL) {
		forget_grants(s, r->id);
		forget_strangers(s);
		entity_touch(&s->entity);
	}
}

void
secrets_forget_unit(struct unit *u)
{
	struct model *m = u->app->model;
	struct secret *s;

	while ((s = secret_next(m, TIE_OWNER, u->name, NULL)) != NULL)
		entity_delete(&s->entity);
	while ((s = secret_next(m, TIE_READER, u->name, NULL)) != NULL) {
		(void)json_object_del(s->observers, u->name);
		secret_prune(s);
		secret_tie(s);
		entity_touch(&s->entity);
	}
}
