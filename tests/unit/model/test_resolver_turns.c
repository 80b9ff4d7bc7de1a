/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "model/secret.h"
#include "world.h"

static struct world *
begin(struct world *w)
{
	world_init(w);
	return w;
}

static void
an_upgrade_is_followed_by_config_changed(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "web", 1)->charm_revision = 7;
	world_settle_quietly(&w);
	model_find_application(w.model, "web")->charm_revision = 8;
	world_settle(&w);
	world_expect(&w, "web/0 upgrade-charm", "web/0 config-changed");
	world_release(&w);
}

static void
services_are_told_of_in_order_of_names_after_start(void **state)
{
	struct world w;
	struct unit *u;

	(void)state;
	world_deploy(begin(&w), "web", 1);
	u = world_unit(&w, "web/0");
	service_add(u, "b")->event = 3;
	service_add(u, "a")->event = 1;
	service_add(u, "quiet");
	world_settle(&w);
	world_expect(&w, "web/0 install", "web/0 leader-elected",
	    "web/0 config-changed", "web/0 start",
	    "web/0 service-changed service=a",
	    "web/0 service-changed service=b");
	world_release(&w);
}

/* Of db, as if the unit had read its first revision; there is a second one. */
static struct secret *
add_secret(struct world *w, const char *id, const char *grant,
    const char *reader)
{
	struct secret *s = secret_add(model_find_application(w->model, "db"),
	    NULL, id);

	s->revision = 2;
	json_array_append_new(s->grants, json_string(grant));
	json_object_set_new(s->observers, reader,
	    json_pack("{s:i, s:i}", "revision", 1, "told", 1));
	secret_tie(s);
	return s;
}

static void
readers_are_told_once_of_a_later_revision(void **state)
{
	struct world w;
	struct secret *s;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 2);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	(void)add_secret(&w, "b", "1/web", "web/0");
	(void)add_secret(&w, "a", "1/web/0", "web/0");
	(void)add_secret(&w, "not-yours", "1/web/1", "web/0");
	(void)add_secret(&w, "of-another-relation", "9/web", "web/0");
	(void)add_secret(&w, "own", "1/web", "db/0");
	service_add(world_unit(&w, "web/0"), "x")->event = 1;
	world_say_as_app(&w, 1, "db", "news");
	world_run(&w, "web/0");
	world_expect(&w, "web/0 service-changed service=x",
	    "web/0 secret-changed secret=a", "web/0 secret-changed secret=b",
	    "web/0 backend-relation-changed rel=1 app=db");
	world_run(&w, "db/0");
	world_expect(&w, "db/0 secret-changed secret=own");
	world_run(&w, "web/1");
	world_expect(&w, "web/1 backend-relation-changed rel=1 app=db");
	s = model_find_secret(w.model, "a");
	s->revision++;
	entity_delete(&model_find_secret(w.model, "b")->entity);
	world_settle(&w);
	world_expect(&w, "web/0 secret-changed secret=a");
	world_release(&w);
}

static void
an_upgrade_comes_before_leadership_and_config(void **state)
{
	struct world w;
	struct unit *u;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_settle_quietly(&w);
	u = world_unit(&w, "db/0");
	u->app->charm_revision++;
	u->local.leader_elected = false;
	json_object_set_new(u->app->config, "size", json_integer(4));
	application_rehash(u->app);
	(void)service_add(u, "x");
	unit_find_service(u, "x")->event = 1;
	xreplace(&u->app->leader, NULL);
	world_say_as_app(&w, 0, "db", "primary");
	world_settle(&w);
	world_expect(&w, "db/0 upgrade-charm", "db/0 config-changed",
	    "db/0 service-changed service=x",
	    "db/0 cluster-relation-changed rel=0 app=db");
	u->app->charm_revision++;
	(void)application_elect(u->app);
	world_settle(&w);
	world_expect(&w, "db/0 upgrade-charm", "db/0 leader-elected",
	    "db/0 config-changed");
	world_release(&w);
}

