/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets, for those whom they belong to. */

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "engine/secrets.h"
#include "model/far.h"
#include "model/secret.h"

/* An application's secrets are its leader's business. */
static int
check_may_change(const struct tool_call *call, const json_t *terms,
    struct error *err)
{
	if (json_text(terms, "unit", NULL) != NULL)
		return 0;
	return tool_check_leader(call, err);
}

int
secret_find_owned(const struct tool_call *call, struct secret_view *v,
    struct error *err)
{
	if (secret_find(call, v, err) == -1)
		return -1;
	if (!terms_are_owned(v->terms, call->unit))
		return error_set(err, ERROR_DENIED,
		    "secret \"%s\" does not belong to %s", v->id,
		    call->unit->app->name);
	return check_may_change(call, v->terms, err);
}

/* A copy that the hook may change; borrowed from the context. */
static json_t *
terms_to_change(const struct tool_call *call, const struct secret_view *v)
{
	json_t *terms = json_object_get(call->context->secrets, v->id);

	if (terms != NULL)
		return terms;
	terms = json_deep_copy(v->terms);
	json_object_set_new(call->context->secrets, v->id, terms);
	return terms;
}

/* ---- what may not be asked for ---- */

static int
check_no_clock(const struct tool_call *call, struct error *err)
{
	static const char *const unknown[] = { "expire", "rotate" };

	for (size_t i = 0; i < nitems(unknown); i++) {
		if (json_object_get(call->args, unknown[i]) != NULL)
			return error_set(err, ERROR_USAGE,
			    "argument \"%s\" is not supported: secrets "
			    "neither expire nor rotate",
			    unknown[i]);
	}
	return 0;
}

/* ---- all that a unit owns ---- */

static void
add_owned(json_t *found, const char *id, const char *label)
{
	if (json_is_array(found))
		json_array_append_new(found, json_string(id));
	else
		json_object_set_new(found, id,
		    label != NULL ? json_string(label) : json_null());
}

/* Only its owner's leader changes a label: the hook sees it as it is. */
static void
add_tied(const struct tool_call *call, const char *owner, json_t *found)
{
	struct secret *s = NULL;

	while ((s = secret_next(call->unit->app->model, TIE_OWNER, owner, s)) !=
	    NULL) {
		if (json_object_get(call->context->secrets, s->id) == NULL)
			add_owned(found, s->id, s->label);
	}
}

json_t *
tool_secret_ids(struct tool_call *call, struct error *err)
{
	const struct unit *u = call->unit;
	json_t *found = json_bool(call->args, "labels", false) ? json_object() :
								 json_array();
	const char *id;
	json_t *terms;

	(void)err;
	add_tied(call, u->app->name, found);
	add_tied(call, u->name, found);
	json_object_foreach(call->context->secrets, id, terms) {
		if (json_is_object(terms))
			add_owned(found, id, json_text(terms, "label", NULL));
	}
	return found;
}

/* Has another one that the unit owns the label? */
static bool
has_namesake(const struct tool_call *call, const char *id, const char *label)
{
	const struct unit *u = call->unit;
	autofree char *text = secret_label_text(u->app, label);
	struct secret *s = NULL;
	const char *other;
	json_t *terms;

	json_object_foreach(call->context->secrets, other, terms) {
		if (strcmp(other, id) != 0 &&
		    strcmp(json_text(terms, "label", ""), label) == 0)
			return true;
	}
	while ((s = secret_next(u->app->model, TIE_LABEL, text, s)) != NULL) {
		if (strcmp(s->id, id) != 0 && secret_is_owned(s, u) &&
		    json_object_get(call->context->secrets, s->id) == NULL)
			return true;
	}
	return false;
}

/* With what the hook has added and removed. */
static size_t
count_owned(const struct tool_call *call)
{
	size_t n = call->unit->app->nsecrets;
	struct secret *s;
	const char *id;
	json_t *terms;

	json_object_foreach(call->context->secrets, id, terms) {
		s = model_find_secret(call->unit->app->model, id);
		if (s == NULL && json_is_object(terms))
			n++;
		else if (s != NULL && json_is_null(terms))
			n--;
	}
	return n;
}

