/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of a document, each with what is done with its value. */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/bundle.h"
#include "cli/bundle_offers.h"
#include "cli/bundle_parts.h"
#include "cli/text.h"

void
bundle_ignore(json_t *bundle, const char *key, const char *why)
{
	json_put_text(json_object_get(bundle, "ignored"), key, why);
}

/* ---- applications ---- */

/* "db:database" is about the application "db". */
static bool
endpoint_is_of(const json_t *endpoint, const char *app)
{
	const char *text = json_string_value(endpoint);
	size_t len = strlen(app);

	return strncmp(text, app, len) == 0 &&
	    (text[len] == '\0' || text[len] == ':');
}

void
bundle_drop(json_t *bundle, const char *kind, const char *name)
{
	json_t *relations = json_object_get(bundle, "relations"), *pair;

	json_object_del(json_object_get(bundle, kind), name);
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
			bundle_drop(bundle, "applications", name);
		else if (!json_is_object(app))
			return error_set(err, ERROR_INVALID,
			    "application \"%s\": expected what it is", name);
		else if (bundle_take_application(bundle, name, app, dir, err) ==
		    -1)
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
	(void)dir;
	return bundle_take_machines(bundle, value, err);
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

static int
take_default_base(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	(void)value;
	(void)dir;
	(void)err;
	bundle_ignore(bundle, "default-base", BUNDLE_ONE_SYSTEM);
	return 0;
}

static int
take_series(json_t *bundle, const json_t *value, const char *dir,
    struct error *err)
{
	(void)value;
	(void)dir;
	(void)err;
	bundle_ignore(bundle, "series", BUNDLE_ONE_SYSTEM);
	return 0;
}

static const struct {
	const char *key;
	int (*take)(json_t *bundle, const json_t *value, const char *dir,
	    struct error *);
} keys[] = {
	{ "applications", take_applications },
	{ "bundle", take_type },
	{ "default-base", take_default_base },
	{ "description", take_words },
	{ "docs", take_words },
	{ "issues", take_words },
	{ "machines", take_machines },
	{ "name", take_words },
	{ "relations", take_relations },
	{ "saas", take_saas },
	{ "series", take_series },
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
