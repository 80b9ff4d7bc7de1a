/* SPDX-License-Identifier: Apache-2.0 */
/* Hooks that are nothing to the charm. */

#include "world.h"

#include "base/json.h"
#include "engine/agent.h"

/* As if the unit's process had said that it has these hooks of `backend`. */
static void
says_it_has(struct world *w, const char *unit, const char *end)
{
	struct agent *a = agent_find(w->engine, world_unit(w, unit));
	json_auto_t *message = json_loads(end, 0, NULL);

	assert_non_null(message);
	assert_non_null(a->runner);
	json_decref(take_ptr(a->part));
	agent_introduced(a, message);
	assert_non_null(a->part);
}

static void
begin(struct world *w)
{
	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_settle(w);
	world_forget_seen(w, "web");
	world_forget_seen(w, "db");
}

static void
relate(struct world *w)
{
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
}

static void
assert_seen(struct world *w, const char *charm, const char *expected)
{
	autofree char *seen = world_seen(w, charm);

	assert_string_equal(seen, expected);
}

static void
a_process_tells_with_its_first_end_what_it_takes_part_in(void **state)
{
	struct world *w = *state;
	struct agent *a;
	json_t *hooks;

	begin(w);
	a = agent_find(w->engine, world_unit(w, "db/0"));
	assert_non_null(a->part);
	hooks = json_object_get(a->part, "hooks");
	assert_non_null(json_object_get(hooks, "database-relation-joined"));
	assert_null(json_object_get(hooks, "backend-relation-nonsense"));
	agent_introduced(a, NULL);
	assert_ptr_equal(json_object_get(a->part, "hooks"), hooks);
}

static void
what_a_charm_does_not_have_it_is_not_told(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL;
	json_t *entries, *entry;
	size_t i;

	begin(w);
	says_it_has(w, "web/0",
	    "{\"hooks\": [\"backend-relation-changed\", "
	    "\"backend-relation-broken\"],"
	    " \"application-endpoints\": [\"backend\"]}");
	relate(w);
	/* The application has answered; its units say nothing. */
	assert_seen(w, "web", "web/0 backend-relation-changed\n");
	world_restart(w);
	assert_true(world_is_settled(w));
	reply = world_call(w, verb_journal, NULL, "{\"subject\": \"web/0\"}");
	entries = json_object_get(reply, "entries");
	json_array_foreach(entries, i, entry)
		assert_null(strstr(json_text(entry, "name", ""), "-created"));
}

static void
a_bag_of_a_unit_is_news_at_other_endpoints(void **state)
{
	struct world *w = *state;

	begin(w);
	says_it_has(w, "web/0",
	    "{\"hooks\": [\"backend-relation-changed\"],"
	    " \"application-endpoints\": [\"another\"]}");
	relate(w);
	assert_true(
	    world_has_seen(w, "web", "web/0 backend-relation-changed db/0"));
	assert_true(
	    world_has_seen(w, "web", "web/0 backend-relation-changed db/1"));
	assert_false(
	    world_has_seen(w, "web", "web/0 backend-relation-joined db/1"));
}

/* A relation is left, and a unit begins and ends, in the order that it has. */
static void
the_other_hooks_are_always_told(void **state)
{
	struct world *w = *state;

	begin(w);
	says_it_has(w, "web/0", "{\"hooks\": []}");
	relate(w);
	assert_seen(w, "web", "");
	world_do(w, verb_remove_relation, NULL,
	    "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	assert_seen(w, "web", "web/0 backend-relation-broken\n");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"4\"}}");
	world_settle(w);
	assert_true(world_has_seen(w, "web", "web/0 config-changed"));
}

static void
another_process_is_told_until_it_has_spoken(void **state)
{
	struct world *w = *state;

	begin(w);
	says_it_has(w, "web/0", "{\"hooks\": []}");
	world_restart(w);
	relate(w);
	assert_true(world_has_seen(w, "web", "web/0 backend-relation-created"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(
		    a_process_tells_with_its_first_end_what_it_takes_part_in),
		world_test(what_a_charm_does_not_have_it_is_not_told),
		world_test(a_bag_of_a_unit_is_news_at_other_endpoints),
		world_test(the_other_hooks_are_always_told),
		world_test(another_process_is_told_until_it_has_spoken),
	};

	return cmocka_run_group_tests_name("engine/part", tests, NULL, NULL);
}
