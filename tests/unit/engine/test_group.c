/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations that end in one turn of the loop. The charm hangs in the hook, and
 * the test says in its place how that has ended.
 */

#include "world.h"

#include "base/clock.h"
#include "model/secret.h"
#include "store/impl.h"

#define UNITS 3

/* What the store was told, and what was known outside at that moment. */
struct witness {
	struct world *world;
	struct engine_watch *watch;
	int commits, told;
	bool refuse; /* The next one. */
};

static int
on_commit(void *arg)
{
	struct witness *witness = arg;
	bool refuse = witness->refuse;

	witness->refuse = false;
	if (!refuse)
		witness->commits++;
	/* Nobody has been told yet, nor has a unit gone on. */
	assert_int_equal(witness->told, 0);
	assert_false(world_is_settled(witness->world));
	return refuse;
}

static void
on_told(void *arg)
{
	struct witness *witness = arg;

	witness->told++;
}

static void
watch(struct witness *witness)
{
	struct world *w = witness->world;

	/* What was to be told before has been. */
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
	witness->watch = engine_watch(w->engine, on_told, witness);
	sqlite3_commit_hook(w->engine->store->db, on_commit, witness);
}

static void
look_away(struct witness *witness)
{
	sqlite3_commit_hook(witness->world->engine->store->db, NULL, NULL);
	engine_unwatch(witness->watch);
}

static bool
all_hang(void *arg)
{
	struct world *w = arg;

	for (int i = 0; i < UNITS; i++) {
		autofree char *line = xasprintf("db/%d config-changed", i);

		if (!world_has_seen(w, "db", line))
			return false;
	}
	return true;
}

static struct context *
context_of(struct world *w, const char *unit)
{
	return agent_find(w->engine, world_unit(w, unit))->context;
}

/* Each unit of db is in its hook config-changed, and has written something. */
static void
let_all_hang(struct world *w)
{
	world_deploy(w, "db", UNITS);
	world_rule(w, "db", "config-changed", "hang");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"4\"}}");
	world_await(w, all_hang);
	for (int i = 0; i < UNITS; i++) {
		autofree char *name = xasprintf("db/%d", i);

		json_object_set_new(context_of(w, name)->state, "written",
		    json_true());
	}
}

static void
finish(struct world *w, const char *unit, const char *failure)
{
	agent_finish(agent_find(w->engine, world_unit(w, unit)), failure);
}

static void
turn(struct world *w)
{
	(void)uv_run(&w->loop, UV_RUN_NOWAIT);
}

static bool
has_written(struct world *w, const char *unit)
{
	return json_bool(world_unit(w, unit)->state, "written", false);
}

static void
hooks_that_end_in_one_turn_are_one_commit(void **state)
{
	struct world *w = *state;
	struct witness witness = { .world = w };
	uint64_t generation;

	let_all_hang(w);
	watch(&witness);
	generation = world_model(w)->generation;
	finish(w, "db/0", NULL);
	finish(w, "db/1", NULL);
	finish(w, "db/2", NULL);
	assert_int_equal(witness.commits, 0);
	turn(w);
	assert_int_equal(witness.commits, 1);
	assert_int_equal(world_model(w)->generation, generation + 1);
	assert_true(witness.told > 0);
	look_away(&witness);
	assert_true(world_is_settled(w));
	world_restart(w);
	for (int i = 0; i < UNITS; i++) {
		autofree char *name = xasprintf("db/%d", i);

		assert_true(has_written(w, name));
	}
	assert_true(world_is_settled(w));
}

static void
a_hook_that_ends_alone_waits_for_nobody(void **state)
{
	struct world *w = *state;
	struct witness witness = { .world = w };

	let_all_hang(w);
	watch(&witness);
	finish(w, "db/1", NULL);
	turn(w);
	assert_int_equal(witness.commits, 1);
	look_away(&witness);
	assert_false(unit_is_busy(w->engine, world_unit(w, "db/1")));
	assert_true(unit_is_busy(w->engine, world_unit(w, "db/0")));
}

static void
the_journal_has_them_in_the_order_of_their_ends(void **state)
{
	static const char *const order[] = { "db/2", "db/0", "db/1" };
	struct world *w = *state;
	json_auto_t *reply = NULL;
	json_t *entries;

	let_all_hang(w);
	for (size_t i = 0; i < nitems(order); i++)
		finish(w, order[i], NULL);
	turn(w);
	reply = world_call(w, verb_journal, NULL, "{\"limit\": 3}");
	entries = json_object_get(reply, "entries");
	for (size_t i = 0; i < nitems(order); i++)
		assert_string_equal(json_text(json_array_get(entries, i),
					"subject", ""),
		    order[i]);
}

static void
one_that_fails_drops_its_own_writes_only(void **state)
{
	struct world *w = *state;
	struct witness witness = { .world = w };

	let_all_hang(w);
	watch(&witness);
	finish(w, "db/0", NULL);
	finish(w, "db/1", "told to fail");
	finish(w, "db/2", NULL);
	turn(w);
	assert_int_equal(witness.commits, 1);
	look_away(&witness);
	world_restart(w);
	assert_true(has_written(w, "db/0"));
	assert_false(has_written(w, "db/1"));
	assert_true(has_written(w, "db/2"));
	assert_string_equal(world_unit(w, "db/1")->local.failed_reason,
	    "told to fail");
	assert_null(world_unit(w, "db/2")->local.failed_hook);
}

