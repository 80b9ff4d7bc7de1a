/* SPDX-License-Identifier: Apache-2.0 */
/* A hook of a relation that its charm puts off. */

#include "world.h"

static void
relate_both(struct world *w)
{
	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_rule(w, "db", "database-relation-broken", "defer");
}

/* Is that a result in the journal? */
static bool
has_result(struct world *w, const char *result)
{
	json_auto_t *reply = world_call(w, verb_journal, NULL, "{}");
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(reply, "entries"), i, entry) {
		if (strcmp(json_text(entry, "result", ""), result) == 0)
			return true;
	}
	return false;
}

static void
a_removal_says_what_it_waits_for_and_goes_on(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL, *status = NULL;
	const json_t *app, *relation;

	relate_both(w);
	task = world_run(w, "db/0", "call",
	    "{\"tool\": \"status-set\", \"args\": {\"status\": \"active\","
	    " \"message\": \"\", \"application\": true}}");
	assert_string_equal(json_text(task, "status", ""), "completed");
	world_refused(w, verb_remove_relation, NULL, "{\"id\": 1}",
	    "relation 1 is still open: db/0: told to wait");
	assert_int_equal(w->err.code, ERROR_CONFLICT);
	status = world_call(w, verb_status, NULL, "{}");
	app = json_object_get(json_object_get(status, "applications"), "db");
	assert_string_equal(json_text(json_object_get(app, "status"), "message",
				""),
	    "relation 1: told to wait");
	relation = json_array_get(json_object_get(status, "relations"), 1);
	assert_string_equal(json_text(relation, "message", ""), "told to wait");
	assert_true(has_result(w, "deferred"));
	assert_false(has_result(w, "failed"));
	world_rule(w, "db", "database-relation-broken", NULL);
	world_forget_seen(w, "db");
	world_await_seen(w, "db", "db/0 database-relation-broken");
	world_settle(w);
	assert_null(world_relation(w, 1));
}

static void
the_unit_is_not_in_error_and_serves_others(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;

	relate_both(w);
	world_begin(w, verb_remove_relation, NULL, "{\"id\": 1}");
	world_await_seen(w, "db", "db/0 database-relation-broken");
	world_do(w, verb_settled, NULL, "{}");
	world_do(w, verb_add_unit, "web", "{\"units\": 1}");
	world_do(w, verb_settled, NULL, "{}");
	task = world_run(w, "db/0", "call",
	    "{\"tool\": \"is-leader\", \"args\": {}}");
	assert_string_equal(json_text(task, "status", ""), "completed");
}

static void
a_unit_that_is_removed_does_not_wait(void **state)
{
	struct world *w = *state;

	relate_both(w);
	world_begin(w, verb_remove_relation, NULL, "{\"id\": 1}");
	world_await_seen(w, "db", "db/0 database-relation-broken");
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	assert_null(world_find_unit(w, "db/0"));
}

static void
only_a_hook_of_a_relation_can_be_put_off(void **state)
{
	static const struct {
		const char *args, *message;
	} cases[] = {
		{ "{\"seconds\": 5}",
		    "hook-defer: only a hook of a relation can be put off" },
		{ "{\"seconds\": -1}",
		    "hook-defer: argument \"seconds\" is not a number from 0 "
		    "to 86400" },
		{ "{}",
		    "hook-defer: argument \"seconds\" is not a number from 0 "
		    "to 86400" },
	};
	struct world *w = *state;

	world_deploy(w, "db", 1);
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *params =
		    xasprintf("{\"tool\": \"hook-defer\", \"args\": %s}",
			cases[i].args);
		json_auto_t *task = world_run(w, "db/0", "call", params);

		assert_string_equal(json_text(task, "status", ""), "failed");
		assert_string_equal(json_text(task, "message", ""),
		    cases[i].message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_removal_says_what_it_waits_for_and_goes_on),
		world_test(the_unit_is_not_in_error_and_serves_others),
		world_test(a_unit_that_is_removed_does_not_wait),
		world_test(only_a_hook_of_a_relation_can_be_put_off),
	};

	return cmocka_run_group_tests_name("engine/deferred", tests, NULL,
	    NULL);
}
