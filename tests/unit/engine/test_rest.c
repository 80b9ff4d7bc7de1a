/* SPDX-License-Identifier: Apache-2.0 */
/* What is left when there is nothing to do. */

#include "world.h"

#define HOUR_MS (60 * 60 * 1000)

struct timers {
	size_t n;
	uint64_t soonest_ms;
};

/* What happens once in an hour is no reason to wake up. */
static void
timers_count(uv_handle_t *handle, void *arg)
{
	struct timers *t = arg;
	uint64_t due_ms;

	if (handle->type != UV_TIMER || !uv_is_active(handle))
		return;
	due_ms = uv_timer_get_due_in((const uv_timer_t *)handle);
	if (due_ms > HOUR_MS / 2)
		return;
	t->n++;
	t->soonest_ms = t->n == 1 || due_ms < t->soonest_ms ? due_ms :
							      t->soonest_ms;
}

static struct timers
timers_of(struct world *w)
{
	struct timers t = { 0 };

	uv_update_time(&w->loop);
	uv_walk(&w->loop, timers_count, &t);
	return t;
}

static bool
no_charm_runs(void *arg)
{
	struct world *w = arg;
	static const char *const units[] = { "db/0", "db/1", "web/0" };

	for (size_t i = 0; i < nitems(units); i++) {
		const struct agent *a = agent_find(w->engine,
		    world_unit(w, units[i]));

		if (a != NULL && a->runner != NULL)
			return false;
	}
	return true;
}

static void
a_model_at_rest_has_no_process_and_no_timer(void **state)
{
	struct world *w = *state;

	w->engine->timing.linger_ms = 10;
	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_await(w, no_charm_runs);
	assert_int_equal(timers_of(w).n, 0);
	assert_int_equal(w->engine->nidle, 0);
}

/* And what a charm has asked for is the one thing that is waited for. */
static void
a_time_that_was_asked_for_is_one_timer(void **state)
{
	struct world *w = *state;
	json_auto_t *task = NULL;
	struct timers t;

	w->engine->timing.linger_ms = 10;
	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	task = world_run(w, "db/1", "call",
	    "{\"tool\": \"update-status-after\", "
	    "\"args\": {\"seconds\": 60}}");
	assert_string_equal(json_text(task, "status", ""), "completed");
	world_settle(w);
	world_await(w, no_charm_runs);
	t = timers_of(w);
	assert_int_equal(t.n, 1);
	assert_in_range(t.soonest_ms, 30000, 60000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_model_at_rest_has_no_process_and_no_timer),
		world_test(a_time_that_was_asked_for_is_one_timer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
