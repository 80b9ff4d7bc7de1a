/* SPDX-License-Identifier: Apache-2.0 */
/* Charms that fail, crash, hang and talk nonsense. */

#include "world.h"

#include <unistd.h>

#include "base/clock.h"
#include "machine/runner.h"

static void
a_failed_hook_is_an_error_until_it_is_resolved(void **state)
{
	struct world *w = *state;
	struct unit *u;

	world_rule(w, "db", "start", "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	u = world_unit(w, "db/0");
	assert_string_equal(u->local.failed_title, "hook failed: \"start\"");
	assert_string_equal(u->local.failed_reason, "told to fail");
	assert_int_equal(u->local.failures, 1);
	/* Once more, and it fails again. */
	world_forget_seen(w, "db");
	world_do(w, verb_resolved, NULL, "{\"units\": [\"db/0\"]}");
	world_await_seen(w, "db", "db/0 start");
	world_await_unit(w, "db/0", "error");
	assert_int_equal(u->local.failures, 2);
	world_rule(w, "db", "start", NULL);
	world_do(w, verb_resolved, NULL, "{\"all\": true}");
	world_settle(w);
	assert_null(u->local.failed_hook);
	assert_true(u->local.started);
	world_refused(w, verb_resolved, NULL, "{\"units\": [\"db/0\"]}",
	    "unit \"db/0\" is not in an error state");
	world_refused(w, verb_resolved, NULL, "{\"units\": [\"db/7\"]}",
	    "unit \"db/7\" not found");
}

/* After 5 s by itself; the clock of the unit is set back here. */
static void
a_failed_hook_is_tried_again_by_itself(void **state)
{
	struct world *w = *state;
	struct unit *u;

	world_rule(w, "db", "start", "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	u = world_unit(w, "db/0");
	assert_in_range(u->local.retry_at_ms - clock_wall_ms(), 3000, 6000);
	world_rule(w, "db", "start", NULL);
	u->local.retry_at_ms = clock_wall_ms() + 30;
	agent_kick(w->engine, u);
	world_settle(w);
	assert_true(u->local.started);
}

static void
a_failed_hook_can_be_left_out(void **state)
{
	struct world *w = *state;
	json_auto_t *line = NULL;

	world_rule(w, "db", "config-changed", "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	world_do(w, verb_resolved, NULL,
	    "{\"units\": [\"db/0\"], \"retry\": false}");
	world_settle(w);
	assert_true(world_unit(w, "db/0")->local.started);
	/* What the hook wrote has been dropped. */
	assert_null(
	    json_object_get(world_unit(w, "db/0")->state, "config-seen"));
	line = world_journal(w, "db/0", "hook");
	assert_non_null(line);
}

static void
a_settle_ends_with_the_unit_in_error(void **state)
{
	struct world *w = *state;

	world_rule(w, "db", "start", "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_refused(w, verb_settled, NULL, "{}",
	    "unit db/0 is in error: hook failed: \"start\": told to fail");
	assert_int_equal(w->err.code, ERROR_CONFLICT);
	/* Somewhere else it is no matter. */
	world_do(w, verb_deploy, NULL, "{\"charm\": \"shell\"}");
	world_do(w, verb_settled, NULL, "{\"application\": \"shell\"}");
	world_refused(w, verb_settled, NULL, "{\"application\": \"db\"}",
	    "unit db/0 is in error: hook failed: \"start\": told to fail");
	world_refused(w, verb_settled, NULL, "{\"application\": \"x\"}",
	    "application \"x\" not found");
}

static void
a_crash_in_a_hook_is_a_failure(void **state)
{
	struct world *w = *state;

	world_rule(w, "db", "leader-elected", "exit");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	assert_string_equal(world_unit(w, "db/0")->local.failed_reason,
	    "the charm ended: exit status 3");
	world_rule(w, "db", "leader-elected", NULL);
	world_do(w, verb_resolved, NULL, "{\"all\": true}");
	world_settle(w);
}

static void
a_charm_that_says_nothing_is_killed(void **state)
{
	struct world *w = *state;

	w->engine->timing.hang_ms = 50;
	world_rule(w, "db", "install", "hang");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	assert_string_equal(world_unit(w, "db/0")->local.failed_reason,
	    "the charm has said nothing for 0 s, and was killed");
	w->engine->timing.hang_ms = 60000;
	world_rule(w, "db", "install", NULL);
	world_do(w, verb_resolved, NULL, "{\"all\": true}");
	world_settle(w);
}

/* A line of output is a word, too. */
static void
a_charm_that_talks_is_not_killed(void **state)
{
	struct world *w = *state;
	autofree char *dispatch = xasprintf("%s/shell/dispatch", w->charms);

	w->engine->timing.hang_ms = 600;
	assert_int_equal(
	    file_write(dispatch, 0755,
		"#!/bin/sh\n[ \"$JUJU_HOOK_NAME\" = install ] || exit 0\n"
		"for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.15; done\n",
		&w->err),
	    0);
	world_deploy(w, "shell", 1);
	assert_null(world_unit(w, "shell/0")->local.failed_hook);
}

static bool
has_no_process(void *arg)
{
	struct world *w = arg;
	const struct agent *a = agent_find(w->engine, world_unit(w, "db/0"));

	return a == NULL || a->runner == NULL;
}

static void
a_resident_charm_leaves_when_it_is_idle(void **state)
{
	struct world *w = *state;

	w->engine->timing.linger_ms = 20;
	world_deploy(w, "db", 1);
	world_await(w, has_no_process);
	world_forget_seen(w, "db");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"9\"}}");
	world_settle(w);
	assert_true(world_has_seen(w, "db", "db/0 config-changed"));
}

static bool
has_two_processes(void *arg)
{
	struct world *w = arg;
	size_t n = 0;
	struct agent *a;

	RB_FOREACH(a, agent_tree, &w->engine->agents)
		n += a->runner != NULL;
	return n == 2;
}

static void
who_has_been_idle_longest_makes_room(void **state)
{
	struct world *w = *state;
	struct agent *first, *second, *a;

	/* Nobody leaves because of the time. */
	w->engine->timing.linger_ms = 1000 * 1000;
	w->engine->idle_max = 2;
	world_deploy(w, "db", 3);
	world_await(w, has_two_processes);
	first = TAILQ_FIRST(&w->engine->idle);
	second = TAILQ_NEXT(first, idle_entry);
	json_decref(
	    world_run(w, first->unit, "call", "{\"tool\": \"is-leader\"}"));
	assert_ptr_equal(TAILQ_FIRST(&w->engine->idle), second);
	assert_ptr_equal(TAILQ_NEXT(second, idle_entry), first);
	for (int64_t i = 0; i < 3; i++) {
		autofree char *unit = xasprintf("db/%lld", (long long)i);

		a = agent_find(w->engine, world_unit(w, unit));
		if (a != NULL && a->runner != NULL)
			continue;
		json_decref(
		    world_run(w, unit, "call", "{\"tool\": \"is-leader\"}"));
		break;
	}
	world_await(w, has_two_processes);
	assert_ptr_equal(TAILQ_FIRST(&w->engine->idle), first);
	assert_int_equal(w->engine->nidle, 2);
}

/* It was told to exit, does not, and meanwhile its unit has work to wait for. */
static void
a_charm_that_does_not_exit_is_killed(void **state)
{
	struct world *w = *state;
	autofree char *dispatch = xasprintf("%s/db/dispatch", w->charms);
	struct unit *u;
	struct agent *a;

	assert_int_equal(unlink(dispatch), 0);
	/* It answers its first events, and is deaf to the end of the file. */
	assert_int_equal(
	    file_write(dispatch, 0755,
		"#!/bin/bash\ntrap '' TERM\n"
		"while read -r line <&\"$TENON_CHARM_FD\"; do\n"
		"	case $line in\n"
		"	*start*) echo '{\"end\": 1}' >&\"$TENON_CHARM_FD\" ;;\n"
		"	*) echo '{\"end\": 0}' >&\"$TENON_CHARM_FD\" ;;\n"
		"	esac\n"
		"done\n"
		"while :; do read -r -t 1000 <> <(:); done\n",
		&w->err),
	    0);
	w->engine->timing.linger_ms = 10;
	w->engine->timing.grace_ms = 50;
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	u = world_unit(w, "db/0");
	a = agent_find(w->engine, u);
	assert_non_null(a->runner);
	agent_close(a);
	/* Asked now, it has to wait for the time of its next try. */
	agent_kick(w->engine, u);
	world_await(w, has_no_process);
	assert_string_equal(u->local.failed_hook, "start");
}

static void
a_tool_with_half_a_character_in_its_name_is_refused(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;
	char xs[64] = "";
	autofree char *params = NULL;

	/* The message has room for 64 bytes of it: not for all of the "é". */
	memset(xs, 'x', sizeof xs - 1);
	params = xasprintf("{\"tool\": \"%sé\", \"args\": {}}", xs);
	world_deploy(w, "db", 1);
	task = world_run(w, "db/0", "call", params);
	assert_string_equal(json_text(task, "status", ""), "failed");
	assert_non_null(strstr(json_text(task, "message", ""),
	    "unknown hook tool \"xxxxx"));
}

static void
an_action_does_not_wait_for_a_unit_in_error(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;

	world_rule(w, "db", "start", "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	task = world_run(w, "db/0", "credentials", "{}");
	assert_string_equal(json_text(task, "status", ""), "failed");
	assert_string_equal(json_text(task, "message", ""),
	    "unit db/0 is in error: hook failed: \"start\": told to fail");
	assert_false(world_has_seen(w, "db", "db/0 credentials"));
}

static void
a_charm_that_cannot_be_run_is_an_error(void **state)
{
	struct world *w = *state;
	autofree char *dispatch = xasprintf("%s/shell/dispatch", w->charms);

	assert_int_equal(file_write(dispatch, 0644, "no program", &w->err), 0);
	world_do(w, verb_deploy, NULL, "{\"charm\": \"shell\"}");
	world_await_unit(w, "shell/0", "error");
	assert_non_null(strstr(world_unit(w, "shell/0")->local.failed_reason,
	    "permission denied"));
	world_do(w, verb_remove_application, "shell", "{\"wait\": true}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_failed_hook_is_an_error_until_it_is_resolved),
		world_test(a_failed_hook_is_tried_again_by_itself),
		world_test(a_failed_hook_can_be_left_out),
		world_test(a_settle_ends_with_the_unit_in_error),
		world_test(a_crash_in_a_hook_is_a_failure),
		world_test(a_charm_that_says_nothing_is_killed),
		world_test(a_charm_that_talks_is_not_killed),
		world_test(a_resident_charm_leaves_when_it_is_idle),
		world_test(who_has_been_idle_longest_makes_room),
		world_test(a_charm_that_does_not_exit_is_killed),
		world_test(a_tool_with_half_a_character_in_its_name_is_refused),
		world_test(an_action_does_not_wait_for_a_unit_in_error),
		world_test(a_charm_that_cannot_be_run_is_an_error),
	};

	return cmocka_run_group_tests_name("engine/failures", tests, NULL,
	    NULL);
}
