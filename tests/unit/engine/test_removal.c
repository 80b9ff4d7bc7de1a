/* SPDX-License-Identifier: Apache-2.0 */
/* Units, applications, relations and models that go. */

#include "world.h"

static void
another_unit_leads_when_the_leader_has_gone(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 3);
	assert_true(unit_is_leader(world_unit(w, "db/0")));
	world_rule(w, "db", "stop", "gate");
	world_begin(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/0\", \"db/1\"]}");
	world_await_seen(w, "db", "db/0 stop");
	world_await_seen(w, "db", "db/1 stop");
	assert_true(unit_is_leader(world_unit(w, "db/0")));
	assert_false(world_has_seen(w, "db", "db/2 leader-elected"));
	world_open_gate(w, "db");
	world_await_unit(w, "db/0", "gone");
	world_settle(w);
	assert_true(unit_is_leader(world_unit(w, "db/2")));
	assert_true(world_has_seen(w, "db", "db/2 leader-elected"));
	assert_false(world_has_seen(w, "db", "db/1 leader-elected"));
}

static bool
model_is_gone(void *arg)
{
	struct world *w = arg;

	return ctl_find_model(w->engine->ctl, "m") == NULL;
}

static void
both_applications_of_a_relation_can_go_at_once(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 2);
	world_deploy(w, "web", 2);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_begin(w, verb_remove_application, "db", "{}");
	world_do(w, verb_remove_application, "web", "{\"wait\": true}");
	world_do(w, verb_settled, NULL, "{}");
	assert_null(model_find_application(world_model(w), "db"));
	assert_null(model_find_application(world_model(w), "web"));
	assert_true(RB_EMPTY(&world_model(w)->relations));
	assert_true(RB_EMPTY(&world_model(w)->machines));
	/* The names are free. */
	world_deploy(w, "db", 1);
}

static void
a_name_is_not_free_before_its_bearer_is_gone(void **state)
{
	static const char going[] = "it is being removed: \"tenon why db\" "
				    "tells what it waits for";
	struct world *w = *state;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_rule(w, "web", "backend-relation-broken", "gate");
	world_begin(w, verb_remove_relation, NULL, "{\"id\": 1}");
	world_await_seen(w, "web", "web/0 backend-relation-broken");
	world_refused(w, verb_relate, NULL,
	    "{\"endpoints\": [\"web\", \"db\"]}",
	    "cannot add relation \"web:backend db:database\": the old one is "
	    "still being removed");
	world_begin(w, verb_remove_application, "db", "{}");
	world_refused(w, verb_add_unit, "db", "{}",
	    "cannot add unit to application \"db\": application is not found "
	    "or not alive");
	assert_string_equal(w->err.hint, going);
	world_refused(w, verb_relate, NULL,
	    "{\"endpoints\": [\"web\", \"db\"]}",
	    "application \"db\" is not alive");
	assert_string_equal(w->err.hint, going);
	world_open_gate(w, "web");
	world_do(w, verb_settled, NULL, "{}");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_settle(w);
}

static void
a_model_goes_in_the_middle_of_install(void **state)
{
	struct world *w = *state;
	json_auto_t *models = NULL;

	world_rule(w, "db", "install", "gate");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\", \"units\": 3}");
	world_await_seen(w, "db", "db/0 install");
	world_await_seen(w, "db", "db/1 install");
	world_await_seen(w, "db", "db/2 install");
	world_begin(w, verb_destroy_model, NULL, "{}");
	assert_false(model_is_gone(w));
	world_rule(w, "db", "install", NULL);
	world_open_gate(w, "db");
	world_await(w, model_is_gone);
	models = world_call(w, verb_list_models, NULL, "{}");
	assert_true(json_is_null(json_object_get(models, "current")) ||
	    json_object_get(models, "current") == NULL);
	world_refused(w, verb_status, NULL, "{}", "No model in focus.");
}

static void
a_model_that_is_destroyed_can_be_made_again_at_once(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		world_deploy(w, "db", 2);
		world_do(w, verb_destroy_model, NULL,
		    "{\"destroy-storage\": true}");
		assert_true(model_is_gone(w));
		world_do(w, verb_add_model, NULL, "{\"name\": \"m\"}");
	}
	world_deploy(w, "db", 1);
	assert_int_equal(world_unit(w, "db/0")->machine->id, 0);
}

