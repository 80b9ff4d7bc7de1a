/* SPDX-License-Identifier: Apache-2.0 */
/* Units through their hooks, with real charms. */

#include "world.h"

static void
a_unit_runs_its_hooks_in_order(void **state)
{
	struct world *w = *state;
	autofree char *seen = NULL;

	world_deploy(w, "db", 1);
	seen = world_seen(w, "db");
	assert_string_equal(seen,
	    "db/0 install\n"
	    "db/0 cluster-relation-created\n"
	    "db/0 leader-elected\n"
	    "db/0 config-changed\n"
	    "db/0 start\n");
	assert_string_equal(world_unit(w, "db/0")->status.message, "db/0");
	assert_int_equal(world_unit(w, "db/0")->status.word, WORKLOAD_ACTIVE);
}

static void
a_charm_of_shell_runs_too(void **state)
{
	struct world *w = *state;

	world_deploy(w, "shell", 2);
	assert_true(world_unit(w, "shell/0")->local.started);
	assert_true(world_unit(w, "shell/1")->local.started);
	/* It has said nothing about itself. */
	assert_int_equal(world_unit(w, "shell/0")->status.word,
	    WORKLOAD_UNKNOWN);
}

static void
the_exit_status_of_a_shell_charm_decides(void **state)
{
	struct world *w = *state;
	struct unit *u;
	autofree char *dispatch = xasprintf("%s/shell/dispatch", w->charms);

	assert_int_equal(file_write(dispatch, 0755,
			     "#!/bin/sh\n[ \"$JUJU_HOOK_NAME\" != start ]\n",
			     &w->err),
	    0);
	world_do(w, verb_deploy, NULL, "{\"charm\": \"shell\"}");
	world_await_unit(w, "shell/0", "error");
	u = world_unit(w, "shell/0");
	assert_string_equal(u->local.failed_hook, "start");
	assert_string_equal(u->local.failed_reason,
	    "the charm ended: exit status 1");
	assert_int_equal(file_write(dispatch, 0755, "#!/bin/sh\nexit 0\n",
			     &w->err),
	    0);
	world_do(w, verb_resolved, NULL, "{\"units\": [\"shell/0\"]}");
	world_settle(w);
	assert_true(u->local.started);
}

static void
a_burst_of_changes_is_one_hook(void **state)
{
	struct world *w = *state;
	autofree char *seen = NULL;

	world_deploy(w, "db", 1);
	world_forget_seen(w, "db");
	for (int i = 10; i < 20; i++) {
		autofree char *args = xasprintf("{\"set\": {\"size\": \"%d\"}}",
		    i);

		world_do(w, verb_set_config, "db", args);
	}
	world_settle(w);
	seen = world_seen(w, "db");
	assert_string_equal(seen, "db/0 config-changed\n");
}

static void
what_changes_during_a_hook_is_another_one(void **state)
{
	struct world *w = *state;
	autofree char *seen = NULL;

	world_deploy(w, "db", 1);
	world_forget_seen(w, "db");
	world_rule(w, "db", "config-changed", "gate");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "db", "db/0 config-changed");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"8\"}}");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"9\"}}");
	world_rule(w, "db", "config-changed", NULL);
	world_open_gate(w, "db");
	world_settle(w);
	seen = world_seen(w, "db");
	assert_string_equal(seen,
	    "db/0 config-changed\n"
	    "db/0 config-changed\n");
	/* The same value again is no change. */
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"9\"}}");
	assert_true(world_is_settled(w));
}

static void
related_units_see_each_other(void **state)
{
	struct world *w = *state;
	autofree char *db = NULL, *web = NULL;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_forget_seen(w, "db");
	world_forget_seen(w, "web");
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	db = world_seen(w, "db");
	web = world_seen(w, "web");
	assert_string_equal(db,
	    "db/0 database-relation-created\n"
	    "db/0 database-relation-joined web/0\n"
	    "db/0 database-relation-changed web/0\n");
	assert_non_null(strstr(web, "web/0 backend-relation-created\n"));
	assert_non_null(strstr(web, "web/0 backend-relation-joined db/0\n"));
	assert_string_equal(json_text(world_relation(w, 1)->ends[1].bag,
				"password", ""),
	    "database:1");
}

