/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "cli/emit.h"
#include "cli/names.h"
#include "cli/show.h"
#include "cli/status.h"

static json_t *
pg_unit(void)
{
	return test_json(
	    "{'unit': 'pg/0', 'application': 'pg', 'charm': 'postgresql', "
	    "'version': '15.14', 'leader': true, 'life': 'alive', 'machine': "
	    "'0', 'address': '127.0.7.1', 'ports': ['5432/tcp'], 'relations': "
	    "[{'id': 1, 'endpoint': 'peers', 'related-endpoint': 'peers', "
	    "'related-application': 'pg', 'application-data': "
	    "{'operator-password': 's3cret', 'primary': 'pg/0'}, "
	    "'local-application-data': {'operator-password': 's3cret'}, "
	    "'local-unit': {'in-scope': true, 'data': {}}, 'related-units': "
	    "{}}, {'id': 3, 'endpoint': 'database', 'related-endpoint': 'db', "
	    "'related-application': 'web', 'application-data': {}, "
	    "'local-application-data': {'password': 'theirs'}, 'local-unit': "
	    "{'in-scope': true, 'data': {'b': '2', 'a': '1'}}, "
	    "'related-units': {'web/0': {'in-scope': false, 'data': {}}}}, "
	    "{'id': 4, 'endpoint': 'logs', 'related-endpoint': 'logs', "
	    "'related-application': 'log', 'application-data': {}, "
	    "'local-application-data': {}, 'local-unit': {'in-scope': false, "
	    "'data': {}}, 'related-units': {}}]}");
}

static void
assert_shown(const struct show_choice *choice, const char *expected)
{
	json_auto_t *unit = pg_unit(), *doc = show_unit(unit, choice);
	autostrbuf sb = { 0 };

	emit_yaml(doc, &sb);
	assert_string_equal(strbuf_cstr(&sb), expected);
}

#define HEAD                            \
	"workload-version: \"15.14\"\n" \
	"machine: \"0\"\n"              \
	"opened-ports:\n"               \
	"- 5432/tcp\n"                  \
	"public-address: 127.0.7.1\n"   \
	"charm: postgresql\n"           \
	"leader: true\n"                \
	"life: alive\n"

static void
a_unit_is_shown_with_relations_in_which_somebody_spoke(void **state)
{
	const struct show_choice all = { 0 };

	(void)state;
	assert_shown(&all,
	    HEAD "relation-info:\n"
		 "- relation-id: 1\n"
		 "  endpoint: peers\n"
		 "  related-endpoint: peers\n"
		 "  application-data:\n"
		 "    operator-password: '********'\n"
		 "    primary: pg/0\n"
		 "  local-application-data:\n"
		 "    operator-password: '********'\n"
		 "  local-unit:\n"
		 "    in-scope: true\n"
		 "    data: {}\n"
		 "- relation-id: 3\n"
		 "  endpoint: database\n"
		 "  related-endpoint: db\n"
		 "  application-data: {}\n"
		 "  local-application-data:\n"
		 "    password: theirs\n"
		 "  local-unit:\n"
		 "    in-scope: true\n"
		 "    data:\n"
		 "      a: \"1\"\n"
		 "      b: \"2\"\n"
		 "  related-units:\n"
		 "    web/0:\n"
		 "      in-scope: false\n"
		 "      data: {}\n");
}

static void
passwords_among_its_units_are_shown_on_demand(void **state)
{
	const struct show_choice choice = { .endpoint = "peers",
		.parts = SHOW_APPLICATION_DATA,
		.secrets = SHOW_REVEALED };

	(void)state;
	assert_shown(&choice,
	    HEAD "relation-info:\n"
		 "- relation-id: 1\n"
		 "  endpoint: peers\n"
		 "  related-endpoint: peers\n"
		 "  application-data:\n"
		 "    operator-password: s3cret\n"
		 "    primary: pg/0\n"
		 "  local-application-data:\n"
		 "    operator-password: s3cret\n");
}

static void
a_silent_relation_is_shown_when_its_endpoint_is_asked_for(void **state)
{
	const struct show_choice choice = { .endpoint = "logs",
		.related_unit = "log/0" };

	(void)state;
	assert_shown(&choice,
	    HEAD "relation-info:\n"
		 "- relation-id: 4\n"
		 "  endpoint: logs\n"
		 "  related-endpoint: logs\n"
		 "  application-data: {}\n"
		 "  local-application-data: {}\n");
}

static void
the_base_of_an_application_is_told_as_the_era_asks(void **state)
{
	static const struct {
		unsigned flags;
		const char *lines;
	} cases[] = {
		{ 0, "charm: web\nseries: bookworm\nbase: debian@12\nprin" },
		{ STATUS_2, "charm: web\nseries: bookworm\nprincipal: true" },
		{ STATUS_3, "charm: web\nbase: debian@12\nprincipal: true" },
	};
	json_auto_t *app = test_json(
	    "{'charm': 'web', 'charm-origin': 'local', 'channel': 'stable', "
	    "'series': 'bookworm', 'exposed': true, 'life': 'dying', "
	    "'endpoints': {'db': {}, 'admin': {}}}");

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *doc = show_application(app, cases[i].flags);
		autostrbuf sb = { 0 };

		emit_yaml(doc, &sb);
		assert_int_equal(strncmp(strbuf_cstr(&sb), cases[i].lines,
				     strlen(cases[i].lines)),
		    0);
		assert_non_null(strstr(strbuf_cstr(&sb),
		    "exposed: true\nremote: false\nlife: dying\n"
		    "endpoint-bindings:\n  \"\": alpha\n  admin: alpha\n"
		    "  db: alpha\n"));
	}
}

static void
names_that_cannot_be_are_told_together(void **state)
{
	static const char *const good[] = { "x", "web-app", "a1-b2", NULL };
	static const char *const bad[] = { "x", "Web", "-x", "x-", "a--b", "",
		"1x", NULL };
	static const char *const machines[] = { "0", "12", "012", "", "a",
		NULL };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(names_check("application", good, names_is_application,
			     &err),
	    0);
	assert_int_equal(names_check("application", bad, names_is_application,
			     &err),
	    -1);
	assert_string_equal(err.msg,
	    "application names \"Web\", \"-x\", \"x-\", \"a--b\", \"\", "
	    "\"1x\" not valid");
	assert_int_equal(names_check("machine", machines, names_is_machine,
			     &err),
	    -1);
	assert_string_equal(err.msg,
	    "machine names \"012\", \"\", \"a\" not valid");
	assert_int_equal(names_check("machine", NULL, names_is_machine, &err),
	    0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_unit_is_shown_with_relations_in_which_somebody_spoke),
		cmocka_unit_test(passwords_among_its_units_are_shown_on_demand),
		cmocka_unit_test(
		    a_silent_relation_is_shown_when_its_endpoint_is_asked_for),
		cmocka_unit_test(
		    the_base_of_an_application_is_told_as_the_era_asks),
		cmocka_unit_test(names_that_cannot_be_are_told_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
