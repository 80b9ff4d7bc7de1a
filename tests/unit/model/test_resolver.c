/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "world.h"

static struct world *
begin(struct world *w)
{
	world_init(w);
	return w;
}

static void
a_lone_unit_runs_from_install_to_start(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_settle(&w);
	world_expect(&w, "db/0 install",
	    "db/0 cluster-relation-created rel=0 app=db", "db/0 leader-elected",
	    "db/0 config-changed", "db/0 start");
	assert_int_equal(resolve(world_unit(&w, "db/0"), 0).kind, OP_NONE);
	world_release(&w);
}

static void
peers_meet_once_both_have_started(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 2);
	world_settle(&w);
	world_expect(&w, "db/0 install",
	    "db/0 cluster-relation-created rel=0 app=db", "db/0 leader-elected",
	    "db/0 config-changed", "db/0 start", "db/1 install",
	    "db/1 cluster-relation-created rel=0 app=db", "db/1 config-changed",
	    "db/1 start", "db/1 cluster-relation-joined rel=0 app=db unit=db/0",
	    "db/1 cluster-relation-changed rel=0 app=db unit=db/0",
	    "db/0 cluster-relation-joined rel=0 app=db unit=db/1",
	    "db/0 cluster-relation-changed rel=0 app=db unit=db/1");
	world_release(&w);
}

static void
relations_that_exist_are_created_before_start_and_joined_after(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 0);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	world_relate(&w, "web", "db");
	world_settle(&w);
	world_expect(&w, "web/0 backend-relation-created rel=1 app=db");
	world_add_unit(&w, "db");
	world_run(&w, "db/0");
	world_expect(&w, "db/0 install",
	    "db/0 cluster-relation-created rel=0 app=db",
	    "db/0 database-relation-created rel=1 app=web",
	    "db/0 leader-elected", "db/0 config-changed", "db/0 start",
	    "db/0 database-relation-joined rel=1 app=web unit=web/0",
	    "db/0 database-relation-changed rel=1 app=web unit=web/0");
	world_release(&w);
}

static void
two_applications_meet_when_they_are_related(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	assert_int_equal(world_relate(&w, "web", "db"), 1);
	world_settle(&w);
	world_expect(&w, "db/0 database-relation-created rel=1 app=web",
	    "web/0 backend-relation-created rel=1 app=db",
	    "web/0 backend-relation-joined rel=1 app=db unit=db/0",
	    "web/0 backend-relation-changed rel=1 app=db unit=db/0",
	    "db/0 database-relation-joined rel=1 app=web unit=web/0",
	    "db/0 database-relation-changed rel=1 app=web unit=web/0");
	world_release(&w);
}

static void
a_unit_in_a_relation_tells_its_addresses(void **state)
{
	struct world w;
	struct member *m;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_settle_quietly(&w);
	m = relation_find_member(world_relation(&w, 0), world_unit(&w, "db/0"));
	assert_non_null(m);
	assert_int_equal(m->bag_version, 1);
	assert_string_equal(json_string_value(
				json_object_get(m->bag, "egress-subnets")),
	    "127.1.1.1/32");
	assert_string_equal(json_string_value(
				json_object_get(m->bag, "ingress-address")),
	    "127.1.1.1");
	assert_string_equal(json_string_value(
				json_object_get(m->bag, "private-address")),
	    "127.1.1.1");
	world_release(&w);
}

static void
a_unit_that_comes_later_meets_everybody_in_order_of_names(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 11);
	world_relate(&w, "web", "db");
	for (int i = 3; i < 10; i++) {
		autofree char *name = xasprintf("web/%d", i);

		world_remove_unit(&w, name);
	}
	world_settle_quietly(&w);
	world_add_unit(&w, "db");
	world_settle(&w);
	world_expect(&w, "db/1 install",
	    "db/1 cluster-relation-created rel=0 app=db",
	    "db/1 database-relation-created rel=1 app=web",
	    "db/1 config-changed", "db/1 start",
	    "db/1 cluster-relation-joined rel=0 app=db unit=db/0",
	    "db/1 cluster-relation-changed rel=0 app=db unit=db/0",
	    "db/1 database-relation-joined rel=1 app=web unit=web/0",
	    "db/1 database-relation-changed rel=1 app=web unit=web/0",
	    "db/1 database-relation-joined rel=1 app=web unit=web/1",
	    "db/1 database-relation-changed rel=1 app=web unit=web/1",
	    "db/1 database-relation-joined rel=1 app=web unit=web/2",
	    "db/1 database-relation-changed rel=1 app=web unit=web/2",
	    "db/1 database-relation-joined rel=1 app=web unit=web/10",
	    "db/1 database-relation-changed rel=1 app=web unit=web/10",
	    "web/0 backend-relation-joined rel=1 app=db unit=db/1",
	    "web/0 backend-relation-changed rel=1 app=db unit=db/1",
	    "web/1 backend-relation-joined rel=1 app=db unit=db/1",
	    "web/1 backend-relation-changed rel=1 app=db unit=db/1",
	    "web/2 backend-relation-joined rel=1 app=db unit=db/1",
	    "web/2 backend-relation-changed rel=1 app=db unit=db/1",
	    "web/10 backend-relation-joined rel=1 app=db unit=db/1",
	    "web/10 backend-relation-changed rel=1 app=db unit=db/1",
	    "db/0 cluster-relation-joined rel=0 app=db unit=db/1",
	    "db/0 cluster-relation-changed rel=0 app=db unit=db/1");
	world_release(&w);
}