static void
who_arrives_out_of_order_is_met_and_left_in_order(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 11);
	world_relate(&w, "web", "db");
	world_run(&w, "db/0");
	world_run(&w, "web/10");
	world_run(&w, "db/0");
	world_run(&w, "web/9");
	world_run(&w, "web/2");
	strbuf_clear(&w.log);
	world_run(&w, "db/0");
	world_expect(&w,
	    "db/0 database-relation-joined rel=1 app=web unit=web/2",
	    "db/0 database-relation-changed rel=1 app=web unit=web/2",
	    "db/0 database-relation-joined rel=1 app=web unit=web/9",
	    "db/0 database-relation-changed rel=1 app=web unit=web/9");
	world_remove_relation(&w, 1);
	world_run(&w, "db/0");
	world_expect(&w,
	    "db/0 database-relation-departed rel=1 app=web unit=web/2 "
	    "departing=web/2",
	    "db/0 database-relation-departed rel=1 app=web unit=web/9 "
	    "departing=web/9",
	    "db/0 database-relation-departed rel=1 app=web unit=web/10 "
	    "departing=web/10",
	    "db/0 database-relation-broken rel=1 app=web");
	world_release(&w);
}

static void
who_has_joined_is_heard_before_others_depart(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 2);
	world_relate(&w, "web", "db");
	world_run(&w, "db/0");
	world_run(&w, "web/0");
	world_run(&w, "db/0");
	world_run(&w, "web/1");
	u = world_unit(&w, "db/0");
	op = resolve(u, 0);
	assert_int_equal(op.hook, HOOK_RELATION_JOINED);
	op_done(u, &op);
	world_remove_unit(&w, "web/0");
	world_run(&w, "web/0");
	strbuf_clear(&w.log);
	world_run(&w, "db/0");
	world_expect(&w,
	    "db/0 database-relation-changed rel=1 app=web unit=web/1",
	    "db/0 database-relation-departed rel=1 app=web unit=web/0 "
	    "departing=web/0");
	world_release(&w);
}

static void
who_is_going_is_not_met_any_more(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	world_relate(&w, "web", "db");
	world_run(&w, "web/0");
	world_remove_unit(&w, "web/0");
	strbuf_clear(&w.log);
	world_run(&w, "db/0");
	world_expect(&w, "db/0 database-relation-created rel=1 app=web");
	world_release(&w);
}

static void
leadership_moves_when_the_leader_is_removed(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "web", 3);
	world_settle_quietly(&w);
	assert_true(unit_is_leader(world_unit(&w, "web/0")));
	world_remove_unit(&w, "web/0");
	assert_true(unit_is_leader(world_unit(&w, "web/1")));
	assert_false(world_unit(&w, "web/0")->local.leader_elected);
	world_settle(&w);
	world_expect(&w, "web/0 stop", "web/0 remove", "web/0 gone",
	    "web/1 leader-elected");
	world_release(&w);
}

static void
leadership_lost_during_leader_elected_is_not_remembered(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "web", 2);
	world_run(&w, "web/1");
	u = world_unit(&w, "web/0");
	op = resolve(u, 0);
	op_done(u, &op);
	op = resolve(u, 0);
	assert_int_equal(op.hook, HOOK_LEADER_ELECTED);
	xreplace(&u->app->leader, "web/1");
	op_done(u, &op);
	assert_false(u->local.leader_elected);
	world_release(&w);
}

