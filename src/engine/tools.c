/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "engine/messages.h"

const char *
tool_text(const struct tool_call *call, const char *name, struct error *err)
{
	const char *text = json_text(call->args, name, NULL);

	if (text == NULL)
		error_set(err, ERROR_USAGE, "argument \"%s\" is missing", name);
	return text;
}

json_t *
tool_commit(struct tool_call *call, struct error *err)
{
	if (engine_commit(call->context->agent->engine, err) == -1)
		return NULL;
	return json_null();
}

json_t *
tool_pick(const struct tool_call *call, json_t *object)
{
	const char *key = json_text(call->args, "key", NULL);
	json_t *value = key == NULL ? object : json_object_get(object, key);

	return value != NULL ? json_incref(value) : json_null();
}

/* ---- status and log ---- */

static bool
status_may_be_set(enum workload word)
{
	return word == WORKLOAD_ACTIVE || word == WORKLOAD_WAITING ||
	    word == WORKLOAD_MAINTENANCE || word == WORKLOAD_BLOCKED;
}

int
tool_check_leader(const struct tool_call *call, struct error *err)
{
	if (unit_is_leader(call->unit))
		return 0;
	return error_set(err, ERROR_DENIED, "%s is not the leader of %s",
	    call->unit->name, call->unit->app->name);
}

static json_t *
tool_status_set(struct tool_call *call, struct error *err)
{
	const char *word = tool_text(call, "status", err);
	const char *message = json_text(call->args, "message", "");
	struct application *app = call->unit->app;
	enum workload status;

	if (word == NULL)
		return NULL;
	if (strlen(message) > LIMIT_STATUS_BYTES) {
		error_set(err, ERROR_TOO_LARGE,
		    "a status message has at most %d bytes",
		    LIMIT_STATUS_BYTES);
		return NULL;
	}
	status = workload_parse(word);
	if (!status_may_be_set(status)) {
		error_set(err, ERROR_USAGE,
		    "invalid status \"%s\", expected one of [maintenance "
		    "blocked waiting active]",
		    word);
		return NULL;
	}
	if (!json_bool(call->args, "application", false)) {
		if (status_set(&call->unit->status, status, message,
			clock_wall_ms()))
			entity_touch(&call->unit->entity);
	} else if (tool_check_leader(call, err) == -1) {
		return NULL;
	} else if (status_set(&app->status, status, message, clock_wall_ms())) {
		entity_touch(&app->entity);
	}
	return tool_commit(call, err);
}

static json_t *
tool_status_get(struct tool_call *call, struct error *err)
{
	const struct status *s = json_bool(call->args, "application", false) ?
	    &call->unit->app->status :
	    &call->unit->status;

	(void)err;
	return json_pack("{s:s, s:s}", "status", workload_name(s->word),
	    "message", s->message != NULL ? s->message : "");
}

static json_t *
tool_version_set(struct tool_call *call, struct error *err)
{
	struct application *app = call->unit->app;
	const char *version = tool_text(call, "version", err);

	if (version == NULL)
		return NULL;
	if (app->version == NULL || strcmp(app->version, version) != 0) {
		xreplace(&app->version, version);
		entity_touch(&app->entity);
	}
	return tool_commit(call, err);
}

/* In the hook of a relation, which one: "database:3: ". NULL elsewhere. */
static char *
log_prefix(const struct tool_call *call)
{
	const struct application *app = call->unit->app;
	struct relation *rel = model_find_relation(app->model,
	    call->context->op.relation);
	autofree char *id = rel != NULL ? relation_hook_id(rel, app) : NULL;

	return id != NULL ? xasprintf("%s: ", id) : NULL;
}

static json_t *
tool_log(struct tool_call *call, struct error *err)
{
	const char *message = tool_text(call, "message", err);
	enum message_level level = message_level_parse(
	    json_text(call->args, "level", "INFO"));
	autofree char *prefix = NULL;

	if (message == NULL)
		return NULL;
	if (level == MESSAGE_LEVEL_COUNT)
		return json_null();
	prefix = log_prefix(call);
	unit_message(call->context->agent->engine, call->unit,
	    &(struct message){ level, "juju-log", prefix, message });
	return json_null();
}

