/* SPDX-License-Identifier: Apache-2.0 */
/* --dry-run: what would happen, and that nothing has. */

#include "plans.h"

#include "base/strbuf.h"

static void
assert_plan(struct world *w, engine_verb *verb, const char *subject,
    const char *args, const char *expected)
{
	autofree char *before = plans_snapshot(w), *after = NULL, *text = NULL;
	json_auto_t *reply = world_call(w, verb, subject, args);

	after = plans_snapshot(w);
	text = plans_text(reply);
	assert_string_equal(text, expected);
	assert_string_equal(after, before);
	assert_false(plans_is_busy(w));
}

/* ---- tests ---- */

static void
begin(struct world *w)
{
	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_settle(w);
	world_forget_seen(w, "db");
	world_forget_seen(w, "web");
}

static void
relate(struct world *w)
{
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
}

static void
a_relation_that_would_be_added_is_foreseen(void **state)
{
	struct world *w = *state;

	begin(w);
	assert_plan(w, verb_relate, NULL,
	    "{\"endpoints\": [\"web\", \"db\"], \"dry-run\": true}",
	    "db/0 runs database-relation-created; "
	    "db/1 runs database-relation-created; "
	    "web/0 runs backend-relation-created; "
	    "db/0 runs database-relation-joined; "
	    "db/1 runs database-relation-joined; "
	    "web/0 runs backend-relation-joined; "
	    "db/0 runs database-relation-changed; "
	    "db/1 runs database-relation-changed; "
	    "web/0 runs backend-relation-changed; "
	    "web/0 runs backend-relation-joined; "
	    "web/0 runs backend-relation-changed; ");
	/* It can be made as if nobody had asked: with the same number. */
	relate(w);
	assert_non_null(world_relation(w, 1));
}

static void
a_relation_that_would_be_removed_is_foreseen(void **state)
{
	struct world *w = *state;

	begin(w);
	relate(w);
	assert_plan(w, verb_remove_relation, NULL,
	    "{\"id\": 1, \"dry-run\": true}",
	    "db/0 runs database-relation-departed; "
	    "db/1 runs database-relation-departed; "
	    "web/0 runs backend-relation-departed; "
	    "db/0 runs database-relation-broken; "
	    "db/1 runs database-relation-broken; "
	    "web/0 runs backend-relation-departed; "
	    "web/0 runs backend-relation-broken; ");
	world_do(w, verb_remove_relation, NULL, "{\"id\": 1}");
	assert_null(world_relation(w, 1));
}

static void
a_change_of_options_is_foreseen_and_none_is_none(void **state)
{
	struct world *w = *state;

	begin(w);
	assert_plan(w, verb_set_config, "db",
	    "{\"set\": {\"size\": \"7\"}, \"dry-run\": true}",
	    "db/0 runs config-changed; db/1 runs config-changed; ");
	assert_false(world_has_seen(w, "db", "db/0 config-changed"));
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}");
	world_settle(w);
	assert_true(world_has_seen(w, "db", "db/0 config-changed"));
	assert_plan(w, verb_set_config, "db",
	    "{\"set\": {\"size\": \"7\"}, \"dry-run\": true}", "");
}

static void
a_removal_is_foreseen_with_the_storage(void **state)
{
	struct world *w = *state;

	begin(w);
	relate(w);
	assert_plan(w, verb_remove_application, "web",
	    "{\"wait\": true, \"force\": false, \"dry-run\": true}",
	    "db/0 runs database-relation-departed; "
	    "db/1 runs database-relation-departed; "
	    "web/0 runs backend-relation-departed; "
	    "db/0 runs database-relation-broken; "
	    "db/1 runs database-relation-broken; "
	    "web/0 runs backend-relation-departed; "
	    "web/0 runs backend-relation-broken; "
	    "web/0 runs stop; web/0 runs remove; web/0 is taken out; ");
	assert_non_null(world_find_unit(w, "web/0"));
	world_do(w, verb_remove_application, "web", "{\"wait\": true}");
	assert_null(world_find_unit(w, "web/0"));
}

static void
a_unit_that_would_be_removed_keeps_its_storage_or_not(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *args, *cause;
	} cases[] = {
		{ "{\"units\": [\"db/1\"], \"dry-run\": true}",
		    "its storage is kept" },
		{ "{\"units\": [\"db/1\"], \"dry-run\": true, "
		  "\"destroy-storage\": true}",
		    "its storage is destroyed" },
	};

	begin(w);
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *before = plans_snapshot(w), *after = NULL;
		json_auto_t *reply = world_call(w, verb_remove_units, NULL,
		    cases[i].args);
		const json_t *plan = json_object_get(reply, "plan"), *step;
		bool found = false;

		after = plans_snapshot(w);
		assert_string_equal(after, before);
		for (size_t n = 0; n < json_array_size(plan); n++) {
			step = json_array_get(plan, n);
			found |= strcmp(json_text(step, "step", ""),
				     "is taken out") == 0 &&
			    strcmp(json_text(step, "cause", ""),
				cases[i].cause) == 0;
		}
		assert_true(found);
	}
}