static int
check_label(const struct tool_call *call, const char *id, const char *label,
    struct error *err)
{
	if (label != NULL && has_namesake(call, id, label))
		return error_set(err, ERROR_CONFLICT,
		    "secret with label \"%.64s\" already exists", label);
	if (count_owned(call) > LIMIT_SECRETS)
		return error_set(err, ERROR_TOO_LARGE,
		    "an application has at most %d secrets", LIMIT_SECRETS);
	return 0;
}

/* ---- writing ---- */

/* What a hook sets more than once becomes one revision. */
static void
put_content(const struct tool_call *call, const char *id, json_t *terms,
    json_t *content)
{
	struct secret *s = model_find_secret(call->unit->app->model, id);
	int64_t revision = s != NULL ? s->revision + 1 : 1;
	autofree char *key = xasprintf("%lld", (long long)revision);

	if (json_equal(content,
		terms_content(terms, json_int(terms, "revision", 0))))
		return;
	json_object_set(json_object_get(terms, "revisions"), key, content);
	json_object_set_new(terms, "revision", json_integer(revision));
}

/* The arguments into the terms; who fails has changed nothing. */
static int
put_arguments(const struct tool_call *call, const char *id, json_t *terms,
    struct error *err)
{
	json_t *content = json_child(call->args, "content", JSON_OBJECT);
	const char *texts[] = { "label", "description" };

	if (check_no_clock(call, err) == -1 ||
	    (content != NULL && secret_content_check(content, err) == -1) ||
	    check_label(call, id, json_text(call->args, "label", NULL), err) ==
		-1)
		return -1;
	for (size_t i = 0; i < nitems(texts); i++) {
		const char *text = json_text(call->args, texts[i], NULL);

		if (text != NULL)
			json_put_text(terms, texts[i], text);
	}
	if (content != NULL)
		put_content(call, id, terms, content);
	return 0;
}

json_t *
tool_secret_add(struct tool_call *call, struct error *err)
{
	const char *owner = json_text(call->args, "owner", "application");
	char id[SECRET_ID_LENGTH + 1];
	autofree char *uri = NULL;
	json_auto_t *terms = json_pack("{s:s, s:i, s:{}, s:[]}", "application",
	    call->unit->app->name, "revision", 0, "revisions", "grants");

	if (strcmp(owner, "unit") == 0)
		json_put_text(terms, "unit", call->unit->name);
	else if (strcmp(owner, "application") != 0)
		error_set(err, ERROR_USAGE,
		    "invalid owner \"%.64s\", expected one of [application "
		    "unit]",
		    owner);
	if (err->code == ERROR_NONE &&
	    json_child(call->args, "content", JSON_OBJECT) == NULL)
		error_set(err, ERROR_USAGE, "argument \"content\" is missing");
	secret_make_id(id);
	if (err->code != ERROR_NONE ||
	    check_may_change(call, terms, err) == -1 ||
	    put_arguments(call, id, terms, err) == -1)
		return NULL;
	json_object_set(call->context->secrets, id, terms);
	uri = xasprintf("secret:%s", id);
	return json_string(uri);
}

json_t *
tool_secret_set(struct tool_call *call, struct error *err)
{
	autosecret v = { 0 };

	if (tool_text(call, "secret", err) == NULL ||
	    secret_find_owned(call, &v, err) == -1 ||
	    put_arguments(call, v.id, terms_to_change(call, &v), err) == -1)
		return NULL;
	return json_null();
}

json_t *
tool_secret_info_get(struct tool_call *call, struct error *err)
{
	autosecret v = { 0 };
	json_t *info;

	if (secret_find(call, &v, err) == -1)
		return NULL;
	if (!terms_are_owned(v.terms, call->unit)) {
		error_set(err, ERROR_DENIED,
		    "secret \"%s\" does not belong to %s", v.id,
		    call->unit->app->name);
		return NULL;
	}
	info = json_pack("{s:O, s:s, s:s}", "revision",
	    json_object_get(v.terms, "revision"), "owner",
	    json_text(v.terms, "unit", NULL) != NULL ? "unit" : "application",
	    "rotation", "never");
	json_put_text(info, "label", json_text(v.terms, "label", NULL));
	json_put_text(info, "description",
	    json_text(v.terms, "description", NULL));
	return json_pack("{s:o}", v.id, info);
}

