/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/request.h"
#include "api/route.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"

static const struct api_route rows[] = {
	{ .method = "GET", .path = "/v1" },
	{ .method = "GET",
	    .path = "/v1/models/{model}/tasks/{subject}",
	    .fields = { { "wait", API_BOOL, API_OPTIONAL },
		{ "timeout", API_COUNT, API_OPTIONAL },
		{ "name", API_TEXT, API_OPTIONAL } } },
	{ .method = "POST",
	    .path = "/v1/models/{model}/units/remove",
	    .fields = { { "units", API_TEXTS, API_REQUIRED },
		{ "force", API_BOOL, API_OPTIONAL },
		{ "timeout", API_COUNT, API_OPTIONAL },
		{ "config", API_TEXT_MAP, API_OPTIONAL },
		{ "params", API_OBJECT, API_OPTIONAL } } },
	{ .method = "POST", .path = "/v1/models/{model}/switch" },
	{ .method = "GET", .path = "/v1/models" },
	{ .method = "POST", .path = "/v1/models" },
};
static const struct api_table table = { rows, nitems(rows) };

static const char remove_units[] = "/v1/models/m/units/remove";

static int
parse(struct api_request *req, const char *method, const char *target,
    const char *body, struct error *err)
{
	struct api_input in = { .method = method,
		.target = target,
		.body = body,
		.body_len = strlen(body) };

	*req = (struct api_request){ 0 };
	return api_request_parse(req, &table, &in, err);
}

