/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/charm.h"
#include "model/charm_schema.h"

static bool
is_whole(const json_t *v)
{
	double number = json_real_value(v);

	if (json_is_integer(v))
		return true;
	/* Beyond 2^53 a real cannot tell. */
	return json_is_real(v) && number > -9e15 && number < 9e15 &&
	    (double)(json_int_t)number == number;
}

/* Macros in jansson, so a table needs functions. */
static bool
is_string(const json_t *v)
{
	return json_is_string(v);
}

static bool
is_number(const json_t *v)
{
	return json_is_number(v);
}

static bool
is_boolean(const json_t *v)
{
	return json_is_boolean(v);
}

static bool
is_array(const json_t *v)
{
	return json_is_array(v);
}

static bool
is_object(const json_t *v)
{
	return json_is_object(v);
}

static bool
is_null(const json_t *v)
{
	return json_is_null(v);
}

static const struct schema_type {
	const char *name;
	bool (*fits)(const json_t *);
} schema_types[] = {
	{ "string", is_string },
	{ "integer", is_whole },
	{ "number", is_number },
	{ "boolean", is_boolean },
	{ "array", is_array },
	{ "object", is_object },
	{ "null", is_null },
};

static const struct schema_type *
find_type(const char *name)
{
	for (size_t i = 0; i < nitems(schema_types); i++) {
		if (strcmp(schema_types[i].name, name) == 0)
			return &schema_types[i];
	}
	return NULL;
}

static int
check_schema(const char *action, const char *param, const json_t *schema,
    struct error *err)
{
	const char *type = json_text(schema, "type", "string");

	if (!json_is_object(schema))
		return error_set(err, ERROR_INVALID,
		    "actions.yaml: parameter \"%s\" of \"%s\" is not a mapping",
		    param, action);
	if (find_type(type) == NULL)
		return error_set(err, ERROR_INVALID,
		    "actions.yaml: parameter \"%s\" of \"%s\" has unknown type "
		    "\"%s\"",
		    param, action, type);
	return 0;
}

static int
check_required(const char *action, const json_t *required, struct error *err)
{
	json_t *name;
	size_t i;

	if (!json_is_array(required))
		return error_set(err, ERROR_INVALID,
		    "actions.yaml: \"required\" of \"%s\" is not a list",
		    action);
	json_array_foreach(required, i, name) {
		if (!json_is_string(name))
			return error_set(err, ERROR_INVALID,
			    "actions.yaml: \"required\" of \"%s\" has a "
			    "nameless item %zu",
			    action, i);
	}
	return 0;
}

int
charm_action_parse(struct charm_action *a, const char *name, const json_t *spec,
    struct error *err)
{
	json_t *params = json_object_get(spec, "params"), *schema;
	json_t *required = json_object_get(spec, "required");
	const char *param;

	a->name = xstrdup(name);
	a->description = xstrdup(json_text(spec, "description", ""));
	if (spec != NULL && !json_is_null(spec) && !json_is_object(spec))
		return error_set(err, ERROR_INVALID,
		    "actions.yaml: action \"%s\" is not a mapping", name);
	if (params != NULL && !json_is_null(params)) {
		if (!json_is_object(params))
			return error_set(err, ERROR_INVALID,
			    "actions.yaml: \"params\" of \"%s\" is not a "
			    "mapping",
			    name);
		a->params = json_incref(params);
	}
	json_object_foreach(a->params, param, schema) {
		if (check_schema(name, param, schema, err) != 0)
			return -1;
	}
	if (required != NULL && !json_is_null(required)) {
		if (check_required(name, required, err) != 0)
			return -1;
		a->required = json_incref(required);
	}
	a->closed = !json_bool(spec, "additionalProperties", true);
	return 0;
}

static int
fail(const char *param, const char *must, const json_t *limit,
    const json_t *given, struct error *err)
{
	autofree char *text = json_line(given);
	autofree char *bound = json_dumps(limit,
	    JSON_COMPACT | JSON_ENCODE_ANY);

	/* A type reads better without quotes. */
	return error_set(err, ERROR_INVALID,
	    "validation failed: (root).%s : must %s %.150s, given %.150s",
	    param, must,
	    json_is_string(limit) ? json_string_value(limit) : bound, text);
}

static int
check_choice(const char *param, const json_t *choice, const json_t *given,
    struct error *err)
{
	json_t *one;
	size_t i;

	json_array_foreach(choice, i, one) {
		if (json_equal(one, given))
			return 0;
	}
	return fail(param, "match one of the enum values", choice, given, err);
}

static int
check_range(const char *param, const json_t *schema, const json_t *given,
    struct error *err)
{
	const json_t *minimum = json_object_get(schema, "minimum");
	const json_t *maximum = json_object_get(schema, "maximum");
	double number = json_number_value(given);

	if (json_is_number(minimum) && number < json_number_value(minimum))
		return fail(param, "be greater than or equal to", minimum,
		    given, err);
	if (json_is_number(maximum) && number > json_number_value(maximum))
		return fail(param, "be less than or equal to", maximum, given,
		    err);
	return 0;
}

static int
check_value(const char *param, const json_t *schema, const json_t *given,
    struct error *err)
{
	const json_t *type = json_object_get(schema, "type");
	const json_t *choice = json_object_get(schema, "enum");
	const struct schema_type *wanted = find_type(
	    json_text(schema, "type", ""));

	if (wanted != NULL && !wanted->fits(given))
		return fail(param, "be of type", type, given, err);
	if (json_is_array(choice) &&
	    check_choice(param, choice, given, err) != 0)
		return -1;
	return json_is_number(given) ? check_range(param, schema, given, err) :
				       0;
}

static int
check_present(const struct charm_action *a, const json_t *params,
    struct error *err)
{
	autofree char *text = NULL;
	json_t *name;
	size_t i;

	json_array_foreach(a->required, i, name) {
		if (json_object_get(params, json_string_value(name)) != NULL)
			continue;
		text = json_line(params);
		return error_set(err, ERROR_INVALID,
		    "validation failed: (root) : \"%s\" property is missing "
		    "and required, given %.200s",
		    json_string_value(name), text);
	}
	return 0;
}

static int
check_known(const struct charm_action *a, json_t *params, struct error *err)
{
	const char *name;
	json_t *given;

	if (!a->closed)
		return 0;
	json_object_foreach(params, name, given) {
		if (json_object_get(a->params, name) == NULL)
			return error_set(err, ERROR_INVALID,
			    "validation failed: (root) : additional property "
			    "\"%.64s\" is not allowed",
			    name);
	}
	return 0;
}

int
charm_action_check(const struct charm_action *a, json_t *params,
    struct error *err)
{
	json_t *schema, *given, *initial;
	const char *param;
	int rc;

	if (check_known(a, params, err) != 0)
		return -1;
	json_object_foreach(a->params, param, schema) {
		given = json_object_get(params, param);
		if (given != NULL &&
		    check_value(param, schema, given, err) != 0)
			return -1;
	}
	json_object_foreach(a->params, param, schema) {
		initial = json_object_get(schema, "default");
		if (initial == NULL || json_object_get(params, param) != NULL)
			continue;
		rc = json_object_set_new(params, param,
		    json_deep_copy(initial));
		assert(rc == 0);
	}
	return check_present(a, params, err);
}