/* The last revision takes the secret along. */
json_t *
tool_secret_remove(struct tool_call *call, struct error *err)
{
	int64_t revision = json_int(call->args, "revision", 0);
	autofree char *key = xasprintf("%lld", (long long)revision);
	autosecret v = { 0 };

	if (secret_find_owned(call, &v, err) == -1)
		return NULL;
	if (revision == 0 || revision == json_int(v.terms, "revision", 0))
		json_object_set_new(call->context->secrets, v.id, json_null());
	else
		json_object_del(json_object_get(terms_to_change(call, &v),
				    "revisions"),
		    key);
	return json_null();
}

/* ---- grants ---- */

/*
 * "3/web" or "3/web/0": whom the arguments mean; owned by the caller. Of
 * another model "3/prod.web", by whatever name it is known here.
 */
static char *
grant_text(const struct tool_call *call, struct error *err)
{
	const char *unit = json_text(call->args, "unit", NULL), *known;
	struct relation *rel = tool_relation(call, err);
	const struct model *m = call->unit->app->model;
	const struct relation_end *far;
	autofree char *name = NULL;
	size_t n;

	if (rel == NULL)
		return NULL;
	far = relation_far_end(rel, call->unit->app);
	known = end_name(far, m);
	n = strlen(known);
	if (unit != NULL && (strncmp(unit, known, n) != 0 || unit[n] != '/')) {
		error_set(err, ERROR_NOT_FOUND,
		    "unit \"%.64s\" is not in relation %lld", unit,
		    (long long)rel->id);
		return NULL;
	}
	name = application_name_in(far->app, m);
	return xasprintf("%lld/%s%s", (long long)rel->id, name,
	    unit != NULL ? unit + n : "");
}

static size_t
grant_index(const json_t *grants, const char *grant)
{
	json_t *one;
	size_t i;

	json_array_foreach(grants, i, one) {
		if (strcmp(json_string_value(one), grant) == 0)
			break;
	}
	return i;
}

json_t *
tool_secret_grant(struct tool_call *call, struct error *err)
{
	autofree char *grant = NULL;
	autosecret v = { 0 };
	json_t *grants;

	if (secret_find_owned(call, &v, err) == -1 ||
	    (grant = grant_text(call, err)) == NULL)
		return NULL;
	grants = json_object_get(terms_to_change(call, &v), "grants");
	if (grant_index(grants, grant) == json_array_size(grants))
		json_array_append_new(grants, json_string(grant));
	return json_null();
}

/* In every relation with that application. */
static void
revoke_application(json_t *grants, const char *app)
{
	for (size_t i = json_array_size(grants); i-- > 0;) {
		const char *grant = json_string_value(
		    json_array_get(grants, i));
		const char *to = strchr(grant, '/') + 1;

		if (strncmp(to, app, strlen(app)) == 0 &&
		    (to[strlen(app)] == '\0' || to[strlen(app)] == '/'))
			json_array_remove(grants, i);
	}
}

/* It may be known here by the alias that it was consumed as. */
static void
revoke_consumed(const struct tool_call *call, json_t *grants, const char *alias)
{
	struct relation_end *end = NULL, *far;
	struct unit *u = call->unit;

	while (unit_next_far_model(u, &end) != NULL) {
		far = relation_far_end(end->relation, u->app);
		if (strcmp(end_name(far, u->app->model), alias) == 0) {
			autofree char *name = application_name_in(far->app,
			    u->app->model);

			revoke_application(grants, name);
		}
	}
}

json_t *
tool_secret_revoke(struct tool_call *call, struct error *err)
{
	const char *app = json_text(call->args, "app", NULL);
	autofree char *grant = NULL;
	autosecret v = { 0 };
	json_t *grants;

	if (secret_find_owned(call, &v, err) == -1 ||
	    (app == NULL && (grant = grant_text(call, err)) == NULL))
		return NULL;
	grants = json_object_get(terms_to_change(call, &v), "grants");
	if (app != NULL) {
		revoke_application(grants, app);
		revoke_consumed(call, grants, app);
	} else {
		json_array_remove(grants, grant_index(grants, grant));
	}
	return json_null();
}
