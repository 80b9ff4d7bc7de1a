/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of the storage of those that go. */

#include "world.h"

#include <unistd.h>

static char *
storage_of(struct world *w, const char *unit)
{
	return unit_storage_dir(w->engine, world_unit(w, unit));
}

static void
a_removed_unit_runs_its_last_hooks_and_leaves_its_storage(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL;
	autofree char *dir = NULL, *detached = NULL, *seen = NULL;
	autofree char *expected = NULL;
	const json_t *messages;
	const char *stop;

	world_deploy(w, "db", 2);
	dir = unit_dir(w->engine, world_unit(w, "db/1"));
	detached = unit_detached_dir(w->engine, world_unit(w, "db/1"));
	{
		autofree char *storage = storage_of(w, "db/1");
		autofree char *file = xasprintf("%s/data/file", storage);

		assert_int_equal(file_write(file, 0600, "kept", &w->err), 0);
	}
	world_forget_seen(w, "db");
	reply = world_call(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/1\"], \"wait\": true}");
	assert_null(world_find_unit(w, "db/1"));
	messages = json_object_get(reply, "messages");
	expected = xasprintf("storage data of db/1 is kept in %s", detached);
	assert_string_equal(json_string_value(json_array_get(messages, 0)),
	    expected);
	assert_false(file_exists(dir));
	{
		autofree char *file = xasprintf("%s/data/file", detached);
		autofree char *text = file_text(file);

		assert_string_equal(text, "kept");
	}
	world_settle(w);
	seen = world_seen(w, "db");
	assert_non_null(strstr(seen, "db/1 cluster-relation-departed db/0\n"));
	stop = strstr(seen, "db/1 stop\n");
	assert_non_null(stop);
	assert_non_null(strstr(stop, "db/1 remove\n"));
	assert_non_null(strstr(seen, "db/0 cluster-relation-departed db/1\n"));
	/* Numbers are not used again, of units and of machines. */
	world_do(w, verb_add_unit, "db", "{}");
	world_settle(w);
	assert_int_equal(world_unit(w, "db/2")->machine->id, 2);
}

static void
storage_is_destroyed_when_asked(void **state)
{
	struct world *w = *state;
	autofree char *detached = NULL, *machines = NULL;

	world_deploy(w, "db", 1);
	detached = unit_detached_dir(w->engine, world_unit(w, "db/0"));
	machines = xasprintf("%s/machines/%s", w->home,
	    world_unit(w, "db/0")->machine->instance);
	assert_true(file_exists(machines));
	/* It is going, and then it is decided anew. */
	world_rule(w, "db", "stop", "gate");
	world_begin(w, verb_remove_units, NULL, "{\"units\": [\"db/0\"]}");
	world_await_seen(w, "db", "db/0 stop");
	world_begin(w, verb_remove_application, "db",
	    "{\"destroy-storage\": true}");
	world_open_gate(w, "db");
	world_await_unit(w, "db/0", "gone");
	assert_false(file_exists(detached));
	assert_false(file_exists(machines));
}

/* What units before it left behind is the model's too. */
static void
a_model_that_goes_with_its_storage_leaves_none(void **state)
{
	struct world *w = *state;
	autofree char *other = xasprintf("%s/storage/tenon-000000-0-db-0",
	    w->home);
	autofree char *detached = NULL;

	world_deploy(w, "db", 2);
	detached = unit_detached_dir(w->engine, world_unit(w, "db/1"));
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/1\"], \"wait\": true}");
	assert_true(file_exists(detached));
	assert_int_equal(dir_make(other, 0711, &w->err), 0);
	world_do(w, verb_destroy_model, NULL, "{\"destroy-storage\": true}");
	assert_null(ctl_find_model(w->engine->ctl, "m"));
	assert_false(file_exists(detached));
	/* That of other models stays. */
	assert_true(file_exists(other));
}

static void
what_a_model_has_put_aside_stays(void **state)
{
	struct world *w = *state;
	autofree char *detached = NULL;

	world_deploy(w, "db", 1);
	detached = unit_detached_dir(w->engine, world_unit(w, "db/0"));
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/0\"], \"wait\": true}");
	world_do(w, verb_destroy_model, NULL, "{}");
	assert_null(ctl_find_model(w->engine->ctl, "m"));
	assert_true(file_exists(detached));
}

