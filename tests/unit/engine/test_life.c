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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_unit_runs_its_hooks_in_order),
		world_test(a_charm_of_shell_runs_too),
	};

	return cmocka_run_group_tests_name("engine/life", tests, NULL, NULL);
}