static void
a_failing_hook_does_not_keep_a_dying_unit(void **state)
{
	struct world *w = *state;
	json_auto_t *line = NULL;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "stop", "fail");
	world_forget_seen(w, "db");
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	{
		autofree char *seen = world_seen(w, "db");

		assert_non_null(strstr(seen,
		    "db/0 stop\ndb/0 stop\ndb/0 stop\ndb/0 remove\n"));
	}
	line = world_journal(w, "db/0", "removed");
	assert_string_equal(json_text(line, "result", ""), "ok");
}

static void
a_unit_in_error_can_be_removed(void **state)
{
	struct world *w = *state;

	world_rule(w, "db", "start", "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	assert_null(world_find_unit(w, "db/0"));
}

/* It is at work when its removal begins: the shorter patience counts. */
static void
a_hanging_charm_does_not_keep_a_dying_unit(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	w->engine->timing.hang_dying_ms = 50;
	world_rule(w, "db", "config-changed", "hang");
	world_rule(w, "db", "stop", "hang");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}");
	world_await_seen(w, "db", "db/0 config-changed");
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	assert_true(world_has_seen(w, "db", "db/0 remove"));
}

static void
a_unit_in_error_that_blocks_a_removal_is_named(void **state)
{
	struct world *w = *state;
	static const char why[] = "relation 1 is still open: unit web/0 is in "
				  "error: hook failed: "
				  "\"backend-relation-broken\" for "
				  "db:database: told to fail";

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_rule(w, "web", "backend-relation-broken", "fail");
	world_refused(w, verb_remove_relation, NULL, "{\"id\": 1}", why);
	assert_int_equal(w->err.code, ERROR_CONFLICT);
	world_rule(w, "web", "backend-relation-broken", NULL);
	world_do(w, verb_resolved, NULL, "{\"all\": true}");
	world_do(w, verb_settled, NULL, "{}");
	assert_null(world_relation(w, 1));
}

/* Is it one of the messages of the reply? */
static void
assert_said(const json_t *reply, const char *text)
{
	json_t *message;
	size_t i;

	json_array_foreach(json_object_get(reply, "messages"), i, message) {
		if (strcmp(json_string_value(message), text) == 0)
			return;
	}
	fail_msg("not said: %s", text);
}

static void
relate_both(struct world *w)
{
	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
}

/* What it fails at is tried again, and then left out and reported. */
static void
a_client_that_fails_does_not_keep_its_server(void **state)
{
	static const char said[] = "backend-relation-broken (relation 1), "
				   "which failed: told to fail";
	struct world *w = *state;
	json_auto_t *reply = NULL, *line = NULL;
	autofree char *message = xasprintf("unit web/0 left out: %s", said);

	relate_both(w);
	world_rule(w, "web", "backend-relation-broken", "fail");
	reply = world_call(w, verb_remove_application, "db",
	    "{\"wait\": true}");
	assert_said(reply, message);
	line = world_journal(w, "web/0", "forced");
	assert_string_equal(json_text(line, "message", ""), said);
	assert_null(world_relation(w, 1));
	assert_int_equal(world_unit(w, "web/0")->life, LIFE_ALIVE);
	world_settle(w);
}

static void
a_client_in_error_leaves_its_server_first(void **state)
{
	struct world *w = *state;

	relate_both(w);
	world_rule(w, "web", "config-changed", "fail");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_unit(w, "web/0", "error");
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	assert_true(world_has_seen(w, "web", "web/0 backend-relation-broken"));
	assert_null(world_relation(w, 1));
}

