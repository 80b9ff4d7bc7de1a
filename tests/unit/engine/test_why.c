/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps something, and what would mend it. */

#include "world.h"

/* The causes of it: a new reference. */
static json_t *
causes_of(struct world *w, const char *subject, const char *state)
{
	autofree char *args = xasprintf("{\"subject\": \"%s\"}", subject);
	json_auto_t *reply = world_call(w, verb_why, NULL, args);

	assert_string_equal(json_text(reply, "subject", ""), subject);
	assert_string_equal(json_text(reply, "state", ""), state);
	return json_incref(json_object_get(reply, "causes"));
}

static void
assert_member(const json_t *cause, const char *key, const char *expected)
{
	assert_string_equal(json_text(cause, key, ""), expected);
}

static void
assert_well(struct world *w, const char *subject, const char *state)
{
	json_auto_t *causes = causes_of(w, subject, state);
	autofree char *text = json_line(causes);

	assert_string_equal(text, "[]");
}

static void
say(struct world *w, const char *status, const char *message)
{
	autofree char *params = xasprintf("{\"tool\": \"status-set\", "
					  "\"args\": {\"status\": \"%s\", "
					  "\"message\": \"%s\"}}",
	    status, message);
	json_auto_t *task = world_run(w, "web/0", "call", params);

	assert_string_equal(json_text(task, "status", ""), "completed");
}

static void
what_is_well_has_no_causes(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	world_deploy(w, "db", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	assert_well(w, "web", "active");
	assert_well(w, "web/0", "active");
	assert_well(w, "1", "joined");
	assert_well(w, "db web:backend", "joined");
}

static void
what_is_not_there_is_refused(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	world_refused(w, verb_why, NULL, "{\"subject\": \"we\"}",
	    "application \"we\" not found");
	assert_string_equal(w->err.hint,
	    "\"tenon status\" shows what there is");
	world_refused(w, verb_why, NULL, "{\"subject\": \"web/7\"}",
	    "unit \"web/7\" not found");
	world_refused(w, verb_why, NULL, "{\"subject\": \"99\"}",
	    "relation 99 not found");
	world_refused(w, verb_why, NULL, "{\"subject\": \"web db\"}",
	    "application \"db\" not found");
}

static void
a_hook_that_failed_is_a_cause_with_its_next_try(void **state)
{
	struct world *w = *state;
	json_auto_t *causes = NULL;
	const json_t *cause;

	world_deploy(w, "web", 1);
	world_rule(w, "web", "config-changed", "fail");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_unit(w, "web/0", "error");
	causes = causes_of(w, "web", "error");
	assert_int_equal(json_array_size(causes), 1);
	cause = json_array_get(causes, 0);
	assert_member(cause, "subject", "web/0");
	assert_member(cause, "cause",
	    "hook failed: \"config-changed\": told to fail");
	assert_member(cause, "command", "tenon resolved web/0");
	assert_non_null(
	    strstr(json_text(cause, "waits-for", ""), "try 2 of the hook"));
	assert_non_null(json_text(cause, "since", NULL));
}

static void
a_charm_that_is_blocked_is_mended_by_what_it_asks_for(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *message, *command;
	} cases[] = {
		{ "Please relate me", "tenon relate web:backend db:database" },
		{ "Please give a size", "tenon config web size=VALUE" },
		{ "Please remove relation and add it again",
		    "tenon relate web:backend db:database" },
		{ "Nobody knows", "tenon config web" },
	};

	world_deploy(w, "web", 1);
	world_deploy(w, "db", 1);
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *causes = NULL;
		autofree char *cause = NULL;

		say(w, "blocked", cases[i].message);
		causes = causes_of(w, "web/0", "blocked");
		assert_int_equal(json_array_size(causes), 1);
		cause = xasprintf("its charm says blocked: %s",
		    cases[i].message);
		assert_member(json_array_get(causes, 0), "cause", cause);
		assert_member(json_array_get(causes, 0), "command",
		    cases[i].command);
	}
}

static void
who_waits_for_another_is_told_for_whom(void **state)
{
	struct world *w = *state;
	json_auto_t *causes = NULL;

	world_deploy(w, "web", 1);
	world_deploy(w, "db", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	say(w, "waiting", "for db");
	world_rule(w, "db", "config-changed", "fail");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}");
	world_await_unit(w, "db/0", "error");
	causes = causes_of(w, "web/0", "waiting");
	assert_int_equal(json_array_size(causes), 1);
	assert_member(json_array_get(causes, 0), "waits-for",
	    "db/0: \"tenon why db/0\"");
}

static void
a_hook_that_runs_is_a_cause(void **state)
{
	struct world *w = *state;
	json_auto_t *causes = NULL;

	world_deploy(w, "web", 1);
	world_rule(w, "web", "config-changed", "gate");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "web", "web/0 config-changed");
	causes = causes_of(w, "web/0", "active");
	assert_int_equal(json_array_size(causes), 1);
	assert_member(json_array_get(causes, 0), "cause",
	    "it is running config-changed hook");
	world_open_gate(w, "web");
	world_settle(w);
	assert_well(w, "web/0", "active");
}

static void
a_relation_that_goes_says_who_has_yet_to_leave(void **state)
{
	struct world *w = *state;
	json_auto_t *causes = NULL;
	autofree char *text = NULL;

	world_deploy(w, "web", 1);
	world_deploy(w, "db", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_rule(w, "db", "database-relation-broken", "fail");
	world_begin(w, verb_remove_relation, NULL, "{\"id\": 1}");
	world_await_unit(w, "db/0", "error");
	causes = causes_of(w, "1", "broken");
	assert_member(json_array_get(causes, 0), "command",
	    "tenon remove-relation 1 --force");
	assert_non_null(json_text(json_array_get(causes, 0), "since", NULL));
	text = json_line(causes);
	assert_non_null(strstr(text, "tenon resolved db/0"));
}

static void
an_application_without_units_needs_one(void **state)
{
	struct world *w = *state;
	json_auto_t *causes = NULL;

	world_deploy(w, "web", 1);
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"web/0\"], \"wait\": true}");
	causes = causes_of(w, "web", "unknown");
	assert_int_equal(json_array_size(causes), 1);
	assert_member(json_array_get(causes, 0), "command",
	    "tenon add-unit web");
}

static void
a_store_that_refuses_is_everybodys_cause(void **state)
{
	struct world *w = *state;
	json_auto_t *causes = NULL;

	world_deploy(w, "web", 1);
	world_rule(w, "web", "config-changed", "fail");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_break_store(w);
	world_await_unit(w, "web/0", "error");
	causes = causes_of(w, "web/0", "error");
	assert_non_null(
	    strstr(json_text(json_array_get(causes, 0), "cause", ""),
		"the store cannot be written"));
	world_mend_store(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(what_is_well_has_no_causes),
		world_test(what_is_not_there_is_refused),
		world_test(a_hook_that_failed_is_a_cause_with_its_next_try),
		world_test(
		    a_charm_that_is_blocked_is_mended_by_what_it_asks_for),
		world_test(who_waits_for_another_is_told_for_whom),
		world_test(a_hook_that_runs_is_a_cause),
		world_test(a_relation_that_goes_says_who_has_yet_to_leave),
		world_test(an_application_without_units_needs_one),
		world_test(a_store_that_refuses_is_everybodys_cause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