/* The model is asked for until it is gone, whenever tenond was cut off. */
static void
destroying_a_model_goes_on_after_a_restart(void **state)
{
	struct world *w = *state;
	autofree char *detached = NULL;

	world_deploy(w, "db", 2);
	detached = unit_detached_dir(w->engine, world_unit(w, "db/0"));
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/0\"], \"wait\": true}");
	world_begin(w, verb_destroy_model, NULL, "{\"destroy-storage\": true}");
	for (int i = 0; i < 200 && ctl_find_model(w->engine->ctl, "m") != NULL;
	     i++) {
		world_restart(w);
		for (int turn = 0; turn < i; turn++)
			(void)uv_run(&w->loop, UV_RUN_ONCE);
	}
	assert_null(ctl_find_model(w->engine->ctl, "m"));
	assert_false(file_exists(detached));
}

static void
storage_that_cannot_be_put_aside_does_not_keep_the_unit(void **state)
{
	struct world *w = *state;
	autofree char *storage = xasprintf("%s/storage", w->home);
	autofree char *left = NULL;
	json_auto_t *line = NULL;

	world_deploy(w, "db", 1);
	left = storage_of(w, "db/0");
	assert_int_equal(file_write(storage, 0600, "in the way", &w->err), 0);
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	line = world_journal(w, "db/0", "removed");
	assert_string_equal(json_text(line, "result", ""), "failed");
	/* Data that somebody may want is not deleted instead. */
	assert_true(file_exists(left));
}

/* Data outlives the directory of the charm that knew of it. */
static void
storage_is_kept_without_its_charm(void **state)
{
	struct world *w = *state;
	autofree char *metadata = xasprintf("%s/db/metadata.yaml", w->charms);
	autofree char *file = NULL, *text = NULL;
	json_auto_t *line = NULL;

	world_deploy(w, "db", 1);
	{
		autofree char *storage = storage_of(w, "db/0");
		autofree char *inside = xasprintf("%s/data/file", storage);
		autofree char *detached = unit_detached_dir(w->engine,
		    world_unit(w, "db/0"));

		assert_int_equal(file_write(inside, 0600, "kept", &w->err), 0);
		file = xasprintf("%s/data/file", detached);
	}
	world_down(w);
	assert_int_equal(unlink(metadata), 0);
	world_up(w);
	world_do(w, verb_remove_application, "db",
	    "{\"force\": true, \"wait\": true}");
	text = file_text(file);
	assert_string_equal(text, "kept");
	line = world_journal(w, "db/0", "removed");
	assert_non_null(json_text(line, "storage", NULL));
}

static void
a_destruction_that_cannot_be_written_destroys_nothing(void **state)
{
	struct world *w = *state;
	autofree char *detached = NULL;

	world_deploy(w, "db", 1);
	detached = unit_detached_dir(w->engine, world_unit(w, "db/0"));
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	assert_true(file_exists(detached));
	world_break_store(w);
	world_refused(w, verb_destroy_model, NULL,
	    "{\"destroy-storage\": true}",
	    "store: attempt to write a readonly database");
	/* One more turn, in which it would begin. */
	world_mend_store(w);
	world_deploy(w, "shell", 1);
	assert_true(file_exists(detached));
	assert_int_equal(world_model(w)->life, LIFE_ALIVE);
	world_do(w, verb_destroy_model, NULL, "{\"destroy-storage\": true}");
	assert_false(file_exists(detached));
}

/* Names of files are bytes; the journal is text. */
static void
a_home_whose_name_is_not_text_is_good_enough(void **state)
{
	struct world *w = *state;
	json_auto_t *line = NULL;

	world_down(w);
	free(w->home);
	w->home = xasprintf("%s/h\xf6me", w->dir);
	world_up(w);
	world_do(w, verb_bootstrap, NULL, "{}");
	world_do(w, verb_add_model, NULL, "{\"name\": \"m\"}");
	world_deploy(w, "db", 1);
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	line = world_journal(w, "db/0", "removed");
	assert_non_null(strstr(json_text(line, "storage", ""), "/h?me/"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(
		    a_removed_unit_runs_its_last_hooks_and_leaves_its_storage),
		world_test(storage_is_destroyed_when_asked),
		world_test(a_model_that_goes_with_its_storage_leaves_none),
		world_test(what_a_model_has_put_aside_stays),
		world_test(destroying_a_model_goes_on_after_a_restart),
		world_test(
		    storage_that_cannot_be_put_aside_does_not_keep_the_unit),
		world_test(storage_is_kept_without_its_charm),
		world_test(
		    a_destruction_that_cannot_be_written_destroys_nothing),
		world_test(a_home_whose_name_is_not_text_is_good_enough),
	};

	return cmocka_run_group_tests_name("engine/storage", tests, NULL, NULL);
}
