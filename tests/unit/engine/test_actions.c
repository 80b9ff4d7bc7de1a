/* SPDX-License-Identifier: Apache-2.0 */
/* Actions and their tasks. */

#include "world.h"

static const char *
status_of(const json_t *task)
{
	return json_text(task, "status", "");
}

static void
an_action_gives_back_what_the_charm_sets(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;
	json_auto_t *expected = json_pack("{s:s}", "value", "db/0 is here");

	world_deploy(w, "db", 1);
	json_decref(world_run(w, "db/0", "call",
	    "{\"tool\": \"state-set\", \"args\": {\"values\": {\"k\": "
	    "\"db/0 is here\"}}}"));
	task = world_run(w, "db/leader", "call",
	    "{\"tool\": \"state-get\", \"args\": {\"key\": \"k\"}}");
	assert_string_equal(status_of(task), "completed");
	assert_string_equal(json_text(task, "unit", ""), "db/0");
	assert_true(json_equal(json_object_get(task, "results"), expected));
	assert_non_null(json_text(task, "enqueued", NULL));
	assert_non_null(json_text(task, "started", NULL));
	assert_non_null(json_text(task, "completed", NULL));
}

static void
an_action_that_gives_up_keeps_its_results(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;
	json_auto_t *expected = json_pack("{s:{s:{s:s}}}", "got", "so", "far",
	    "half");

	world_deploy(w, "db", 1);
	task = world_run(w, "db/0", "give-up", "{}");
	assert_string_equal(status_of(task), "failed");
	assert_string_equal(json_text(task, "message", ""), "no more");
	assert_true(json_equal(json_object_get(task, "results"), expected));
	/* The unit is well. */
	assert_null(world_unit(w, "db/0")->local.failed_hook);
	assert_true(world_is_settled(w));
}

static void
an_action_that_crashes_has_failed(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL, *next = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "give-up", "exit");
	task = world_run(w, "db/0", "give-up", "{}");
	assert_string_equal(status_of(task), "failed");
	assert_string_equal(json_text(task, "message", ""),
	    "the charm ended: exit status 3");
	assert_null(world_unit(w, "db/0")->local.failed_hook);
	next = world_run(w, "db/0", "call", "{\"tool\": \"is-leader\"}");
	assert_string_equal(status_of(next), "completed");
}

static void
a_shell_charm_has_actions_too(void **state)
{
	struct world *w = *state;
	autofree char *dispatch = xasprintf("%s/shell/dispatch", w->charms);
	json_auto_t *good = NULL, *bad = NULL;

	assert_int_equal(
	    file_write(dispatch, 0755,
		"#!/bin/sh\n[ \"$JUJU_ACTION_NAME\" != give-up ]\n", &w->err),
	    0);
	world_deploy(w, "shell", 1);
	good = world_run(w, "shell/0", "serve", "{}");
	bad = world_run(w, "shell/0", "give-up", "{}");
	assert_string_equal(status_of(good), "completed");
	assert_string_equal(status_of(bad), "failed");
	assert_string_equal(json_text(bad, "message", ""),
	    "the charm ended: exit status 1");
}

/* It is asked for in the middle of the first hook, and runs after the last. */
static void
an_action_runs_after_the_hooks_that_are_owed(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;
	autofree char *seen = NULL;

	world_rule(w, "db", "install", "gate");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_seen(w, "db", "db/0 install");
	world_rule(w, "db", "install", NULL);
	world_open_gate(w, "db");
	task = world_run(w, "db/0", "credentials", "{}");
	assert_string_equal(status_of(task), "completed");
	seen = world_seen(w, "db");
	assert_string_equal(strstr(seen, "db/0 start"),
	    "db/0 start\n"
	    "db/0 credentials\n");
}

static void
an_action_right_after_relate_sees_the_data(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 2);
	world_deploy(w, "web", 2);
	for (int i = 1; i <= 5; i++) {
		json_auto_t *task = NULL;
		autofree char *expected = xasprintf("database:%d", i);
		const json_t *results;

		world_do(w, verb_relate, NULL,
		    "{\"endpoints\": [\"web\", \"db\"]}");
		task = world_run(w, i % 2 ? "web/leader" : "web/1",
		    "credentials", "{}");
		results = json_object_get(task, "results");
		assert_string_equal(json_text(json_object_get(results, "db"),
					"password", "none"),
		    expected);
		world_do(w, verb_remove_relation, NULL,
		    "{\"endpoints\": [\"web\", \"db\"]}");
	}
}

static void
the_actions_of_a_unit_run_in_their_order(void **state)
{
	struct world *w = *state;
	autofree char *seen = NULL;

	world_deploy(w, "db", 1);
	world_forget_seen(w, "db");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"credentials\"}");
	assert_false(world_is_settled(w));
	world_settle(w);
	seen = world_seen(w, "db");
	assert_string_equal(seen,
	    "db/0 give-up\n"
	    "db/0 credentials\n");
}