/* It may not have taken back what it gave: that is never left out. */
static void
a_server_that_fails_keeps_the_relation_open_and_is_named(void **state)
{
	static const char why[] = "relation 1 is still open: unit db/0 is in "
				  "error: hook failed: "
				  "\"database-relation-broken\" for "
				  "web:backend: told to fail";
	struct world *w = *state;

	relate_both(w);
	world_rule(w, "db", "database-relation-broken", "fail");
	world_refused(w, verb_remove_application, "web", "{\"wait\": true}",
	    why);
	assert_non_null(world_relation(w, 1));
	assert_null(world_journal(w, "db/0", "forced"));
	world_rule(w, "db", "database-relation-broken", NULL);
	world_do(w, verb_resolved, NULL, "{\"all\": true}");
	world_do(w, verb_settled, NULL, "{}");
	assert_null(world_relation(w, 1));
}

static void
a_model_whose_hooks_fail_goes_and_says_what_was_left_out(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL;

	relate_both(w);
	world_rule(w, "db", "stop", "fail");
	world_rule(w, "web", "remove", "exit");
	reply = world_call(w, verb_destroy_model, NULL, "{}");
	assert_said(reply,
	    "unit db/0 left out: stop, which failed: told to fail");
	assert_int_equal(json_array_size(json_object_get(reply, "messages")),
	    2 + 1); /* And where its storage is. */
}

/* Cut off between any two steps, the removal is taken up again. */
static void
a_removal_goes_on_after_a_restart(void **state)
{
	struct world *w = *state;
	autofree char *detached = NULL;

	world_deploy(w, "db", 2);
	detached = unit_detached_dir(w->engine, world_unit(w, "db/0"));
	world_begin(w, verb_remove_application, "db", "{}");
	for (int i = 0; i < 200 && world_find_unit(w, "db/0") != NULL; i++) {
		world_restart(w);
		for (int turn = 0; turn < i; turn++)
			(void)uv_run(&w->loop, UV_RUN_ONCE);
	}
	world_settle(w);
	assert_null(world_find_unit(w, "db/0"));
	assert_null(world_find_unit(w, "db/1"));
	assert_true(file_exists(detached));
}

static bool
is_over(void *arg)
{
	const struct world *w = arg;

	return engine_is_over(w->engine);
}

static void
a_controller_goes_with_its_models(void **state)
{
	struct world *w = *state;
	autofree char *db = xasprintf("%s/tenon.db", w->home);

	world_deploy(w, "db", 1);
	world_refused(w, verb_destroy_controller, NULL, "{}",
	    "cannot destroy controller \"c\": it has models: m");
	world_do(w, verb_destroy_controller, NULL,
	    "{\"destroy-all-models\": true, \"destroy-storage\": true}");
	world_await(w, is_over);
	world_down(w);
	assert_false(file_exists(db));
}

/* Nobody waits for it any more, and tenond was killed in the middle. */
static void
a_controller_goes_after_a_restart_too(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "stop", "gate");
	world_begin(w, verb_destroy_controller, NULL,
	    "{\"destroy-all-models\": true}");
	world_await_seen(w, "db", "db/0 stop");
	world_rule(w, "db", "stop", NULL);
	world_restart(w);
	world_refused(w, verb_add_model, NULL, "{\"name\": \"n\"}",
	    "controller \"c\" is being destroyed");
	world_await(w, is_over);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(another_unit_leads_when_the_leader_has_gone),
		world_test(both_applications_of_a_relation_can_go_at_once),
		world_test(a_name_is_not_free_before_its_bearer_is_gone),
		world_test(a_model_goes_in_the_middle_of_install),
		world_test(a_model_that_is_destroyed_can_be_made_again_at_once),
		world_test(a_failing_hook_does_not_keep_a_dying_unit),
		world_test(a_unit_in_error_can_be_removed),
		world_test(a_hanging_charm_does_not_keep_a_dying_unit),
		world_test(a_unit_in_error_that_blocks_a_removal_is_named),
		world_test(a_client_that_fails_does_not_keep_its_server),
		world_test(a_client_in_error_leaves_its_server_first),
		world_test(
		    a_server_that_fails_keeps_the_relation_open_and_is_named),
		world_test(
		    a_model_whose_hooks_fail_goes_and_says_what_was_left_out),
		world_test(a_removal_goes_on_after_a_restart),
		world_test(a_controller_goes_with_its_models),
		world_test(a_controller_goes_after_a_restart_too),
	};

	return cmocka_run_group_tests_name("engine/removal", tests, NULL, NULL);
}
