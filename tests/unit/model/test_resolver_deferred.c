/* SPDX-License-Identifier: Apache-2.0 */
/* A relation's hook that its charm has put off. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "world.h"

#define AFTER_MS 5000

/* db/0, which is to leave relation 1 and has put off the last hook of it. */
static struct unit *
begin(struct world *w)
{
	struct unit *u;
	struct op op;

	world_init(w);
	w->now_ms = 1000000;
	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_deploy(w, "web2", 1);
	world_settle_quietly(w);
	assert_int_equal(world_relate(w, "web", "db"), 1);
	world_settle_quietly(w);
	world_remove_relation(w, 1);
	u = world_unit(w, "db/0");
	while ((op = resolve(u, w->now_ms)).hook != HOOK_RELATION_BROKEN) {
		assert_int_equal(op.kind, OP_HOOK);
		op_done(u, &op);
	}
	op_deferred(u, &op, "db/1 lags", AFTER_MS, w->now_ms);
	world_commit(w);
	return u;
}

static void
it_comes_again_at_its_time(void **state)
{
	struct world w;
	struct unit *u = begin(&w);
	struct op op = resolve(u, w.now_ms + AFTER_MS - 1);

	(void)state;
	assert_int_equal(op.kind, OP_NONE);
	assert_int_equal(op.at_ms, w.now_ms + AFTER_MS);
	assert_null(u->local.failed_hook);
	w.now_ms += AFTER_MS;
	world_run(&w, "db/0");
	world_expect(&w, "db/0 database-relation-broken rel=1 app=web");
	assert_null(relation_find_member(world_relation(&w, 1), u));
	assert_int_equal(resolve(u, w.now_ms).at_ms, 0);
	world_release(&w);
}

static void
other_relations_do_not_wait(void **state)
{
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	assert_int_equal(world_relate(&w, "web2", "db"), 2);
	world_run(&w, "db/0");
	world_expect(&w, "db/0 database-relation-created rel=2 app=web2");
	assert_int_equal(resolve(u, w.now_ms).at_ms, w.now_ms + AFTER_MS);
	world_release(&w);
}

static void
an_action_does_not_wait_for_it(void **state)
{
	struct world w;
	struct unit *u = begin(&w);
	struct relation *r = world_relation(&w, 1);

	(void)state;
	assert_false(unit_owes_relation(u, r));
	assert_string_equal(unit_deferral(u, r), "db/1 lags");
	assert_null(unit_deferral(world_unit(&w, "web/0"), r));
	world_release(&w);
}

static void
the_soonest_of_what_is_to_come_counts(void **state)
{
	static const uint64_t asked_ms[] = { AFTER_MS + 1, AFTER_MS - 1 };
	static const uint64_t next_ms[] = { AFTER_MS, AFTER_MS - 1 };
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	for (size_t i = 0; i < nitems(asked_ms); i++) {
		unit_ask_update(u, asked_ms[i], w.now_ms);
		assert_int_equal(resolve(u, w.now_ms).at_ms,
		    w.now_ms + next_ms[i]);
	}
	world_release(&w);
}

static void
it_outlives_a_restart(void **state)
{
	struct world w;
	struct unit *u;

	(void)state;
	(void)begin(&w);
	world_restart(&w);
	u = world_unit(&w, "db/0");
	assert_int_equal(resolve(u, w.now_ms).at_ms, w.now_ms + AFTER_MS);
	assert_string_equal(unit_deferral(u, world_relation(&w, 1)),
	    "db/1 lags");
	w.now_ms += AFTER_MS;
	world_run(&w, "db/0");
	world_expect(&w, "db/0 database-relation-broken rel=1 app=web");
	world_release(&w);
}

static void
a_clock_that_is_set_back_does_not_delay_it(void **state)
{
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	assert_int_equal(resolve(u, w.now_ms - 3600).kind, OP_HOOK);
	world_release(&w);
}

static void
a_dying_unit_does_not_wait(void **state)
{
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	world_remove_unit(&w, "db/0");
	assert_null(unit_deferral(u, world_relation(&w, 1)));
	assert_int_equal(resolve(u, w.now_ms).hook, HOOK_RELATION_BROKEN);
	world_release(&w);
}

/* What was put off was said of a relation that still lives. */
static void
another_hook_of_the_relation_does_not_wait(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_init(&w);
	world_deploy(&w, "db", 1);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	(void)world_relate(&w, "web", "db");
	u = world_unit(&w, "db/0");
	op = resolve(u, w.now_ms);
	op_done(u, &op);
	world_settle_quietly(&w);
	world_say(&w, 1, "web/0", "value");
	op = resolve(u, w.now_ms);
	assert_int_equal(op.hook, HOOK_RELATION_CHANGED);
	op_deferred(u, &op, "not yet", AFTER_MS, w.now_ms);
	assert_int_equal(resolve(u, w.now_ms).kind, OP_NONE);
	world_remove_relation(&w, 1);
	assert_null(unit_deferral(u, world_relation(&w, 1)));
	assert_int_equal(resolve(u, w.now_ms).hook, HOOK_RELATION_DEPARTED);
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_again_at_its_time),
		cmocka_unit_test(other_relations_do_not_wait),
		cmocka_unit_test(an_action_does_not_wait_for_it),
		cmocka_unit_test(the_soonest_of_what_is_to_come_counts),
		cmocka_unit_test(it_outlives_a_restart),
		cmocka_unit_test(a_clock_that_is_set_back_does_not_delay_it),
		cmocka_unit_test(a_dying_unit_does_not_wait),
		cmocka_unit_test(another_hook_of_the_relation_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
