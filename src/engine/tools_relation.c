/* SPDX-License-Identifier: Apache-2.0 */

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "model/far.h"

/* "database:3", "3", or nothing: the relation of the hook that runs. */
struct relation *
tool_relation(const struct tool_call *call, struct error *err)
{
	const char *text = json_text(call->args, "relation", NULL);
	const char *colon = text != NULL ? strrchr(text, ':') : NULL;
	struct relation *rel = NULL;
	int64_t id = call->context->op.relation;
	char *end = NULL;

	if (text == NULL && id < 0) {
		error_set(err, ERROR_USAGE, "no relation id specified");
		return NULL;
	}
	if (text != NULL)
		id = strtoll(colon != NULL ? colon + 1 : text, &end, 10);
	if (end == NULL || (*end == '\0' && end != text))
		rel = model_find_relation(call->unit->app->model, id);
	if (rel == NULL || relation_end_of(rel, call->unit->app) == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "invalid value \"%s\" for option -r: relation not found",
		    text != NULL ? text : "");
		return NULL;
	}
	return rel;
}

json_t *
tool_relation_ids(struct tool_call *call, struct error *err)
{
	const char *endpoint = tool_text(call, "endpoint", err);
	struct application *app = call->unit->app;
	struct relation_end *end;
	json_t *ids;

	if (endpoint == NULL)
		return NULL;
	ids = json_array();
	RB_FOREACH(end, end_tree, &app->relations) {
		if (strcmp(end->endpoint, endpoint) == 0) {
			autofree char *id = relation_hook_id(end->relation,
			    app);

			json_array_append_new(ids, json_string(id));
		}
	}
	return ids;
}

json_t *
tool_relation_list(struct tool_call *call, struct error *err)
{
	struct relation *rel = tool_relation(call, err);
	struct relation_end *far;
	struct member *m;
	json_t *units;

	if (rel == NULL)
		return NULL;
	units = json_array();
	if (call->context->op.hook == HOOK_RELATION_BROKEN &&
	    call->context->op.relation == rel->id)
		return units;
	far = relation_far_end(rel, call->unit->app);
	RB_FOREACH(m, member_tree, &far->members) {
		autofree char *name = end_unit_name(far, m->unit,
		    call->unit->app->model);

		if (m->unit != call->unit)
			json_array_append_new(units, json_string(name));
	}
	return units;
}

json_t *
tool_relation_app(struct tool_call *call, struct error *err)
{
	struct relation *rel = tool_relation(call, err);

	if (rel == NULL)
		return NULL;
	return json_string(end_name(relation_far_end(rel, call->unit->app),
	    call->unit->app->model));
}

/* Who may read whose bag: juju-spec 4.8. NULL with the reason. */
static json_t *
bag_to_read(const struct tool_call *call, struct relation *rel, const char *who,
    struct error *err)
{
	struct application *app = call->unit->app;
	struct relation_end *near = relation_end_of(rel, app);
	struct relation_end *far = relation_far_end(rel, app);
	struct member *m;

	if (strchr(who, '/') != NULL) {
		m = relation_find_member_name(rel, app->model, who);
		if (m != NULL)
			return m->bag;
		error_set(err, ERROR_NOT_FOUND,
		    "unit \"%s\" is not in the scope of relation %lld", who,
		    (long long)rel->id);
		return NULL;
	}
	if (strcmp(who, end_name(far, app->model)) == 0)
		return far->bag;
	if (strcmp(who, app->name) != 0) {
		error_set(err, ERROR_NOT_FOUND,
		    "application \"%s\" is not in relation %lld", who,
		    (long long)rel->id);
		return NULL;
	}
	if (unit_is_leader(call->unit))
		return near->bag;
	error_set(err, ERROR_DENIED,
	    "only the leader may read the databag of its application \"%s\" "
	    "in relation %lld",
	    who, (long long)rel->id);
	return NULL;
}

static bool
bag_is_ours(const struct tool_call *call, const char *who)
{
	return strcmp(who, call->unit->name) == 0 ||
	    strcmp(who, call->unit->app->name) == 0;
}

/*
 * Who may have no bag: we are not in scope yet, or it is about to depart and
 * has taken its bag along. Not an error, but nothing to read.
 */
static bool
bag_may_be_missing(const struct tool_call *call, const char *who)
{
	const struct op *op = &call->context->op;

	return strcmp(who, call->unit->name) == 0 ||
	    (op->kind == OP_HOOK && op->hook == HOOK_RELATION_DEPARTED &&
		strcmp(who, op->remote_unit) == 0);
}

