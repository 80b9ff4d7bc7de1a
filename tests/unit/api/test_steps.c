/* SPDX-License-Identifier: Apache-2.0 */
/* Requests within a request. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/route.h"
#include "api/steps.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"

static int
verb_of_test(struct engine_call *call, struct error *err)
{
	(void)call;
	(void)err;
	return 0;
}

static const struct api_route rows[] = {
	{ .method = "POST",
	    .path = "/v1/models/{model}/rehearsal",
	    .role = ACCESS_OPERATOR,
	    .verb = verb_of_test,
	    .fields = { { "plan", API_BOOL, API_OPTIONAL },
		{ "steps", API_STEPS, API_REQUIRED } } },
	{ .method = "POST",
	    .path = "/v1/models/{model}/applications",
	    .summary = "Deploy",
	    .role = ACCESS_OPERATOR,
	    .verb = verb_of_test,
	    .fields = { { "charm", API_CHARM, API_REQUIRED } } },
	{ .method = "POST",
	    .path = "/v1/models/{model}/applications/{subject}/expose",
	    .role = ACCESS_OPERATOR,
	    .verb = verb_of_test },
	{ .method = "GET",
	    .path = "/v1/models/{model}/events",
	    .kind = API_EVENTS },
	{ .method = "POST", .path = "/v1/users", .verb = verb_of_test },
};
static const struct api_table table = { rows, nitems(rows) };

struct parsed {
	struct api_request request;
	struct api_steps steps;
	struct error err;
};

static int
parse(struct parsed *p, const char *target, const char *body)
{
	struct api_input in = { .method = "POST",
		.target = target,
		.body = body,
		.body_len = strlen(body) };

	*p = (struct parsed){ 0 };
	if (api_request_parse(&p->request, &table, &in, &p->err) == -1)
		return -1;
	return api_steps_parse(&p->steps, &p->request, &table, &in, &p->err);
}

static void
release(struct parsed *p)
{
	api_steps_release(&p->steps);
	api_request_release(&p->request);
}

static void
each_is_a_request_about_the_same_model(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(
	    parse(&p, "/v1/models/a%2Fb/rehearsal?plan=true",
		"{\"steps\": [{\"path\": \"applications\", \"body\":"
		" {\"charm\": \"pg\"}, \"what\": \"deploy pg\"},"
		" {\"path\": \"applications/c%2Fd/expose\", \"body\": {},"
		" \"what\": \"expose it\"}]}"),
	    0);
	assert_int_equal(p.steps.n, 2);
	assert_string_equal(p.steps.requests[0].model, "a/b");
	assert_ptr_equal(p.steps.requests[0].route, &rows[1]);
	assert_null(p.steps.steps[0].subject);
	assert_string_equal(p.steps.steps[0].what, "deploy pg");
	assert_string_equal(json_string_value(
				json_object_get(p.steps.steps[0].args,
				    "charm")),
	    "pg");
	assert_string_equal(p.steps.requests[1].model, "a/b");
	assert_string_equal(p.steps.steps[1].subject, "c/d");
	assert_ptr_equal(p.steps.steps[1].verb, verb_of_test);
	release(&p);
}

static void
a_request_without_any_has_none(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, "/v1/models/m/applications",
			     "{\"charm\": \"pg\"}"),
	    0);
	assert_int_equal(p.steps.n, 0);
	release(&p);
}

#define STEP(path, body) \
	"{\"path\": \"" path "\", \"body\": " body ", \"what\": \"w\"}"

static void
a_bad_one_says_which_and_why(void **state)
{
	static const struct {
		const char *steps, *message;
	} cases[] = {
		{ "7", "field \"steps\" is not an array of steps" },
		{ "[7]",
		    "cannot take a step: expected the texts \"path\" and "
		    "\"what\", and the object \"body\"" },
		{ "[{\"path\": \"applications\", \"what\": \"deploy\"}]",
		    "cannot deploy: expected the texts \"path\" and \"what\", "
		    "and the object \"body\"" },
		{ "[" STEP("nosuch", "{}") "]",
		    "cannot w: no route /v1/models/m/nosuch" },
		{ "[" STEP("applications", "{}") "]",
		    "cannot w: field \"charm\" is missing" },
		{ "[" STEP("applications/x/expose",
		      "{}") ", " STEP("applications", "{\"charm\": 3}") "]",
		    "cannot w: field \"charm\" is not a string" },
		{ "[" STEP("events", "{}") "]",
		    "cannot w: method POST is not allowed for "
		    "/v1/models/m/events" },
		{ "[" STEP("../../users", "{}") "]",
		    "cannot w: no route /v1/models/m/../../users" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *body = xasprintf("{\"steps\": %s}",
		    cases[i].steps);
		struct parsed p;

		assert_int_equal(parse(&p, "/v1/models/m/rehearsal", body), -1);
		assert_string_equal(p.err.msg, cases[i].message);
		release(&p);
	}
}

static void
there_is_an_end_to_them(void **state)
{
	autostrbuf body = { 0 };
	struct parsed p;

	(void)state;
	strbuf_adds(&body, "{\"steps\": [7");
	for (int i = 0; i < LIMIT_STEPS; i++)
		strbuf_adds(&body, ",7");
	strbuf_adds(&body, "]}");
	assert_int_equal(parse(&p, "/v1/models/m/rehearsal",
			     strbuf_cstr(&body)),
	    -1);
	assert_int_equal(p.err.code, ERROR_TOO_LARGE);
	assert_string_equal(p.err.msg, "more than 1000 steps in one request");
	release(&p);
}

static void
each_needs_the_role_that_it_would_need_alone(void **state)
{
	struct parsed p;

	(void)state;
	assert_int_equal(parse(&p, "/v1/models/m/rehearsal",
			     "{\"steps\": [" STEP("applications",
				 "{\"charm\": \"/home/me/charm\"}") "]}"),
	    0);
	assert_int_equal(api_steps_check(&p.steps, ACCESS_ADMIN, "me", &p.err),
	    0);
	assert_int_equal(api_steps_check(&p.steps, ACCESS_OPERATOR, "me",
			     &p.err),
	    -1);
	assert_int_equal(p.err.code, ERROR_DENIED);
	assert_string_equal(p.err.msg,
	    "cannot w: permission denied: a directory as \"charm\" needs the "
	    "role admin, and user me has operator");
	release(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_a_request_about_the_same_model),
		cmocka_unit_test(a_request_without_any_has_none),
		cmocka_unit_test(a_bad_one_says_which_and_why),
		cmocka_unit_test(there_is_an_end_to_them),
		cmocka_unit_test(each_needs_the_role_that_it_would_need_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
