/* SPDX-License-Identifier: Apache-2.0 */
/* What the journal says of each operation, and how it is searched. */

#include "world.h"

/* The newest entry of that name about the subject: a new reference. */
static json_t *
newest(struct world *w, const char *subject, const char *name)
{
	autofree char *args = xasprintf("{\"subject\": \"%s\"}", subject);
	json_auto_t *reply = world_call(w, verb_journal, NULL, args);
	const json_t *entries = json_object_get(reply, "entries");
	json_t *entry;

	for (size_t i = json_array_size(entries); i > 0; i--) {
		entry = json_array_get(entries, i - 1);
		if (strcmp(json_text(entry, "name", ""), name) == 0 &&
		    strcmp(json_text(entry, "subject", ""), subject) == 0)
			return json_incref(entry);
	}
	fail_msg("no entry %s of %s", name, subject);
	return NULL;
}

static void
assert_cause(struct world *w, const char *subject, const char *name,
    const char *cause)
{
	json_auto_t *entry = newest(w, subject, name);

	assert_string_equal(json_text(entry, "cause", ""), cause);
	assert_true(json_int(entry, "ms", -1) >= 0);
}

/* Whether a hook of it has somebody who asked for what it is about. */
static bool
was_asked_for(struct world *w, const char *subject, const char *name)
{
	json_auto_t *entry = newest(w, subject, name);

	return json_text(entry, "user", NULL) != NULL;
}

static void
begin(struct world *w)
{
	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
}

static void
each_hook_has_its_cause_and_who_asked(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *unit, *hook, *cause;
		bool asked;
	} cases[] = {
		{ "db/0", "install", "the unit was added", true },
		{ "db/0", "cluster-relation-created",
		    "the unit was added to its peers", true },
		{ "db/0", "leader-elected", "the unit has become the leader",
		    false },
		{ "web/0", "config-changed", "the unit is about to start",
		    true },
		{ "web/0", "backend-relation-created",
		    "relation 1 with db was added", true },
		{ "web/0", "backend-relation-joined",
		    "db/0 has joined relation 1", true },
		{ "web/0", "backend-relation-changed",
		    "db has said something in relation 1", false },
	};

	begin(w);
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_cause(w, cases[i].unit, cases[i].hook, cases[i].cause);
		assert_int_equal(was_asked_for(w, cases[i].unit, cases[i].hook),
		    cases[i].asked);
	}
}

static void
a_change_of_options_and_a_removal_are_told(void **state)
{
	struct world *w = *state;

	begin(w);
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_settle(w);
	assert_cause(w, "web/0", "config-changed",
	    "options of the application were changed");
	world_do(w, verb_remove_relation, NULL, "{\"id\": 1}");
	world_settle(w);
	assert_cause(w, "web/0", "backend-relation-departed",
	    "db/0 leaves relation 1");
	assert_cause(w, "web/0", "backend-relation-broken",
	    "relation 1 is being removed");
	world_do(w, verb_remove_application, "web", "{\"wait\": true}");
	assert_cause(w, "web/0", "stop", "the unit is being removed");
	assert_true(was_asked_for(w, "web/0", "stop"));
}

static void
a_repeated_hook_says_which_try_it_is(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	world_rule(w, "web", "config-changed", "fail");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_unit(w, "web/0", "error");
	world_rule(w, "web", "config-changed", NULL);
	world_do(w, verb_resolved, NULL, "{\"units\": [\"web/0\"]}");
	world_settle(w);
	assert_cause(w, "web/0", "config-changed",
	    "options of the application were changed; try 2");
}

static void
who_asked_is_known_after_a_restart(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	world_rule(w, "web", "config-changed", "hang");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "web", "web/0 config-changed");
	world_down(w);
	world_rule(w, "web", "config-changed", NULL);
	world_up(w);
	world_settle(w);
	assert_cause(w, "web/0", "config-changed",
	    "options of the application were changed");
	assert_true(was_asked_for(w, "web/0", "config-changed"));
}

static void
an_action_is_its_askers(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL, *entry = NULL;
	autofree char *cause = NULL;

	world_deploy(w, "db", 1);
	task = world_run(w, "db/0", "call",
	    "{\"tool\": \"is-leader\", \"args\": {}}");
	entry = newest(w, "db/0", "call");
	cause = xasprintf("task %s", json_text(task, "id", "?"));
	assert_string_equal(json_text(entry, "kind", ""), "action");
	assert_string_equal(json_text(entry, "cause", ""), cause);
	assert_non_null(json_text(entry, "user", NULL));
}

static size_t
count(struct world *w, const char *args)
{
	json_auto_t *reply = world_call(w, verb_journal, NULL, args);

	return json_array_size(json_object_get(reply, "entries"));
}

static void
it_is_searched_by_what_its_entries_have(void **state)
{
	struct world *w = *state;

	begin(w);
	assert_int_equal(count(w, "{\"kind\": \"request\"}"), 4);
	assert_int_equal(count(w, "{\"kind\": \"service\"}"), 0);
	assert_int_equal(count(w, "{\"result\": \"failed\"}"), 0);
	assert_int_equal(count(w, "{\"user\": \"nobody at all\"}"), 0);
	/* deploy and relate; the units' hooks; none of web's. */
	assert_int_equal(count(w,
			     "{\"subject\": \"db\", \"kind\": \"request\"}"),
	    2);
	assert_true(count(w, "{\"subject\": \"db\", \"kind\": \"hook\"}") > 3);
	assert_int_equal(count(w, "{\"subject\": \"1\"}"), 1);
	assert_int_equal(count(w, "{\"age\": 3600000, \"limit\": 3}"), 3);
}

static void
what_is_unknown_is_refused_and_what_is_gone_is_not(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	world_refused(w, verb_journal, NULL, "{\"subject\": \"we\"}",
	    "the journal of model \"m\" knows no \"we\"");
	world_refused(w, verb_journal, NULL, "{\"kind\": \"hoof\"}",
	    "the journal has no kind \"hoof\"");
	assert_string_equal(w->err.hint,
	    "it has request, hook, action, service, forced, removed");
	world_refused(w, verb_journal, NULL, "{\"result\": \"good\"}",
	    "the journal has no result \"good\"");
	world_do(w, verb_remove_application, "web", "{\"wait\": true}");
	assert_true(count(w, "{\"subject\": \"web\"}") > 3);
	assert_true(count(w, "{\"subject\": \"web/0\"}") > 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(each_hook_has_its_cause_and_who_asked),
		world_test(a_change_of_options_and_a_removal_are_told),
		world_test(a_repeated_hook_says_which_try_it_is),
		world_test(who_asked_is_known_after_a_restart),
		world_test(an_action_is_its_askers),
		world_test(it_is_searched_by_what_its_entries_have),
		world_test(what_is_unknown_is_refused_and_what_is_gone_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
