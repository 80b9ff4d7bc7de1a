/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"
#include "engine/secrets.h"

static json_t *
option_json(const struct application *app, const struct charm_option *option)
{
	json_t *json = charm_option_json(option);
	json_t *set = json_object_get(app->config, option->name);

	json_put_text(json, "source",
	    set != NULL                 ? "user" :
		option->initial != NULL ? "default" :
					  "unset");
	if (set != NULL || option->initial != NULL)
		json_object_set(json, "value",
		    set != NULL ? set : option->initial);
	return json;
}

int
verb_get_config(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;
	json_t *settings;

	if (app == NULL)
		return -1;
	settings = json_object();
	for (size_t i = 0; i < app->charm->noptions; i++)
		json_object_set_new(settings, app->charm->options[i].name,
		    option_json(app, &app->charm->options[i]));
	call->reply =
	    json_pack("{s:s, s:s, s:o, s:{s:{s:s, s:b, s:s, s:s, s:b}}}",
		"application", app->name, "charm", app->charm_name, "settings",
		settings, "application-config", "trust", "type", "bool",
		"default", 0, "description",
		"Does this application have access to trusted "
		"credentials",
		"source", app->trusted ? "user" : "default", "value",
		app->trusted);
	if (app->charm_source[0] == '/')
		json_put_text(call->reply, "charm-path", app->charm_source);
	return 0;
}

static const struct charm_option *
find_option(const struct application *app, const char *key, struct error *err)
{
	const struct charm_option *option = charm_find_option(app->charm, key);
	autofree char *verb = xasprintf("config %s", app->name);

	if (option != NULL)
		return option;
	(void)missing_option(key, charm_suggest_option(app->charm, key), verb,
	    err);
	/* It is shown beside those of the charm. */
	if (strcmp(key, "trust") == 0)
		(void)error_hint(err,
		    "\"tenon trust %s\" sets it, with --remove it is taken "
		    "back",
		    app->name);
	return NULL;
}

/* The new values, all checked before the first one is set. */
static json_t *
check_settings(const struct application *app, json_t *set, json_t *reset,
    struct error *err)
{
	json_auto_t *values = json_object();
	const struct charm_option *option;
	const char *key;
	json_t *given, *value;
	size_t i;

	json_object_foreach(set, key, given) {
		option = find_option(app, key, err);
		value = option != NULL ?
		    charm_option_value(option, given, err) :
		    NULL;
		if (value == NULL)
			return NULL;
		json_object_set_new(values, key, value);
		if (secret_option_check(app, option, value, err) == -1)
			return NULL;
	}
	json_array_foreach(reset, i, given) {
		key = json_is_string(given) ? json_string_value(given) : "";
		if (find_option(app, key, err) == NULL)
			return NULL;
		if (json_object_get(values, key) != NULL) {
			error_set(err, ERROR_USAGE,
			    "cannot set and reset key \"%s\" simultaneously",
			    key);
			return NULL;
		}
		json_object_set_new(values, key, json_null());
	}
	return json_incref(values);
}

static json_t *
apply_settings(struct application *app, json_t *values)
{
	json_t *changed = json_array(), *value;
	const char *key;

	json_object_foreach(values, key, value) {
		if (json_is_null(value)) {
			if (json_object_del(app->config, key) == -1)
				continue;
		} else if (json_equal(value,
			       json_object_get(app->config, key))) {
			continue;
		} else {
			json_object_set(app->config, key, value);
		}
		json_array_append_new(changed, json_string(key));
	}
	return changed;
}

int
verb_set_config(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;
	json_auto_t *values = NULL;
	json_t *changed;

	if (app == NULL)
		return -1;
	values = check_settings(app, json_object_get(call->args, "set"),
	    json_object_get(call->args, "reset"), err);
	if (values == NULL)
		return -1;
	changed = apply_settings(app, values);
	call->reply = json_pack("{s:o}", "changed", changed);
	if (json_array_size(changed) > 0) {
		application_rehash(app);
		entity_touch(&app->entity);
		call_journal(call, m, app->name, "config");
	}
	return call_commit(call, m, err);
}