static void
a_removed_relation_departs_and_breaks_on_both_sides(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	world_remove_relation(&w, 1);
	world_settle(&w);
	world_expect(&w,
	    "db/0 database-relation-departed rel=1 app=web unit=web/0 "
	    "departing=web/0",
	    "db/0 database-relation-broken rel=1 app=web",
	    "web/0 backend-relation-departed rel=1 app=db unit=db/0 "
	    "departing=db/0",
	    "web/0 backend-relation-broken rel=1 app=db");
	assert_null(model_find_relation(w.model, 1));
	assert_int_equal(world_relate(&w, "web", "db"), 2);
	world_release(&w);
}

static void
a_relation_that_ends_unseen_runs_nothing(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	world_relate(&w, "web", "db");
	/* db/0 has seen it, web/0 has not. */
	world_run(&w, "db/0");
	world_remove_relation(&w, 1);
	world_settle(&w);
	world_expect(&w, "db/0 database-relation-created rel=1 app=web",
	    "db/0 database-relation-broken rel=1 app=web");
	assert_null(model_find_relation(w.model, 1));
	world_release(&w);
}

static void
a_removed_unit_leaves_its_peers_last(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 2);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	world_remove_unit(&w, "db/1");
	world_settle(&w);
	world_expect(&w,
	    "db/1 database-relation-departed rel=1 app=web unit=web/0 "
	    "departing=db/1",
	    "db/1 database-relation-broken rel=1 app=web",
	    "db/1 cluster-relation-departed rel=0 app=db unit=db/0 "
	    "departing=db/1",
	    "db/1 cluster-relation-broken rel=0 app=db", "db/1 stop",
	    "db/1 remove", "db/1 gone",
	    "web/0 backend-relation-departed rel=1 app=db unit=db/1 "
	    "departing=db/1",
	    "db/0 cluster-relation-departed rel=0 app=db unit=db/1 "
	    "departing=db/1");
	world_add_unit(&w, "db");
	assert_non_null(model_find_unit(w.model, "db/2"));
	world_release(&w);
}

static void
a_removed_application_goes_with_its_relations(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	world_remove_application(&w, "db");
	world_settle(&w);
	world_expect(&w,
	    "db/0 database-relation-departed rel=1 app=web unit=web/0 "
	    "departing=db/0",
	    "db/0 database-relation-broken rel=1 app=web",
	    "db/0 cluster-relation-broken rel=0 app=db", "db/0 stop",
	    "db/0 remove", "db/0 gone",
	    "web/0 backend-relation-departed rel=1 app=db unit=db/0 "
	    "departing=db/0",
	    "web/0 backend-relation-broken rel=1 app=db");
	assert_null(model_find_application(w.model, "db"));
	assert_true(RB_EMPTY(&w.model->relations));
	assert_true(RB_EMPTY(&world_unit(&w, "web/0")->local.relations));
	world_release(&w);
}

static void
a_unit_that_was_never_installed_is_gone_at_once(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_remove_unit(&w, "db/0");
	world_settle(&w);
	world_expect(&w, "db/0 gone");
	world_release(&w);
}

static void
a_unit_that_did_not_start_leaves_what_it_has_entered(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	u = world_unit(&w, "db/0");
	for (int i = 0; i < 2; i++) {
		op = resolve(u, 0);
		op_done(u, &op);
	}
	world_remove_unit(&w, "db/0");
	world_settle(&w);
	world_expect(&w, "db/0 cluster-relation-broken rel=0 app=db",
	    "db/0 stop", "db/0 remove", "db/0 gone");
	world_release(&w);
}

static void
a_burst_of_changes_is_one_hook(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	world_say(&w, 1, "web/0", "one");
	world_say(&w, 1, "web/0", "two");
	world_say(&w, 1, "web/0", "three");
	world_settle(&w);
	world_expect(&w,
	    "db/0 database-relation-changed rel=1 app=web unit=web/0");
	world_say(&w, 1, "web/0", "three");
	world_settle(&w);
	world_expect_nothing(&w);
	world_release(&w);
}

