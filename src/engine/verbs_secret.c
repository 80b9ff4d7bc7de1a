/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets of users: they belong to the model, and applications read those that
 * they have been granted. What is in one is in no line of the journal.
 */

#include <ctype.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"
#include "engine/secrets.h"

static void
journal(const struct engine_call *call, const struct secret *s,
    const char *verb)
{
	autofree char *uri = xasprintf("secret:%s", s->id);

	call_journal(call, s->model, uri, verb);
}

/* ---- which one, and what it may be called ---- */

static struct secret *
find_own(const struct engine_call *call, struct model *m, struct error *err)
{
	struct secret *s = model_find_own_secret(m, call->subject);

	if (s != NULL)
		return s;
	s = secret_find_shown(m, call->subject, err);
	if (s == NULL)
		return NULL;
	error_set(err, ERROR_CONFLICT,
	    "secret \"%s\" belongs to %s, not to you", s->id,
	    s->unit != NULL ? s->unit->name : s->app->name);
	error_hint(err, "what a charm has made only the charm changes");
	return NULL;
}

/* A word, so that it can stand in a command and in a table. */
static bool
name_is_valid(const char *name)
{
	if (!isalnum((unsigned char)*name) || strlen(name) > LIMIT_NAME_BYTES)
		return false;
	for (const char *p = name; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
			return false;
	}
	return true;
}

/* `self` may have it already. */
static int
check_name(struct model *m, const struct secret *self, const char *name,
    struct error *err)
{
	autofree char *label = secret_label_text(NULL, name);
	const struct secret *namesake = secret_next(m, TIE_LABEL, label, NULL);

	if (!name_is_valid(name)) {
		error_set(err, ERROR_INVALID, "invalid secret name \"%.64s\"",
		    name);
		return error_hint(err,
		    "a name has up to %d letters, digits, \".\", \"_\" and "
		    "\"-\", and begins with a letter or a digit",
		    LIMIT_NAME_BYTES);
	}
	if (namesake == NULL || namesake == self)
		return 0;
	error_set(err, ERROR_CONFLICT, "secret with name \"%s\" already exists",
	    name);
	return error_hint(err, "\"tenon update-secret %s\" changes it", name);
}

/* ---- making and changing ---- */

/* The arguments, which have been checked, into the secret. */
static void
take_arguments(const struct engine_call *call, struct secret *s)
{
	json_auto_t *terms = secret_terms(s);
	json_t *content = json_child(call->args, "content", JSON_OBJECT);
	const char *name = json_text(call->args, "name", s->label);
	const char *info = json_text(call->args, "info", s->description);

	json_put_text(terms, "label", name);
	json_put_text(terms, "description", info);
	if (content != NULL &&
	    !json_equal(content, terms_content(terms, s->revision))) {
		autofree char *key = xasprintf("%lld",
		    (long long)s->revision + 1);

		json_object_set(json_object_get(terms, "revisions"), key,
		    content);
		json_object_set_new(terms, "revision",
		    json_integer(s->revision + 1));
	}
	s->auto_prune = json_bool(call->args, "auto-prune", s->auto_prune);
	secret_take_terms(s, terms);
	secret_prune(s);
	secret_stamp(s, clock_wall_ms());
	entity_touch(&s->entity);
}

static void
reply_with(struct engine_call *call, const struct secret *s)
{
	autofree char *uri = xasprintf("secret:%s", s->id);

	call->reply = json_pack("{s:s, s:s, s:I}", "id", s->id, "uri", uri,
	    "revision", (json_int_t)s->revision);
}

int
verb_add_secret(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	char id[SECRET_ID_LENGTH + 1];
	struct secret *s;

	if (m == NULL)
		return -1;
	if (m->life != LIFE_ALIVE)
		return error_set(err, ERROR_CONFLICT,
		    "model \"%s\" is being destroyed", m->name);
	if (check_name(m, NULL, json_text(call->args, "name", ""), err) == -1 ||
	    secret_content_check(json_object_get(call->args, "content"), err) ==
		-1)
		return -1;
	if (m->nsecrets >= LIMIT_SECRETS)
		return error_set(err, ERROR_TOO_LARGE,
		    "a model has at most %d secrets", LIMIT_SECRETS);
	secret_make_id(id);
	s = secret_add_to_model(m, id);
	take_arguments(call, s);
	reply_with(call, s);
	journal(call, s, "add-secret");
	return call_commit(call, m, err);
}

static bool
has_news(const struct engine_call *call)
{
	static const char *const fields[] = { "content", "name", "info",
		"auto-prune" };

	for (size_t i = 0; i < nitems(fields); i++) {
		if (json_object_get(call->args, fields[i]) != NULL)
			return true;
	}
	return false;
}

int
verb_update_secret(struct engine_call *call, struct error *err)
{
	json_t *content = json_child(call->args, "content", JSON_OBJECT);
	const char *name = json_text(call->args, "name", NULL);
	struct model *m = call_model(call, err);
	struct secret *s = m != NULL ? find_own(call, m, err) : NULL;

	if (s == NULL)
		return -1;
	if (!has_news(call)) {
		error_set(err, ERROR_USAGE,
		    "must specify a new value or metadata to update a secret");
		return error_hint(err,
		    "give it content, a name, an info or auto-prune");
	}
	if ((content != NULL && secret_content_check(content, err) == -1) ||
	    (name != NULL && check_name(m, s, name, err) == -1))
		return -1;
	take_arguments(call, s);
	reply_with(call, s);
	journal(call, s, "update-secret");
	return call_commit(call, m, err);
}