static void
removing_a_relation_waits_for_both_sides(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_do(w, verb_remove_relation, NULL,
	    "{\"endpoints\": [\"db\", \"web\"]}");
	/* At the moment of the answer, not later. */
	assert_null(world_relation(w, 1));
	assert_true(world_has_seen(w, "db", "db/0 database-relation-broken"));
	assert_true(world_has_seen(w, "db", "db/1 database-relation-broken"));
	assert_true(world_has_seen(w, "web", "web/0 backend-relation-broken"));
	world_refused(w, verb_remove_relation, NULL,
	    "{\"endpoints\": [\"db\", \"web\"]}",
	    "relation \"db web\" not found");
	/* Numbers are not used again. */
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	assert_non_null(world_relation(w, 2));
}

static void
a_relation_removed_at_once_is_never_seen(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_forget_seen(w, "web");
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_do(w, verb_remove_relation, NULL, "{\"id\": 1}");
	world_settle(w);
	assert_null(world_relation(w, 1));
	assert_false(
	    world_has_seen(w, "web", "web/0 backend-relation-joined db/0"));
}

static void
two_engines_in_sequence_are_one(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 2);
	world_rule(w, "db", "config-changed", "gate");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "db", "db/0 config-changed");
	world_rule(w, "db", "config-changed", NULL);
	world_forget_seen(w, "db");
	/* The hook is cut off in the middle, which is no failure. */
	world_restart(w);
	assert_null(world_unit(w, "db/0")->local.failed_hook);
	world_settle(w);
	assert_true(world_has_seen(w, "db", "db/0 config-changed"));
	assert_true(world_has_seen(w, "db", "db/1 config-changed"));
	world_forget_seen(w, "db");
	world_restart(w);
	world_settle(w);
	{
		autofree char *seen = world_seen(w, "db");

		assert_string_equal(seen, "");
	}
}

static void
a_model_that_is_waited_for_stays_the_same(void **state)
{
	struct world *w = *state;
	json_auto_t *args = json_pack("{s:[s, s]}", "endpoints", "web", "db");
	struct engine_call c = { .engine = w->engine, .model = "-" };
	struct error err = { 0 };

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	c.args = args;
	assert_int_equal(verb_remove_relation(&c, &err), 0);
	world_do(w, verb_add_model, NULL, "{\"name\": \"other\"}");
	/* The current model has no such relation, but that is not the one. */
	assert_int_equal(c.until(&c, &err), 0);
	world_await_seen(w, "web", "web/0 backend-relation-broken");
	world_settle(w);
	assert_int_equal(c.until(&c, &err), 1);
	json_decref(c.reply);
}

static void
on_turn(uv_prepare_t *prepare)
{
	unsigned *turns = prepare->data;

	++*turns;
}

static void
on_time_over(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

/* It sleeps when there is nothing to do: no timer that ticks, no idle loop. */
static void
an_idle_engine_sleeps(void **state)
{
	struct world *w = *state;
	uv_prepare_t prepare;
	uv_timer_t timer;
	unsigned turns = 0;

	world_deploy(w, "db", 2);
	world_deploy(w, "shell", 1);
	world_do(w, verb_deploy, NULL, "{\"charm\": \"web\"}");
	world_rule(w, "web", "config-changed", "fail");
	world_await_unit(w, "web/0", "error");
	assert_int_equal(uv_prepare_init(&w->loop, &prepare), 0);
	assert_int_equal(uv_timer_init(&w->loop, &timer), 0);
	assert_int_equal(uv_prepare_start(&prepare, on_turn), 0);
	assert_int_equal(uv_timer_start(&timer, on_time_over, 300, 0), 0);
	prepare.data = &turns;
	(void)uv_run(&w->loop, UV_RUN_DEFAULT);
	assert_false(uv_is_active((uv_handle_t *)&w->engine->wake));
	/* The process of the charm that failed may have had a last word. */
	assert_in_range(turns, 1, 5);
	uv_close((uv_handle_t *)&prepare, NULL);
	uv_close((uv_handle_t *)&timer, NULL);
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_unit_runs_its_hooks_in_order),
		world_test(a_charm_of_shell_runs_too),
		world_test(the_exit_status_of_a_shell_charm_decides),
		world_test(a_burst_of_changes_is_one_hook),
		world_test(what_changes_during_a_hook_is_another_one),
		world_test(related_units_see_each_other),
		world_test(removing_a_relation_waits_for_both_sides),
		world_test(a_relation_removed_at_once_is_never_seen),
		world_test(two_engines_in_sequence_are_one),
		world_test(a_model_that_is_waited_for_stays_the_same),
		world_test(an_idle_engine_sleeps),
	};

	return cmocka_run_group_tests_name("engine/life", tests, NULL, NULL);
}
