/* SPDX-License-Identifier: Apache-2.0 */
/* update-status: when the charm has asked for it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "world.h"

/* web/0, which has nothing to do. */
static struct unit *
begin(struct world *w)
{
	world_init(w);
	w->now_ms = 1000000;
	world_deploy(w, "web", 1);
	world_settle_quietly(w);
	return world_unit(w, "web/0");
}

static void
it_comes_once_and_at_its_time(void **state)
{
	struct world w;
	struct unit *u = begin(&w);
	struct op op;

	(void)state;
	unit_ask_update(u, 30000, w.now_ms);
	op = resolve(u, w.now_ms + 29999);
	assert_int_equal(op.kind, OP_NONE);
	assert_int_equal(op.at_ms, w.now_ms + 30000);
	w.now_ms += 30000;
	world_settle(&w);
	world_expect(&w, "web/0 update-status");
	op = resolve(u, w.now_ms + 3600000);
	assert_int_equal(op.kind, OP_NONE);
	assert_int_equal(op.at_ms, 0);
	world_release(&w);
}

static void
it_comes_at_the_pace_that_is_kept(void **state)
{
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	unit_pace_update(u, 30000, 5000, w.now_ms);
	assert_int_equal(resolve(u, w.now_ms).at_ms, w.now_ms + 25000);
	/* It is kept: nothing changes. */
	unit_pace_update(u, 30000, 0, w.now_ms + 1000);
	assert_int_equal(resolve(u, w.now_ms).at_ms, w.now_ms + 25000);
	/* Another pace begins at once, be it slower or faster. */
	unit_pace_update(u, 90000, 0, w.now_ms);
	assert_int_equal(resolve(u, w.now_ms).at_ms, w.now_ms + 90000);
	unit_pace_update(u, 10000, 0, w.now_ms);
	w.now_ms += 10000;
	world_settle(&w);
	world_expect(&w, "web/0 update-status");
	unit_pace_update(u, 10000, 0, w.now_ms);
	assert_int_equal(resolve(u, w.now_ms).at_ms, w.now_ms + 10000);
	world_release(&w);
}

static void
who_never_asked_is_not_called(void **state)
{
	struct world w;
	struct op op = resolve(begin(&w), UINT64_MAX);

	(void)state;
	assert_int_equal(op.kind, OP_NONE);
	assert_int_equal(op.at_ms, 0);
	world_release(&w);
}

static void
the_soonest_request_counts(void **state)
{
	static const uint64_t asked[] = { 30000, 90000, 10000, 30000 };
	static const uint64_t expected[] = { 30000, 30000, 10000, 10000 };
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	for (size_t i = 0; i < nitems(asked); i++) {
		unit_ask_update(u, asked[i], w.now_ms);
		assert_int_equal(resolve(u, w.now_ms).at_ms,
		    w.now_ms + expected[i]);
	}
	world_release(&w);
}

static void
everything_else_comes_first(void **state)
{
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	unit_ask_update(u, 0, w.now_ms);
	world_deploy(&w, "db", 1);
	world_settle_quietly(&w);
	unit_ask_update(u, 0, w.now_ms);
	u->app->charm_revision++;
	service_add(u, "server")->event = 1;
	world_relate(&w, "web", "db");
	world_run(&w, "web/0");
	world_expect(&w, "web/0 upgrade-charm", "web/0 config-changed",
	    "web/0 service-changed service=server",
	    "web/0 backend-relation-created rel=1 app=db",
	    "web/0 update-status");
	world_release(&w);
}

static void
it_outlives_a_restart(void **state)
{
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	unit_ask_update(u, 30000, w.now_ms);
	world_restart(&w);
	assert_int_equal(resolve(world_unit(&w, "web/0"), w.now_ms).at_ms,
	    w.now_ms + 30000);
	w.now_ms += 86400000;
	world_settle(&w);
	world_expect(&w, "web/0 update-status");
	world_release(&w);
}

static void
a_clock_that_is_stepped_does_not_delay_it_for_long(void **state)
{
	static const int64_t steps[] = { -3600000, -1, 30000, 3600000 };
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	w.now_ms = 10000000;
	unit_ask_update(u, 30000, w.now_ms);
	for (size_t i = 0; i < nitems(steps); i++)
		assert_int_equal(resolve(u, w.now_ms + (uint64_t)steps[i]).hook,
		    HOOK_UPDATE_STATUS);
	/* At most once more the same time. */
	assert_int_equal(resolve(u, w.now_ms).kind, OP_NONE);
	world_release(&w);
}

static void
it_is_repeated_when_it_fails(void **state)
{
	struct world w;
	struct unit *u = begin(&w);
	struct op op;

	(void)state;
	unit_ask_update(u, 0, w.now_ms);
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	assert_int_equal(resolve(u, w.now_ms).kind, OP_WAIT);
	w.now_ms += 5000;
	world_settle(&w);
	world_expect(&w, "web/0 update-status");
	assert_null(u->local.failed_hook);
	world_release(&w);
}

static void
another_failure_is_over_when_it_has_run(void **state)
{
	struct world w;
	struct unit *u = begin(&w);
	struct op op;

	(void)state;
	service_add(u, "server")->event = 1;
	op = resolve(u, w.now_ms);
	op_failed(u, &op, "it broke", w.now_ms, 0);
	unit_find_service(u, "server")->event_seen = 1;
	unit_ask_update(u, 0, w.now_ms);
	world_settle(&w);
	world_expect(&w, "web/0 update-status");
	assert_null(u->local.failed_hook);
	world_release(&w);
}

static void
a_dying_unit_is_not_called(void **state)
{
	struct world w;
	struct unit *u = begin(&w);

	(void)state;
	unit_ask_update(u, 0, w.now_ms);
	world_remove_unit(&w, "web/0");
	world_settle(&w);
	world_expect(&w, "web/0 stop", "web/0 remove", "web/0 gone");
	world_release(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_once_and_at_its_time),
		cmocka_unit_test(it_comes_at_the_pace_that_is_kept),
		cmocka_unit_test(who_never_asked_is_not_called),
		cmocka_unit_test(the_soonest_request_counts),
		cmocka_unit_test(everything_else_comes_first),
		cmocka_unit_test(it_outlives_a_restart),
		cmocka_unit_test(
		    a_clock_that_is_stepped_does_not_delay_it_for_long),
		cmocka_unit_test(it_is_repeated_when_it_fails),
		cmocka_unit_test(another_failure_is_over_when_it_has_run),
		cmocka_unit_test(a_dying_unit_is_not_called),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
