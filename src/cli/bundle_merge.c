/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a bundle, each with what is done with its value. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/bundle.h"
#include "cli/bundle_offers.h"
#include "cli/settings.h"
#include "cli/text.h"

#define BUNDLE_INCLUDE "include-file://"

/* ---- applications ---- */

struct reading {
	const char *dir;  /* Of the file. */
	const char *name; /* Of the application. */
	json_t *app;      /* What is known of it so far. */
	json_t *ignored;
};

typedef int take_fn(const struct reading *, const char *key,
    const json_t *value, struct error *);

static int
refuse(const struct reading *in, const char *key, const char *why,
    struct error *err)
{
	return error_set(err, ERROR_INVALID, "application \"%s\": %s: %s",
	    in->name, key, why);
}

/* A path is relative to the file that says it. */
static int
take_charm(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	const char *word = json_string_value(value);
	autofree char *path = NULL, *real = NULL;

	if (word == NULL)
		return refuse(in, key, "expected a name or a path", err);
	if (strncmp(word, "ch:", 3) == 0)
		word += 3;
	if (word[0] != '/' && word[0] != '.' &&
	    strncmp(word, "local:", 6) != 0) {
		json_put_text(in->app, "charm", word);
		return 0;
	}
	if (strncmp(word, "local:", 6) == 0)
		word += 6;
	path = word[0] == '/' ? xstrdup(word) :
				xasprintf("%s/%s", in->dir, word);
	real = realpath(path, NULL);
	if (real == NULL)
		return error_set_errno(err, errno,
		    "application \"%s\": no charm was found at \"%s\"",
		    in->name, word);
	json_put_text(in->app, "charm", real);
	return 0;
}

static int
take_text(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	if (!json_is_string(value))
		return refuse(in, key, "expected a text", err);
	json_put_text(in->app, key, json_string_value(value));
	return 0;
}

static int
take_units(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return refuse(in, key, "expected a number of units", err);
	json_object_set_new(in->app, "units",
	    json_integer(json_integer_value(value)));
	return 0;
}

static int
take_flag(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	if (!json_is_boolean(value))
		return refuse(in, key, "expected true or false", err);
	json_object_set_new(in->app, key, json_boolean(json_is_true(value)));
	return 0;
}

/* "include-file://motd" is what is in the file. */
static int
take_option(const struct reading *in, json_t *options, const char *key,
    const json_t *value, struct error *err)
{
	const char *word = json_string_value(value);
	size_t len = strlen(BUNDLE_INCLUDE);
	autofree char *path = NULL, *text = NULL;

	if (word == NULL || strncmp(word, BUNDLE_INCLUDE, len) != 0) {
		if (settings_add_value(options, key, value, err) == 0)
			return 0;
		err->code = ERROR_INVALID; /* It is no usage of ours. */
		return -1;
	}
	word += len;
	path = word[0] == '/' ? xstrdup(word) :
				xasprintf("%s/%s", in->dir, word);
	text = file_read(path, LIMIT_BODY_BYTES, NULL, err);
	if (text == NULL)
		return error_wrap(err, "application \"%s\": option \"%s\"",
		    in->name, key);
	json_put_text(options, key, text);
	return 0;
}

static int
take_options(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	json_t *options = json_object_get(in->app, "options"), *one;
	const char *name;

	if (!json_is_object(value))
		return refuse(in, key, "expected options and values", err);
	if (options == NULL) {
		options = json_object();
		json_object_set_new(in->app, "options", options);
	}
	json_object_foreach(text_json(value), name, one) {
		if (take_option(in, options, name, one, err) == -1)
			return -1;
	}
	return 0;
}

/* What a host of one's own has no choice of. */
static int
take_nothing(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	(void)value;
	(void)err;
	json_object_set_new(in->ignored, key, json_true());
	return 0;
}

static int
take_offers(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	(void)key;
	return bundle_take_offers(in->app, in->name, value, err);
}

static const struct {
	const char *key;
	take_fn *take;
} app_keys[] = {
	{ "annotations", take_nothing },
	{ "base", take_nothing },
	{ "bindings", take_nothing },
	{ "channel", take_text },
	{ "charm", take_charm },
	{ "constraints", take_nothing },
	{ "devices", take_nothing },
	{ "expose", take_flag },
	{ "exposed-endpoints", take_nothing },
	{ "num_units", take_units },
	{ "offers", take_offers },
	{ "options", take_options },
	{ "placement", take_nothing },
	{ "plan", take_nothing },
	{ "resources", take_nothing },
	{ "revision", take_nothing },
	{ "scale", take_units },
	{ "series", take_nothing },
	{ "storage", take_nothing },
	{ "to", take_nothing },
	{ "trust", take_flag },
};

static int
take_member(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	for (size_t i = 0; i < nitems(app_keys); i++) {
		if (strcmp(app_keys[i].key, key) == 0)
			return app_keys[i].take(in, key, value, err);
	}
	return error_set(err, ERROR_INVALID,
	    "application \"%s\": unknown key \"%s\"", in->name, key);
}

