/* SPDX-License-Identifier: Apache-2.0 */
/* Options whose type is secret: their values are the URIs of secrets. */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/secrets.h"

/* The secret that an option of the application names; NULL if it names none. */
static struct secret *
named_by(const struct application *app, const struct charm_option *option)
{
	const json_t *value = application_option(app, option->name);

	if (option->type != OPTION_SECRET || !json_is_string(value))
		return NULL;
	return model_find_secret(app->model,
	    secret_uri_id(json_string_value(value)));
}

bool
secret_is_option_of(const struct secret *s, const struct application *app)
{
	for (size_t i = 0; i < app->charm->noptions; i++) {
		if (named_by(app, &app->charm->options[i]) == s)
			return true;
	}
	return false;
}

int
secret_option_check(const struct application *app,
    const struct charm_option *option, const json_t *value, struct error *err)
{
	const char *uri = json_string_value(value);
	struct secret *s;

	if (option->type != OPTION_SECRET || uri == NULL)
		return 0;
	s = model_find_secret(app->model, secret_uri_id(uri));
	if (s == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "option \"%s\": secret \"%.64s\" not found", option->name,
		    uri);
		return error_hint(err,
		    "\"tenon secrets\" lists those there are");
	}
	/* Nothing can be granted to what is not there yet. */
	if (app->entity.fresh || secret_is_readable_by(s, app))
		return 0;
	error_set(err, ERROR_CONFLICT,
	    "option \"%s\": secret \"%s\" is not granted to %s", option->name,
	    secret_name(s), app->name);
	if (s->app != NULL)
		return error_hint(err, "%s has to grant it in a relation",
		    s->app->name);
	return error_hint(err, "\"tenon grant-secret %s %s\" grants it",
	    secret_name(s), app->name);
}

static void
tell_option(const struct secret *s, const struct application *app,
    json_t *messages)
{
	for (size_t i = 0; i < app->charm->noptions; i++) {
		const struct charm_option *option = &app->charm->options[i];
		autofree char *line = NULL;

		if (named_by(app, option) != s)
			continue;
		line = xasprintf("option \"%s\" of %s still names it",
		    option->name, app->name);
		json_array_append_new(messages, json_string(line));
	}
}

void
secret_tell_options(const struct secret *s, const struct application *only,
    json_t *messages)
{
	struct application *app;

	RB_FOREACH(app, application_tree, &s->model->applications) {
		if (only == NULL || app == only)
			tell_option(s, app, messages);
	}
}

void
secret_tell_ungranted(const struct application *app, json_t *messages)
{
	for (size_t i = 0; i < app->charm->noptions; i++) {
		struct secret *s = named_by(app, &app->charm->options[i]);
		autofree char *line = NULL;

		if (s == NULL || s->app != NULL ||
		    secret_is_readable_by(s, app))
			continue;
		line = xasprintf("option \"%s\": secret \"%s\" is not granted "
				 "yet: \"tenon grant-secret %s %s\" grants it",
		    app->charm->options[i].name, secret_name(s), secret_name(s),
		    app->name);
		json_array_append_new(messages, json_string(line));
	}
}