/* The bag as first read in this operation. */
static json_t *
bag_snapshot(const struct tool_call *call, struct relation *rel,
    const char *who, struct error *err)
{
	autofree char *key = xasprintf("%lld/%s", (long long)rel->id, who);
	json_t *seen = json_object_get(call->context->seen, key);
	json_t *bag;

	if (seen != NULL)
		return seen;
	bag = bag_to_read(call, rel, who, err);
	if (bag == NULL && bag_may_be_missing(call, who)) {
		*err = (struct error){ 0 };
		seen = json_object();
	} else if (bag != NULL) {
		seen = json_incref(bag);
	} else {
		return NULL;
	}
	json_object_set_new(call->context->seen, key, seen);
	return seen;
}

static void
overlay_writes(const struct tool_call *call, const struct relation *rel,
    const char *who, json_t **bag)
{
	autofree char *key = xasprintf("%lld/%s", (long long)rel->id,
	    strchr(who, '/') != NULL ? "unit" : "app");
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(call->context->bags, key), name,
	    value)
		(void)bag_set(bag, name, json_string_value(value));
}

json_t *
tool_relation_get(struct tool_call *call, struct error *err)
{
	struct relation *rel = tool_relation(call, err);
	const char *who, *key = json_text(call->args, "key", NULL);
	json_auto_t *bag = NULL;
	json_t *seen, *value;

	if (rel == NULL || (who = tool_text(call, "who", err)) == NULL)
		return NULL;
	seen = bag_snapshot(call, rel, who, err);
	if (seen == NULL)
		return NULL;
	bag = json_incref(seen);
	if (bag_is_ours(call, who))
		overlay_writes(call, rel, who, &bag);
	value = key == NULL ? bag : json_object_get(bag, key);
	return value != NULL ? json_incref(value) : json_null();
}

static size_t
bag_bytes(json_t *bag)
{
	const char *key;
	json_t *value;
	size_t bytes = 0;

	json_object_foreach(bag, key, value)
		bytes += strlen(key) + json_string_length(value);
	return bytes;
}

static int
check_values(json_t *values, struct error *err)
{
	const char *key;
	json_t *value;

	if (values == NULL)
		return error_set(err, ERROR_USAGE,
		    "argument \"values\" is missing");
	json_object_foreach(values, key, value) {
		if (!json_is_string(value) && !json_is_null(value))
			return error_set(err, ERROR_USAGE,
			    "the value of \"%.64s\" is not a string", key);
	}
	return 0;
}

/* With what is there, with what was written before, and with `values`. */
static int
check_size(const struct tool_call *call, struct relation *rel, json_t *values,
    const char *who, struct error *err)
{
	struct member *m = relation_find_member(rel, call->unit);
	json_t *there = strchr(who, '/') == NULL ?
	    relation_end_of(rel, call->unit->app)->bag :
	    m != NULL ? m->bag :
			NULL;
	json_auto_t *bag = there != NULL ? json_incref(there) : json_object();
	const char *key;
	json_t *value;

	overlay_writes(call, rel, who, &bag);
	json_object_foreach(values, key, value)
		(void)bag_set(&bag, key, json_string_value(value));
	if (bag_bytes(bag) > LIMIT_BAG_BYTES)
		return error_set(err, ERROR_TOO_LARGE,
		    "a databag holds at most %d bytes", LIMIT_BAG_BYTES);
	return 0;
}

json_t *
tool_relation_set(struct tool_call *call, struct error *err)
{
	struct relation *rel = tool_relation(call, err);
	json_t *values = json_child(call->args, "values", JSON_OBJECT);
	bool app = json_bool(call->args, "app", false);
	autofree char *key = NULL;
	json_t *writes;

	if (rel == NULL || check_values(values, err) == -1 ||
	    check_size(call, rel, values,
		app ? call->unit->app->name : call->unit->name, err) == -1)
		return NULL;
	if (app && !unit_is_leader(call->unit)) {
		error_set(err, ERROR_DENIED,
		    "cannot write relation settings: %s is not the leader of "
		    "%s",
		    call->unit->name, call->unit->app->name);
		return NULL;
	}
	key = xasprintf("%lld/%s", (long long)rel->id, app ? "app" : "unit");
	writes = json_object_get(call->context->bags, key);
	if (writes == NULL) {
		writes = json_object();
		json_object_set_new(call->context->bags, key, writes);
	}
	json_object_update(writes, values);
	return json_null();
}
