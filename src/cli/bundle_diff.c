/* SPDX-License-Identifier: Apache-2.0 */
/* What differs, side by side. */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/bundle.h"
#include "cli/bundle_offers.h"
#include "cli/text.h"

bool
bundle_same_channel(const char *want, const char *have)
{
	const char *slash = strchr(have, '/');

	/* A risk alone leaves the track as it is. */
	if (slash != NULL && strchr(want, '/') == NULL &&
	    strcmp(want, slash + 1) == 0)
		return true;
	return strcmp(want, have) == 0;
}

/* {"bundle": x, "model": y}, if they differ. */
static void
add_difference(json_t *diff, const char *key, json_t *bundle, json_t *model)
{
	if (bundle == model ||
	    (bundle != NULL && model != NULL && json_equal(bundle, model)))
		return;
	json_object_set_new(diff, key,
	    json_pack("{s:O?, s:O?}", "bundle", bundle, "model", model));
	if (bundle == NULL)
		json_object_set_new(json_object_get(diff, key), "bundle",
		    json_null());
	if (model == NULL)
		json_object_set_new(json_object_get(diff, key), "model",
		    json_null());
}

/* The bundle's, and those of the model that somebody has set. */
static json_t *
diff_options(const json_t *app, const json_t *there)
{
	json_t *diff = json_object(), *value;
	json_t *wanted = json_object_get(app, "options");
	json_t *effective = json_object_get(there, "effective");
	const char *key;

	json_object_foreach(wanted, key, value)
		add_difference(diff, key, value,
		    json_object_get(effective, key));
	json_object_foreach(json_object_get(there, "options"), key, value) {
		if (json_object_get(wanted, key) == NULL)
			add_difference(diff, key, NULL, value);
	}
	return diff;
}

/* The bundle's, and those that were made otherwise. */
static json_t *
diff_offers(const json_t *app, const json_t *there)
{
	json_t *wanted = json_object_get(app, "offers"), *diff = json_object();
	json_t *have = json_object_get(there, "offers"), *one;
	const char *name;

	json_object_foreach(wanted, name, one)
		add_difference(diff, name, one, json_object_get(have, name));
	json_object_foreach(have, name, one) {
		if (json_object_get(wanted, name) == NULL)
			add_difference(diff, name, NULL, one);
	}
	return diff;
}

static void
diff_channel(json_t *diff, const json_t *app, const json_t *there)
{
	json_t *want = json_object_get(app, "channel");
	json_t *have = json_object_get(there, "channel");

	if (want != NULL &&
	    (have == NULL ||
		!bundle_same_channel(json_string_value(want),
		    json_string_value(have))))
		add_difference(diff, "channel", want, have);
}

static json_t *
diff_application(const json_t *app, const json_t *there)
{
	static const struct {
		const char *key, *shown;
	} members[] = {
		{ "charm", "charm" },
		{ "constraints", "constraints" },
		{ "expose", "expose" },
		{ "units", "num_units" },
		{ "trust", "trust" },
	};
	json_t *diff = json_object(), *options, *offers;

	diff_channel(diff, app, there);
	for (size_t i = 0; i < nitems(members); i++) {
		json_t *wanted = json_object_get(app, members[i].key);

		if (wanted != NULL)
			add_difference(diff, members[i].shown, wanted,
			    json_object_get(there, members[i].key));
	}
	options = diff_options(app, there);
	if (json_object_size(options) > 0)
		json_object_set(diff, "options", options);
	json_decref(options);
	offers = diff_offers(app, there);
	if (json_object_size(offers) > 0)
		json_object_set(diff, "offers", offers);
	json_decref(offers);
	return diff;
}

static json_t *
diff_applications(json_t *apps, json_t *have)
{
	json_t *diff = json_object(), *app, *one;
	const char *name;

	json_object_foreach(apps, name, app) {
		one = json_object_get(have, name) == NULL ?
		    json_pack("{s:s}", "missing", "model") :
		    diff_application(app, json_object_get(have, name));
		if (json_object_size(one) > 0)
			json_object_set(diff, name, one);
		json_decref(one);
	}
	json_object_foreach(have, name, app) {
		if (json_object_get(apps, name) == NULL)
			json_object_set_new(diff, name,
			    json_pack("{s:s}", "missing", "bundle"));
	}
	return diff;
}

/* Those that only one side has. */
static json_t *
diff_relations(const json_t *wanted, const json_t *have)
{
	json_auto_t *more = json_array(), *fewer = json_copy(text_json(have));
	json_t *diff = json_object(), *pair;
	const json_t *found;
	size_t i;

	json_array_foreach(wanted, i, pair) {
		found = bundle_find_relation(fewer, pair);
		if (found == NULL)
			json_array_append(more, pair);
		for (size_t at = json_array_size(fewer); at-- > 0;) {
			if (json_array_get(fewer, at) == found)
				json_array_remove(fewer, at);
		}
	}
	if (json_array_size(more) > 0)
		json_object_set(diff, "bundle-additions", more);
	if (json_array_size(fewer) > 0)
		json_object_set(diff, "model-additions", fewer);
	return diff;
}

static json_t *
diff_saas(json_t *wanted, json_t *have)
{
	json_t *diff = json_object(), *one, *there;
	const char *alias, *url;

	json_object_foreach(wanted, alias, one) {
		there = json_object_get(have, alias);
		url = json_text(there, "url", "");
		if (!bundle_same_offer(json_text(one, "url", ""), url))
			add_difference(diff, alias, one, there);
	}
	json_object_foreach(have, alias, one) {
		if (json_object_get(wanted, alias) == NULL)
			add_difference(diff, alias, NULL, one);
	}
	return diff;
}

json_t *
bundle_diff(const json_t *bundle, const json_t *model)
{
	json_t *diff = json_object();
	json_auto_t *apps = NULL, *saas = NULL, *relations = NULL;

	apps = diff_applications(json_object_get(bundle, "applications"),
	    json_object_get(model, "applications"));
	saas = diff_saas(json_object_get(bundle, "saas"),
	    json_object_get(model, "saas"));
	relations = diff_relations(json_object_get(bundle, "relations"),
	    json_object_get(model, "relations"));
	if (json_object_size(apps) > 0)
		json_object_set(diff, "applications", apps);
	if (json_object_size(saas) > 0)
		json_object_set(diff, "saas", saas);
	if (json_object_size(relations) > 0)
		json_object_set(diff, "relations", relations);
	return diff;
}