static void
a_unit_that_would_be_added_takes_no_number(void **state)
{
	struct world *w = *state;

	begin(w);
	for (int i = 0; i < 3; i++) {
		autofree char *before = plans_snapshot(w), *after = NULL;
		json_auto_t *reply = world_call(w, verb_add_unit, "db",
		    "{\"units\": 2, \"dry-run\": true}");
		autofree char *text = plans_text(reply);

		after = plans_snapshot(w);
		assert_string_equal(after, before);
		assert_non_null(strstr(text, "db/2 runs install; "));
		assert_non_null(strstr(text, "db/3 runs start; "));
	}
	world_do(w, verb_add_unit, "db", "{}");
	world_settle(w);
	assert_non_null(world_find_unit(w, "db/2"));
}

static void
what_is_refused_is_refused_and_nobody_is_named(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL;

	begin(w);
	world_refused(w, verb_relate, NULL,
	    "{\"endpoints\": [\"web\", \"nobody\"], \"dry-run\": true}",
	    "application \"nobody\" not found");
	world_do(w, verb_set_config, "db",
	    "{\"set\": {\"size\": \"7\"}, \"dry-run\": true}");
	reply = world_call(w, verb_journal, NULL,
	    "{\"subject\": \"db\", \"kind\": \"request\"}");
	assert_int_equal(json_array_size(json_object_get(reply, "entries")), 1);
}

static void
force_ends_no_hook_of_a_plan(void **state)
{
	struct world *w = *state;
	autofree char *before = NULL, *after = NULL;

	begin(w);
	world_rule(w, "web", "config-changed", "gate");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "web", "web/0 config-changed");
	before = plans_snapshot(w);
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"web/0\"], \"force\": true, \"wait\": true, "
	    "\"dry-run\": true}");
	after = plans_snapshot(w);
	assert_string_equal(after, before);
	world_open_gate(w, "web");
	world_settle(w);
	assert_non_null(world_find_unit(w, "web/0"));
}

/* ---- charms that foresee ---- */

/* "wise/0 runs x [sql] (note); " for what has been said of a step. */
static char *
said_text(const json_t *reply)
{
	struct strbuf sb = { 0 };
	const json_t *step, *s;
	size_t i, k;

	json_array_foreach(json_child(reply, "plan", JSON_ARRAY), i, step) {
		if (json_object_get(step, "foreseen") == NULL)
			continue;
		strbuf_addf(&sb, "%s %s", json_text(step, "unit", ""),
		    json_text(step, "step", ""));
		json_array_foreach(json_object_get(step, "told"), k, s) {
			if (json_text(s, "sql", NULL) != NULL)
				strbuf_addf(&sb, " [%s]",
				    json_text(s, "sql", ""));
			else
				strbuf_addf(&sb, " (%s)",
				    json_text(s, "note", ""));
		}
		strbuf_adds(&sb, "; ");
	}
	return strbuf_detach(&sb);
}

static void
assert_said(struct world *w, engine_verb *verb, const char *subject,
    const char *args, const char *expected)
{
	autofree char *before = plans_snapshot(w), *after = NULL, *text = NULL;
	json_auto_t *reply = world_call(w, verb, subject, args);

	after = plans_snapshot(w);
	text = said_text(reply);
	assert_string_equal(text, expected);
	assert_string_equal(after, before);
	assert_false(plans_is_busy(w));
	assert_true(TAILQ_EMPTY(&w->engine->plans));
}

static void
begin_wise(struct world *w)
{
	world_deploy(w, "wise", 1);
	world_deploy(w, "web", 1);
	world_settle(w);
	world_forget_seen(w, "wise");
	world_forget_seen(w, "web");
}

#define SIZE_7 "{\"set\": {\"size\": \"7\"}, \"dry-run\": true}"

static void
a_charm_says_what_it_would_do_and_does_nothing(void **state)
{
	struct world *w = *state;

	begin_wise(w);
	assert_said(w, verb_set_config, "wise", SIZE_7,
	    "wise/0 runs config-changed [DO 'config-changed';]; ");
	assert_false(world_has_seen(w, "wise", "wise/0 config-changed"));
	/* Who does not say that it foresees is not asked. */
	assert_said(w, verb_set_config, "web", SIZE_7, "");
}

