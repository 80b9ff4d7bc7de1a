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
a_failed_hook_waits_twice_as_long_each_time(void **state)
{
	static const uint64_t delays[] = { 5000, 10000, 20000, 40000, 80000,
		160000, 300000, 300000 };
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "web", 1);
	u = world_unit(&w, "web/0");
	for (size_t i = 0; i < nitems(delays); i++) {
		op = resolve(u, w.now_ms);
		assert_int_equal(op.kind, OP_HOOK);
		op_failed(u, &op, "it broke", w.now_ms, 7);
		assert_string_equal(u->local.failed_hook, "install");
		assert_string_equal(u->local.failed_title,
		    "hook failed: \"install\"");
		assert_string_equal(u->local.failed_reason, "it broke");
		op = resolve(u, w.now_ms + delays[i] + 6);
		assert_int_equal(op.kind, OP_WAIT);
		assert_int_equal(op.at_ms, w.now_ms + delays[i] + 7);
		w.now_ms = op.at_ms;
	}
	op = resolve(u, w.now_ms);
	op_done(u, &op);
	assert_null(u->local.failed_hook);
	assert_null(u->local.failed_title);
	assert_null(u->local.failed_reason);
	assert_int_equal(u->local.failures, 0);
	assert_int_equal(u->local.retry_at_ms, 0);
	world_release(&w);
}

/* Else it would wait for as long as the step was. */
static void
a_clock_that_is_set_back_delays_no_hook(void **state)
{
	static const uint64_t day_ms = UINT64_C(24) * 60 * 60 * 1000;
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "web", 1);
	u = world_unit(&w, "web/0");
	w.now_ms += 2 * day_ms;
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	assert_int_equal(resolve(u, w.now_ms).kind, OP_WAIT);
	assert_int_equal(resolve(u, w.now_ms - 60000).kind, OP_WAIT);
	assert_int_equal(resolve(u, w.now_ms - day_ms).kind, OP_HOOK);
	assert_int_equal(resolve(u, w.now_ms + day_ms).kind, OP_HOOK);
	world_release(&w);
}

/* Until somebody says so; but to die it waits for nobody. */
static void
a_hook_may_never_be_tried_again_by_itself(void **state)
{
	static const uint64_t year_ms = UINT64_C(366) * 24 * 60 * 60 * 1000;
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "web", 1);
	world_settle_quietly(&w);
	u = world_unit(&w, "web/0");
	u->local.config_changed = false;
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	u->local.retry_at_ms = OP_RETRY_NEVER;
	assert_int_equal(resolve(u, w.now_ms).kind, OP_WAIT);
	assert_int_equal(resolve(u, w.now_ms + year_ms).kind, OP_WAIT);
	world_restart(&w);
	u = world_unit(&w, "web/0");
	assert_int_equal(resolve(u, w.now_ms).kind, OP_WAIT);
	u->local.retry_at_ms = w.now_ms;
	assert_int_equal(resolve(u, w.now_ms).hook, HOOK_CONFIG_CHANGED);
	u->local.retry_at_ms = OP_RETRY_NEVER;
	u->life = LIFE_DYING;
	assert_int_equal(resolve(u, w.now_ms).hook, HOOK_STOP);
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	u->local.retry_at_ms = OP_RETRY_NEVER;
	assert_int_equal(resolve(u, w.now_ms).hook, HOOK_STOP);
	world_release(&w);
}

static void
what_else_comes_first_does_not_wait_for_a_failed_hook(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_settle_quietly(&w);
	world_relate(&w, "web", "db");
	u = world_unit(&w, "db/0");
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	assert_string_equal(u->local.failed_title,
	    "hook failed: \"database-relation-created\" for web:backend");
	assert_int_equal(resolve(u, w.now_ms).kind, OP_WAIT);
	json_object_set_new(u->app->config, "size", json_integer(4));
	application_rehash(u->app);
	world_run(&w, "db/0");
	world_expect(&w, "db/0 config-changed",
	    "db/0 database-relation-created rel=1 app=web");
	world_release(&w);
}

