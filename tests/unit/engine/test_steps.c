/* SPDX-License-Identifier: Apache-2.0 */
/* Changes that are rehearsed together. */

#include "plans.h"

#include <string.h>

#include "base/strbuf.h"

struct change {
	engine_verb *verb;
	const char *subject, *args, *what;
};

#define CHANGES_MAX 4

/* A call of that many changes, as the API makes it. */
struct rehearsal {
	struct engine_call call;
	struct engine_step steps[CHANGES_MAX];
	const char *plan; /* Arguments that say so, or NULL. */
	struct error err;
	int rc;
};

static void
rehearsal_begin(struct world *w, struct rehearsal *r,
    const struct change *changes, size_t n)
{
	r->call = (struct engine_call){ .engine = w->engine,
		.model = "-",
		.args = r->plan != NULL ? json_loads(r->plan, 0, NULL) :
					  json_object(),
		.steps = r->steps,
		.nsteps = n };
	for (size_t i = 0; i < n; i++) {
		r->steps[i] = (struct engine_step){ .verb = changes[i].verb,
			.subject = changes[i].subject,
			.args = json_loads(changes[i].args, 0, NULL),
			.what = changes[i].what };
		assert_non_null(r->steps[i].args);
	}
	r->rc = engine_run(verb_rehearse, &r->call, &r->err);
}

static void
rehearsal_end(struct rehearsal *r)
{
	for (size_t i = 0; i < r->call.nsteps; i++)
		json_decref(r->steps[i].args);
	json_decref(r->call.args);
	json_decref(r->call.reply);
	*r = (struct rehearsal){ 0 };
}

static bool
rehearsal_is_over(void *arg)
{
	struct rehearsal *r = arg;

	if (r->rc == 0 && r->call.until != NULL)
		r->rc = r->call.until(&r->call, &r->err);
	return r->rc != 0 || r->call.until == NULL;
}

static void
rehearsal_run(struct world *w, struct rehearsal *r,
    const struct change *changes, size_t n)
{
	rehearsal_begin(w, r, changes, n);
	loop_until(&w->loop, rehearsal_is_over, r);
}

static void
assert_nothing_done(struct world *w, const char *before)
{
	autofree char *after = plans_snapshot(w);

	assert_string_equal(after, before);
	assert_false(plans_is_busy(w));
}

static void
each_sees_what_those_before_it_have_made(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_deploy, NULL, "{\"charm\": \"web\"}", "deploy web" },
		{ verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}",
		    "relate them" },
		{ verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}",
		    "set its size" },
		{ verb_expose, "web", "{}", "expose it" },
	};
	autofree char *before = NULL, *text = NULL, *lines = NULL;
	struct rehearsal r = { 0 };

	world_deploy(w, "db", 1);
	before = plans_snapshot(w);
	rehearsal_run(w, &r, changes, nitems(changes));
	assert_int_not_equal(r.rc, -1);
	lines = json_dumps(json_object_get(r.call.reply, "differences"), 0);
	assert_string_equal(lines,
	    "[\"application web is added\", \"machine 1 is added\", "
	    "\"unit web/0 is added\", \"relation 1 is added\"]");
	text = plans_text(r.call.reply);
	assert_non_null(strstr(text, "web/0 runs install; "));
	assert_non_null(strstr(text, "db/0 runs database-relation-created; "));
	assert_non_null(strstr(text, "db/0 runs database-relation-joined; "));
	rehearsal_end(&r);
	assert_nothing_done(w, before);
}

static void
one_that_is_refused_is_named_and_takes_all_along(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_deploy, NULL, "{\"charm\": \"web\"}", "deploy web" },
		{ verb_set_config, "web", "{\"set\": {\"colour\": \"7\"}}",
		    "set its colour" },
	};
	autofree char *before = NULL;
	struct rehearsal r = { 0 };

	world_deploy(w, "db", 1);
	before = plans_snapshot(w);
	rehearsal_run(w, &r, changes, nitems(changes));
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err.msg,
	    "cannot set its colour: unknown option \"colour\"");
	rehearsal_end(&r);
	assert_nothing_done(w, before);
}

