/* SPDX-License-Identifier: Apache-2.0 */
/* What options of a model do. */

#include "plans.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/environment.h"
#include "engine/model_option.h"
#include "model/resolver.h"

static void
set(struct world *w, const char *text)
{
	autofree char *args = xasprintf("{\"set\": {%s}}", text);

	world_do(w, verb_set_model_config, NULL, args);
}

static void
reset(struct world *w, const char *name)
{
	autofree char *args = xasprintf("{\"reset\": [\"%s\"]}", name);

	world_do(w, verb_set_model_config, NULL, args);
}

/* ---- what there is ---- */

static const char *
shown(const json_t *reply, const char *name)
{
	const json_t *config = json_child(reply, "config", JSON_OBJECT);

	return json_text(json_child(config, name, JSON_OBJECT), "value", NULL);
}

static void
options_that_mean_nothing_here_are_kept_and_seen_once_set(void **state)
{
	struct world *w = *state;
	json_auto_t *before = world_call(w, verb_get_model_config, NULL, "{}");
	json_auto_t *after = NULL;

	assert_null(shown(before, "image-stream"));
	assert_string_equal(shown(before, "http-proxy"), "");
	set(w, "\"image-stream\": \"daily\"");
	after = world_call(w, verb_get_model_config, NULL, "{}");
	assert_string_equal(shown(after, "image-stream"), "daily");
}

static void
options_are_in_order_of_name(void **state)
{
	(void)state;
	for (const struct model_option *o = model_options; o[1].name != NULL;
	     o++) {
		if (strcmp(o[0].name, o[1].name) >= 0)
			fail_msg("%s before %s", o[0].name, o[1].name);
		assert_true(o->takes(o->initial));
	}
}

static void
what_may_have_been_meant_is_said(void **state)
{
	struct world *w = *state;

	world_refused(w, verb_set_model_config, NULL,
	    "{\"set\": {\"colour\": \"red\"}}",
	    "unknown model option \"colour\"");
	assert_string_equal(w->err.hint,
	    "\"tenon model-config\" shows those there are");
	world_refused(w, verb_set_model_config, NULL,
	    "{\"set\": {\"http_proxy\": \"x\"}}",
	    "unknown model option \"http_proxy\"");
	assert_string_equal(w->err.hint, "did you mean \"http-proxy\"?");
}

/* ---- automatically-retry-hooks ---- */

