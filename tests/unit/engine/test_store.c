/* SPDX-License-Identifier: Apache-2.0 */
/* When the store refuses: nothing acknowledged is lost, and work goes on. */

#include "world.h"

#include <signal.h>
#include <sys/resource.h>

#include "model/rows.h"
#include "store/impl.h"

/* The whole model as its rows; owned by the caller. */
static char *
rows_of(struct world *w)
{
	struct model *m = world_model(w);
	json_auto_t *all = json_object();
	struct application *app;
	struct relation *rel;
	struct machine *machine;
	struct unit *u;
	struct task *t;

#define ADD(e)                                                          \
	do {                                                            \
		autofree char *key = row_key(&(e)->entity);             \
		json_object_set_new(all, key, row_value(&(e)->entity)); \
	} while (0)
	ADD(w->engine->ctl);
	ADD(m);
	RB_FOREACH(machine, machine_tree, &m->machines)
		ADD(machine);
	RB_FOREACH(rel, relation_tree, &m->relations)
		ADD(rel);
	RB_FOREACH(t, task_tree, &m->tasks)
		ADD(t);
	RB_FOREACH(app, application_tree, &m->applications) {
		ADD(app);
		RB_FOREACH(u, unit_tree, &app->units)
			ADD(u);
	}
#undef ADD
	return json_dumps(all, JSON_SORT_KEYS | JSON_INDENT(1));
}

static const char refusal[] = "attempt to write a readonly database";

static void
refused_by_store(struct world *w, engine_verb *verb, const char *subject,
    const char *args)
{
	autofree char *before = rows_of(w);
	autofree char *after = NULL;
	struct engine_call c = { .engine = w->engine,
		.model = "-",
		.subject = subject };
	struct error err = { 0 };

	c.args = json_loads(args, 0, NULL);
	assert_int_equal(verb(&c, &err), -1);
	json_decref(c.args);
	json_decref(c.reply);
	assert_non_null(strstr(err.msg, refusal));
	after = rows_of(w);
	assert_string_equal(after, before);
	assert_true(TAILQ_EMPTY(&w->engine->ctl->touched));
	assert_null(w->engine->batch);
}

static void
a_verb_that_cannot_be_written_changes_nothing(void **state)
{
	static const struct {
		engine_verb *verb;
		const char *subject, *args;
	} cases[] = {
		{ verb_add_model, NULL, "{\"name\": \"n\"}" },
		{ verb_switch, NULL, "{}" },
		{ verb_deploy, NULL, "{\"charm\": \"shell\"}" },
		{ verb_add_unit, "db", "{\"units\": 2}" },
		{ verb_set_config, "db", "{\"set\": {\"size\": \"7\"}}" },
		{ verb_relate, NULL, "{\"endpoints\": [\"spare\", \"db\"]}" },
		{ verb_remove_relation, NULL,
		    "{\"endpoints\": [\"web\", \"db\"]}" },
		{ verb_remove_relation, NULL,
		    "{\"endpoints\": [\"web\", \"db\"], \"force\": true}" },
		{ verb_remove_units, NULL,
		    "{\"units\": [\"db/0\", \"web/0\"]}" },
		{ verb_remove_units, NULL,
		    "{\"units\": [\"db/0\"], \"force\": true}" },
		{ verb_remove_application, "db",
		    "{\"destroy-storage\": true}" },
		{ verb_run_action, NULL,
		    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}" },
		{ verb_destroy_model, NULL, "{\"destroy-storage\": true}" },
		{ verb_destroy_model, NULL, "{\"force\": true}" },
		{ verb_destroy_controller, NULL,
		    "{\"destroy-all-models\": true}" },
	};
	struct world *w = *state;

	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"web\", \"name\": \"spare\"}");
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_do(w, verb_add_model, NULL,
	    "{\"name\": \"other\", \"switch\": false}");
	world_settle(w);
	world_break_store(w);
	for (size_t i = 0; i < nitems(cases); i++) {
		if (cases[i].verb == verb_switch)
			continue;
		refused_by_store(w, cases[i].verb, cases[i].subject,
		    cases[i].args);
	}
	world_mend_store(w);
	/* Everything still works, and nothing of the above turns up. */
	world_do(w, verb_add_unit, "db", "{\"units\": 1}");
	world_settle(w);
	assert_non_null(world_find_unit(w, "db/2"));
	assert_null(world_find_unit(w, "db/3"));
	assert_int_equal(world_unit(w, "db/0")->life, LIFE_ALIVE);
	world_restart(w);
	world_settle(w);
	assert_null(world_find_unit(w, "db/3"));
	assert_null(ctl_find_model(w->engine->ctl, "n"));
}

