/* SPDX-License-Identifier: Apache-2.0 */
/* --dry-run of verbs that know nothing of it. */

#include "plans.h"

#include "base/strbuf.h"

static void
begin(struct world *w)
{
	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	world_settle(w);
	world_forget_seen(w, "db");
	world_forget_seen(w, "web");
}

/* As the API runs it: the texts of what would change, and the plan. */
static void
assert_rehearsed(struct world *w, engine_verb *verb, const char *subject,
    const char *args, const char *expected)
{
	autofree char *before = plans_snapshot(w), *after = NULL, *text = NULL;
	json_auto_t *parsed = json_loads(args, 0, NULL);
	struct engine_call call = { .engine = w->engine,
		.model = "-",
		.subject = subject,
		.args = parsed };
	struct error err = { 0 };
	struct strbuf sb = { 0 };
	json_t *line;
	size_t i;

	assert_non_null(parsed);
	assert_int_equal(engine_run(verb, &call, &err), 0);
	assert_null(call.until);
	json_array_foreach(json_object_get(call.reply, "differences"), i, line)
		strbuf_addf(&sb, "%s; ", json_string_value(line));
	text = plans_text(call.reply);
	strbuf_addf(&sb, "%s", text);
	assert_string_equal(strbuf_cstr(&sb), expected);
	strbuf_release(&sb);
	after = plans_snapshot(w);
	assert_string_equal(after, before);
	assert_false(plans_is_busy(w));
	json_decref(call.reply);
}

static void
any_verb_can_be_rehearsed(void **state)
{
	struct world *w = *state;
	static const struct {
		engine_verb *verb;
		const char *subject, *args, *expected;
	} cases[] = {
		{ verb_expose, "web", "{\"dry-run\": true}",
		    "application web: exposed; " },
		{ verb_trust, "web", "{\"dry-run\": true}",
		    "application web: trusted; web/0 runs config-changed; " },
		{ verb_set_model_config, NULL,
		    "{\"set\": {\"logging-config\": \"INFO\"}, "
		    "\"dry-run\": true}",
		    "model m: config.logging-config; " },
		{ verb_run_action, NULL,
		    "{\"units\": [\"web/0\", \"db/leader\"], "
		    "\"action\": \"credentials\", \"dry-run\": true}",
		    "task 2 is added; task 3 is added; db/0 runs action "
		    "credentials; web/0 runs action credentials; " },
		{ verb_exec, NULL,
		    "{\"command\": \"false\", \"units\": [\"web/0\"], "
		    "\"dry-run\": true}",
		    "task 2 is added; web/0 runs the command; " },
		{ verb_resolved, NULL, "{\"all\": true, \"dry-run\": true}",
		    "" },
		{ verb_switch, NULL, "{\"dry-run\": true}", "" },
	};

	begin(w);
	for (size_t i = 0; i < nitems(cases); i++)
		assert_rehearsed(w, cases[i].verb, cases[i].subject,
		    cases[i].args, cases[i].expected);
	assert_false(world_has_seen(w, "web", "web/0 credentials"));
}

static void
a_model_that_would_be_destroyed_is_still_there(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	world_settle(w);
	world_forget_seen(w, "web");
	assert_rehearsed(w, verb_destroy_model, NULL,
	    "{\"force\": true, \"dry-run\": true}",
	    "model m: is to go; application web: is to go; unit web/0: is to "
	    "go; web/0 is taken out; ");
	world_settle(w);
	assert_non_null(world_find_unit(w, "web/0"));
}

static void
a_task_that_would_be_cancelled_goes_on(void **state)
{
	struct world *w = *state;

	begin(w);
	world_rule(w, "web", "credentials", "gate");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"web/0\"], \"action\": \"credentials\"}");
	world_await_seen(w, "web", "web/0 credentials");
	{
		json_auto_t *args = json_pack("{s:b}", "dry-run", 1);
		struct engine_call call = { .engine = w->engine,
			.model = "-",
			.subject = "2",
			.args = args };
		struct error err = { 0 };

		assert_int_equal(engine_run(verb_cancel_task, &call, &err), 0);
		json_decref(call.reply);
	}
	world_open_gate(w, "web");
	world_settle(w);
	assert_int_equal(model_find_task(world_model(w), 2)->state,
	    TASK_COMPLETED);
}

static void
what_is_refused_is_refused_in_a_rehearsal_too(void **state)
{
	struct world *w = *state;
	autofree char *before = NULL, *after = NULL;
	json_auto_t *args = json_pack("{s:s, s:b}", "name", "m", "dry-run", 1);
	struct engine_call call = { .engine = w->engine,
		.model = "-",
		.args = args };
	struct error err = { 0 };

	begin(w);
	before = plans_snapshot(w);
	assert_int_equal(engine_run(verb_add_model, &call, &err), -1);
	assert_non_null(strstr(err.msg, "already exists"));
	json_decref(call.reply);
	after = plans_snapshot(w);
	assert_string_equal(after, before);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(any_verb_can_be_rehearsed),
		world_test(a_model_that_would_be_destroyed_is_still_there),
		world_test(a_task_that_would_be_cancelled_goes_on),
		world_test(what_is_refused_is_refused_in_a_rehearsal_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
