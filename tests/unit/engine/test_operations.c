/* SPDX-License-Identifier: Apache-2.0 */
/* Operations: what their tasks are together; and commands. */

#include "model/task.h"
#include "model/words.h"
#include "world.h"

static const char *
status_of(const json_t *task)
{
	return json_text(task, "status", "");
}

static void
an_operation_says_how_its_tasks_are_together(void **state)
{
	static const struct {
		const char *first, *second, *expected;
	} cases[] = {
		{ "completed", "completed", "completed" },
		{ "completed", "pending", "running" },
		{ "pending", "pending", "pending" },
		{ "running", "failed", "running" },
		{ "completed", "failed", "failed" },
		{ "cancelled", "completed", "cancelled" },
		{ "cancelled", "aborted", "aborted" },
	};
	struct world *w = *state;
	struct model *m = world_model(w);
	json_auto_t *reply = NULL;
	const json_t *list;

	world_deploy(w, "db", 1);
	for (size_t i = 0; i < nitems(cases); i++) {
		const char *const words[] = { cases[i].first, cases[i].second };
		int64_t operation = m->next_operation++;

		for (size_t k = 0; k < 2; k++) {
			struct task *t = task_add(m, operation, "other/0", "go",
			    1);
			enum task_state word;

			assert_int_equal(task_parse(words[k], &word), 0);
			task_set_state(t, word);
		}
	}
	reply = world_call(w, verb_operations, NULL, "{}");
	list = json_object_get(reply, "operations");
	assert_int_equal(json_array_size(list), nitems(cases));
	for (size_t i = 0; i < nitems(cases); i++) {
		const json_t *o = json_array_get(list, i);

		assert_string_equal(status_of(o), cases[i].expected);
		assert_string_equal(json_text(o, "summary", ""),
		    "go run on unit-other-0,unit-other-0");
	}
	engine_rollback(w->engine);
}

static void
an_operation_shows_the_results_of_its_tasks(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL, *expected = NULL;
	const json_t *tasks;

	world_deploy(w, "db", 2);
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\", \"db/1\"], \"action\": \"give-up\"}");
	reply = world_call(w, verb_show_operation, "1", "{\"wait\": true}");
	expected = json_pack("{s:{s:{s:s}}}", "got", "so", "far", "half");
	assert_string_equal(status_of(reply), "failed");
	assert_string_equal(json_text(reply, "summary", ""),
	    "give-up run on unit-db-0,unit-db-1");
	assert_non_null(json_text(reply, "completed", NULL));
	tasks = json_object_get(reply, "tasks");
	assert_int_equal(json_array_size(tasks), 2);
	assert_true(
	    json_equal(json_object_get(json_array_get(tasks, 1), "results"),
		expected));
	world_refused(w, verb_show_operation, "2", "{}",
	    "operation 2 not found");
	world_refused(w, verb_show_operation, "x", "{}",
	    "operation ID \"x\" not valid");
}

static void
a_task_that_waits_is_cancelled_and_never_runs(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL, *operation = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "give-up", "gate");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_await_seen(w, "db", "db/0 give-up");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"credentials\"}");
	task = world_call(w, verb_cancel_task, "4", "{}");
	assert_string_equal(status_of(task), "cancelled");
	world_refused(w, verb_cancel_task, "4", "{}",
	    "task 4 is cancelled and cannot be cancelled");
	world_open_gate(w, "db");
	world_settle(w);
	assert_false(world_has_seen(w, "db", "db/0 credentials"));
	operation = world_call(w, verb_show_operation, "3", "{}");
	assert_string_equal(status_of(operation), "cancelled");
}

static void
a_task_that_runs_is_aborted_and_the_unit_goes_on(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL, *later = NULL, *next = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "give-up", "hang");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_await_seen(w, "db", "db/0 give-up");
	task = world_call(w, verb_cancel_task, "2", "{}");
	assert_string_equal(status_of(task), "aborted");
	next = world_run(w, "db/0", "call", "{\"tool\": \"is-leader\"}");
	assert_string_equal(status_of(next), "completed");
	later = world_call(w, verb_show_task, "2", "{}");
	assert_string_equal(status_of(later), "aborted");
	assert_string_equal(json_text(later, "message", ""),
	    "cancelled by a request");
}

/* ---- commands ---- */

static json_t *
run_command(struct world *w, const char *args)
{
	json_auto_t *reply = world_call(w, verb_exec, NULL, args);
	const json_t *task = json_array_get(json_object_get(reply, "tasks"), 0);

	return world_call(w, verb_show_task, json_text(task, "id", ""),
	    "{\"wait\": true}");
}

