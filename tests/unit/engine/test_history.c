/* SPDX-License-Identifier: Apache-2.0 */
/* What the statuses of things were. */

#include "world.h"

#include "base/strbuf.h"

/* "workload active: hello" and so on, a line each. */
static char *
log_of(struct world *w, const char *args)
{
	json_auto_t *reply = world_call(w, verb_status_log, NULL, args);
	const char *last = "", *since;
	struct strbuf sb = { 0 };
	const json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(reply, "entries"), i, entry) {
		since = json_text(entry, "since", "");
		assert_true(strcmp(since, last) >= 0);
		last = since;
		strbuf_addf(&sb, "%s %s: %s\n", json_text(entry, "type", "?"),
		    json_text(entry, "status", "?"),
		    json_text(entry, "message", "?"));
	}
	return strbuf_detach(&sb);
}

static void
assert_log(struct world *w, const char *args, const char *expected)
{
	autofree char *log = log_of(w, args);

	assert_string_equal(log, expected);
}

#define OF_WEB_0 "{\"subject\": \"web/0\", \"type\": \"workload\"}"

static void
a_unit_has_what_its_charm_said_and_what_it_did(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	assert_log(w, OF_WEB_0,
	    "workload waiting: agent initializing\n"
	    "workload maintenance: installing charm software\n"
	    "workload maintenance: unpacking\n"
	    "workload active: web/0\n");
	assert_log(w, "{\"subject\": \"web/0\", \"type\": \"juju-unit\"}",
	    "juju-unit allocating: \n"
	    "juju-unit executing: running install hook\n"
	    "juju-unit idle: \n"
	    "juju-unit executing: running leader-elected hook\n"
	    "juju-unit idle: \n"
	    "juju-unit executing: running config-changed hook\n"
	    "juju-unit idle: \n"
	    "juju-unit executing: running start hook\n"
	    "juju-unit idle: \n");
	assert_log(w,
	    "{\"subject\": \"web/leader\", \"type\": \"juju-unit\", "
	    "\"limit\": 2}",
	    "juju-unit executing: running start hook\njuju-unit idle: \n");
}

static void
a_failure_and_its_end_are_told_once_each(void **state)
{
	struct world *w = *state;
	static const char well[] = "workload active: web/0\n";
	autofree char *log = NULL, *both = NULL;

	world_deploy(w, "web", 1);
	world_rule(w, "web", "config-changed", "fail");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"7\"}}");
	world_await_unit(w, "web/0", "error");
	log = log_of(w,
	    "{\"subject\": \"web/0\", \"type\": \"workload\", \"limit\": 1}");
	assert_non_null(strstr(log, "workload error: hook failed: "));
	world_restart(w);
	world_do(w, verb_resolved, NULL, "{\"units\": [\"web/0\"]}");
	world_await_unit(w, "web/0", "error");
	world_rule(w, "web", "config-changed", NULL);
	world_do(w, verb_resolved, NULL, "{\"units\": [\"web/0\"]}");
	world_settle(w);
	both = xasprintf("%s%s%s", well, log, well);
	assert_log(w,
	    "{\"subject\": \"web/0\", \"type\": \"workload\", \"limit\": 3}",
	    both);
}

static void
it_outlives_a_restart_and_adds_nothing_then(void **state)
{
	struct world *w = *state;
	autofree char *before = NULL;

	world_deploy(w, "web", 1);
	before = log_of(w, "{\"subject\": \"web/0\", \"limit\": 0}");
	world_restart(w);
	world_settle(w);
	assert_log(w, "{\"subject\": \"web/0\", \"limit\": 0}", before);
}

static void
machines_and_models_have_theirs(void **state)
{
	struct world *w = *state;

	world_deploy(w, "web", 1);
	assert_log(w, "{}", "model available: \n");
	assert_log(w, "{\"type\": \"model\"}", "model available: \n");
	assert_log(w, "{\"subject\": \"0\"}", "machine running: Running\n");
	assert_log(w, "{\"subject\": \"0\", \"type\": \"juju-machine\"}",
	    "juju-machine started: \n");
	/* What its units say is not said of the application. */
	assert_log(w, "{\"subject\": \"web\"}", "");
}

static void
count_status(void *arg, const struct store_status *s)
{
	(void)s;
	++*(size_t *)arg;
}

static void
it_goes_with_what_it_is_about(void **state)
{
	struct world *w = *state;
	struct store_status_search search = { NULL, "web/0", NULL };
	size_t n = 0;
	struct error err;

	world_deploy(w, "web", 1);
	search.model = world_model(w)->uuid;
	assert_int_equal(store_statuses(w->engine->store, &search, count_status,
			     &n, &err),
	    0);
	assert_true(n > 3);
	n = 0;
	world_do(w, verb_remove_application, "web", "{\"wait\": true}");
	world_refused(w, verb_status_log, NULL, "{\"subject\": \"web/0\"}",
	    "application \"web\" not found");
	assert_int_equal(store_statuses(w->engine->store, &search, count_status,
			     &n, &err),
	    0);
	assert_int_equal(n, 0);
}

static void
what_is_only_planned_is_not_history(void **state)
{
	struct world *w = *state;
	autofree char *before = NULL;

	world_deploy(w, "web", 1);
	before = log_of(w, "{\"subject\": \"web/0\"}");
	world_do(w, verb_remove_application, "web", "{\"dry-run\": true}");
	assert_log(w, "{\"subject\": \"web/0\"}", before);
}

static void
wrong_names_are_refused(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *args, *message;
	} cases[] = {
		{ "{\"subject\": \"web/7\"}", "unit \"web/7\" not found" },
		{ "{\"subject\": \"no\"}", "application \"no\" not found" },
		{ "{\"subject\": \"7\"}", "machine 7 not found" },
		{ "{\"subject\": \"0\", \"type\": \"unit\"}",
		    "\"0\" is not a valid name for a unit" },
		{ "{\"subject\": \"web/0\", \"type\": \"machine\"}",
		    "\"web/0\" is not a valid name for a machine" },
		{ "{\"type\": \"unit\"}", "entity name is missing" },
		{ "{\"subject\": \"web\", \"type\": \"hoof\"}",
		    "unexpected status type \"hoof\"" },
	};

	world_deploy(w, "web", 1);
	for (size_t i = 0; i < nitems(cases); i++)
		world_refused(w, verb_status_log, NULL, cases[i].args,
		    cases[i].message);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_unit_has_what_its_charm_said_and_what_it_did),
		world_test(a_failure_and_its_end_are_told_once_each),
		world_test(it_outlives_a_restart_and_adds_nothing_then),
		world_test(machines_and_models_have_theirs),
		world_test(it_goes_with_what_it_is_about),
		world_test(what_is_only_planned_is_not_history),
		world_test(wrong_names_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