static int
take_application(json_t *bundle, const char *name, const json_t *value,
    const char *dir, struct error *err)
{
	json_t *apps = json_object_get(bundle, "applications"), *member;
	struct reading in = { .dir = dir,
		.name = name,
		.app = json_object_get(apps, name),
		.ignored = json_object_get(bundle, "ignored") };
	const char *key;

	if (in.app == NULL) {
		in.app = json_object();
		json_object_set_new(apps, name, in.app);
	}
	json_object_foreach(text_json(value), key, member) {
		if (take_member(&in, key, member, err) == -1)
			return -1;
	}
	return 0;
}

/* "db:database" is about the application "db". */
static bool
endpoint_is_of(const json_t *endpoint, const char *app)
{
	const char *text = json_string_value(endpoint);
	size_t len = strlen(app);

	return strncmp(text, app, len) == 0 &&
	    (text[len] == '\0' || text[len] == ':');
}

/* An overlay says null of an application that is not wanted. */
static void
drop_application(json_t *bundle, const char *name)
{
	json_t *relations = json_object_get(bundle, "relations"), *pair;

	json_object_del(json_object_get(bundle, "applications"), name);
	for (size_t i = json_array_size(relations); i-- > 0;) {
		pair = json_array_get(relations, i);
		if (endpoint_is_of(json_array_get(pair, 0), name) ||
		    endpoint_is_of(json_array_get(pair, 1), name))
			json_array_remove(relations, i);
	}
}

static int
take_applications(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	const char *name;
	json_t *app;

	if (!json_is_object(value))
		return error_set(err, ERROR_INVALID,
		    "applications: expected names and what they are");
	json_object_foreach(text_json(value), name, app) {
		if (json_is_null(app))
			drop_application(bundle, name);
		else if (!json_is_object(app))
			return error_set(err, ERROR_INVALID,
			    "application \"%s\": expected what it is", name);
		else if (take_application(bundle, name, app, dir, err) == -1)
			return -1;
	}
	return 0;
}

/* ---- the rest of a document ---- */

/* [a, b], or in Juju's older form [a, [b, c]]. */
static int
take_relation(json_t *relations, const json_t *value, struct error *err)
{
	const json_t *from = json_array_get(value, 0);
	const json_t *to = json_array_get(value, 1), *one;
	size_t n = json_is_array(to) ? json_array_size(to) : 1;

	if (json_array_size(value) != 2 || !json_is_string(from))
		return error_set(err, ERROR_INVALID,
		    "relations: expected pairs of endpoints");
	for (size_t i = 0; i < n; i++) {
		one = json_is_array(to) ? json_array_get(to, i) : to;
		if (!json_is_string(one))
			return error_set(err, ERROR_INVALID,
			    "relations: expected the name of an endpoint");
		json_array_append_new(relations,
		    json_pack("[s, s]", json_string_value(from),
			json_string_value(one)));
	}
	return 0;
}

static int
take_relations(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	json_t *pair;
	size_t i;

	(void)dir;
	if (!json_is_array(value))
		return error_set(err, ERROR_INVALID,
		    "relations: expected a list of pairs");
	json_array_foreach(value, i, pair) {
		if (take_relation(json_object_get(bundle, "relations"), pair,
			err) == -1)
			return -1;
	}
	return 0;
}

static int
take_type(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	(void)bundle;
	(void)dir;
	if (json_is_string(value) &&
	    strcmp(json_string_value(value), "kubernetes") == 0)
		return error_set(err, ERROR_INVALID,
		    "a bundle for kubernetes cannot be deployed on machines");
	return 0;
}

static int
take_machines(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	(void)value;
	(void)dir;
	(void)err;
	json_object_set_new(json_object_get(bundle, "ignored"), "machines",
	    json_true());
	return 0;
}

static int
take_saas(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	(void)dir;
	return bundle_take_saas(bundle, value, err);
}

static int
take_words(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	(void)bundle;
	(void)value;
	(void)dir;
	(void)err;
	return 0;
}

static const struct {
	const char *key;
	int (*take)(json_t *bundle, const json_t *value, const char *dir,
	    struct error *);
} keys[] = {
	{ "applications", take_applications },
	{ "bundle", take_type },
	{ "default-base", take_words },
	{ "description", take_words },
	{ "docs", take_words },
	{ "issues", take_words },
	{ "machines", take_machines },
	{ "name", take_words },
	{ "relations", take_relations },
	{ "saas", take_saas },
	{ "series", take_words },
	{ "services", take_applications },
	{ "source", take_words },
	{ "tags", take_words },
	{ "type", take_type },
	{ "variables", take_words },
	{ "website", take_words },
};

static int
take_key(json_t *bundle, const char *key, const json_t *value, const char *dir,
    struct error *err)
{
	for (size_t i = 0; i < nitems(keys); i++) {
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].take(bundle, value, dir, err);
	}
	return error_set(err, ERROR_INVALID, "unknown key \"%s\"", key);
}

int
bundle_merge(json_t *bundle, const json_t *document, const char *dir,
    struct error *err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(document))
		return error_set(err, ERROR_INVALID,
		    "expected applications and relations");
	json_object_foreach(text_json(document), key, value) {
		if (take_key(bundle, key, value, dir, err) == -1)
			return -1;
	}
	return 0;
}