static void
a_change_during_its_hook_runs_the_hook_again(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	u = world_unit(&w, "db/0");
	world_say(&w, 1, "web/0", "one");
	op = resolve(u, 0);
	world_say(&w, 1, "web/0", "two");
	op_done(u, &op);
	world_settle(&w);
	world_expect(&w,
	    "db/0 database-relation-changed rel=1 app=web unit=web/0");

	json_object_set_new(u->app->config, "size", json_integer(4));
	application_rehash(u->app);
	op = resolve(u, 0);
	assert_int_equal(op.hook, HOOK_CONFIG_CHANGED);
	json_object_set_new(u->app->config, "size", json_integer(5));
	application_rehash(u->app);
	op_done(u, &op);
	world_settle(&w);
	world_expect(&w, "db/0 config-changed");
	world_release(&w);
}

static void
an_application_bag_is_seen_by_the_other_side_only(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 2);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	world_say_as_app(&w, 1, "db", "ready");
	world_settle(&w);
	world_expect(&w, "web/0 backend-relation-changed rel=1 app=db");
	world_say_as_app(&w, 1, "web", "want");
	world_settle(&w);
	world_expect(&w, "db/0 database-relation-changed rel=1 app=web",
	    "db/1 database-relation-changed rel=1 app=web");
	world_release(&w);
}

static void
the_remote_application_speaks_before_its_units(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_run(&w, "db/0");
	world_say_as_app(&w, 1, "db", "ready");
	strbuf_clear(&w.log);
	world_run(&w, "web/0");
	world_expect(&w, "web/0 install",
	    "web/0 backend-relation-created rel=1 app=db",
	    "web/0 leader-elected", "web/0 config-changed", "web/0 start",
	    "web/0 backend-relation-changed rel=1 app=db",
	    "web/0 backend-relation-joined rel=1 app=db unit=db/0",
	    "web/0 backend-relation-changed rel=1 app=db unit=db/0");
	world_release(&w);
}

static void
peers_see_the_leaders_bag_and_each_other_never_themselves(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 3);
	world_settle_quietly(&w);
	world_say_as_app(&w, 0, "db", "primary");
	world_settle(&w);
	world_expect(&w, "db/1 cluster-relation-changed rel=0 app=db",
	    "db/2 cluster-relation-changed rel=0 app=db");
	world_say(&w, 0, "db/1", "here");
	world_settle(&w);
	world_expect(&w, "db/0 cluster-relation-changed rel=0 app=db unit=db/1",
	    "db/2 cluster-relation-changed rel=0 app=db unit=db/1");
	world_release(&w);
}

static void
who_leaves_between_joined_and_changed_departs(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	world_relate(&w, "web", "db");
	world_run(&w, "db/0");
	world_run(&w, "web/0");
	u = world_unit(&w, "db/0");
	op = resolve(u, 0);
	assert_int_equal(op.hook, HOOK_RELATION_JOINED);
	op_done(u, &op);
	world_remove_unit(&w, "web/0");
	world_run(&w, "web/0");
	strbuf_clear(&w.log);
	world_settle(&w);
	world_expect(&w,
	    "db/0 database-relation-departed rel=1 app=web unit=web/0 "
	    "departing=web/0");
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lone_unit_runs_from_install_to_start),
		cmocka_unit_test(peers_meet_once_both_have_started),
		cmocka_unit_test(
		    relations_that_exist_are_created_before_start_and_joined_after),
		cmocka_unit_test(two_applications_meet_when_they_are_related),
		cmocka_unit_test(a_unit_in_a_relation_tells_its_addresses),
		cmocka_unit_test(
		    a_unit_that_comes_later_meets_everybody_in_order_of_names),
		cmocka_unit_test(
		    a_removed_relation_departs_and_breaks_on_both_sides),
		cmocka_unit_test(a_relation_that_ends_unseen_runs_nothing),
		cmocka_unit_test(a_removed_unit_leaves_its_peers_last),
		cmocka_unit_test(a_removed_application_goes_with_its_relations),
		cmocka_unit_test(
		    a_unit_that_was_never_installed_is_gone_at_once),
		cmocka_unit_test(
		    a_unit_that_did_not_start_leaves_what_it_has_entered),
		cmocka_unit_test(a_burst_of_changes_is_one_hook),
		cmocka_unit_test(a_change_during_its_hook_runs_the_hook_again),
		cmocka_unit_test(
		    an_application_bag_is_seen_by_the_other_side_only),
		cmocka_unit_test(
		    the_remote_application_speaks_before_its_units),
		cmocka_unit_test(
		    peers_see_the_leaders_bag_and_each_other_never_themselves),
		cmocka_unit_test(who_leaves_between_joined_and_changed_departs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
