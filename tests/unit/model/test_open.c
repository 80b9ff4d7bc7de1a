/* SPDX-License-Identifier: Apache-2.0 */
/* Who has to look at what, after which change. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "world.h"

static void
begin(struct world *w)
{
	world_init(w);
	world_deploy(w, "db", 3);
	world_deploy(w, "web", 2);
	world_deploy(w, "www", 1);
	world_relate(w, "web", "db");
	world_relate(w, "www", "db");
	world_settle_quietly(w);
	json_object_clear(w->kicked);
}

static void
expect_kicked(struct world *w, const char *names)
{
	autofree char *text = NULL;

	world_note_stirred(w);
	text = json_dumps(w->kicked, JSON_SORT_KEYS | JSON_COMPACT);
	assert_string_equal(text, names);
	json_object_clear(w->kicked);
}

static void
settled_units_look_at_nothing(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	assert_int_equal(world_count_open(&w), 0);
	world_restart(&w);
	assert_int_equal(world_count_open(&w), 0);
	world_release(&w);
}

static void
a_bag_is_looked_at_by_the_other_side_in_that_relation(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	world_say(&w, 1, "db/1", "hello");
	assert_int_equal(world_count_open(&w), 2);
	assert_true(
	    world_is_open(world_unit(&w, "web/0"), world_relation(&w, 1)));
	expect_kicked(&w, "{\"web/0\":true,\"web/1\":true}");
	world_settle_quietly(&w);
	json_object_clear(w.kicked);
	world_say_as_app(&w, 2, "db", "hello");
	assert_int_equal(world_count_open(&w), 1);
	expect_kicked(&w, "{\"www/0\":true}");
	world_release(&w);
}

static void
peers_are_looked_at_by_each_of_them(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	world_say(&w, 0, "db/1", "hello");
	assert_int_equal(world_count_open(&w), 3);
	expect_kicked(&w, "{\"db/0\":true,\"db/1\":true,\"db/2\":true}");
	world_release(&w);
}

static void
a_relation_that_is_to_go_is_looked_at_by_both_sides(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	world_remove_relation(&w, 2);
	assert_int_equal(world_count_open(&w), 4);
	expect_kicked(&w,
	    "{\"db/0\":true,\"db/1\":true,\"db/2\":true,\"www/0\":true}");
	world_release(&w);
}

static void
what_was_left_is_looked_at_again(void **state)
{
	struct world w;
	struct unit *u;

	(void)state;
	begin(&w);
	u = world_unit(&w, "www/0");
	relation_leave(world_relation(&w, 2), u);
	world_commit(&w);
	world_run(&w, "www/0");
	world_expect(&w, "www/0 backend-relation-created rel=2 app=db",
	    "www/0 backend-relation-joined rel=2 app=db unit=db/0",
	    "www/0 backend-relation-changed rel=2 app=db unit=db/0",
	    "www/0 backend-relation-joined rel=2 app=db unit=db/1",
	    "www/0 backend-relation-changed rel=2 app=db unit=db/1",
	    "www/0 backend-relation-joined rel=2 app=db unit=db/2",
	    "www/0 backend-relation-changed rel=2 app=db unit=db/2");
	world_release(&w);
}

static void
what_is_put_off_stays_open(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	begin(&w);
	u = world_unit(&w, "www/0");
	world_say_as_app(&w, 2, "db", "hello");
	op = unit_resolve(u, w.now_ms);
	op_deferred(u, &op, "later", 700, w.now_ms);
	op = unit_resolve(u, w.now_ms);
	assert_int_equal(op.kind, OP_NONE);
	assert_int_equal(op.at_ms, w.now_ms + 700);
	assert_int_equal(world_count_open(&w), 1);
	world_restart(&w);
	assert_int_equal(world_count_open(&w), 1);
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settled_units_look_at_nothing),
		cmocka_unit_test(
		    a_bag_is_looked_at_by_the_other_side_in_that_relation),
		cmocka_unit_test(peers_are_looked_at_by_each_of_them),
		cmocka_unit_test(
		    a_relation_that_is_to_go_is_looked_at_by_both_sides),
		cmocka_unit_test(what_was_left_is_looked_at_again),
		cmocka_unit_test(what_is_put_off_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