static void
a_skipped_hook_counts_as_run(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "web", 1);
	u = world_unit(&w, "web/0");
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	op = resolve(u, w.now_ms);
	assert_int_equal(op.kind, OP_WAIT);
	op_done(u, &op);
	world_settle(&w);
	world_expect(&w, "web/0 leader-elected", "web/0 config-changed",
	    "web/0 start");
	world_release(&w);
}

static void
a_unit_recovers_when_the_reason_of_its_failure_is_gone(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_settle_quietly(&w);
	u = world_unit(&w, "db/0");
	(void)service_add(u, "x");
	unit_find_service(u, "x")->event = 1;
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	entity_delete(&unit_find_service(u, "x")->entity);
	world_commit(&w);
	world_settle(&w);
	world_expect(&w, "db/0 config-changed");
	assert_null(u->local.failed_hook);
	world_release(&w);
}

static void
a_dying_unit_gives_a_hook_three_tries(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "web", 1);
	world_settle_quietly(&w);
	world_remove_unit(&w, "web/0");
	u = world_unit(&w, "web/0");
	for (int i = 0; i < 2; i++) {
		op = resolve(u, w.now_ms);
		assert_int_equal(op.kind, OP_HOOK);
		assert_int_equal(op.hook, HOOK_STOP);
		op_failed(u, &op, "it broke", w.now_ms, 999);
		assert_int_equal(resolve(u, w.now_ms + 999).kind, OP_WAIT);
		w.now_ms += 1000;
	}
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	assert_null(u->local.failed_hook);
	world_settle(&w);
	world_expect(&w, "web/0 remove", "web/0 gone");
	world_release(&w);
}

static void
a_unit_that_begins_to_die_does_not_wait_out_a_long_delay(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "db", 1);
	world_deploy(&w, "web", 1);
	world_relate(&w, "web", "db");
	world_settle_quietly(&w);
	world_remove_relation(&w, 1);
	u = world_unit(&w, "db/0");
	for (int i = 0; i < 5; i++) {
		op = resolve(u, w.now_ms);
		op_failed(u, &op, "it broke", w.now_ms, 0);
		w.now_ms = u->local.retry_at_ms;
	}
	w.now_ms -= 2000;
	assert_int_equal(resolve(u, w.now_ms).kind, OP_WAIT);
	world_remove_unit(&w, "db/0");
	assert_int_equal(resolve(u, w.now_ms).kind, OP_HOOK);
	world_release(&w);
}

static void
a_failure_survives_a_restart(void **state)
{
	struct world w;
	struct unit *u;
	struct op op;

	(void)state;
	world_deploy(begin(&w), "web", 1);
	u = world_unit(&w, "web/0");
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 3);
	world_restart(&w);
	op = resolve(world_unit(&w, "web/0"), w.now_ms);
	assert_int_equal(op.kind, OP_WAIT);
	assert_int_equal(op.hook, HOOK_INSTALL);
	assert_int_equal(op.at_ms, w.now_ms + 5003);
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_hook_waits_twice_as_long_each_time),
		cmocka_unit_test(a_hook_may_never_be_tried_again_by_itself),
		cmocka_unit_test(
		    what_else_comes_first_does_not_wait_for_a_failed_hook),
		cmocka_unit_test(a_clock_that_is_set_back_delays_no_hook),
		cmocka_unit_test(a_skipped_hook_counts_as_run),
		cmocka_unit_test(
		    a_unit_recovers_when_the_reason_of_its_failure_is_gone),
		cmocka_unit_test(a_dying_unit_gives_a_hook_three_tries),
		cmocka_unit_test(
		    a_unit_that_begins_to_die_does_not_wait_out_a_long_delay),
		cmocka_unit_test(a_failure_survives_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