static void
a_command_says_what_it_wrote_and_how_it_ended(void **state)
{
	static const struct {
		const char *command, *status, *out, *errors;
		int code;
	} cases[] = {
		{ "printf 'a\\nb'", "completed", "a\nb", "", 0 },
		{ "echo no >&2; exit 4", "failed", "", "no\n", 4 },
		{ "echo $JUJU_UNIT_NAME", "completed", "db/0\n", "", 0 },
		{ "printf 'x\\377'", "completed", "x?", "", 0 },
		{ "kill -9 $$", "failed", "", "", 137 },
	};
	struct world *w = *state;

	world_deploy(w, "db", 1);
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *args = json_pack("{s:[s], s:s}", "units",
		    "db/leader", "command", cases[i].command);
		autofree char *text = json_line(args);
		json_auto_t *task = run_command(w, text);
		const json_t *results = json_object_get(task, "results");

		assert_string_equal(status_of(task), cases[i].status);
		assert_string_equal(json_text(results, "stdout", ""),
		    cases[i].out);
		assert_string_equal(json_text(results, "stderr", ""),
		    cases[i].errors);
		assert_int_equal(json_int(results, "return-code", -1),
		    cases[i].code);
	}
	assert_true(world_is_settled(w));
}

static void
a_command_runs_on_a_unit_in_error_where_an_action_does_not(void **state)
{
	struct world *w = *state;
	json_auto_t *action = NULL, *task = NULL;

	world_rule(w, "db", "config-changed", "fail");
	world_begin(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	action = world_run(w, "db/0", "give-up", "{}");
	assert_string_equal(status_of(action), "failed");
	task = run_command(w,
	    "{\"units\": [\"db/0\"], \"command\": \"echo here\"}");
	assert_string_equal(status_of(task), "completed");
	world_rule(w, "db", "config-changed", NULL);
	world_do(w, verb_resolved, NULL, "{\"units\": [\"db/0\"]}");
	world_settle(w);
}

static void
a_command_runs_once_where_it_is_asked_for_twice(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL, *shown = NULL;

	world_deploy(w, "db", 2);
	reply = world_call(w, verb_exec, NULL,
	    "{\"command\": \"true\", \"applications\": [\"db\", \"db\"], "
	    "\"units\": [\"db/1\", \"db/leader\"], "
	    "\"machines\": [\"0\", \"0\"]}");
	assert_int_equal(json_array_size(json_object_get(reply, "tasks")), 3);
	shown = world_call(w, verb_show_operation, "1", "{\"wait\": true}");
	assert_string_equal(json_text(shown, "summary", ""),
	    "juju-exec run on unit-db-1,unit-db-0,machine-0");
}

static void
a_command_that_is_cancelled_is_killed(void **state)
{
	struct world *w = *state;
	json_auto_t *args = NULL, *task = NULL;
	autofree char *text = NULL;

	world_deploy(w, "db", 1);
	args = json_pack("{s:[s], s:s}", "machines", "0", "command",
	    "sleep 1000");
	text = json_line(args);
	world_begin(w, verb_exec, NULL, text);
	world_await_unit(w, "db/0", "busy");
	task = world_call(w, verb_cancel_task, "2", "{}");
	assert_string_equal(json_text(task, "machine", ""), "0");
	assert_true(strcmp(status_of(task), "aborted") == 0 ||
	    strcmp(status_of(task), "cancelled") == 0);
	world_settle(w);
}

static void
a_command_without_a_place_is_refused(void **state)
{
	static const struct {
		const char *args, *message;
	} cases[] = {
		{ "{\"units\": [\"db/0\"]}", "field \"command\" is missing" },
		{ "{\"command\": \"ls\"}", "no unit specified" },
		{ "{\"command\": \"ls\", \"units\": [\"db/9\"]}",
		    "unit \"db/9\" not found" },
		{ "{\"command\": \"ls\", \"units\": [\"db\"]}",
		    "\"db\" is not a valid unit name" },
		{ "{\"command\": \"ls\", \"applications\": [\"x\"]}",
		    "application \"x\" not found" },
		{ "{\"command\": \"ls\", \"machines\": [\"7\"]}",
		    "machine 7 not found" },
		{ "{\"command\": \"ls\", \"units\": [\"db/0\"], "
		  "\"machines\": [\"x\"]}",
		    "machine x not found" },
	};
	struct world *w = *state;

	world_deploy(w, "db", 1);
	for (size_t i = 0; i < nitems(cases); i++)
		world_refused(w, verb_exec, NULL, cases[i].args,
		    cases[i].message);
	assert_true(RB_EMPTY(&world_model(w)->tasks));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(an_operation_says_how_its_tasks_are_together),
		world_test(an_operation_shows_the_results_of_its_tasks),
		world_test(a_task_that_waits_is_cancelled_and_never_runs),
		world_test(a_task_that_runs_is_aborted_and_the_unit_goes_on),
		world_test(a_command_says_what_it_wrote_and_how_it_ended),
		world_test(
		    a_command_runs_on_a_unit_in_error_where_an_action_does_not),
		world_test(a_command_runs_once_where_it_is_asked_for_twice),
		world_test(a_command_that_is_cancelled_is_killed),
		world_test(a_command_without_a_place_is_refused),
	};

	return cmocka_run_group_tests_name("engine/operations", tests, NULL,
	    NULL);
}
