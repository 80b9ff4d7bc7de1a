/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "cli/action.h"
#include "cli/args.h"
#include "cli/cmd.h"
#include "cli/emit.h"

#define WORDS_MAX 6

/* The body of a request, or the error; both as text owned by the caller. */
static char *
body_of(const char *const *words)
{
	char *copies[WORDS_MAX + 1] = { NULL };
	struct error err = { 0 };
	autoargs args = { 0 };
	json_auto_t *body = NULL;
	char *text;

	for (size_t i = 0; i < WORDS_MAX && words[i] != NULL; i++)
		copies[i] = xstrdup(words[i]);
	assert_int_equal(args_parse(&args, cmd_lookup("run-action"), copies,
			     &err),
	    0);
	body = action_body(&args, &err);
	text = body != NULL ? json_dumps(body, JSON_COMPACT) : xstrdup(err.msg);
	for (size_t i = 0; copies[i] != NULL; i++)
		free(copies[i]);
	return text;
}

static void
units_an_action_and_parameters_make_a_request(void **state)
{
	static const struct {
		const char *words[WORDS_MAX], *expected;
	} cases[] = {
		{ { "x/leader", "get-password" },
		    "{\"units\":[\"x/leader\"],\"action\":\"get-password\","
		    "\"params\":{}}" },
		{ { "x/0", "x/1", "go", "a=1", "b=two" },
		    "{\"units\":[\"x/0\",\"x/1\"],\"action\":\"go\","
		    "\"params\":{\"a\":1,\"b\":\"two\"}}" },
		{ { "x/0", "go", "a.b=true", "a.c=[1, x]" },
		    "{\"units\":[\"x/0\"],\"action\":\"go\",\"params\":{\"a\":"
		    "{\"b\":true,\"c\":[1,\"x\"]}}}" },
		{ { "x/0", "go", "--string-args", "a=1", "b==" },
		    "{\"units\":[\"x/0\"],\"action\":\"go\",\"params\":{"
		    "\"a\":\"1\",\"b\":\"=\"}}" },
		{ { "go", "x/0" }, "no unit specified" },
		{ { "x/0" }, "no action specified" },
		{ { "x/y", "go" }, "invalid unit or action name \"x/y\"" },
		{ { "x/0", "Go" }, "invalid unit or action name \"Go\"" },
		{ { "x/0", "go", "a" },
		    "argument \"a\" must be of the form "
		    "key.key.key...=value" },
		{ { "x/0", "go", "Foo=1" },
		    "key \"Foo\" must start and end with lowercase "
		    "alphanumeric, and contain only lowercase alphanumeric and "
		    "hyphens" },
		{ { "x/0", "go", "a.-b.c=1" },
		    "key \"-b\" must start and end with lowercase "
		    "alphanumeric, and contain only lowercase alphanumeric and "
		    "hyphens" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *text = body_of(cases[i].words);

		assert_string_equal(text, cases[i].expected);
	}
}

static json_t *
a_task(const char *status, const char *message, const char *results)
{
	autofree char *text = xasprintf(
	    "{'id': 20, 'operation': 19, 'unit': 'data-integrator/0', 'action':"
	    " 'get-credentials', 'status': '%s', 'message': '%s', 'results': %s,"
	    " 'log': [], 'enqueued': '2023-03-20T09:22:46.100Z', 'started': "
	    "'2023-03-20T09:22:50.200Z', 'completed': "
	    "'2023-03-20T09:22:50.900Z'}",
	    status, message, results);

	return test_json(text);
}

static void
a_task_is_shown_as_in_the_tutorial(void **state)
{
	json_auto_t *task = a_task("completed", "",
	    "{'ok': 'True', 'return-code': 0, 'postgresql.version': '14.7',"
	    " 'postgresql': {'database': 'test-database', 'endpoints': "
	    "'10.89.49.129:5432', 'password': '136bvw0s7FjJ6mxZ', "
	    "'read-only-endpoints': '10.89.49.197:5432', 'username': "
	    "'relation-3', 'version': '14.7'}}");
	json_auto_t *document = json_object(), *sorted = NULL;
	autofree char *tag = action_unit_tag("data-integrator/0");
	autofree char *expected = test_data("seed-get-credentials.yaml");
	autostrbuf sb = { 0 };

	(void)state;
	json_object_set_new(document, tag, action_document(task));
	sorted = emit_sorted(document);
	emit_yaml(sorted, &sb);
	assert_string_equal(strbuf_cstr(&sb), expected);
}

static void
results_with_dots_are_nested(void **state)
{
	json_auto_t *task = a_task("completed", "",
	    "{'a.b.c': '1', 'a.b.d': '2', 'e': '3', 'stdout': 'x', "
	    "'return-code': 0}");
	json_auto_t *results = action_results(task);
	json_auto_t *expected = test_json(
	    "{'a': {'b': {'c': '1', 'd': '2'}}, 'e': '3'}");

	(void)state;
	assert_true(json_equal(results, expected));
}

static void
a_failed_task_has_its_message_and_its_return_code(void **state)
{
	json_auto_t *task = a_task("failed", "no such thing",
	    "{'ok': 'False', 'return-code': 3}");
	json_auto_t *document = action_document(task);
	json_auto_t *sorted = emit_sorted(document);
	autostrbuf sb = { 0 }, plain = { 0 };

	(void)state;
	assert_int_equal(action_return_code(task), 3);
	emit_yaml(sorted, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "UnitId: data-integrator/0\n"
	    "id: \"20\"\n"
	    "message: no such thing\n"
	    "results:\n"
	    "  ok: \"False\"\n"
	    "  return-code: 3\n"
	    "status: failed\n"
	    "timing:\n"
	    "  completed: 2023-03-20 09:22:50 +0000 UTC\n"
	    "  enqueued: 2023-03-20 09:22:46 +0000 UTC\n"
	    "  started: 2023-03-20 09:22:50 +0000 UTC\n");
	action_plain(task, &plain);
	assert_string_equal(strbuf_cstr(&plain),
	    "Action id 20 failed: no such thing\n"
	    "ok: \"False\"\n\n");
}

static void
the_form_of_juju_3_always_has_a_return_code(void **state)
{
	json_auto_t *task = a_task("completed", "", "{'ok': 'True'}");
	json_auto_t *document = action_document3(task, ACTION_UTC);
	json_auto_t *expected = test_json(
	    "{'id': '20', 'unit': 'data-integrator/0', 'status': 'completed',"
	    " 'results': {'ok': 'True', 'return-code': 0}, 'timing': "
	    "{'completed': '2023-03-20 09:22:50 +0000 UTC', 'enqueued': "
	    "'2023-03-20 09:22:46 +0000 UTC', 'started': "
	    "'2023-03-20 09:22:50 +0000 UTC'}}");

	(void)state;
	assert_true(json_equal(document, expected));
}

static void
names_of_units_are_recognised(void **state)
{
	static const struct {
		const char *name;
		bool unit, unit_or_leader;
	} cases[] = {
		{ "x/0", true, true },
		{ "data-integrator/12", true, true },
		{ "x/leader", false, true },
		{ "x", false, false },
		{ "x/", false, false },
		{ "/0", false, false },
		{ "x/0a", false, false },
		{ "0x/0", false, false },
		{ "X/0", false, false },
		{ "x/leaders", false, false },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_int_equal(action_is_unit(cases[i].name), cases[i].unit);
		assert_int_equal(action_is_unit_or_leader(cases[i].name),
		    cases[i].unit_or_leader);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units_an_action_and_parameters_make_a_request),
		cmocka_unit_test(a_task_is_shown_as_in_the_tutorial),
		cmocka_unit_test(results_with_dots_are_nested),
		cmocka_unit_test(
		    a_failed_task_has_its_message_and_its_return_code),
		cmocka_unit_test(the_form_of_juju_3_always_has_a_return_code),
		cmocka_unit_test(names_of_units_are_recognised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
