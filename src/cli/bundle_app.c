/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of an application, each with what is done with its value. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/constraint.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/bundle_offers.h"
#include "cli/bundle_parts.h"
#include "cli/charm_words.h"
#include "cli/text.h"

struct reading {
	const char *dir;  /* Of the file. */
	const char *name; /* Of the application. */
	const char *why;  /* A key that is left out is. */
	json_t *app;      /* What is known of it so far. */
	json_t *bundle;
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
		if (bundle_take_option(options, name, one, in->dir, err) == -1)
			return error_wrap(err, "application \"%s\"", in->name);
	}
	return 0;
}

/* Kept in one spelling, so that those that mean the same are equal. */
static int
take_constraints(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	json_auto_t *texts = json_object(), *values = NULL;
	autofree char *line = NULL;

	if (!json_is_string(value))
		return refuse(in, key, "expected a text such as \"mem=2G\"",
		    err);
	if (charm_words_constraints(texts, json_string_value(value), err) ==
		-1 ||
	    (values = constraints_parse(texts, err)) == NULL) {
		err->code = ERROR_INVALID;
		return error_wrap(err, "application \"%s\"", in->name);
	}
	line = constraints_format(values);
	json_put_text(in->app, key, line);
	return 0;
}

static int
take_nothing(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	(void)value;
	(void)err;
	bundle_ignore(in->bundle, key, in->why);
	return 0;
}

/* Of no endpoint there is nothing to be exposed. */
static int
take_exposed(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	if (!json_is_object(value))
		return refuse(in, key, "expected endpoints", err);
	if (json_object_size(value) == 0)
		return 0;
	json_object_set_new(in->app, "expose", json_true());
	return take_nothing(in, key, value, err);
}

static int
take_to(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	(void)key;
	if (bundle_take_to(in->app, value, err) == -1)
		return error_wrap(err, "application \"%s\"", in->name);
	return 0;
}

static int
take_offers(const struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	(void)key;
	return bundle_take_offers(in->app, in->name, value, err);
}

#define NETWORK "all units are on the network of this host"
#define STORAGE "storage is a directory of its unit, as large as the disk"

static const struct {
	const char *key;
	take_fn *take;
	const char *why;
} app_keys[] = {
	{ "annotations", take_nothing, BUNDLE_NOT_READ },
	{ "base", take_nothing, BUNDLE_ONE_SYSTEM },
	{ "bindings", take_nothing, NETWORK },
	{ "channel", take_text, NULL },
	{ "charm", take_charm, NULL },
	{ "constraints", take_constraints, NULL },
	{ "devices", take_nothing,
	    "programs of units may use those of this host" },
	{ "expose", take_flag, NULL },
	{ "exposed-endpoints", take_exposed,
	    "an application is exposed with all its endpoints" },
	{ "num_units", take_units, NULL },
	{ "offers", take_offers, NULL },
	{ "options", take_options, NULL },
	{ "placement", take_nothing, BUNDLE_ONE_HOST },
	{ "plan", take_nothing, "there is nothing to be paid for" },
	{ "resources", take_nothing,
	    "a charm has all its files in its own directory" },
	{ "revision", take_nothing,
	    "the installed revision of a charm is deployed" },
	{ "scale", take_units, NULL },
	{ "series", take_nothing, BUNDLE_ONE_SYSTEM },
	{ "storage", take_nothing, STORAGE },
	{ "to", take_to, NULL },
	{ "trust", take_flag, NULL },
};

static int
take_member(struct reading *in, const char *key, const json_t *value,
    struct error *err)
{
	for (size_t i = 0; i < nitems(app_keys); i++) {
		if (strcmp(app_keys[i].key, key) != 0)
			continue;
		in->why = app_keys[i].why;
		return app_keys[i].take(in, key, value, err);
	}
	return error_set(err, ERROR_INVALID,
	    "application \"%s\": unknown key \"%s\"", in->name, key);
}

int
bundle_take_application(json_t *bundle, const char *name, const json_t *value,
    const char *dir, struct error *err)
{
	json_t *apps = json_object_get(bundle, "applications"), *member;
	struct reading in = { .dir = dir,
		.name = name,
		.app = json_object_get(apps, name),
		.bundle = bundle };
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