static void
what_cannot_be_run_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		const char *args, *message;
	} cases[] = {
		{ "{\"units\": [\"db/0\"]}", "field \"action\" is missing" },
		{ "{\"units\": [], \"action\": \"call\"}",
		    "no unit specified" },
		{ "{\"action\": \"call\"}", "no unit specified" },
		{ "{\"units\": [\"db\"], \"action\": \"call\"}",
		    "invalid unit or action name \"db\"" },
		{ "{\"units\": [7], \"action\": \"call\"}",
		    "invalid unit or action name \"\"" },
		{ "{\"units\": [\"x/0\"], \"action\": \"call\"}",
		    "application \"x\" not found" },
		{ "{\"units\": [\"db/0\", \"db/9\"], \"action\": \"call\"}",
		    "unit \"db/9\" not found" },
		{ "{\"units\": [\"db/0\"], \"action\": \"dance\"}",
		    "action \"dance\" not defined on unit \"db/0\"" },
	};
	struct world *w = *state;
	int64_t next;

	world_deploy(w, "db", 1);
	next = world_model(w)->next_operation;
	for (size_t i = 0; i < nitems(cases); i++)
		world_refused(w, verb_run_action, NULL, cases[i].args,
		    cases[i].message);
	assert_true(RB_EMPTY(&world_model(w)->tasks));
	assert_int_equal(world_model(w)->next_operation, next);
	world_refused(w, verb_show_task, "77", "{}", "task 77 not found");
	world_refused(w, verb_show_task, "7x", "{}",
	    "task ID \"7x\" not valid");
	world_refused(w, verb_show_task, "", "{}", "task ID \"\" not valid");
}

/* Operations and tasks share their numbers. */
static void
one_operation_has_a_task_for_each_unit(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL;
	json_auto_t *expected = json_pack("{s:s, s:[{s:s, s:s}, {s:s, s:s}]}",
	    "operation", "1", "tasks", "id", "2", "unit", "db/0", "id", "3",
	    "unit", "db/1");

	world_deploy(w, "db", 2);
	reply = world_call(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\", \"db/1\"], \"action\": \"call\"}");
	assert_true(json_equal(reply, expected));
}

static void
an_action_cut_off_by_a_restart_has_failed(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL, *waiting = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "give-up", "gate");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_await_seen(w, "db", "db/0 give-up");
	world_restart(w);
	task = world_call(w, verb_show_task, "2", "{}");
	waiting = world_call(w, verb_show_task, "4", "{}");
	assert_string_equal(status_of(task), "failed");
	assert_string_equal(status_of(waiting), "failed");
	assert_string_equal(json_text(task, "message", ""),
	    "cut off by a restart of tenond");
	world_settle(w);
}

static void
the_task_of_a_unit_that_goes_has_failed(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "stop", "gate");
	world_begin(w, verb_remove_units, NULL, "{\"units\": [\"db/0\"]}");
	world_await_seen(w, "db", "db/0 stop");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_open_gate(w, "db");
	task = world_call(w, verb_show_task, "2", "{\"wait\": true}");
	assert_string_equal(status_of(task), "failed");
	assert_string_equal(json_text(task, "message", ""),
	    "unit db/0 has been removed");
}

static void
old_tasks_are_forgotten(void **state)
{
	struct world *w = *state;
	struct model *m = world_model(w);
	struct task *t;
	int n = 0;

	world_deploy(w, "db", 1);
	for (int i = 0; i < 1100; i++) {
		t = task_add(m, 1, "db/0", "give-up", 1);
		task_end(t, TASK_COMPLETED, NULL, 2);
	}
	engine_commit_late(w->engine);
	json_decref(world_run(w, "db/0", "give-up", "{}"));
	RB_FOREACH(t, task_tree, &m->tasks)
		n++;
	assert_int_equal(n, 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(an_action_gives_back_what_the_charm_sets),
		world_test(an_action_that_gives_up_keeps_its_results),
		world_test(an_action_that_crashes_has_failed),
		world_test(a_shell_charm_has_actions_too),
		world_test(an_action_runs_after_the_hooks_that_are_owed),
		world_test(an_action_right_after_relate_sees_the_data),
		world_test(the_actions_of_a_unit_run_in_their_order),
		world_test(what_cannot_be_run_is_refused_and_leaves_nothing),
		world_test(one_operation_has_a_task_for_each_unit),
		world_test(an_action_cut_off_by_a_restart_has_failed),
		world_test(the_task_of_a_unit_that_goes_has_failed),
		world_test(old_tasks_are_forgotten),
	};

	return cmocka_run_group_tests_name("engine/actions", tests, NULL, NULL);
}
