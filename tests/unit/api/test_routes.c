/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "api/route.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/yaml.h"

static int
setup(void **state)
{
	struct error err = { 0 };

	*state = yaml_read_file(OPENAPI_FILE, &err);
	if (*state == NULL)
		print_error("%s\n", err.msg);
	return *state != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	json_decref(*state);
	return 0;
}

/* What the document says of a route, or a failed test. */
static json_t *
operation(json_t *doc, const struct api_route *route)
{
	json_t *path = json_object_get(json_object_get(doc, "paths"),
	    route->path);
	char method[16];
	json_t *found;
	size_t i;

	for (i = 0; route->method[i] != '\0'; i++)
		method[i] = (char)tolower(route->method[i]);
	method[i] = '\0';
	found = json_object_get(path, method);
	if (found == NULL)
		fail_msg("%s %s is not documented", route->method, route->path);
	return found;
}

static bool
schema_is(const json_t *schema, enum api_type type)
{
	static const struct {
		const char *name, *inner;
	} kinds[] = {
		[API_TEXT] = { "string", NULL },
		[API_CHARM] = { "string", NULL },
		[API_COUNT] = { "integer", NULL },
		[API_BOOL] = { "boolean", NULL },
		[API_TEXTS] = { "array", "items" },
		[API_TEXT_MAP] = { "object", "additionalProperties" },
		[API_OBJECT] = { "object", NULL },
		[API_STEPS] = { "array", NULL },
	};
	const json_t *inner;

	if (strcmp(json_text(schema, "type", ""), kinds[type].name) != 0)
		return false;
	if (kinds[type].inner == NULL)
		return json_object_get(schema, "additionalProperties") == NULL;
	inner = json_object_get(schema, kinds[type].inner);
	return strcmp(json_text(inner, "type", ""), "string") == 0;
}

/*
 * The fields a document gives a route: name -> {"schema", "required"}; of a GET
 * its query parameters, of a POST the members of its body.
 */
static json_t *
documented_fields(json_t *op)
{
	json_t *fields = json_object(), *value;
	json_t *schema =
	    json_object_get(json_object_get(json_object_get(json_object_get(op,
								"requestBody"),
						"content"),
				"application/json"),
		"schema");
	const char *name;
	size_t i;

	json_array_foreach(json_object_get(op, "parameters"), i, value) {
		if (strcmp(json_text(value, "in", ""), "query") != 0)
			continue;
		json_object_set_new(fields, json_text(value, "name", ""),
		    json_pack("{s:O, s:b}", "schema",
			json_object_get(value, "schema"), "required",
			json_bool(value, "required", false)));
	}
	json_object_foreach(json_object_get(schema, "properties"), name, value)
		json_object_set_new(fields, name,
		    json_pack("{s:O, s:b}", "schema", value, "required", 0));
	json_array_foreach(json_object_get(schema, "required"), i, value) {
		json_t *field = json_object_get(fields,
		    json_string_value(value));

		assert_non_null(field);
		json_object_set_new(field, "required", json_true());
	}
	return fields;
}

static void
every_route_is_documented_with_its_summary(void **state)
{
	for (size_t i = 0; i < api_routes.n; i++) {
		const struct api_route *route = &api_routes.routes[i];
		const json_t *op = operation(*state, route);

		assert_string_equal(json_text(op, "summary", ""),
		    route->summary);
	}
}

static void
every_documented_operation_is_a_route(void **state)
{
	static const char *const methods[] = { "get", "put", "post", "delete",
		"patch", "head", "options" };
	const char *path;
	json_t *item;
	size_t n = 0;

	json_object_foreach(json_object_get(*state, "paths"), path, item) {
		for (size_t i = 0; i < nitems(methods); i++)
			n += json_object_get(item, methods[i]) != NULL;
	}
	assert_int_equal(n, api_routes.n);
}

