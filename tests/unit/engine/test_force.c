/* SPDX-License-Identifier: Apache-2.0 */
/* Removal by force: hooks are left out, and it is said which. */

#include "world.h"

#include <signal.h>

static void
assert_skipped(struct world *w, const char *unit, const char *what)
{
	json_auto_t *line = world_journal(w, unit, "forced");

	assert_non_null(line);
	assert_string_equal(json_text(line, "result", ""), "skipped");
	assert_string_equal(json_text(line, "message", ""), what);
}

static void
a_hanging_unit_goes_at_once(void **state)
{
	struct world *w = *state;
	json_auto_t *removed = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "config-changed", "hang");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "db", "db/0 config-changed");
	world_forget_seen(w, "db");
	world_do(w, verb_remove_application, "db",
	    "{\"force\": true, \"wait\": true}");
	{
		autofree char *seen = world_seen(w, "db");

		assert_string_equal(seen, "");
	}
	assert_skipped(w, "db/0",
	    "config-changed (running), cluster-relation-broken (cluster:0), "
	    "stop, remove");
	removed = world_journal(w, "db/0", "removed");
	assert_non_null(removed);
}

static void
a_unit_that_was_going_anyway_goes_at_once(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 2);
	world_rule(w, "db", "db-1.stop", "hang");
	world_begin(w, verb_remove_units, NULL, "{\"units\": [\"db/1\"]}");
	world_await_seen(w, "db", "db/1 stop");
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/1\"], \"force\": true, \"wait\": true}");
	assert_skipped(w, "db/1", "stop (running), stop, remove");
	world_settle(w);
	/* The others are told as usual. */
	assert_true(
	    world_has_seen(w, "db", "db/0 cluster-relation-departed db/1"));
}

static void
one_that_is_being_installed_goes_at_once(void **state)
{
	struct world *w = *state;

	world_rule(w, "db", "install", "hang");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_seen(w, "db", "db/0 install");
	world_do(w, verb_remove_application, "db",
	    "{\"force\": true, \"wait\": true}");
	assert_skipped(w, "db/0", "install (running)");
}

static void
an_action_of_a_forced_unit_has_failed(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "give-up", "hang");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_await_seen(w, "db", "db/0 give-up");
	world_begin(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/0\"], \"force\": true}");
	task = world_call(w, verb_show_task, "2", "{\"wait\": true}");
	assert_string_equal(json_text(task, "status", ""), "failed");
	assert_string_equal(json_text(task, "message", ""),
	    "cut off: removed by force");
	world_await_unit(w, "db/0", "gone");
}

/* The far side still runs its hooks: it has something to take back. */
static void
a_forced_application_leaves_the_other_side_its_hooks(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_forget_seen(w, "web");
	world_do(w, verb_remove_application, "web",
	    "{\"force\": true, \"wait\": true}");
	assert_true(
	    world_has_seen(w, "db", "db/0 database-relation-departed web/0"));
	assert_true(world_has_seen(w, "db", "db/0 database-relation-broken"));
	assert_skipped(w, "web/0",
	    "backend-relation-departed (backend:1), "
	    "backend-relation-broken (backend:1), stop, remove");
	assert_null(world_relation(w, 1));
}

static void
a_relation_goes_by_force(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_rule(w, "db", "database-relation-departed", "hang");
	world_rule(w, "web", "backend-relation-departed", "fail");
	world_begin(w, verb_remove_relation, NULL,
	    "{\"id\": 1, \"wait\": false}");
	world_await_seen(w, "db", "db/0 database-relation-departed web/0");
	world_await_unit(w, "web/0", "error");
	world_do(w, verb_remove_relation, NULL, "{\"id\": 1, \"force\": true}");
	assert_null(world_relation(w, 1));
	assert_skipped(w, "db/0",
	    "database-relation-departed (database:1), "
	    "database-relation-broken (database:1)");
	/* Both live on, and the one in error has got over it. */
	world_settle(w);
	assert_null(world_unit(w, "web/0")->local.failed_hook);
	assert_int_equal(world_unit(w, "db/0")->life, LIFE_ALIVE);
	world_rule(w, "db", "database-relation-departed", NULL);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
}

static void
a_model_goes_by_force(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_rule(w, "db", "database-relation-created", "hang");
	world_await_seen(w, "db", "db/0 database-relation-created");
	world_forget_seen(w, "db");
	world_forget_seen(w, "web");
	world_do(w, verb_destroy_model, NULL, "{\"force\": true}");
	assert_null(ctl_find_model(w->engine->ctl, "m"));
	assert_false(world_has_seen(w, "db", "db/0 stop"));
	assert_false(world_has_seen(w, "web", "web/0 stop"));
}

/* The commit is refused: the charm that hangs goes on hanging. */
static void
a_force_that_cannot_be_written_kills_nobody(void **state)
{
	struct world *w = *state;
	struct agent *a;
	const struct context *running;

	world_deploy(w, "db", 2);
	world_rule(w, "db", "db-0.config-changed", "gate");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "db", "db/0 config-changed");
	a = agent_find(w->engine, world_unit(w, "db/0"));
	running = a->context;
	world_break_store(w);
	world_refused(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/0\"], \"force\": true}",
	    "store: attempt to write a readonly database");
	world_mend_store(w);
	/* Nor when it is the turn of somebody else. */
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/1\"], \"force\": true}");
	assert_ptr_equal(a->context, running);
	world_open_gate(w, "db");
	world_settle(w);
	assert_null(world_unit(w, "db/0")->local.failed_hook);
	assert_null(world_find_unit(w, "db/1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_hanging_unit_goes_at_once),
		world_test(a_unit_that_was_going_anyway_goes_at_once),
		world_test(one_that_is_being_installed_goes_at_once),
		world_test(an_action_of_a_forced_unit_has_failed),
		world_test(
		    a_forced_application_leaves_the_other_side_its_hooks),
		world_test(a_relation_goes_by_force),
		world_test(a_model_goes_by_force),
		world_test(a_force_that_cannot_be_written_kills_nobody),
	};

	return cmocka_run_group_tests_name("engine/force", tests, NULL, NULL);
}