static void
a_hook_that_cannot_be_written_is_run_again(void **state)
{
	struct world *w = *state;
	struct unit *u;

	world_deploy(w, "db", 1);
	world_rule(w, "db", "config-changed", "gate");
	world_forget_seen(w, "db");
	world_do(w, verb_set_config, "db", "{\"set\": {\"size\": \"4\"}}");
	world_await_seen(w, "db", "db/0 config-changed");
	world_break_store(w);
	world_open_gate(w, "db");
	world_await_unit(w, "db/0", "error");
	u = world_unit(w, "db/0");
	assert_string_equal(u->local.failed_hook, "config-changed");
	assert_non_null(strstr(u->local.failed_reason, refusal));
	assert_true(engine_owes(w->engine));
	world_mend_store(w);
	world_rule(w, "db", "config-changed", NULL);
	world_do(w, verb_resolved, NULL, "{\"all\": true, \"retry\": true}");
	world_settle(w);
	assert_false(engine_owes(w->engine));
	assert_true(json_bool(u->state, "config-seen", false));
}

static bool
owes_nothing(void *arg)
{
	const struct world *w = arg;

	return !engine_owes(w->engine);
}

/* The action has run, and nobody can make it not have run. */
static void
what_is_owed_survives_the_refusal_of_a_verb(void **state)
{
	struct world *w = *state;
	struct task *t;

	world_deploy(w, "db", 1);
	w->engine->timing.retry_ms = 5;
	world_rule(w, "db", "give-up", "gate");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_await_seen(w, "db", "db/0 give-up");
	world_break_store(w);
	world_open_gate(w, "db");
	world_await_unit(w, "db/0", "idle");
	t = RB_MAX(task_tree, &world_model(w)->tasks);
	assert_int_equal(t->state, TASK_FAILED);
	assert_true(engine_owes(w->engine));
	/* A verb is refused and taken back; the task stays as it is. */
	refused_by_store(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"call\"}");
	refused_by_store(w, verb_remove_units, NULL, "{\"units\": [\"db/0\"]}");
	assert_int_equal(t->state, TASK_FAILED);
	/* Nobody does anything, and it is written all the same. */
	world_mend_store(w);
	world_await(w, owes_nothing);
	world_restart(w);
	t = RB_MAX(task_tree, &world_model(w)->tasks);
	assert_int_equal(t->state, TASK_FAILED);
	assert_string_equal(t->message,
	    "store: attempt to write a readonly database");
}

static void
a_removal_is_not_acknowledged_before_it_is_written(void **state)
{
	struct world *w = *state;
	json_auto_t *args =
	    json_loads("{\"units\": [\"db/1\"], \"wait\": true}", 0, NULL);
	struct engine_call c = { .model = "-", .args = args };
	struct error err = { 0 };

	world_deploy(w, "db", 2);
	w->engine->timing.retry_ms = 5;
	world_rule(w, "db", "db-1.remove", "gate");
	c.engine = w->engine;
	assert_int_equal(verb_remove_units(&c, &err), 0);
	world_await_seen(w, "db", "db/1 remove");
	world_break_store(w);
	/* The hook fails three times, then it is left out. */
	world_rule(w, "db", "db-1.remove", "fail");
	world_open_gate(w, "db");
	world_await_unit(w, "db/1", "gone");
	assert_int_equal(c.until(&c, &err), 0);
	world_mend_store(w);
	world_await(w, owes_nothing);
	assert_int_equal(c.until(&c, &err), 1);
	json_decref(c.reply);
	world_restart(w);
	assert_null(world_find_unit(w, "db/1"));
}

/* A real fault: files may not grow any more. */
static void
a_full_disk_is_survived(void **state)
{
	struct world *w = *state;
	struct rlimit usual, full;

	world_deploy(w, "shell", 1);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	full = usual;
	full.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	{
		autofree char *before = rows_of(w);
		autofree char *after = NULL;
		json_auto_t *args = json_loads("{\"units\": 1}", 0, NULL);
		struct engine_call c = { .engine = w->engine,
			.model = "-",
			.subject = "shell",
			.args = args };
		struct error err = { 0 };

		assert_int_equal(verb_add_unit(&c, &err), -1);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
		json_decref(c.reply);
		after = rows_of(w);
		assert_string_equal(after, before);
	}
	world_do(w, verb_add_unit, "shell", "{\"units\": 1}");
	world_settle(w);
	assert_true(world_unit(w, "shell/1")->local.started);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_verb_that_cannot_be_written_changes_nothing),
		world_test(a_hook_that_cannot_be_written_is_run_again),
		world_test(what_is_owed_survives_the_refusal_of_a_verb),
		world_test(a_removal_is_not_acknowledged_before_it_is_written),
		world_test(a_full_disk_is_survived),
	};

	return cmocka_run_group_tests_name("engine/store", tests, NULL, NULL);
}
