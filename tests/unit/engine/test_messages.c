/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of what units say. */

#include "hooks.h"

#include "base/strbuf.h"

/* "INFO unit-web-0 unit.web/0.juju-log: hello", a line each. */
static char *
text_of(const json_t *reply)
{
	struct strbuf sb = { 0 };
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(reply, "entries"), i, entry)
		strbuf_addf(&sb, "%s %s %s: %s\n",
		    json_text(entry, "level", "?"),
		    json_text(entry, "entity", "?"),
		    json_text(entry, "module", "?"),
		    json_text(entry, "message", "?"));
	return strbuf_detach(&sb);
}

static char *
log_of(struct world *w, const char *args)
{
	json_auto_t *reply = world_call(w, verb_log, NULL, args);

	return text_of(reply);
}

static bool
has_said(struct world *w, const char *line)
{
	autofree char *log = log_of(w, "{\"limit\": 1000}");

	return strstr(log, line) != NULL;
}

static void
what_a_charm_logs_is_kept_with_its_level_and_its_relation(void **state)
{
	struct world *w = *state;
	struct hook h;

	make_relation(w);
	h = hook_begin(w, "web/0", HOOK_RELATION_CHANGED, 1);
	tool_gives(&h, "juju-log",
	    "{\"message\": \"two\\nlines\", \"level\": \"WARNING\"}", "null");
	tool_gives(&h, "juju-log",
	    "{\"message\": \"small\", \"level\": \"TRACE\"}", "null");
	tool_gives(&h, "juju-log", "{\"message\": \"x\", \"level\": \"LOUD\"}",
	    "null");
	hook_drop(&h);
	h = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "juju-log", "{\"message\": \"plain\"}", "null");
	hook_drop(&h);
	{
		autofree char *log = log_of(w, "{\"limit\": 3}");

		assert_string_equal(log,
		    "WARNING unit-web-0 unit.web/0.juju-log: backend:1: two\n"
		    "lines\n"
		    "TRACE unit-web-0 unit.web/0.juju-log: backend:1: small\n"
		    "INFO unit-web-0 unit.web/0.juju-log: plain\n");
	}
}

static void
what_was_done_is_kept_once_it_is_written(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	assert_true(has_said(w,
	    "INFO controller-0 tenon.request: deploy web, asked for by "));
	assert_true(has_said(w,
	    "INFO unit-web-0 juju.worker.uniter.operation: "
	    "ran \"install\" hook in "));
	world_rule(w, "web", "config-changed", "fail");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_unit(w, "web/0", "error");
	assert_true(has_said(w,
	    "ERROR unit-web-0 juju.worker.uniter.operation: "
	    "hook \"config-changed\" failed: "));
	world_do(w, verb_remove_application, "web", "{\"dry-run\": true}");
	assert_false(has_said(w, "remove-application"));
	world_break_store(w);
	world_refused(w, verb_expose, "web", "{}",
	    "store: attempt to write a readonly database");
	world_mend_store(w);
	assert_false(has_said(w, "expose"));
}

static void
what_a_program_writes_is_kept_under_the_name_of_its_hook(void **state)
{
	struct world *w = *state;
	autofree char *path = xasprintf("%s/shell/dispatch", w->charms);
	struct error err;

	assert_int_equal(file_write(path, 0755,
			     "#!/bin/sh\necho out\necho err >&2\n", &err),
	    0);
	world_deploy(w, "shell", 1);
	assert_true(has_said(w, "INFO unit-shell-0 unit.shell/0.install: out"));
	assert_true(
	    has_said(w, "WARNING unit-shell-0 unit.shell/0.start: err"));
}

static void
it_goes_on_after_a_restart_where_a_reader_was(void **state)
{
	struct world *w = *state;
	json_auto_t *before = NULL, *after = NULL;
	autofree char *args = NULL, *log = NULL;

	world_deploy(w, "web", 1);
	before = world_call(w, verb_log, NULL, "{}");
	assert_int_equal(json_int(before, "next", -1),
	    json_int(before, "end", -2));
	world_restart(w);
	world_do(w, verb_expose, "web", "{}");
	args = xasprintf("{\"after\": %lld}",
	    (long long)json_int(before, "end", 0));
	after = world_call(w, verb_log, NULL, args);
	log = text_of(after);
	assert_non_null(strstr(log, "expose web, asked for by"));
	assert_int_equal(json_int(after, "first", -1),
	    json_int(before, "end", -2));
}

static bool
is_answered(struct world *w, struct engine_call *call)
{
	struct error err;

	(void)w;
	return call->until(call, &err) == 1;
}

static void
who_waits_is_answered_with_the_next_line(void **state)
{
	struct world *w = *state;
	struct engine_call call = { .engine = w->engine };
	json_auto_t *first = NULL;
	autofree char *log = NULL;

	world_deploy(w, "web", 1);
	first = world_call(w, verb_log, NULL, "{}");
	call.args = json_pack("{s:b, s:I}", "wait", 1, "after",
	    (json_int_t)json_int(first, "end", 0));
	assert_int_equal(verb_log(&call, &w->err), 0);
	assert_non_null(call.until);
	assert_false(is_answered(w, &call));
	assert_true(world_model(w)->log_awaited);
	world_do(w, verb_expose, "web", "{}");
	assert_false(world_model(w)->log_awaited);
	assert_true(is_answered(w, &call));
	log = text_of(call.reply);
	assert_non_null(strstr(log, "expose web, asked for by"));
	json_decref(call.args);
	json_decref(call.reply);
}

static void
it_goes_with_its_model(void **state)
{
	struct world *w = *state;
	autofree char *dir = NULL;

	world_deploy(w, "web", 1);
	dir = xasprintf("%s/log/%s", w->home, world_model(w)->uuid);
	assert_true(file_exists(dir));
	world_do(w, verb_destroy_model, NULL, "{\"destroy-storage\": true}");
	assert_false(file_exists(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(
		    what_a_charm_logs_is_kept_with_its_level_and_its_relation),
		world_test(what_was_done_is_kept_once_it_is_written),
		world_test(
		    what_a_program_writes_is_kept_under_the_name_of_its_hook),
		world_test(it_goes_on_after_a_restart_where_a_reader_was),
		world_test(who_waits_is_answered_with_the_next_line),
		world_test(it_goes_with_its_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