static void
good_requests_become_a_route_and_arguments(void **state)
{
	static const struct {
		const char *method, *target, *body;
		size_t row;
		const char *model, *subject, *args;
	} cases[] = {
		{ "GET", "/v1", "", 0, NULL, NULL, "{}" },
		{ "GET", "/v1?", "", 0, NULL, NULL, "{}" },
		{ "GET", "/v1?&", "", 0, NULL, NULL, "{}" },
		{ "GET", "/v1/models", "", 4, NULL, NULL, "{}" },
		{ "POST", "/v1/models", "{}", 5, NULL, NULL, "{}" },
		{ "POST", "/v1/models/-/switch", " { } ", 3, "-", NULL, "{}" },
		{ "GET", "/v1/models/m/tasks/20", "", 1, "m", "20", "{}" },
		{ "GET", "/v1/models/a%2Fb%25/tasks/%c3%A9", "", 1, "a/b%",
		    "\303\251", "{}" },
		{ "GET", "/v1/models/m/tasks/2?wait=true&timeout=500", "", 1,
		    "m", "2", "{\"wait\":true,\"timeout\":500}" },
		{ "GET", "/v1/models/m/tasks/2?wait=1", "", 1, "m", "2",
		    "{\"wait\":true}" },
		{ "GET", "/v1/models/m/tasks/2?wait=false", "", 1, "m", "2",
		    "{\"wait\":false}" },
		{ "GET", "/v1/models/m/tasks/2?wait=0", "", 1, "m", "2",
		    "{\"wait\":false}" },
		{ "GET", "/v1/models/m/tasks/2?name=a+b%2Bc%3D%26=d", "", 1,
		    "m", "2", "{\"name\":\"a b+c=&=d\"}" },
		{ "GET", "/v1/models/m/tasks/2?name", "", 1, "m", "2",
		    "{\"name\":\"\"}" },
		{ "GET", "/v1/models/m/tasks/2?timeout=9007199254740992", "", 1,
		    "m", "2", "{\"timeout\":9007199254740992}" },
		{ "POST", remove_units, "{\"units\":[]}", 2, "m", NULL,
		    "{\"units\":[]}" },
		{ "POST", "/v1/models/m/units/remove?timeout=7",
		    "{\"units\":[\"x/0\"],\"force\":false}", 2, "m", NULL,
		    "{\"timeout\":7,\"units\":[\"x/0\"],\"force\":false}" },
		{ "POST", remove_units,
		    "{\"units\":[],\"config\":{\"a\":\"b\"},\"params\":{\"c\":[1]}}",
		    2, "m", NULL,
		    "{\"units\":[],\"config\":{\"a\":\"b\"},\"params\":{\"c\":[1]}}" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct api_request req;
		struct error err = { 0 };
		autofree char *args = NULL;

		assert_int_equal(parse(&req, cases[i].method, cases[i].target,
				     cases[i].body, &err),
		    0);
		assert_ptr_equal(req.route, &rows[cases[i].row]);
		if (cases[i].model != NULL)
			assert_string_equal(req.model, cases[i].model);
		else
			assert_null(req.model);
		if (cases[i].subject != NULL)
			assert_string_equal(req.subject, cases[i].subject);
		else
			assert_null(req.subject);
		args = json_line(req.args);
		assert_string_equal(args, cases[i].args);
		api_request_release(&req);
	}
}

static const struct {
	const char *method, *target, *body;
	enum error_code code;
	const char *msg;
} bad[] = {
	{ "GET", "/", "", ERROR_NOT_FOUND, "no route /" },
	{ "GET", "*", "", ERROR_NOT_FOUND, "no route *" },
	{ "GET", "", "", ERROR_NOT_FOUND, "no route " },
	{ "GET", "/v1/", "", ERROR_NOT_FOUND, "no route /v1/" },
	{ "GET", "/v2?x=y", "", ERROR_NOT_FOUND, "no route /v2" },
	{ "GET", "/v1/models/m/tasks/", "", ERROR_NOT_FOUND,
	    "no route /v1/models/m/tasks/" },
	{ "GET", "/v1/models//tasks/1", "", ERROR_NOT_FOUND,
	    "no route /v1/models//tasks/1" },
	{ "GET", "/v1/models/m/tasks/1/2", "", ERROR_NOT_FOUND,
	    "no route /v1/models/m/tasks/1/2" },
	{ "GET", "/v1/models/a/b/tasks/1", "", ERROR_NOT_FOUND,
	    "no route /v1/models/a/b/tasks/1" },
	{ "GET", "/v1/models/a%2/tasks/1", "", ERROR_USAGE,
	    "malformed escape in \"a%2\"" },
	{ "GET", "/v1/models/%/tasks/1", "", ERROR_USAGE,
	    "malformed escape in \"%\"" },
	{ "GET", "/v1/models/%zz/tasks/1", "", ERROR_USAGE,
	    "malformed escape in \"%zz\"" },
	{ "GET", "/v1/models/a%00b/tasks/1", "", ERROR_USAGE,
	    "malformed escape in \"a%00b\"" },
	{ "GET", "/v1/models/%ff/tasks/1", "", ERROR_USAGE,
	    "\"%ff\" is not UTF-8 text" },
	{ "GET", "/v1?x=1", "", ERROR_USAGE, "unknown field \"x\"" },
	{ "GET", "/v1/models/m/tasks/1?wait=maybe", "", ERROR_USAGE,
	    "field \"wait\" is not true or false" },
	{ "GET", "/v1/models/m/tasks/1?wait", "", ERROR_USAGE,
	    "field \"wait\" is not true or false" },
	{ "GET", "/v1/models/m/tasks/1?timeout=-1", "", ERROR_USAGE,
	    "field \"timeout\" is not a whole number" },
	{ "GET", "/v1/models/m/tasks/1?timeout=1s", "", ERROR_USAGE,
	    "field \"timeout\" is not a whole number" },
	{ "GET", "/v1/models/m/tasks/1?timeout=", "", ERROR_USAGE,
	    "field \"timeout\" is not a whole number" },
	{ "GET", "/v1/models/m/tasks/1?timeout=9007199254740993", "",
	    ERROR_USAGE, "field \"timeout\" is not a whole number" },
	{ "GET", "/v1/models/m/tasks/1?timeout=99999999999999999999", "",
	    ERROR_USAGE, "field \"timeout\" is not a whole number" },
	{ "GET", "/v1/models/m/tasks/1?wait=1&wait=1", "", ERROR_USAGE,
	    "field \"wait\" is given twice" },
	{ "GET", "/v1/models/m/tasks/1?%ff=1", "", ERROR_USAGE,
	    "\"%ff\" is not UTF-8 text" },
	{ "GET", "/v1", "{}", ERROR_USAGE, "GET takes no body" },
	{ "POST", remove_units, "", ERROR_USAGE, "field \"units\" is missing" },
	{ "POST", remove_units, "[]", ERROR_USAGE, "body is not an object" },
	{ "POST", remove_units, "null", ERROR_USAGE, "body is not an object" },
	{ "POST", remove_units, "{\"units\":\"x/0\"}", ERROR_USAGE,
	    "field \"units\" is not an array of strings" },
	{ "POST", remove_units, "{\"units\":[1]}", ERROR_USAGE,
	    "field \"units\" is not an array of strings" },
	{ "POST", remove_units, "{\"units\":{\"a\":\"b\"}}", ERROR_USAGE,
	    "field \"units\" is not an array of strings" },
	{ "POST", "/v1/models/m/units/remove?units=x", "", ERROR_USAGE,
	    "field \"units\" is not an array of strings" },
	{ "POST", remove_units, "{\"units\":[],\"force\":1}", ERROR_USAGE,
	    "field \"force\" is not true or false" },
	{ "POST", remove_units, "{\"units\":[],\"force\":null}", ERROR_USAGE,
	    "field \"force\" is not true or false" },
	{ "POST", remove_units, "{\"units\":[],\"timeout\":1.0}", ERROR_USAGE,
	    "field \"timeout\" is not a whole number" },
	{ "POST", remove_units, "{\"units\":[],\"timeout\":-1}", ERROR_USAGE,
	    "field \"timeout\" is not a whole number" },
	{ "POST", remove_units, "{\"units\":[],\"config\":{\"a\":1}}",
	    ERROR_USAGE, "field \"config\" is not an object of strings" },
	{ "POST", remove_units, "{\"units\":[],\"config\":[\"a\"]}",
	    ERROR_USAGE, "field \"config\" is not an object of strings" },
	{ "POST", remove_units, "{\"units\":[],\"params\":[]}", ERROR_USAGE,
	    "field \"params\" is not an object" },
	{ "POST", remove_units, "{\"units\":[],\"colour\":1}", ERROR_USAGE,
	    "unknown field \"colour\"" },
	{ "POST", "/v1/models/m/units/remove?force=1",
	    "{\"units\":[],\"force\":true}", ERROR_USAGE,
	    "field \"force\" is given twice" },
};

static void
bad_requests_are_refused_with_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		struct api_request req;
		struct error err = { 0 };

		assert_int_equal(parse(&req, bad[i].method, bad[i].target,
				     bad[i].body, &err),
		    -1);
		assert_string_equal(err.msg, bad[i].msg);
		assert_int_equal(err.code, bad[i].code);
		assert_null(req.allow);
		api_request_release(&req);
	}
}