/* db/0 is in error then. */
static void
deploy_failing_at(struct world *w, const char *hook)
{
	world_rule(w, "db", hook, "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
}

static void
a_hook_waits_for_somebody_where_it_is_not_to_be_tried_again(void **state)
{
	struct world *w = *state;
	json_auto_t *reply = NULL;
	autofree char *text = NULL;
	struct unit *u;

	set(w, "\"automatically-retry-hooks\": \"false\"");
	deploy_failing_at(w, "start");
	u = world_unit(w, "db/0");
	assert_int_equal(u->local.retry_at_ms, OP_RETRY_NEVER);
	reply = world_call(w, verb_why, NULL, "{\"subject\": \"db/0\"}");
	text = json_line(reply);
	assert_non_null(strstr(text,
	    "somebody to have it tried again: model option "
	    "automatically-retry-hooks is off"));
	world_restart(w);
	world_rule(w, "db", "start", NULL);
	world_forget_seen(w, "db");
	world_do(w, verb_resolved, NULL, "{\"units\": [\"db/0\"]}");
	world_settle(w);
	assert_true(world_unit(w, "db/0")->local.started);
}

static void
what_has_failed_is_tried_again_once_that_is_wanted(void **state)
{
	struct world *w = *state;
	struct unit *u;

	deploy_failing_at(w, "start");
	u = world_unit(w, "db/0");
	assert_true(u->local.retry_at_ms < OP_RETRY_NEVER);
	set(w, "\"automatically-retry-hooks\": \"false\"");
	assert_int_equal(u->local.retry_at_ms, OP_RETRY_NEVER);
	world_rule(w, "db", "start", NULL);
	/* The model says nothing any more; the controller says the same. */
	world_do(w, verb_set_model_defaults, NULL,
	    "{\"set\": {\"automatically-retry-hooks\": \"false\"}}");
	reset(w, "automatically-retry-hooks");
	assert_int_equal(u->local.retry_at_ms, OP_RETRY_NEVER);
	world_do(w, verb_set_model_defaults, NULL,
	    "{\"reset\": [\"automatically-retry-hooks\"]}");
	world_settle(w);
	assert_true(u->local.started);
}

static void
a_hook_that_never_succeeds_can_be_left_out(void **state)
{
	struct world *w = *state;

	set(w, "\"automatically-retry-hooks\": \"false\"");
	deploy_failing_at(w, "config-changed");
	world_do(w, verb_resolved, NULL,
	    "{\"units\": [\"db/0\"], \"retry\": false}");
	world_settle(w);
	assert_true(world_unit(w, "db/0")->local.started);
}

static void
expect_plan_of_a_size(struct world *w, const char *expected)
{
	json_auto_t *reply = world_call(w, verb_set_config, "web",
	    "{\"set\": {\"size\": \"7\"}, \"dry-run\": true}");
	autofree char *text = plans_text(reply);

	assert_string_equal(text, expected);
}

static void
no_plan_has_what_is_not_tried_again(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	deploy_failing_at(w, "start");
	expect_plan_of_a_size(w,
	    "db/0 runs start; web/0 runs config-changed; ");
	set(w, "\"automatically-retry-hooks\": \"false\"");
	expect_plan_of_a_size(w, "web/0 runs config-changed; ");
}

static void
removal_goes_on_where_nothing_is_tried_again(void **state)
{
	struct world *w = *state;

	set(w, "\"automatically-retry-hooks\": \"false\"");
	world_deploy(w, "db", 1);
	world_rule(w, "db", "stop", "fail");
	world_do(w, verb_remove_application, "db", "{}");
	world_await_unit(w, "db/0", "gone");
}

/* ---- update-status-hook-interval ---- */

/* In a time from 4/5 of `every_ms` to the whole of it? */
static void
expect_pace(struct world *w, const char *unit, uint64_t every_ms)
{
	const struct unit_local *local = &world_unit(w, unit)->local;
	uint64_t in_ms = local->update_at_ms - clock_wall_ms();

	assert_int_equal(local->update_after_ms, every_ms);
	assert_in_range(in_ms, every_ms * 3 / 5, every_ms);
}

static void
let_shell_log_its_hooks(struct world *w)
{
	autofree char *path = xasprintf("%s/shell/dispatch", w->charms);
	autofree char *text = xasprintf(
	    "#!/bin/sh\necho \"$JUJU_UNIT_NAME $JUJU_HOOK_NAME\" >>%s/seen\n",
	    w->charms);

	assert_int_equal(file_write(path, 0755, text, &w->err), 0);
}

static int
count_updates(struct world *w)
{
	autofree char *path = xasprintf("%s/seen", w->charms);
	autofree char *text = file_read(path, 65536, NULL, &w->err);
	int n = 0;

	for (const char *at = text;
	     at != NULL && (at = strstr(at, "shell/0 update-status\n")) != NULL;
	     at++)
		n++;
	return n;
}

static bool
has_updated_twice(void *arg)
{
	return count_updates(arg) >= 2;
}

static void
a_charm_that_does_not_ask_is_told_again_and_again(void **state)
{
	struct world *w = *state;
	uint64_t since_ms;

	let_shell_log_its_hooks(w);
	world_deploy(w, "shell", 1);
	expect_pace(w, "shell/0", 300000);
	since_ms = world_unit(w, "shell/0")->doing_since_ms;
	set(w, "\"update-status-hook-interval\": \"1s\"");
	expect_pace(w, "shell/0", 1000);
	world_await(w, has_updated_twice);
	/* It has been idle all the time. */
	assert_int_equal(world_unit(w, "shell/0")->doing_since_ms, since_ms);
	set(w, "\"update-status-hook-interval\": \"1h\"");
	world_settle(w);
	expect_pace(w, "shell/0", 3600000);
	world_restart(w);
	expect_pace(w, "shell/0", 3600000);
}

static void
a_unit_of_an_older_store_is_told_too(void **state)
{
	struct world *w = *state;
	struct unit *u;

	world_deploy(w, "shell", 1);
	u = world_unit(w, "shell/0");
	u->local.update_at_ms = 0;
	u->local.update_after_ms = 0;
	entity_touch(&u->entity);
	assert_int_equal(engine_commit(w->engine, &w->err), 0);
	world_restart(w);
	expect_pace(w, "shell/0", 300000);
}

static void
who_asks_is_not_told_by_the_clock(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	set(w, "\"update-status-hook-interval\": \"1s\"");
	assert_int_equal(world_unit(w, "db/0")->local.update_at_ms, 0);
}

/* ---- logging-config ---- */

/* Is it shown to who does not ask for a level? */
static bool
is_usual(struct world *w, const char *message)
{
	json_auto_t *reply = world_call(w, verb_log, NULL, "{\"limit\": 1000}");
	const json_t *entry;
	size_t i;

	json_array_foreach(json_child(reply, "entries", JSON_ARRAY), i, entry) {
		if (strcmp(json_text(entry, "message", ""), message) == 0)
			return json_bool(entry, "usual", false);
	}
	fail_msg("not kept: %s", message);
	return false;
}

static void
say(struct world *w, const char *level, const char *message)
{
	autofree char *params =
	    xasprintf("{\"tool\": \"juju-log\", \"args\": {\"level\": \"%s\", "
		      "\"message\": \"%s\"}}",
		level, message);

	json_decref(world_run(w, "db/0", "call", params));
}

static void
the_model_says_from_which_level_on_messages_are_shown(void **state)
{
	struct world *w = *state;

	world_deploy(w, "db", 1);
	say(w, "DEBUG", "low");
	say(w, "INFO", "high");
	assert_false(is_usual(w, "low"));
	assert_true(is_usual(w, "high"));
	set(w, "\"logging-config\": \"<root>=ERROR;unit=DEBUG\"");
	assert_true(is_usual(w, "low"));
	set(w, "\"logging-config\": \"unit=DEBUG;unit.db/0=ERROR\"");
	assert_false(is_usual(w, "high"));
}

/* ---- proxies ---- */

static bool
has_line(const struct strv *env, const char *line)
{
	for (size_t i = 0; i < env->n; i++) {
		if (strcmp(env->v[i], line) == 0)
			return true;
	}
	return false;
}

static void
hooks_find_the_proxies(void **state)
{
	static const struct {
		const char *line;
		bool before, after;
	} lines[] = {
		{ "JUJU_CHARM_HTTP_PROXY=", true, false },
		{ "JUJU_CHARM_HTTP_PROXY=http://p:1", false, true },
		{ "JUJU_CHARM_NO_PROXY=127.0.0.1,localhost,::1", true, true },
		{ "no_proxy=127.0.0.1,localhost,::1", true, true },
		{ "https_proxy=http://q:2", false, true },
		{ "HTTPS_PROXY=http://q:2", false, true },
		{ "http_proxy=", false, false },
	};
	struct world *w = *state;
	autostrv before = { 0 }, after = { 0 };

	world_deploy(w, "shell", 1);
	environment_unit(&before, w->engine, world_unit(w, "shell/0"));
	set(w,
	    "\"juju-http-proxy\": \"http://p:1\", "
	    "\"https-proxy\": \"http://q:2\"");
	environment_unit(&after, w->engine, world_unit(w, "shell/0"));
	for (size_t i = 0; i < nitems(lines); i++) {
		if (has_line(&before, lines[i].line) != lines[i].before ||
		    has_line(&after, lines[i].line) != lines[i].after)
			fail_msg("%s", lines[i].line);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(
		    options_that_mean_nothing_here_are_kept_and_seen_once_set),
		cmocka_unit_test(options_are_in_order_of_name),
		world_test(what_may_have_been_meant_is_said),
		world_test(
		    a_hook_waits_for_somebody_where_it_is_not_to_be_tried_again),
		world_test(what_has_failed_is_tried_again_once_that_is_wanted),
		world_test(a_hook_that_never_succeeds_can_be_left_out),
		world_test(no_plan_has_what_is_not_tried_again),
		world_test(removal_goes_on_where_nothing_is_tried_again),
		world_test(a_charm_that_does_not_ask_is_told_again_and_again),
		world_test(a_unit_of_an_older_store_is_told_too),
		world_test(who_asks_is_not_told_by_the_clock),
		world_test(
		    the_model_says_from_which_level_on_messages_are_shown),
		world_test(hooks_find_the_proxies),
	};

	return cmocka_run_group_tests_name("engine/model_options", tests, NULL,
	    NULL);
}