static void
a_group_that_is_refused_is_written_one_by_one(void **state)
{
	struct world *w = *state;
	struct witness witness = { .world = w };

	let_all_hang(w);
	watch(&witness);
	witness.refuse = true;
	finish(w, "db/0", NULL);
	finish(w, "db/1", "told to fail");
	finish(w, "db/2", NULL);
	turn(w);
	assert_int_equal(witness.commits, UNITS);
	look_away(&witness);
	assert_false(engine_owes(w->engine));
	assert_int_equal(w->engine->fault.code, ERROR_NONE);
	assert_int_equal(world_unit(w, "db/1")->local.failures, 1);
	world_restart(w);
	assert_true(has_written(w, "db/0"));
	assert_false(has_written(w, "db/1"));
	assert_true(has_written(w, "db/2"));
}

static void
one_that_is_too_large_fails_alone(void **state)
{
	struct world *w = *state;
	sqlite3 *db = w->engine->store->db;
	autofree char *much = xcalloc(1, 20001);
	int limit;

	memset(much, 'x', 20000);
	let_all_hang(w);
	json_object_set_new(context_of(w, "db/1")->state, "much",
	    json_string(much));
	limit = sqlite3_limit(db, SQLITE_LIMIT_LENGTH, 10000);
	finish(w, "db/0", NULL);
	finish(w, "db/1", NULL);
	finish(w, "db/2", NULL);
	turn(w);
	(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, limit);
	assert_false(engine_owes(w->engine));
	assert_true(has_written(w, "db/0"));
	assert_true(has_written(w, "db/2"));
	assert_false(has_written(w, "db/1"));
	assert_string_equal(world_unit(w, "db/1")->local.failed_hook,
	    "config-changed");
	assert_non_null(
	    strstr(world_unit(w, "db/1")->local.failed_reason, "store: "));
}

static void
one_that_is_removed_by_force_is_not_written(void **state)
{
	struct world *w = *state;

	let_all_hang(w);
	finish(w, "db/0", NULL);
	finish(w, "db/1", NULL);
	finish(w, "db/2", NULL);
	world_begin(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/1\"], \"force\": true}");
	turn(w);
	assert_true(has_written(w, "db/0"));
	assert_true(has_written(w, "db/2"));
	assert_false(has_written(w, "db/1"));
	world_await_unit(w, "db/1", "gone");
}

/* One removes a secret, the other one writes it anew. */
static void
what_is_deleted_may_be_made_again_in_the_same_turn(void **state)
{
	static const char id[] = "9m4e2mr0ui3e8a215n4g";
	struct world *w = *state;
	struct secret *s;

	world_deploy(w, "db", 1);
	s = secret_add(world_unit(w, "db/0")->app, NULL, id);
	secret_take_terms(s, json_null());
	world_do(w, verb_add_unit, "db", "{\"units\": 2}");
	world_settle(w);
	world_rule(w, "db", "config-changed", "hang");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"4\"}}");
	world_await(w, all_hang);
	json_object_set_new(context_of(w, "db/0")->secrets, id, json_null());
	json_object_set_new(context_of(w, "db/1")->secrets, id,
	    json_pack("{s:i, s:{s:{s:s}}, s:[]}", "revision", 7, "revisions",
		"7", "user", "u", "grants"));
	finish(w, "db/0", NULL);
	finish(w, "db/1", NULL);
	turn(w);
	world_restart(w);
	s = model_find_secret(world_model(w), id);
	assert_non_null(s);
	assert_int_equal(s->revision, 7);
}

/* It could say so only when the store could be written again. */
static void
one_that_the_store_has_failed_is_repeated_at_once(void **state)
{
	struct world *w = *state;
	struct unit *u;

	let_all_hang(w);
	world_break_store(w);
	world_refused(w, verb_set_config, "db", "{\"set\": {\"size\": \"5\"}}",
	    "store: attempt to write a readonly database");
	world_mend_store(w);
	engine_pay(w->engine);
	assert_int_equal(w->engine->fault.code, ERROR_NONE);
	world_rule(w, "db", "config-changed", NULL);
	finish(w, "db/0", "status-set: store: attempt to write");
	finish(w, "db/1", "status-set: told to fail");
	turn(w);
	u = world_unit(w, "db/0");
	assert_true(u->local.retry_at_ms <= clock_wall_ms());
	u = world_unit(w, "db/1");
	assert_true(u->local.retry_at_ms > clock_wall_ms());
}

static void
an_engine_that_stops_writes_what_has_ended(void **state)
{
	struct world *w = *state;

	let_all_hang(w);
	finish(w, "db/0", NULL);
	finish(w, "db/1", NULL);
	world_restart(w);
	assert_true(has_written(w, "db/0"));
	assert_true(has_written(w, "db/1"));
	assert_false(has_written(w, "db/2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(hooks_that_end_in_one_turn_are_one_commit),
		world_test(a_hook_that_ends_alone_waits_for_nobody),
		world_test(the_journal_has_them_in_the_order_of_their_ends),
		world_test(one_that_fails_drops_its_own_writes_only),
		world_test(a_group_that_is_refused_is_written_one_by_one),
		world_test(one_that_is_too_large_fails_alone),
		world_test(one_that_is_removed_by_force_is_not_written),
		world_test(what_is_deleted_may_be_made_again_in_the_same_turn),
		world_test(one_that_the_store_has_failed_is_repeated_at_once),
		world_test(an_engine_that_stops_writes_what_has_ended),
	};

	return cmocka_run_group_tests_name("engine/group", tests, NULL, NULL);
}