static void
malformed_json_is_a_usage_error(void **state)
{
	static const char *const bodies[] = { "{", "{\"units\":[]", "x",
		"{\"units\":[],\"units\":[]}", "{\"units\":[\"\\u0000\"]}",
		"{\"units\":[\"\xff\"]}", "{} {}" };

	(void)state;
	for (size_t i = 0; i < nitems(bodies); i++) {
		struct api_request req;
		struct error err = { 0 };

		assert_int_equal(parse(&req, "POST",
				     "/v1/models/m/units/remove", bodies[i],
				     &err),
		    -1);
		assert_int_equal(err.code, ERROR_USAGE);
		assert_memory_equal(err.msg, "body: ", 6);
		api_request_release(&req);
	}
}

static void
a_wrong_method_is_told_the_right_ones(void **state)
{
	struct api_request req;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(parse(&req, "PUT", "/v1/models?x=y", "", &err), -1);
	assert_string_equal(err.msg,
	    "method PUT is not allowed for /v1/models");
	assert_int_equal(err.code, ERROR_USAGE);
	assert_string_equal(req.allow, "GET, POST");
	api_request_release(&req);
}

/* {"units": [], "params": {"a": {"a": ... }}} with so many levels in all. */
static char *
nested_body(int depth)
{
	autostrbuf sb = { 0 };

	strbuf_adds(&sb, "{\"units\":[],\"params\":");
	for (int i = 1; i < depth; i++)
		strbuf_adds(&sb, i == 1 ? "{" : "\"a\":{");
	strbuf_pad(&sb, '}', (size_t)depth);
	return strbuf_detach(&sb);
}

static void
a_body_may_be_as_deep_as_the_limit_and_no_deeper(void **state)
{
	autofree char *fits = nested_body(LIMIT_JSON_DEPTH);
	autofree char *deeper = nested_body(LIMIT_JSON_DEPTH + 1);
	struct api_request req;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(parse(&req, "POST", remove_units, fits, &err), 0);
	api_request_release(&req);
	assert_int_equal(parse(&req, "POST", remove_units, deeper, &err), -1);
	assert_int_equal(err.code, ERROR_USAGE);
	assert_non_null(strstr(err.msg, "deeper than 32"));
	api_request_release(&req);
}

static void
a_body_may_be_as_large_as_the_limit_and_no_larger(void **state)
{
	static const char rest[] = "{\"units\":[]}";
	autostrbuf sb = { 0 };
	struct api_request req;
	struct error err = { 0 };

	(void)state;
	strbuf_pad(&sb, ' ', LIMIT_BODY_BYTES - strlen(rest));
	strbuf_adds(&sb, rest);
	assert_int_equal(parse(&req, "POST", remove_units, strbuf_cstr(&sb),
			     &err),
	    0);
	api_request_release(&req);
	strbuf_addc(&sb, ' ');
	assert_int_equal(parse(&req, "POST", remove_units, strbuf_cstr(&sb),
			     &err),
	    -1);
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	assert_string_equal(err.msg, "body is larger than 1048576 bytes");
	api_request_release(&req);
}

static void
a_target_may_not_be_endless(void **state)
{
	autostrbuf sb = { 0 };
	struct api_request req;
	struct error err = { 0 };

	(void)state;
	strbuf_pad(&sb, '/', API_TARGET_MAX + 1);
	assert_int_equal(parse(&req, "GET", strbuf_cstr(&sb), "", &err), -1);
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	api_request_release(&req);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_requests_become_a_route_and_arguments),
		cmocka_unit_test(bad_requests_are_refused_with_what_is_wrong),
		cmocka_unit_test(malformed_json_is_a_usage_error),
		cmocka_unit_test(a_wrong_method_is_told_the_right_ones),
		cmocka_unit_test(
		    a_body_may_be_as_deep_as_the_limit_and_no_deeper),
		cmocka_unit_test(
		    a_body_may_be_as_large_as_the_limit_and_no_larger),
		cmocka_unit_test(a_target_may_not_be_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
