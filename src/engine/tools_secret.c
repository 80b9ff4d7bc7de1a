/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets, for those who read them. */

#include "base/json.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "engine/secrets.h"
#include "model/far.h"
#include "model/secret.h"

void
secret_view_release(struct secret_view *v)
{
	free(v->id);
	*v = (struct secret_view){ 0 };
}

bool
terms_are_owned(const json_t *terms, const struct unit *u)
{
	const char *unit = json_text(terms, "unit", NULL);

	if (unit != NULL)
		return strcmp(unit, u->name) == 0;
	return strcmp(json_text(terms, "application", ""), u->app->name) == 0;
}

json_t *
terms_content(const json_t *terms, int64_t revision)
{
	autofree char *key = xasprintf("%lld", (long long)revision);

	return json_child(json_child(terms, "revisions", JSON_OBJECT), key,
	    JSON_OBJECT);
}

/* Its owner's name is none of this model's. */
static void
terms_from_afar(json_t *terms, const struct secret *s)
{
	autofree char *app = application_name_in(s->app, NULL);
	autofree char *unit = s->unit != NULL ? unit_name_in(s->unit, NULL) :
						NULL;

	json_put_text(terms, "application", app);
	json_put_text(terms, "unit", unit);
}

/*
 * As the hook has written them; else as first seen, be they gone since; but
 * only what the unit may read was seen.
 */
json_t *
secret_terms_seen(const struct tool_call *call, const char *id)
{
	struct context *ctx = call->context;
	json_t *terms = json_object_get(ctx->secrets, id);
	autofree char *key = xasprintf("secret/%s", id);
	struct secret *s;

	if (terms != NULL)
		return json_is_object(terms) ? terms : NULL;
	terms = json_object_get(ctx->seen, key);
	if (terms != NULL)
		return terms;
	s = unit_find_secret(call->unit, id);
	if (s == NULL || !secret_is_readable(s, call->unit))
		return NULL;
	terms = secret_terms(s);
	if (s->model != call->unit->app->model)
		terms_from_afar(terms, s);
	json_object_set_new(ctx->seen, key, terms);
	return terms;
}

/* The unit's place among the observers, as the hook sees it; or NULL. */
static json_t *
reading(const struct tool_call *call, const char *id)
{
	json_t *own = json_object_get(call->context->readings, id);
	struct secret *s = unit_find_secret(call->unit, id);

	if (own != NULL || s == NULL)
		return own;
	return secret_observer(s, call->unit);
}

static bool
has_label(const struct tool_call *call, const char *id, const char *label)
{
	const json_t *terms = secret_terms_seen(call, id);

	if (terms != NULL && terms_are_owned(terms, call->unit) &&
	    strcmp(json_text(terms, "label", ""), label) == 0)
		return true;
	return terms != NULL &&
	    strcmp(json_text(reading(call, id), "label", ""), label) == 0;
}

/* The id of one of the object's members that has the label, or NULL. */
static const char *
key_with_label(const struct tool_call *call, json_t *by_id, const char *label)
{
	const char *id;
	json_t *value;

	json_object_foreach(by_id, id, value) {
		if (has_label(call, id, label))
			return id;
	}
	return NULL;
}

static const char *
tied_with_label(const struct tool_call *call, struct model *m,
    enum tie_kind kind, const char *text, const char *label)
{
	struct secret *s = NULL;

	while ((s = secret_next(m, kind, text, s)) != NULL) {
		if (has_label(call, s->id, label))
			return s->id;
	}
	return NULL;
}

static const char *
read_with_label(const struct tool_call *call, const char *label)
{
	const struct unit *u = call->unit;
	const char *id = tied_with_label(call, u->app->model, TIE_READER,
	    u->name, label);
	struct relation_end *end = NULL;
	struct model *far;

	while (id == NULL && (far = unit_next_far_model(u, &end)) != NULL) {
		autofree char *name = unit_name_in(u, far);

		id = tied_with_label(call, far, TIE_READER, name, label);
	}
	return id;
}

