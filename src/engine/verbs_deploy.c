/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/clock.h"
#include "base/constraint.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/check.h"
#include "engine/internal.h"
#include "engine/offers.h"
#include "engine/place.h"
#include "engine/secrets.h"
#include "model/kept.h"

int
verb_add_unit(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;
	json_t *units, *messages;

	if (app == NULL || place_check(call, 1, err) == -1)
		return -1;
	if (app->life != LIFE_ALIVE || m->life != LIFE_ALIVE) {
		error_set(err, ERROR_CONFLICT,
		    "cannot add unit to application \"%s\": application is "
		    "not found or not alive",
		    app->name);
		return missing_soon(app->name, err);
	}
	units = json_array();
	messages = json_array();
	call->reply = json_pack("{s:o, s:o}", "units", units, "messages",
	    messages);
	call_journal(call, m, app->name, "add-unit");
	if (place_units(call, app, units, messages, err) == -1) {
		engine_rollback(call->engine);
		return error_wrap(err, "cannot add unit to application \"%s\"",
		    call->subject);
	}
	return call_commit(call, m, err);
}

/* ---- deploy ---- */

int
application_set_options(struct application *app, json_t *config,
    struct error *err)
{
	const struct charm_option *option;
	const char *key;
	json_t *given, *value;

	json_object_foreach(config, key, given) {
		option = charm_find_option(app->charm, key);
		if (option == NULL) {
			autofree char *verb = xasprintf("info --config %s",
			    app->charm_name);

			return missing_option(key,
			    charm_suggest_option(app->charm, key), verb, err);
		}
		value = charm_option_value(option, given, err);
		if (value == NULL)
			return -1;
		application_set_option(app, key, value);
		if (secret_option_check(app, option, value, err) == -1)
			return -1;
	}
	application_rehash(app);
	return 0;
}

static bool
has_peers(struct application *app, const char *endpoint)
{
	struct relation_end *end;

	RB_FOREACH(end, end_tree, &app->relations) {
		if (strcmp(end->endpoint, endpoint) == 0)
			return true;
	}
	return false;
}

/* They take the next numbers. */
void
application_add_peers(struct application *app)
{
	const struct charm_endpoint *ep;

	for (size_t i = 0; i < app->charm->nendpoints; i++) {
		ep = &app->charm->endpoints[i];
		if (ep->role == ROLE_PEER && !has_peers(app, ep->name))
			(void)relation_add(app->model, ep->interface,
			    (const struct relation_end[2]){ { .app = app,
				.endpoint = ep->name,
				.role = ROLE_PEER } },
			    1, clock_wall_ms());
	}
}

static struct application *
deploy_application(struct engine_call *call, struct model *m,
    struct charm *stolen, struct error *err)
{
	json_auto_t *constraints = NULL;
	struct application *app;
	const char *name = json_text(call->args, "name", stolen->name);
	const char *charm = json_text(call->args, "charm", "");
	const char *channel = json_text(call->args, "channel",
	    charm[0] == '/' ? "" : "stable");

	app = application_add(m, name, stolen);
	xreplace(&app->charm_name, app->charm->name);
	xreplace(&app->charm_source, charm);
	xreplace(&app->channel, channel);
	app->charm_revision = app->charm->revision;
	app->trusted = json_bool(call->args, "trust", false);
	if (application_set_options(app, json_object_get(call->args, "config"),
		err) == -1)
		return NULL;
	constraints = constraints_parse(json_object_get(call->args,
					    "constraints"),
	    err);
	if (constraints == NULL)
		return NULL;
	if (json_object_size(constraints) > 0)
		kept_set(&app->kept, KEPT_CONSTRAINTS,
		    json_incref(constraints));
	application_add_peers(app);
	return app;
}

static json_t *
deploy_reply(const struct engine_call *call, const struct application *app,
    json_t *stolen_units, json_t *stolen_messages)
{
	const char *charm = json_text(call->args, "charm", "");

	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:o, s:I}",
	    "application", app->name, "charm", app->charm_name, "source",
	    charm[0] == '/' ? "local" : "built-in", "revision",
	    app->charm_revision, "channel", app->channel, "base",
	    call->engine->series, "units", stolen_units, "messages",
	    stolen_messages, "generation", (json_int_t)app->model->generation);
}