static void
what_a_charm_would_write_is_there_for_the_next(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL;
	autofree char *text = NULL;

	begin_wise(w);
	reply = world_call(w, verb_relate, NULL,
	    "{\"endpoints\": [\"web\", \"wise\"], \"dry-run\": true}");
	text = plans_text(reply);
	/* It answers when it is joined: then the other side has news. */
	assert_string_equal(text,
	    "web/0 runs backend-relation-created; "
	    "wise/0 runs database-relation-created; "
	    "web/0 runs backend-relation-joined; "
	    "wise/0 runs database-relation-joined; "
	    "web/0 runs backend-relation-changed; "
	    "wise/0 runs database-relation-changed; "
	    "web/0 runs backend-relation-changed; ");
	assert_null(world_relation(w, 1));
}

static void
what_a_charm_cannot_foresee_is_said(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *rule, *note;
	} cases[] = {
		{ "fail",
		    "what it would do is not foreseen further: told to fail" },
		{ "exit",
		    "what it would do is not foreseen further: the charm "
		    "ended: exit status 3" },
		{ "hang",
		    "what it would do is not foreseen further: the charm has "
		    "not answered in time" },
	};

	begin_wise(w);
	w->engine->timing.plan_ms = 300;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *expected = xasprintf(
		    "wise/0 runs config-changed [DO 'config-changed';] (%s); ",
		    cases[i].note);

		world_rule(w, "wise", "config-changed", cases[i].rule);
		assert_said(w, verb_set_config, "wise", SIZE_7, expected);
	}
}

static void
a_charm_that_is_not_there_is_said(void **state)
{
	struct world *w = *state;
	autofree char *dispatch = NULL, *text = NULL;
	json_auto_t *reply = NULL;

	begin_wise(w);
	dispatch = xasprintf("%s/wise/dispatch", w->charms);
	assert_int_equal(unlink(dispatch), 0);
	reply = world_call(w, verb_set_config, "wise", SIZE_7);
	text = said_text(reply);
	assert_non_null(strstr(text, "not foreseen further: "));
}

static void
a_hook_that_would_be_put_off_is_said(void **state)
{
	struct world *w = *state;

	begin_wise(w);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"wise\"]}");
	world_settle(w);
	world_rule(w, "wise", "database-relation-broken", "defer");
	assert_said(w, verb_remove_relation, NULL,
	    "{\"id\": 1, \"dry-run\": true}",
	    "wise/0 runs database-relation-broken "
	    "[DO 'database-relation-broken';] "
	    "(it would be put off: told to wait); ");
	assert_non_null(world_relation(w, 1));
}

/* The request ends, and nobody fetches the plan. */
static void
a_plan_that_nobody_waits_for_ends_with_the_engine(void **state)
{
	struct world *w = *state;

	begin_wise(w);
	world_rule(w, "wise", "config-changed", "hang");
	world_begin(w, verb_set_config, "wise", SIZE_7);
	assert_false(TAILQ_EMPTY(&w->engine->plans));
	world_restart(w);
	assert_true(TAILQ_EMPTY(&w->engine->plans));
	assert_false(world_has_seen(w, "wise", "wise/0 config-changed"));
}

/* The charm's own process may be at work on something else meanwhile. */
static void
a_plan_waits_for_no_hook(void **state)
{
	struct world *w = *state;

	begin_wise(w);
	world_rule(w, "wise", "credentials", "gate");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"wise/0\"], \"action\": \"credentials\"}");
	world_await_seen(w, "wise", "wise/0 credentials");
	{
		json_auto_t *reply = world_call(w, verb_set_config, "wise",
		    SIZE_7);
		autofree char *text = said_text(reply);

		assert_string_equal(text,
		    "wise/0 runs config-changed [DO 'config-changed';]; ");
	}
	world_open_gate(w, "wise");
	world_settle(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_relation_that_would_be_added_is_foreseen),
		world_test(a_relation_that_would_be_removed_is_foreseen),
		world_test(a_change_of_options_is_foreseen_and_none_is_none),
		world_test(a_removal_is_foreseen_with_the_storage),
		world_test(
		    a_unit_that_would_be_removed_keeps_its_storage_or_not),
		world_test(a_unit_that_would_be_added_takes_no_number),
		world_test(what_is_refused_is_refused_and_nobody_is_named),
		world_test(force_ends_no_hook_of_a_plan),
		world_test(a_charm_says_what_it_would_do_and_does_nothing),
		world_test(what_a_charm_would_write_is_there_for_the_next),
		world_test(what_a_charm_cannot_foresee_is_said),
		world_test(a_charm_that_is_not_there_is_said),
		world_test(a_hook_that_would_be_put_off_is_said),
		world_test(a_plan_that_nobody_waits_for_ends_with_the_engine),
		world_test(a_plan_waits_for_no_hook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