/* ---- removing ---- */

/* Who has read it, or that revision of it; a new array of names. */
static json_t *
readers_of(const struct secret *s, int64_t revision)
{
	json_t *readers = json_array(), *observer;
	const char *unit;

	json_object_foreach(s->observers, unit, observer) {
		if (revision == 0 ||
		    json_int(observer, "revision", 0) == revision)
			json_array_append_new(readers, json_string(unit));
	}
	return readers;
}

/* Removing is not refused: who did it has to know what stops working. */
static void
tell_readers(const struct secret *s, int64_t revision, json_t *messages)
{
	json_auto_t *readers = readers_of(s, revision);
	json_t *unit;
	size_t i;

	json_array_foreach(readers, i, unit) {
		autofree char *line =
		    xasprintf("%s has read it, and will not be able to again",
			json_string_value(unit));

		json_array_append_new(messages, json_string(line));
	}
	if (revision == 0)
		secret_tell_options(s, NULL, messages);
}

/* Of several revisions the latest is what everybody reads who begins to. */
static int
check_removable(const struct secret *s, int64_t revision, struct error *err)
{
	if (secret_check_revision(s, revision, err) == -1)
		return -1;
	if (revision != s->revision || json_object_size(s->revisions) == 1)
		return 0;
	error_set(err, ERROR_CONFLICT,
	    "revision %lld is the latest of secret \"%s\"", (long long)revision,
	    secret_name(s));
	return error_hint(err,
	    "\"tenon update-secret %s\" makes a later one; without --revision "
	    "the whole secret is removed",
	    secret_name(s));
}

static void
remove_revision(struct secret *s, int64_t revision)
{
	json_auto_t *terms = secret_terms(s);
	autofree char *key = xasprintf("%lld", (long long)revision);

	(void)json_object_del(s->revisions, key);
	(void)json_object_del(json_object_get(terms, "revisions"), key);
	secret_take_terms(s, terms);
	secret_stamp(s, clock_wall_ms());
	entity_touch(&s->entity);
}

int
verb_remove_secret(struct engine_call *call, struct error *err)
{
	int64_t revision = json_int(call->args, "revision", 0);
	bool is_all = json_object_get(call->args, "revision") == NULL;
	struct model *m = call_model(call, err);
	struct secret *s = m != NULL ? find_own(call, m, err) : NULL;
	json_t *messages;

	if (s == NULL || (!is_all && check_removable(s, revision, err) == -1))
		return -1;
	/* The last revision takes the secret along. */
	is_all = is_all || json_object_size(s->revisions) == 1;
	messages = json_array();
	tell_readers(s, is_all ? 0 : revision, messages);
	journal(call, s, "remove-secret");
	reply_with(call, s);
	json_object_set_new(call->reply, "messages", messages);
	if (is_all)
		entity_delete(&s->entity);
	else
		remove_revision(s, revision);
	return call_commit(call, m, err);
}

/* ---- who reads it ---- */

/* All of them, before any of them is given or denied it. */
static int
check_applications(const struct engine_call *call, struct model *m,
    struct error *err)
{
	const json_t *names = json_object_get(call->args, "applications");
	json_t *name;
	size_t i;

	if (json_array_size(names) == 0)
		return error_set(err, ERROR_USAGE, "no applications specified");
	json_array_foreach(names, i, name) {
		if (model_find_application(m, json_string_value(name)) == NULL)
			return missing_application(json_string_value(name),
			    err);
	}
	return 0;
}

/* What its config named was closed to it when it last looked. */
static void
let_read(struct secret *s, struct application *app, json_t *messages)
{
	struct unit *u;

	(void)messages;
	if (!secret_grant_to(s, app) || !secret_is_option_of(s, app))
		return;
	RB_FOREACH(u, unit_tree, &app->units) {
		u->local.config_hash = 0;
		entity_touch(&u->entity);
	}
}

static void
let_read_no_more(struct secret *s, struct application *app, json_t *messages)
{
	if (!secret_revoke_from(s, app)) {
		autofree char *line =
		    xasprintf("secret \"%s\" was not granted to %s",
			secret_name(s), app->name);

		json_array_append_new(messages, json_string(line));
	}
	secret_tell_options(s, app, messages);
}

typedef void access_fn(struct secret *, struct application *, json_t *messages);

static int
change_access(struct engine_call *call, const char *verb, access_fn *change,
    struct error *err)
{
	struct model *m = call_model(call, err);
	struct secret *s = m != NULL ? find_own(call, m, err) : NULL;
	json_t *messages, *name;
	size_t i;

	if (s == NULL || check_applications(call, m, err) == -1)
		return -1;
	messages = json_array();
	json_array_foreach(json_object_get(call->args, "applications"), i, name)
		change(s, model_find_application(m, json_string_value(name)),
		    messages);
	journal(call, s, verb);
	reply_with(call, s);
	json_object_set_new(call->reply, "messages", messages);
	return call_commit(call, m, err);
}

int
verb_grant_secret(struct engine_call *call, struct error *err)
{
	return change_access(call, "grant-secret", let_read, err);
}

int
verb_revoke_secret(struct engine_call *call, struct error *err)
{
	return change_access(call, "revoke-secret", let_read_no_more, err);
}
