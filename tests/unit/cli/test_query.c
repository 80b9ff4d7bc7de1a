/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "cli/query.h"

static const char entity_text[] =
    "{'life': 'alive', 'status': 'active', 'exposed': false, 'none': {},"
    " 'units': {'x/0': {'leader': true, 'workload-status': 'active'},"
    " 'x/1': {'leader': false, 'workload-status': 'waiting'}}}";

static void
conditions_are_weighed(void **state)
{
	static const struct {
		const char *query;
		int holds;
	} cases[] = {
		{ "life==\"alive\" && status==\"active\"", 1 },
		{ "life == 'alive' && status == 'blocked'", 0 },
		{ "life=='dead' || status=='active'", 1 },
		{ "life=='dead' || status=='x' && life=='alive'", 0 },
		{ "(life=='alive' || status=='x') && status=='active'", 1 },
		{ "life!=\"dead\"", 1 },
		{ "!exposed", 1 },
		{ "!!exposed", 0 },
		{ "exposed==false", 1 },
		{ "exposed==true", 0 },
		{ "len(units)==2", 1 },
		{ "len(units) >= 3", 0 },
		{ "len(units)<3", 1 },
		{ "len(units)>2", 0 },
		{ "len(units)<=2", 1 },
		{ "len(life)==5", 1 },
		{ "startsWith(status, \"act\")", 1 },
		{ "startsWith(status, \"ive\")", 0 },
		{ "endsWith(status, \"ive\")", 1 },
		{ "endsWith(status, \"longer than it\")", 0 },
		{ "forEach(units, u => u.workload-status==\"active\")", 0 },
		{ "forEach(units, u => u.workload-status!=\"error\")", 1 },
		{ "forEach(units, u => u.leader || status=='active')", 1 },
		{ "forEach(none, u => u.anything=='x') && len(none)==0", 1 },
		{ "", -1 },
		{ "life==", -1 },
		{ "life", 1 },
		{ "lif==\"alive\"", -1 },
		{ "life==\"alive", -1 },
		{ "(life=='alive'", -1 },
		{ "life=='alive')", -1 },
		{ "life=='alive' &&", -1 },
		{ "life=='alive' & status=='x'", -1 },
		{ "size(units)==2", -1 },
		{ "forEach(units, u.leader)", -1 },
		{ "forEach(units, u => u.age==1)", -1 },
		{ "startsWith(status)", -1 },
		{ "startsWith(status, 5)", -1 },
		{ "((((((((((((((((((((((((((((((((((life))))))))))))))))))))"
		  "))))))))))))))",
		    -1 },
	};
	json_auto_t *entity = test_json(entity_text);

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		int rc = query_holds(cases[i].query, entity, &err);

		if (rc != cases[i].holds)
			fail_msg("%s: %d, expected %d: %s", cases[i].query, rc,
			    cases[i].holds, err.msg);
		if (rc == -1)
			assert_int_equal(err.code, ERROR_USAGE);
	}
}

static void
an_error_says_where_it_is(void **state)
{
	json_auto_t *entity = test_json(entity_text);
	struct error err = { 0 };

	(void)state;
	assert_int_equal(query_holds("life=='alive' && stat=='x'", entity,
			     &err),
	    -1);
	assert_string_equal(err.msg,
	    "invalid query \"life=='alive' && stat=='x'\": unknown name at "
	    "\"stat=='x'\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conditions_are_weighed),
		cmocka_unit_test(an_error_says_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
