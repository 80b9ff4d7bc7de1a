/* SPDX-License-Identifier: Apache-2.0 */
/* A model as a bundle, and a bundle as a document. */

#include <string.h>

#include "base/constraint.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/bundle.h"
#include "cli/bundle_offers.h"
#include "cli/cli.h"
#include "cli/settings.h"
#include "cli/text.h"

/* Those that the user has set, and those that count. */
static int
add_options(json_t *app, const json_t *config, struct error *err)
{
	json_t *options = json_object(), *effective = json_object();
	json_t *secrets = json_array(), *one;
	const json_t *value;
	const char *key;

	json_object_set_new(app, "options", options);
	json_object_set_new(app, "effective", effective);
	json_object_set_new(app, "secrets", secrets);
	json_object_foreach(json_object_get(config, "settings"), key, one) {
		value = json_object_get(one, "value");
		if (value == NULL)
			continue;
		if (settings_add_value(effective, key, value, err) == -1)
			return -1;
		if (strcmp(json_text(one, "source", ""), "user") != 0)
			continue;
		json_object_set(options, key, json_object_get(effective, key));
		if (strcmp(json_text(one, "type", ""), "secret") == 0)
			json_array_append_new(secrets, json_string(key));
	}
	return 0;
}

/* In the spelling of bundles. */
static int
add_constraints(struct cli *cli, json_t *app, const char *name,
    struct error *err)
{
	autofree char *path = cli_app_path(cli, name, "constraints");
	autofree char *line = NULL;
	json_auto_t *reply = NULL;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	line = constraints_format(
	    json_child(reply, "constraints", JSON_OBJECT));
	json_put_text(app, "constraints", line);
	return 0;
}

/* In the order of the units. */
static void
add_machines(json_t *app, const json_t *status)
{
	json_t *list = json_array(), *unit;
	const char *name;

	json_object_set_new(app, "machines", list);
	json_object_foreach(json_object_get(status, "units"), name, unit) {
		if (strcmp(json_text(unit, "life", ""), "alive") == 0)
			json_array_append_new(list,
			    json_string(json_text(unit, "machine", "")));
	}
}

static int
add_application(struct cli *cli, json_t *apps, const char *name,
    const json_t *status, struct error *err)
{
	autofree char *path = cli_app_path(cli, name, "config");
	json_auto_t *config = NULL;
	const json_t *trust;
	json_t *app;

	if (cli_get(cli, path, &config, err) == -1)
		return -1;
	trust = json_child(json_child(config, "application-config",
			       JSON_OBJECT),
	    "trust", JSON_OBJECT);
	app = json_pack("{s:s, s:I, s:b, s:b}", "charm",
	    json_text(config, "charm-path", json_text(config, "charm", "")),
	    "units", (json_int_t)json_int(status, "scale", 0), "expose",
	    json_bool(status, "exposed", false), "trust",
	    json_bool(trust, "value", false));
	json_object_set_new(apps, name, app);
	if (json_text(status, "channel", "")[0] != '\0')
		json_put_text(app, "channel", json_text(status, "channel", ""));
	add_machines(app, status);
	if (add_constraints(cli, app, name, err) == -1)
		return -1;
	return add_options(app, config, err);
}

static bool
bundle_has_end(const json_t *status, const json_t *relation, const char *side)
{
	const char *end = json_text(relation, side, "");
	autofree char *app = text_part(end, strcspn(end, ":"));

	return json_child(json_child(status, "applications", JSON_OBJECT), app,
		   JSON_OBJECT) != NULL ||
	    json_child(json_child(status, "saas", JSON_OBJECT), app,
		JSON_OBJECT) != NULL;
}

/*
 * Peers are related by being there; a relation with what was offered belongs
 * to the model that has consumed it.
 */
static bool
bundle_is_within(const json_t *status, const json_t *relation)
{
	return strcmp(json_text(relation, "type", ""), "regular") == 0 &&
	    bundle_has_end(status, relation, "requirer") &&
	    bundle_has_end(status, relation, "provider");
}

json_t *
bundle_of_model(struct cli *cli, struct error *err)
{
	autofree char *path = cli_path(cli, "status");
	json_auto_t *status = NULL,
		    *model = json_pack("{s:{}, s:[]}", "applications",
			"relations");
	json_t *app, *relation;
	const char *name;
	size_t i;

	if (cli_get(cli, path, &status, err) == -1)
		return NULL;
	json_object_foreach(json_object_get(status, "applications"), name,
	    app) {
		if (add_application(cli, json_object_get(model, "applications"),
			name, app, err) == -1)
			return NULL;
	}
	json_object_set(model, "machines", json_object_get(status, "machines"));
	bundle_add_offers(model, status);
	json_array_foreach(json_object_get(status, "relations"), i, relation) {
		if (!bundle_is_within(status, relation))
			continue;
		json_array_append_new(json_object_get(model, "relations"),
		    json_pack("[s, s]", json_text(relation, "requirer", ""),
			json_text(relation, "provider", "")));
	}
	return json_incref(model);
}

/* ---- as a document ---- */

/* An option of this type again, where the file would lose it otherwise. */
static json_t *
application_document(const json_t *app, const char *options)
{
	json_t *document = json_object();

	json_object_set(document, "charm", json_object_get(app, "charm"));
	if (json_object_get(app, "channel") != NULL)
		json_object_set(document, "channel",
		    json_object_get(app, "channel"));
	json_object_set(document, "num_units", json_object_get(app, "units"));
	if (json_array_size(json_object_get(app, "machines")) > 0)
		json_object_set(document, "to",
		    json_object_get(app, "machines"));
	if (json_object_size(json_object_get(app, options)) > 0)
		json_object_set(document, "options",
		    json_object_get(app, options));
	if (json_text(app, "constraints", "")[0] != '\0')
		json_object_set(document, "constraints",
		    json_object_get(app, "constraints"));
	if (json_bool(app, "expose", false))
		json_object_set_new(document, "expose", json_true());
	if (json_bool(app, "trust", false))
		json_object_set_new(document, "trust", json_true());
	if (json_object_size(json_object_get(app, "offers")) > 0)
		json_object_set(document, "offers",
		    json_object_get(app, "offers"));
	return document;
}

/* Those that units are placed on. */
static json_t *
machines_document(const json_t *model)
{
	json_t *machines = json_object(), *app, *number;
	const char *name;
	size_t i;

	json_object_foreach(json_object_get(model, "applications"), name, app) {
		json_array_foreach(json_object_get(app, "machines"), i, number)
			json_object_set_new(machines, json_string_value(number),
			    json_object());
	}
	return machines;
}

json_t *
bundle_document(const json_t *model, const char *options)
{
	json_t *document = json_pack("{s:{}}", "applications");
	json_t *apps = json_object_get(document, "applications"), *app;
	json_t *relations = json_object_get(model, "relations");
	json_t *saas = json_object_get(model, "saas");
	json_auto_t *machines = machines_document(model);
	const char *name;

	json_object_foreach(json_object_get(model, "applications"), name, app)
		json_object_set_new(apps, name,
		    application_document(app, options));
	if (json_object_size(machines) > 0)
		json_object_set(document, "machines", machines);
	if (json_object_size(saas) > 0)
		json_object_set(document, "saas", saas);
	if (json_array_size(relations) > 0)
		json_object_set(document, "relations", relations);
	return document;
}
