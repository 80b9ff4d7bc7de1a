/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"

/* ---- what is going to happen, for the reply ---- */

static void
report_unit(struct engine *e, const struct unit *u, json_t *reply)
{
	json_t *removed = json_object_get(reply, "removed");
	json_t *messages = json_object_get(reply, "messages");
	const char *storage = u->app->charm->storage;
	autofree char *dir = NULL, *line = NULL;

	json_array_append_new(json_object_get(removed, "units"),
	    json_string(u->name));
	if (storage == NULL)
		return;
	json_array_append_new(json_object_get(removed, "storage"),
	    json_pack("{s:s, s:s, s:b}", "unit", u->name, "name", storage,
		"destroyed", u->destroy_storage));
	if (u->destroy_storage)
		return;
	dir = unit_detached_dir(e, u);
	line = xasprintf("storage %s of %s is kept in %s", storage, u->name,
	    dir);
	json_array_append_new(messages, json_string(line));
}

static json_t *
report_new(void)
{
	return json_pack("{s:{s:[], s:[]}, s:[]}", "removed", "units",
	    "storage", "messages");
}

/* ---- waiting until it is gone ---- */

/* Names are used again only when their bearers are gone. */
static int
until_units_gone(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	json_t *units = json_object_get(json_object_get(call->reply, "removed"),
	    "units");
	size_t i;
	json_t *name;

	if (m == NULL) { /* The model went with its units. */
		*err = (struct error){ 0 };
		return 1;
	}
	json_array_foreach(units, i, name) {
		if (model_find_unit(m, json_string_value(name)) != NULL)
			return 0;
	}
	return 1;
}

static int
until_application_gone(struct engine_call *call, struct error *err)
{
	struct model *m;
	struct application *app;

	if (until_units_gone(call, err) == 0)
		return 0;
	m = call_model(call, err);
	app = m != NULL ? model_find_application(m, call->subject) : NULL;
	*err = (struct error){ 0 };
	return app == NULL || app->life == LIFE_ALIVE ? 1 : 0;
}

static int
removal_commit(struct engine_call *call, struct model *m,
    int (*until)(struct engine_call *, struct error *), struct error *err)
{
	engine_reap(call->engine);
	if (engine_commit(call->engine, err) == -1)
		return -1;
	json_object_set_new(call->reply, "generation",
	    json_integer((json_int_t)m->generation));
	if (json_bool(call->args, "wait", false)) {
		call->until = until;
		call->timeout_ms = (uint64_t)json_int(call->args, "timeout", 0);
	}
	return 0;
}

int
verb_remove_application(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;
	struct unit *u;

	if (app == NULL)
		return -1;
	app->destroy_storage |= json_bool(call->args, "destroy-storage", false);
	entity_touch(&app->entity);
	application_condemn(app);
	call->reply = report_new();
	RB_FOREACH(u, unit_tree, &app->units) {
		if (app->destroy_storage && !u->destroy_storage) {
			u->destroy_storage = true;
			entity_touch(&u->entity);
		}
		report_unit(call->engine, u, call->reply);
	}
	call_journal(call, m, app->name, "remove-application");
	return removal_commit(call, m, until_application_gone, err);
}

/* All names are checked before the first unit is touched. */
static int
check_units(struct model *m, json_t *units, struct error *err)
{
	size_t i;
	json_t *item;
	const char *name;

	if (json_array_size(units) == 0)
		return error_set(err, ERROR_USAGE, "no units specified");
	json_array_foreach(units, i, item) {
		name = json_is_string(item) ? json_string_value(item) : "";
		if (strchr(name, '/') == NULL)
			return error_set(err, ERROR_USAGE,
			    "invalid unit name \"%s\"", name);
		if (model_find_unit(m, name) == NULL)
			return error_set(err, ERROR_NOT_FOUND,
			    "removing unit %s failed: unit \"%s\" not found",
			    name, name);
	}
	return 0;
}

int
verb_remove_units(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	json_t *units = json_object_get(call->args, "units");
	struct unit *u;
	size_t i;
	json_t *name;

	if (m == NULL || check_units(m, units, err) == -1)
		return -1;
	call->reply = report_new();
	json_array_foreach(units, i, name) {
		u = model_find_unit(m, json_string_value(name));
		u->destroy_storage |= json_bool(call->args, "destroy-storage",
		    false);
		entity_touch(&u->entity);
		unit_condemn(u);
		report_unit(call->engine, u, call->reply);
		call_journal(call, m, u->name, "remove-unit");
	}
	return removal_commit(call, m, until_units_gone, err);
}

/* ---- resolved ---- */

static bool
unit_is_in_error(const struct unit *u)
{
	return u->local.failed_hook != NULL;
}

static void
resolve_unit(struct engine_call *call, struct unit *u)
{
	u->local.retry_at_ms = clock_wall_ms();
	entity_touch(&u->entity);
	json_array_append_new(json_object_get(call->reply, "units"),
	    json_string(u->name));
}

static void
resolve_all(struct engine_call *call, struct model *m)
{
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &m->applications) {
		RB_FOREACH(u, unit_tree, &app->units) {
			if (unit_is_in_error(u))
				resolve_unit(call, u);
		}
	}
}

int
verb_resolved(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	json_t *units = json_object_get(call->args, "units");
	struct unit *u;
	const char *name;
	json_t *item;
	size_t i;

	if (m == NULL)
		return -1;
	call->reply = json_pack("{s:[]}", "units");
	if (json_bool(call->args, "all", false))
		resolve_all(call, m);
	json_array_foreach(units, i, item) {
		name = json_is_string(item) ? json_string_value(item) : "";
		u = model_find_unit(m, name);
		if (u == NULL || !unit_is_in_error(u)) {
			engine_rollback(call->engine);
			return error_set(err, ERROR_NOT_FOUND,
			    u == NULL ? "unit \"%s\" not found" :
					"unit \"%s\" is not in an error state",
			    name);
		}
		resolve_unit(call, u);
	}
	return engine_commit(call->engine, err);
}
