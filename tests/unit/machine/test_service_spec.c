/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <signal.h>

#include "base/error.h"
#include "base/mem.h"
#include "machine/service_spec.h"
#include "support.h"

static int
parse(struct service_spec *spec, const char *text, struct error *err)
{
	json_auto_t *json = json_loads(text, JSON_DECODE_ANY, NULL);

	assert_non_null(json);
	return service_spec_parse(spec, "m/u/0/s", json, err);
}

static void
what_is_left_out_has_a_default(void **state)
{
	struct service_spec spec;
	struct error err;

	(void)state;
	assert_int_equal(parse(&spec,
			     "{\"argv\": [\"/x\", \"y\"], \"log\": \"/l\"}",
			     &err),
	    0);
	assert_int_equal(spec.argv.n, 2);
	assert_string_equal(spec.argv.v[1], "y");
	assert_string_equal(spec.dir, "/");
	assert_string_equal(spec.log, "/l");
	assert_null(spec.user);
	assert_int_equal(spec.stop_signal, SIGTERM);
	assert_int_equal(spec.stop_timeout_ms, 30000);
	assert_true(spec.restart);
	assert_int_equal(spec.env.n, 3);
	assert_string_equal(spec.env.v[0],
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:"
	    "/sbin:/bin");
	assert_string_equal(spec.env.v[1], "LANG=C.UTF-8");
	assert_string_equal(spec.env.v[2], "TENON_SERVICE=m/u/0/s");
	service_spec_release(&spec);
}

static void
what_is_given_is_taken(void **state)
{
	struct service_spec spec;
	struct error err;

	(void)state;
	assert_int_equal(
	    parse(&spec,
		"{\"argv\": [\"/x\"], \"log\": \"/l\", \"dir\": \"/d\","
		" \"user\": \"u\", \"stop-signal\": \"INT\","
		" \"stop-timeout-ms\": 5, \"restart\": false,"
		" \"env\": {\"LANG\": \"C\", \"PATHS\": \"p\"}}",
		&err),
	    0);
	assert_string_equal(spec.dir, "/d");
	assert_string_equal(spec.user, "u");
	assert_int_equal(spec.stop_signal, SIGINT);
	assert_int_equal(spec.stop_timeout_ms, 5);
	assert_false(spec.restart);
	assert_int_equal(spec.env.n, 4);
	assert_string_equal(spec.env.v[0], "LANG=C");
	assert_string_equal(spec.env.v[1], "PATHS=p");
	assert_memory_equal(spec.env.v[2], "PATH=/", 6);
	service_spec_release(&spec);
}

static void
an_error_names_the_key(void **state)
{
	/* clang-format off */
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{ "[]", "service: its spec has to be an object" },
		{ "{\"log\": \"/l\"}", "service: key \"argv\" is missing" },
		{ "{\"argv\": [\"/x\"]}", "service: key \"log\" is missing" },
		{ "{\"argv\": []}",
		  "service: key \"argv\" has to be an array of strings" },
		{ "{\"argv\": \"/x\"}",
		  "service: key \"argv\" has to be an array of strings" },
		{ "{\"argv\": [\"/x\", 1]}",
		  "service: key \"argv\" has to be an array of strings" },
		{ "{\"argv\": [\"x\"]}",
		  "service: key \"argv\" begins with \"x\", not with an "
		  "absolute path" },
		{ "{\"env\": []}",
		  "service: key \"env\" has to be an object of strings" },
		{ "{\"env\": {\"A\": 1}}",
		  "service: key \"env\" has to be an object of strings" },
		{ "{\"env\": {\"A=B\": \"\"}}",
		  "service: key \"env\" has \"A=B\", which is not a name" },
		{ "{\"user\": \"\"}",
		  "service: key \"user\" has to be the name of a user" },
		{ "{\"dir\": \"d\"}",
		  "service: key \"dir\" has to be an absolute path" },
		{ "{\"log\": 1}",
		  "service: key \"log\" has to be an absolute path" },
		{ "{\"stop-signal\": \"USR1\"}",
		  "service: key \"stop-signal\" has to be TERM, INT, QUIT, "
		  "HUP or KILL" },
		{ "{\"stop-timeout-ms\": -1}",
		  "service: key \"stop-timeout-ms\" has to be milliseconds "
		  "from 0 to 86400000" },
		{ "{\"stop-timeout-ms\": \"1\"}",
		  "service: key \"stop-timeout-ms\" has to be milliseconds "
		  "from 0 to 86400000" },
		{ "{\"restart\": 1}",
		  "service: key \"restart\" has to be true or false" },
		{ "{\"restarts\": true}",
		  "service: unknown key \"restarts\"" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct service_spec spec;
		struct error err;

		assert_int_equal(parse(&spec, cases[i].text, &err), -1);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_out_has_a_default),
		cmocka_unit_test(what_is_given_is_taken),
		cmocka_unit_test(an_error_names_the_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