/* ---- the unit and its application ---- */

static json_t *
tool_config_get(struct tool_call *call, struct error *err)
{
	json_auto_t *config = application_effective_config(call->unit->app);

	(void)err;
	return tool_pick(call, config);
}

static json_t *
tool_is_leader(struct tool_call *call, struct error *err)
{
	(void)err;
	return json_boolean(unit_is_leader(call->unit));
}

static json_t *
tool_unit_get(struct tool_call *call, struct error *err)
{
	const char *name = tool_text(call, "name", err);

	if (name == NULL)
		return NULL;
	if (strcmp(name, "private-address") == 0 ||
	    strcmp(name, "public-address") == 0)
		return json_string(call->unit->machine->address);
	error_set(err, ERROR_USAGE, "unknown setting \"%s\"", name);
	return NULL;
}

static json_t *
tool_network_get(struct tool_call *call, struct error *err)
{
	const char *address = call->unit->machine->address;
	const char *endpoint = tool_text(call, "endpoint", err);
	autofree char *cidr = xasprintf("%s/32", address);

	if (endpoint == NULL)
		return NULL;
	if (charm_find_endpoint(call->unit->app->charm, endpoint) == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "no network config found for binding \"%s\"", endpoint);
		return NULL;
	}
	return json_pack("{s:[{s:s, s:s, s:[{s:s, s:s, s:s}]}], s:[s], s:[s]}",
	    "bind-addresses", "mac-address", "", "interface-name", "lo",
	    "addresses", "hostname", "", "value", address, "cidr", cidr,
	    "egress-subnets", cidr, "ingress-addresses", address);
}

static json_t *
tool_storage_get(struct tool_call *call, struct error *err)
{
	const char *name = tool_text(call, "name", err);
	const char *known = call->unit->app->charm->storage;
	autofree char *dir = NULL, *location = NULL;

	if (name == NULL)
		return NULL;
	if (known == NULL || strcmp(known, name) != 0) {
		error_set(err, ERROR_NOT_FOUND, "no storage \"%s\"", name);
		return NULL;
	}
	dir = unit_storage_dir(call->context->agent->engine, call->unit);
	location = xasprintf("%s/%s", dir, name);
	return json_pack("{s:s, s:s}", "kind", "filesystem", "location",
	    location);
}

static json_t *
tool_state_get(struct tool_call *call, struct error *err)
{
	json_auto_t *state = json_copy(call->unit->state);
	const char *key;
	json_t *value;

	(void)err;
	json_object_foreach(call->context->state, key, value) {
		if (json_is_null(value))
			json_object_del(state, key);
		else
			json_object_set(state, key, value);
	}
	return tool_pick(call, state);
}

static json_t *
tool_state_set(struct tool_call *call, struct error *err)
{
	json_t *values = json_child(call->args, "values", JSON_OBJECT);

	if (values == NULL) {
		error_set(err, ERROR_USAGE, "argument \"values\" is missing");
		return NULL;
	}
	json_object_update(call->context->state, values);
	return json_null();
}

/* -1 if it is not a time to wait. */
static int64_t
tool_seconds(struct tool_call *call, struct error *err)
{
	int64_t seconds = json_int(call->args, "seconds", -1);

	if (seconds >= 0 && seconds <= LIMIT_UPDATE_AFTER_S)
		return seconds;
	return error_set(err, ERROR_USAGE,
	    "argument \"seconds\" is not a number from 0 to %d",
	    LIMIT_UPDATE_AFTER_S);
}