/*
 * The owner's label or the reader's own, as the hook has written them or as
 * they were; the caller owns the id, or NULL.
 */
static char *
id_of_label(const struct tool_call *call, const char *label)
{
	const struct unit *u = call->unit;
	autofree char *owned = secret_label_text(u->app, label);
	const char *id = key_with_label(call, call->context->secrets, label);

	if (id == NULL)
		id = key_with_label(call, call->context->readings, label);
	if (id == NULL)
		id = tied_with_label(call, u->app->model, TIE_LABEL, owned,
		    label);
	if (id == NULL)
		id = read_with_label(call, label);
	return id != NULL ? xstrdup(id) : NULL;
}

/* Who has its id was given it by a user: it may be told that it exists. */
static bool
is_of_user(const struct tool_call *call, const char *id)
{
	const struct secret *s = model_find_secret(call->unit->app->model, id);

	return s != NULL && s->app == NULL;
}

int
secret_find(const struct tool_call *call, struct secret_view *v,
    struct error *err)
{
	const char *uri = json_text(call->args, "secret", NULL);
	const char *label = json_text(call->args, "label", NULL);

	if (uri == NULL && label == NULL)
		return error_set(err, ERROR_USAGE,
		    "argument \"secret\" or \"label\" is missing");
	v->id = uri != NULL ? xstrdup(secret_uri_id(uri)) :
			      id_of_label(call, label);
	v->terms = v->id != NULL ? secret_terms_seen(call, v->id) : NULL;
	if (v->terms != NULL)
		return 0;
	if (v->id != NULL && is_of_user(call, v->id))
		return error_set(err, ERROR_DENIED,
		    "permission denied: secret \"%s\" is not granted to %s",
		    v->id, call->unit->app->name);
	return error_set(err, ERROR_NOT_FOUND, "secret \"%.64s\" not found",
	    uri != NULL ? uri : label);
}

/*
 * Readers stay at the revision that they read first; the owner sees the
 * latest. `peek` looks at the latest, `refresh` moves on to it.
 */
static int64_t
revision_to_read(const struct tool_call *call, const struct secret_view *v)
{
	int64_t latest = json_int(v->terms, "revision", 0);
	const json_t *observer = reading(call, v->id);

	if (observer == NULL || json_bool(call->args, "peek", false) ||
	    json_bool(call->args, "refresh", false))
		return latest;
	return json_int(observer, "revision", latest);
}

static void
note_reading(const struct tool_call *call, const struct secret_view *v,
    int64_t revision)
{
	const char *label = json_text(call->args, "label", NULL);
	const json_t *before = reading(call, v->id);
	json_t *observer;

	if (terms_are_owned(v->terms, call->unit) ||
	    json_bool(call->args, "peek", false))
		return;
	observer = json_pack("{s:I, s:I}", "revision", (json_int_t)revision,
	    "told",
	    (json_int_t)(before == NULL ||
			json_bool(call->args, "refresh", false) ?
		    json_int(v->terms, "revision", 0) :
		    json_int(before, "told", 0)));
	json_put_text(observer, "label",
	    label != NULL ? label : json_text(before, "label", NULL));
	if (json_equal(observer, before))
		json_decref(observer);
	else
		json_object_set_new(call->context->readings, v->id, observer);
}

json_t *
tool_secret_get(struct tool_call *call, struct error *err)
{
	const char *key = json_text(call->args, "key", NULL);
	autosecret v = { 0 };
	json_t *content, *value;
	int64_t revision;

	if (secret_find(call, &v, err) == -1)
		return NULL;
	revision = revision_to_read(call, &v);
	content = terms_content(v.terms, revision);
	if (content == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "revision %lld of secret \"%s\" not found",
		    (long long)revision, v.id);
		return NULL;
	}
	note_reading(call, &v, revision);
	if (key == NULL)
		return json_copy(content);
	value = json_object_get(content, key);
	return value != NULL ? json_incref(value) : json_null();
}