static void
without_a_plan_they_are_only_tried(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_deploy, NULL, "{\"charm\": \"web\"}", "deploy web" },
		{ verb_add_unit, "web", "{\"units\": 2}", "add units" },
	};
	autofree char *before = plans_snapshot(w);
	struct rehearsal r = { .plan = "{\"plan\": false}" };

	rehearsal_run(w, &r, changes, nitems(changes));
	assert_int_equal(r.rc, 0);
	assert_null(json_object_get(r.call.reply, "plan"));
	assert_true(TAILQ_EMPTY(&w->engine->plans));
	rehearsal_end(&r);
	assert_nothing_done(w, before);
}

static void
what_takes_something_away_is_no_step(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_remove_application, "db", "{}", "remove db" },
	};
	struct rehearsal r = { 0 };

	world_deploy(w, "db", 1);
	rehearsal_run(w, &r, changes, nitems(changes));
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err.msg,
	    "cannot remove db: it cannot be rehearsed with others");
	rehearsal_end(&r);
}

/* Its own revision, and an option that it had not before. */
static void
make_web_newer(struct world *w)
{
	autofree char *revision = xasprintf("%s/web/revision", w->charms);
	autofree char *config = xasprintf("%s/web/config.yaml", w->charms);

	assert_int_equal(file_write(revision, 0644, "9\n", &w->err), 0);
	assert_int_equal(file_write(config, 0644,
			     "options: {colour: {type: string}}\n", &w->err),
	    0);
}

static void
a_newer_charm_is_there_for_the_steps_that_follow(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_refresh, "web", "{\"channel\": \"edge\"}",
		    "upgrade web" },
		{ verb_set_config, "web", "{\"set\": {\"colour\": \"red\"}}",
		    "set its colour" },
		{ verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}",
		    "set its size" },
	};
	autofree char *before = NULL, *text = NULL;
	struct rehearsal r = { 0 };

	world_deploy(w, "web", 1);
	before = plans_snapshot(w);
	make_web_newer(w);
	rehearsal_run(w, &r, changes, 2);
	assert_int_not_equal(r.rc, -1);
	text = plans_text(r.call.reply);
	assert_non_null(strstr(text, "web/0 runs upgrade-charm; "));
	rehearsal_end(&r);
	assert_nothing_done(w, before);
	rehearsal_run(w, &r, changes, 3);
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err.msg,
	    "cannot set its size: unknown option \"size\"");
	rehearsal_end(&r);
	/* It has the charm that it had. */
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_settle(w);
}

/* ---- charms that are asked before ---- */

/* Each time that it is asked it says so, a line each. */
static void
let_shell_be_checked(struct world *w, const char *script)
{
	autofree char *metadata = xasprintf("%s/shell/metadata.yaml",
	    w->charms);
	autofree char *dispatch = xasprintf("%s/shell/dispatch", w->charms);
	autofree char *text = xasprintf("#!/bin/sh\n"
					"[ \"$1\" = check ] || exit 0\n"
					"echo \"$2\" >>'%s/asked'\n%s",
	    w->home, script);

	assert_int_equal(file_write(metadata, 0644,
			     "name: shell\ntenon: {check: true}\n", &w->err),
	    0);
	assert_int_equal(file_write(dispatch, 0755, text, &w->err), 0);
}

static void
assert_asked(struct world *w, const char *channels)
{
	autofree char *path = xasprintf("%s/asked", w->home);
	autofree char *text = file_read(path, 1024, NULL, &w->err);

	assert_non_null(text);
	assert_string_equal(text, channels);
}