/* It takes effect if the hook does not succeed. */
static json_t *
tool_hook_defer(struct tool_call *call, struct error *err)
{
	int64_t seconds = tool_seconds(call, err);

	if (seconds == -1)
		return NULL;
	if (call->context->op.relation < 0) {
		error_set(err, ERROR_USAGE,
		    "only a hook of a relation can be put off");
		return NULL;
	}
	call->context->defer_ms = seconds * 1000;
	return json_null();
}

/* Of several requests the soonest counts. */
static json_t *
tool_update_status_after(struct tool_call *call, struct error *err)
{
	int64_t seconds = tool_seconds(call, err);
	int64_t *after_ms = &call->context->update_after_ms;

	if (seconds == -1)
		return NULL;
	if (*after_ms < 0 || seconds * 1000 < *after_ms)
		*after_ms = seconds * 1000;
	return json_null();
}

static const struct {
	const char *name;
	tool_fn *run;
} tools[] = {
	{ "action-fail", tool_action_fail },
	{ "action-get", tool_action_get },
	{ "action-log", tool_action_log },
	{ "action-set", tool_action_set },
	{ "application-version-set", tool_version_set },
	{ "close-port", tool_close_port },
	{ "config-get", tool_config_get },
	{ "hook-defer", tool_hook_defer },
	{ "is-leader", tool_is_leader },
	{ "juju-log", tool_log },
	{ "network-get", tool_network_get },
	{ "open-port", tool_open_port },
	{ "opened-ports", tool_opened_ports },
	{ "plan-add", tool_plan_add },
	{ "relation-app", tool_relation_app },
	{ "relation-get", tool_relation_get },
	{ "relation-ids", tool_relation_ids },
	{ "relation-list", tool_relation_list },
	{ "relation-set", tool_relation_set },
	{ "secret-add", tool_secret_add },
	{ "secret-get", tool_secret_get },
	{ "secret-grant", tool_secret_grant },
	{ "secret-ids", tool_secret_ids },
	{ "secret-info-get", tool_secret_info_get },
	{ "secret-remove", tool_secret_remove },
	{ "secret-revoke", tool_secret_revoke },
	{ "secret-set", tool_secret_set },
	{ "service-get", tool_service_get },
	{ "service-set", tool_service_set },
	{ "service-start", tool_service_start },
	{ "service-stop", tool_service_stop },
	{ "state-get", tool_state_get },
	{ "state-set", tool_state_set },
	{ "status-get", tool_status_get },
	{ "status-set", tool_status_set },
	{ "storage-get", tool_storage_get },
	{ "unit-get", tool_unit_get },
	{ "update-status-after", tool_update_status_after },
};

/* What takes effect at once: left out of a plan, or the end of it. */
static const struct {
	const char *name;
	bool is_left_out;
} at_once[] = {
	{ "action-log", true },
	{ "application-version-set", true },
	{ "juju-log", true },
	{ "service-set", false },
	{ "service-start", false },
	{ "service-stop", false },
	{ "status-set", true },
};

/* NULL without an error: in a plan it is as in a hook. */
static json_t *
plan_call(const char *tool, struct error *err)
{
	for (size_t i = 0; i < nitems(at_once); i++) {
		if (strcmp(at_once[i].name, tool) != 0)
			continue;
		if (at_once[i].is_left_out)
			return json_null();
		error_set(err, ERROR_DENIED, "%s takes effect at once", tool);
		return NULL;
	}
	return NULL;
}

json_t *
context_call(struct context *ctx, struct unit *u, const char *tool,
    const json_t *args, struct error *err)
{
	struct tool_call call = { .context = ctx, .unit = u, .args = args };
	json_t *answer = ctx->plan != NULL ? plan_call(tool, err) : NULL;

	if (answer != NULL || err->code != ERROR_NONE)
		return answer;
	for (size_t i = 0; i < nitems(tools); i++) {
		if (strcmp(tools[i].name, tool) == 0)
			return tools[i].run(&call, err);
	}
	error_set(err, ERROR_NOT_FOUND, "unknown hook tool \"%.64s\"", tool);
	return NULL;
}