static int
deploy_check(struct engine_call *call, struct model *m,
    const struct charm *charm, struct error *err)
{
	const char *name = json_text(call->args, "name", charm->name);

	if (m->life != LIFE_ALIVE)
		return error_set(err, ERROR_CONFLICT,
		    "model \"%s\" is being destroyed", m->name);
	if (application_name_check(name, err) == -1)
		return -1;
	if (model_find_application(m, name) != NULL)
		return error_set(err, ERROR_CONFLICT,
		    "cannot add application \"%s\": application already "
		    "exists: \ndeploy application using an alias name:\n"
		    "    tenon deploy <application> <alias>\nor use "
		    "remove-application to remove the existing one and try "
		    "again.",
		    name);
	if (saas_alias(m, name) != NULL) {
		error_set(err, ERROR_CONFLICT,
		    "cannot add application \"%s\": saas application already "
		    "exists",
		    name);
		return error_hint(err,
		    "\"tenon remove-saas %s\" removes what was consumed; or "
		    "give another name after the charm",
		    name);
	}
	if (charm_check_revision(charm->name, charm->revision,
		json_int(call->args, "revision", -1), err) == -1)
		return -1;
	/* A bundle may have an application that is to get units later. */
	return place_check(call, 0, err);
}

/* Say where it was to be, if somebody has said so. NULL. */
static struct application *
deploy_misplaced(const struct engine_call *call, const struct application *app,
    size_t placed, struct error *err)
{
	const char *machine = json_string_value(
	    json_array_get(json_object_get(call->args, "to"), placed));

	if (machine != NULL && strcmp(machine, PLACE_NEW) != 0)
		error_wrap(err, "cannot deploy \"%s\" to machine %s", app->name,
		    machine);
	return NULL;
}

/* The charm has agreed, or has nothing to say. */
static int
deploy_now(struct engine_call *call, struct model *m, struct error *err)
{
	struct engine *e = call->engine;
	json_auto_t *units = json_array(), *messages = json_array();
	struct application *app = NULL;
	autofree char *dir = NULL;
	struct charm *charm;

	dir = charm_find_dir(e, json_text(call->args, "charm", ""), err);
	charm = dir != NULL ? charm_load(e, dir, err) : NULL;
	if (charm == NULL)
		return -1;
	if (deploy_check(call, m, charm, err) == -1) {
		charm_free(charm);
		return -1;
	}
	app = deploy_application(call, m, charm, err);
	if (app != NULL) {
		call_journal(call, m, app->name, "deploy");
		secret_tell_ungranted(app, messages);
		if (place_units(call, app, units, messages, err) == -1)
			app = deploy_misplaced(call, app,
			    json_array_size(units), err);
	}
	if (app == NULL) {
		engine_rollback(e);
		return -1;
	}
	if (!call_is_dry(call) && engine_commit(e, err) == -1)
		return -1;
	json_decref(call->reply);
	call->reply = deploy_reply(call, app, json_incref(units),
	    json_incref(messages));
	return call_is_dry(call) ? call_plan(call, m, err) : 0;
}

int
verb_deploy(struct engine_call *call, struct error *err)
{
	const char *name = call_text(call, "charm", err);
	struct model *m = name != NULL ? call_model(call, err) : NULL;
	autofree char *dir = NULL;
	struct charm *charm;
	int rc;

	if (m == NULL)
		return -1;
	dir = charm_find_dir(call->engine, name, err);
	charm = dir != NULL ? charm_load(call->engine, dir, err) : NULL;
	if (charm == NULL)
		return -1;
	rc = channel_check(json_text(call->args, "channel", ""), err);
	if (rc == 0)
		rc = deploy_check(call, m, charm, err);
	if (rc == 0 && charm->check)
		rc = check_then(call, m, dir,
		    json_text(call->args, "channel", ""), deploy_now, err);
	else if (rc == 0)
		rc = deploy_now(call, m, err);
	charm_free(charm);
	return rc;
}