static void
every_field_is_documented_with_its_type_and_need(void **state)
{
	for (size_t i = 0; i < api_routes.n; i++) {
		const struct api_route *route = &api_routes.routes[i];
		json_auto_t *said = documented_fields(operation(*state, route));
		const struct api_field *field = route->fields;
		size_t n = 0;

		for (; field->name != NULL; field++, n++) {
			const json_t *one = json_object_get(said, field->name);

			if (one == NULL)
				fail_msg("%s %s: field %s is not documented",
				    route->method, route->path, field->name);
			if (!schema_is(json_object_get(one, "schema"),
				field->type) ||
			    json_bool(one, "required", false) !=
				(field->need == API_REQUIRED))
				fail_msg("%s %s: field %s is another one",
				    route->method, route->path, field->name);
		}
		assert_int_equal(json_object_size(said), n);
	}
}

/* What only looks is for viewers, unless what it shows may be secret. */
static void
every_route_asks_for_a_role_and_says_so(void **state)
{
	for (size_t i = 0; i < api_routes.n; i++) {
		const struct api_route *route = &api_routes.routes[i];
		const json_t *op = operation(*state, route);
		bool looks = strcmp(route->method, "GET") == 0 &&
		    strstr(route->path, "/tasks/") == NULL &&
		    strstr(route->path, "/credentials") == NULL &&
		    strstr(route->path, "/units/") == NULL &&
		    strstr(route->path, "/operations/") == NULL;

		assert_int_not_equal(route->role, ACCESS_NONE);
		assert_int_equal(route->role == ACCESS_VIEWER, looks);
		assert_string_equal(json_text(op, "x-role", ""),
		    access_word(route->role));
	}
}

static void
what_forces_or_destroys_is_for_admins_and_says_so(void **state)
{
	for (size_t i = 0; i < api_routes.n; i++) {
		const struct api_route *route = &api_routes.routes[i];
		json_auto_t *said = documented_fields(operation(*state, route));
		const struct api_field *field = route->fields;

		for (; field->name != NULL; field++) {
			const json_t *schema =
			    json_object_get(json_object_get(said, field->name),
				"schema");
			bool harms = strcmp(field->name, "force") == 0 ||
			    strncmp(field->name, "destroy-", 8) == 0;

			if (harms && route->role < ACCESS_ADMIN)
				assert_int_equal(field->role, ACCESS_ADMIN);
			assert_string_equal(json_text(schema, "x-role", "none"),
			    access_word(field->role));
		}
	}
}

static void
the_documented_error_codes_are_ours(void **state)
{
	json_t *error = json_object_get(json_object_get(json_object_get(*state,
							    "components"),
					    "schemas"),
	    "error");
	json_t *code = json_object_get(
	    json_object_get(
		json_object_get(json_object_get(json_object_get(error,
						    "properties"),
				    "error"),
		    "properties"),
		"code"),
	    "enum");
	json_t *word;
	size_t i, n = 0;

	json_array_foreach(code, i, word) {
		const char *text = json_string_value(word);

		assert_string_equal(error_word(error_code_from_word(text)),
		    text);
	}
#define X(id, text, http) n++;
	ERROR_CODES(X)
#undef X
	/* Not the one that says that there is no error. */
	assert_int_equal(json_array_size(code), n - 1);
}

static void
a_route_has_a_verb_or_is_served_by_the_server(void **state)
{
	(void)state;
	for (size_t i = 0; i < api_routes.n; i++) {
		const struct api_route *route = &api_routes.routes[i];

		assert_int_equal(route->verb != NULL, route->kind == API_VERB);
		assert_ptr_equal(api_route_find(&api_routes, route->method,
				     route->path),
		    route);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_documented_with_its_summary),
		cmocka_unit_test(every_documented_operation_is_a_route),
		cmocka_unit_test(
		    every_field_is_documented_with_its_type_and_need),
		cmocka_unit_test(every_route_asks_for_a_role_and_says_so),
		cmocka_unit_test(
		    what_forces_or_destroys_is_for_admins_and_says_so),
		cmocka_unit_test(the_documented_error_codes_are_ours),
		cmocka_unit_test(a_route_has_a_verb_or_is_served_by_the_server),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
