/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"
#include "engine/model_option.h"
#include "engine/offers.h"
#include "model/resolver.h"

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
static bool
units_are_gone(const struct engine_call *call, struct model *m)
{
	json_t *units = json_object_get(json_object_get(call->reply, "removed"),
	    "units");
	size_t i;
	json_t *name;

	json_array_foreach(units, i, name) {
		if (model_find_unit(m, json_string_value(name)) != NULL)
			return false;
	}
	return true;
}

/* Those that stay have to find their new roles before the answer is true. */
static int
remaining_units_settled(const struct engine_call *call, struct model *m,
    struct error *err)
{
	json_t *units = json_object_get(json_object_get(call->reply, "removed"),
	    "units");
	struct application *app;
	json_t *name;
	size_t i;
	int settled;

	json_array_foreach(units, i, name) {
		app = model_find_application_of(m, json_string_value(name));
		settled = app == NULL ?
		    1 :
		    model_settled(call->engine, m, app, err);
		if (settled != 1)
			return settled;
	}
	return 1;
}

static int
until_units_gone(struct engine_call *call, struct error *err)
{
	struct model *m = call_waiting_model(call);

	int settled;

	if (m != NULL) {
		if (!units_are_gone(call, m))
			return 0;
		settled = remaining_units_settled(call, m, err);
		if (settled != 1)
			return settled;
	}
	return call_report_removal(call, err);
}

/* Its relations may have to wait for units at their other ends. */
static int
check_relations(struct application *app, struct error *err)
{
	struct relation_end *end;
	struct relation *rel;

	RB_FOREACH(end, end_tree, &app->relations) {
		rel = end->relation;
		if (rel->nends == 2 && rel->life == LIFE_DYING &&
		    relation_check_blockers(rel, err) == -1)
			return -1;
	}
	return 0;
}

static int
until_application_gone(struct engine_call *call, struct error *err)
{
	struct model *m = call_waiting_model(call);
	struct application *app;

	if (m != NULL && !units_are_gone(call, m))
		return 0;
	app = m != NULL ? model_find_application(m, call->subject) : NULL;
	if (app != NULL && app->life == LIFE_DYING)
		return check_relations(app, err);
	return call_report_removal(call, err);
}

static int
removal_commit(struct engine_call *call, struct model *m,
    int (*until)(struct engine_call *, struct error *), struct error *err)
{
	if (json_bool(call->args, "wait", false))
		call_wait_removal(call, m, until);
	return call_commit(call, m, err);
}

static void
remove_unit(const struct engine_call *call, struct unit *u,
    bool destroy_storage)
{
	u->destroy_storage |= destroy_storage;
	entity_touch(&u->entity);
	unit_condemn(u);
	report_unit(call->engine, u, call->reply);
	if (json_bool(call->args, "force", false))
		unit_force(call->engine, u);
}

int
verb_remove_application(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app;
	struct unit *u;

	if (m != NULL && saas_alias(m, call->subject) != NULL)
		return saas_remove(call, m, call->subject, err);
	app = m != NULL ? call_application(call, m, err) : NULL;
	if (app == NULL)
		return -1;
	app->destroy_storage |= json_bool(call->args, "destroy-storage", false);
	entity_touch(&app->entity);
	application_condemn(app);
	call->reply = report_new();
	RB_FOREACH(u, unit_tree, &app->units)
		remove_unit(call, u, app->destroy_storage);
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
		if (model_find_unit(m, name) == NULL) {
			(void)missing_unit(name, err);
			return error_wrap(err, "removing unit %s failed", name);
		}
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
		remove_unit(call, u,
		    json_bool(call->args, "destroy-storage", false));
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

/* Try again now; or go on as if the hook had succeeded, which is said. */
static void
resolve_unit(struct engine_call *call, struct unit *u)
{
	uint64_t at_ms = u->local.retry_at_ms;
	/* Just before that time it has always to wait. */
	const struct op op = resolve(u,
	    at_ms == OP_RETRY_NEVER ? clock_wall_ms() : at_ms - 1);

	u->local.retry_at_ms = clock_wall_ms();
	entity_touch(&u->entity);
	call_journal(call, u->app->model, u->name, "resolved");
	if (!json_bool(call->args, "retry", true) && op.kind == OP_WAIT) {
		engine_journal(call->engine, u->app->model, u->name,
		    json_pack("{s:s, s:s, s:s}", "kind", "hook", "name",
			u->local.failed_hook, "result", "skipped"));
		op_done(u, &op);
		unit_keep_pace(call->engine, u);
		engine_reap(call->engine);
	}
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

static int
refuse_well(const char *name, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "unit \"%s\" is not in an error state",
	    name);
	return error_hint(err, "\"tenon status\" shows those that are");
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
			return u == NULL ? missing_unit(name, err) :
					   refuse_well(name, err);
		}
		resolve_unit(call, u);
	}
	return engine_commit(call->engine, err);
}