static void
a_charm_is_asked_once_for_all_its_applications(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_deploy, NULL,
		    "{\"charm\": \"shell\", \"name\": \"one\"}", "one" },
		{ verb_deploy, NULL,
		    "{\"charm\": \"shell\", \"name\": \"two\"}", "two" },
		{ verb_deploy, NULL,
		    "{\"charm\": \"shell\", \"name\": \"old\","
		    " \"channel\": \"edge\"}",
		    "old" },
		{ verb_expose, "two", "{}", "expose two" },
	};
	autofree char *before = plans_snapshot(w), *text = NULL;
	struct rehearsal r = { 0 };

	let_shell_be_checked(w, "exit 0\n");
	rehearsal_run(w, &r, changes, nitems(changes));
	assert_int_not_equal(r.rc, -1);
	assert_asked(w, "\nedge\n");
	text = plans_text(r.call.reply);
	assert_non_null(strstr(text, "old/0 runs install; "));
	assert_non_null(strstr(text, "two/0 runs install; "));
	rehearsal_end(&r);
	assert_true(TAILQ_EMPTY(&w->engine->checks));
	assert_nothing_done(w, before);
}

static void
a_charm_that_refuses_is_what_all_are_refused_for(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_deploy, NULL, "{\"charm\": \"web\"}", "deploy web" },
		{ verb_deploy, NULL,
		    "{\"charm\": \"shell\", \"channel\": \"bad\"}",
		    "deploy shell" },
		{ verb_expose, "nobody", "{}", "come that far" },
	};
	autofree char *before = plans_snapshot(w);
	struct rehearsal r = { 0 };

	let_shell_be_checked(w,
	    "echo \"no version $2\"\necho 'there is: good'\nexit 1\n");
	rehearsal_run(w, &r, changes, nitems(changes));
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err.msg, "cannot deploy shell: no version bad");
	assert_string_equal(r.err.hint, "there is: good");
	rehearsal_end(&r);
	assert_nothing_done(w, before);
}

/* Nothing of the rehearsal is in the model while others use it. */
static void
others_change_the_model_while_a_charm_is_asked(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_deploy, NULL, "{\"charm\": \"web\"}", "deploy web" },
		{ verb_deploy, NULL, "{\"charm\": \"shell\"}", "deploy shell" },
	};
	struct rehearsal r = { 0 };

	let_shell_be_checked(w, "exit 0\n");
	rehearsal_begin(w, &r, changes, nitems(changes));
	assert_non_null(r.call.until);
	assert_null(model_find_application(world_model(w), "web"));
	world_begin(w, verb_deploy, NULL,
	    "{\"charm\": \"db\", \"name\": \"web\"}");
	loop_until(&w->loop, rehearsal_is_over, &r);
	assert_int_equal(r.rc, -1);
	assert_non_null(strstr(r.err.msg,
	    "cannot deploy web: cannot add application \"web\""));
	rehearsal_end(&r);
	world_settle(w);
	assert_non_null(world_find_unit(w, "web/0"));
}

static void
a_model_may_go_while_a_charm_is_asked(void **state)
{
	struct world *w = *state;
	static const struct change changes[] = {
		{ verb_deploy, NULL, "{\"charm\": \"shell\"}", "deploy shell" },
	};
	struct rehearsal r = { 0 };

	let_shell_be_checked(w, "exit 0\n");
	rehearsal_begin(w, &r, changes, nitems(changes));
	assert_non_null(r.call.until);
	world_begin(w, verb_destroy_model, NULL, "{}");
	while (ctl_find_model(w->engine->ctl, "m") != NULL)
		(void)uv_run(&w->loop, UV_RUN_ONCE);
	loop_until(&w->loop, rehearsal_is_over, &r);
	assert_int_equal(r.rc, -1);
	assert_string_equal(r.err.msg, "the model has been destroyed");
	rehearsal_end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(each_sees_what_those_before_it_have_made),
		world_test(one_that_is_refused_is_named_and_takes_all_along),
		world_test(without_a_plan_they_are_only_tried),
		world_test(what_takes_something_away_is_no_step),
		world_test(a_newer_charm_is_there_for_the_steps_that_follow),
		world_test(a_charm_is_asked_once_for_all_its_applications),
		world_test(a_charm_that_refuses_is_what_all_are_refused_for),
		world_test(others_change_the_model_while_a_charm_is_asked),
		world_test(a_model_may_go_while_a_charm_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
