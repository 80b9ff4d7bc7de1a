/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "base/clock.h"
#include "cli/progress.h"

/* A model with a unit of x and one of y in that state. */
static json_t *
at(const char *since, const char *state, const char *message)
{
	autofree char *unit = xasprintf(
	    "{'workload': {'current': '%s', 'message': '%s', 'since': '%s'}, "
	    "'agent': {'current': 'executing', 'message': 'running install "
	    "hook'}}",
	    state, message, since);
	autofree char *text = xasprintf(
	    "{'timestamp': '%s', 'applications': {'x': {'units': {'x/0': %s}}, "
	    "'y': {'units': {'y/0': %s}}}}",
	    since, unit, unit);

	return test_json(text);
}

static void
update(struct progress *p, const char *since, const char *state,
    const char *message, struct strbuf *sb)
{
	json_auto_t *status = at(since, state, message);

	progress_update(p, status, sb);
}

static void
a_step_is_told_when_it_ends_with_the_time_it_took(void **state)
{
	struct progress p = { .applications = (const char *const[]){ "x",
				  NULL } };
	autostrbuf sb = { 0 };

	(void)state;
	update(&p, "2026-01-01T00:00:00.000Z", "waiting", "for machine", &sb);
	assert_int_equal(sb.len, 0);
	update(&p, "2026-01-01T00:00:00.300Z", "maintenance",
	    "initialising the database", &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "x/0  waiting  for machine  (0.3 s)\n");
	strbuf_clear(&sb);
	update(&p, "2026-01-01T00:00:00.300Z", "maintenance",
	    "initialising the database", &sb);
	assert_int_equal(sb.len, 0);
	update(&p, "2026-01-01T00:00:01.500Z", "active", "Primary", &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "x/0  maintenance  initialising the database  (1.2 s)\n");
	strbuf_clear(&sb);
	update(&p, "2026-01-01T00:01:00.000Z", "maintenance", "x", &sb);
	assert_int_equal(sb.len, 0);
	progress_release(&p);
}

static void
a_step_that_takes_long_is_told_while_it_runs_but_not_all_the_time(void **state)
{
	struct progress p = { 0 };
	uint64_t start = clock_parse("2026-01-01T00:00:00Z");
	autostrbuf sb = { 0 };

	(void)state;
	update(&p, "2026-01-01T00:00:00Z", "maintenance", "copying", &sb);
	progress_long(&p, start + 9000, 10000, &sb);
	assert_int_equal(sb.len, 0);
	progress_long(&p, start + 11000, 10000, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "x/0  maintenance  copying  (11 s so far)\n"
	    "y/0  maintenance  copying  (11 s so far)\n");
	strbuf_clear(&sb);
	progress_long(&p, start + 20000, 10000, &sb);
	assert_int_equal(sb.len, 0);
	progress_running(&p, start + 20000, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "x/0  maintenance  copying  (20 s)\n"
	    "y/0  maintenance  copying  (20 s)\n");
	progress_release(&p);
}

static void
a_charm_without_words_lets_its_agent_speak(void **state)
{
	struct progress p = { .applications = (const char *const[]){ "z", "y",
				  NULL } };
	uint64_t start = clock_parse("2026-01-01T00:00:00Z");
	autostrbuf sb = { 0 };

	(void)state;
	update(&p, "2026-01-01T00:00:00Z", "maintenance", "", &sb);
	progress_running(&p, start + 100, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "y/0  maintenance  running install hook  (0.1 s)\n");
	progress_release(&p);
}

static void
what_was_there_before_is_no_step_of_this_wait(void **state)
{
	struct progress p = { .applications = (const char *const[]){ "x",
				  NULL } };
	json_auto_t *status = at("2026-01-01T00:00:00Z", "waiting", "for y");
	uint64_t now = clock_parse("2026-01-01T01:00:00Z");
	autostrbuf sb = { 0 };

	(void)state;
	json_object_set_new(status, "timestamp",
	    json_string("2026-01-01T01:00:00Z"));
	progress_update(&p, status, &sb);
	progress_long(&p, now + 9000, 10000, &sb);
	assert_int_equal(sb.len, 0);
	progress_long(&p, now + 10000, 10000, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "x/0  waiting  for y  (1 h 00 m so far)\n");
	progress_release(&p);
}

static void
being_blocked_takes_no_time(void **state)
{
	struct progress p = { .applications = (const char *const[]){ "x",
				  NULL } };
	autostrbuf sb = { 0 };

	(void)state;
	update(&p, "2026-01-01T00:00:00Z", "blocked", "relate it", &sb);
	update(&p, "2026-01-01T00:00:05Z", "active", "", &sb);
	progress_running(&p, clock_parse("2026-01-01T00:01:00Z"), &sb);
	assert_int_equal(sb.len, 0);
	progress_release(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_step_is_told_when_it_ends_with_the_time_it_took),
		cmocka_unit_test(
		    a_step_that_takes_long_is_told_while_it_runs_but_not_all_the_time),
		cmocka_unit_test(a_charm_without_words_lets_its_agent_speak),
		cmocka_unit_test(what_was_there_before_is_no_step_of_this_wait),
		cmocka_unit_test(being_blocked_takes_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