static void
a_unit_owes_a_relation_until_it_has_seen_all_of_it(void **state)
{
	struct world w;
	struct relation *r;
	struct unit *db, *web;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	db = world_unit(&w, "db/0");
	web = world_unit(&w, "web/0");
	world_relate(&w, "web", "db");
	r = world_relation(&w, 1);
	/* Not started. */
	assert_false(unit_owes_relation(db, r));
	world_settle_quietly(&w);
	assert_false(unit_owes_relation(db, r));
	assert_false(unit_owes_relation(web, r));
	world_say_as_app(&w, 1, "db", "ready");
	assert_false(unit_owes_relation(db, r));
	assert_true(unit_owes_relation(web, r));
	/* Nobody waits for a unit in error. */
	op = resolve(web, w.now_ms);
	op_failed(web, &op, "it broke", w.now_ms, 0);
	assert_false(unit_owes_relation(web, r));
	op_done(web, &op);
	assert_false(unit_owes_relation(web, r));
	world_remove_relation(&w, 1);
	assert_true(unit_owes_relation(db, r));
	assert_true(unit_owes_relation(web, r));
	assert_false(unit_owes_relation(web, world_relation(&w, 0)));
	world_run(&w, "db/0");
	assert_false(unit_owes_relation(db, r));
	world_release(&w);
}

static void
what_is_deleted_does_not_exist_for_the_resolver(void **state)
{
	struct world w;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	world_relate(&w, "web", "db");
	entity_delete(&world_relation(&w, 1)->entity);
	assert_int_equal(resolve(world_unit(&w, "db/0"), 0).kind, OP_NONE);
	world_relate(&w, "web", "db");
	world_run(&w, "web/0");
	world_run(&w, "db/0");
	strbuf_clear(&w.log);
	entity_delete(&world_unit(&w, "web/0")->entity);
	assert_int_equal(resolve(world_unit(&w, "db/0"), 0).hook,
	    HOOK_RELATION_DEPARTED);
	world_release(&w);
}

/* Everything that can happen, once. */
static char *
whole_life(enum world_habit habit)
{
	struct world w;
	char *log;

	world_init(&w);
	w.habit = habit;
	world_deploy(&w, "db", 2);
	world_deploy(&w, "web", 2);
	world_settle(&w);
	world_relate(&w, "web", "db");
	world_settle(&w);
	world_say_as_app(&w, 1, "web", "want");
	world_say(&w, 1, "db/1", "here");
	world_say_as_app(&w, 0, "db", "primary");
	world_settle(&w);
	world_add_unit(&w, "db");
	world_settle(&w);
	world_remove_unit(&w, "db/0");
	world_settle(&w);
	world_remove_relation(&w, 1);
	world_settle(&w);
	world_relate(&w, "web", "db");
	world_settle(&w);
	world_remove_application(&w, "db");
	world_settle(&w);
	world_remove_application(&w, "web");
	world_settle(&w);
	assert_true(RB_EMPTY(&w.model->applications));
	assert_true(RB_EMPTY(&w.model->relations));
	assert_true(RB_EMPTY(&w.model->machines));
	log = strbuf_detach(&w.log);
	world_release(&w);
	return log;
}

static void
a_restart_after_any_hook_goes_on_with_the_same_next_one(void **state)
{
	autofree char *steady = whole_life(WORLD_STEADY);
	autofree char *restarted = whole_life(WORLD_RESTARTS);

	(void)state;
	assert_non_null(strstr(steady, "web/1 gone\n"));
	assert_string_equal(steady, restarted);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_upgrade_is_followed_by_config_changed),
		cmocka_unit_test(
		    services_are_told_of_in_order_of_names_after_start),
		cmocka_unit_test(readers_are_told_once_of_a_later_revision),
		cmocka_unit_test(an_upgrade_comes_before_leadership_and_config),
		cmocka_unit_test(
		    who_arrives_out_of_order_is_met_and_left_in_order),
		cmocka_unit_test(who_has_joined_is_heard_before_others_depart),
		cmocka_unit_test(who_is_going_is_not_met_any_more),
		cmocka_unit_test(leadership_moves_when_the_leader_is_removed),
		cmocka_unit_test(
		    leadership_lost_during_leader_elected_is_not_remembered),
		cmocka_unit_test(
		    a_unit_owes_a_relation_until_it_has_seen_all_of_it),
		cmocka_unit_test(
		    what_is_deleted_does_not_exist_for_the_resolver),
		cmocka_unit_test(
		    a_restart_after_any_hook_goes_on_with_the_same_next_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
