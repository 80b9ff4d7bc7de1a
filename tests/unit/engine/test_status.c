/* SPDX-License-Identifier: Apache-2.0 */
/* What status says: docs/api.md. */

#include "world.h"

#include "base/clock.h"

static json_t *
get_status(struct world *w)
{
	return world_call(w, verb_status, NULL, "{}");
}

/* "applications.db.units.db/0": borrowed; has to be there. */
static json_t *
at(json_t *value, const char *path)
{
	autofree char *copy = xstrdup(path);
	char *rest = copy, *name;

	while ((name = strsep(&rest, ".")) != NULL) {
		value = json_object_get(value, name);
		if (value == NULL)
			fail_msg("no \"%s\" of %s", name, path);
	}
	return value;
}

static const char *
text_at(json_t *value, const char *path)
{
	const char *text = json_string_value(at(value, path));

	assert_non_null(text);
	return text;
}

static void
assert_at(json_t *value, const char *path, const char *expected)
{
	json_auto_t *want = json_loads(expected, JSON_DECODE_ANY, NULL);

	assert_non_null(want);
	if (!json_equal(at(value, path), want)) {
		autofree char *got = json_line(at(value, path));

		fail_msg("%s is %s, not %s", path, got, expected);
	}
}

/* Every time is there, and is not 1970. */
static void
assert_times(json_t *value)
{
	const char *key;
	json_t *member;

	json_object_foreach(value, key, member) {
		if (strcmp(key, "since") == 0 || strcmp(key, "timestamp") == 0)
			assert_true(clock_wall_ms() -
				clock_parse(json_string_value(member)) <
			    60000);
		else if (json_is_object(member))
			assert_times(member);
	}
}

static void
assert_keys(json_t *object, const char *keys)
{
	autofree char *all = xstrdup("");
	const char *key;
	json_t *member;

	json_object_foreach(object, key, member) {
		char *longer = xasprintf("%s%s ", all, key);

		free(all);
		all = longer;
	}
	assert_string_equal(all, keys);
}

static void
the_status_of_a_model_has_its_shape(void **state)
{
	struct world *w = *state;
	json_auto_t *status = NULL;
	const struct machine *machine;
	json_t *relation;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	status = get_status(w);
	assert_keys(status,
	    "generation model timestamp machines applications relations ");
	assert_at(status, "model.name", "\"m\"");
	assert_at(status, "model.controller", "\"c\"");
	assert_at(status, "model.cloud", "\"localhost\"");
	assert_at(status, "model.region", "\"localhost\"");
	assert_at(status, "model.type", "\"iaas\"");
	assert_at(status, "model.version", "\"2.9.42\"");
	assert_at(status, "model.sla", "\"unsupported\"");
	assert_at(status, "model.status.current", "\"available\"");
	machine = world_unit(w, "db/0")->machine;
	assert_at(status, "machines.0.id", "0");
	assert_at(status, "machines.0.state", "\"started\"");
	assert_string_equal(text_at(status, "machines.0.address"),
	    machine->address);
	assert_string_equal(text_at(status, "machines.0.instance-id"),
	    machine->instance);
	assert_at(status, "applications.db.charm", "\"db\"");
	assert_at(status, "applications.db.charm-origin", "\"built-in\"");
	assert_at(status, "applications.db.charm-rev", "1");
	assert_at(status, "applications.db.channel", "\"stable\"");
	assert_at(status, "applications.db.version", "\"\"");
	assert_at(status, "applications.db.exposed", "false");
	assert_at(status, "applications.db.life", "\"alive\"");
	assert_at(status, "applications.db.scale", "1");
	assert_at(status, "applications.db.relations",
	    "{\"cluster\": [\"db\"], \"database\": [\"web\"]}");
	assert_keys(at(status, "applications.db.relations"),
	    "cluster database ");
	assert_keys(at(status, "applications.db.units.db/0"),
	    "number leader life machine address ports workload agent ");
	assert_at(status, "applications.db.units.db/0.number", "0");
	assert_at(status, "applications.db.units.db/0.leader", "true");
	assert_at(status, "applications.db.units.db/0.machine", "\"0\"");
	assert_at(status, "applications.db.units.db/0.ports", "[\"5432/tcp\"]");
	assert_at(status, "applications.db.units.db/0.workload.message",
	    "\"db/0\"");
	assert_at(status, "applications.db.units.db/0.agent.current",
	    "\"idle\"");
	relation = json_array_get(at(status, "relations"), 0);
	assert_at(relation, "type", "\"peer\"");
	assert_at(relation, "key", "\"db:cluster\"");
	assert_at(relation, "provider", "\"db:cluster\"");
	assert_at(relation, "requirer", "\"db:cluster\"");
	relation = json_array_get(at(status, "relations"), 1);
	assert_at(relation, "id", "1");
	assert_at(relation, "key", "\"web:backend db:database\"");
	assert_at(relation, "interface", "\"sql\"");
	assert_at(relation, "type", "\"regular\"");
	assert_at(relation, "provider", "\"db:database\"");
	assert_at(relation, "requirer", "\"web:backend\"");
	assert_at(relation, "status", "\"joined\"");
	assert_times(status);
}

static void
things_are_in_natural_order(void **state)
{
	struct world *w = *state;
	json_auto_t *status = NULL;

	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"shell\", \"name\": \"s10\"}");
	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"shell\", \"name\": \"s2\", \"units\": 11}");
	status = get_status(w);
	assert_keys(at(status, "applications"), "s2 s10 ");
	assert_keys(at(status, "applications.s2.units"),
	    "s2/0 s2/1 s2/2 s2/3 s2/4 s2/5 s2/6 s2/7 s2/8 s2/9 s2/10 ");
	assert_keys(at(status, "machines"), "0 1 2 3 4 5 6 7 8 9 10 11 ");
}

static void
a_unit_says_what_it_is_doing(void **state)
{
	struct world *w = *state;
	static const char unit[] = "applications.db.units.db/0";
	autofree char *agent = xasprintf("%s.agent", unit);
	autofree char *workload = xasprintf("%s.workload", unit);
	json_auto_t *fresh = NULL, *hook = NULL, *action = NULL;

	world_rule(w, "db", "install", "gate");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	fresh = get_status(w);
	assert_string_equal(text_at(at(fresh, agent), "current"), "allocating");
	assert_string_equal(text_at(at(fresh, workload), "current"), "waiting");
	assert_string_equal(text_at(at(fresh, workload), "message"),
	    "agent initializing");
	world_await_seen(w, "db", "db/0 install");
	hook = get_status(w);
	assert_string_equal(text_at(at(hook, agent), "current"), "executing");
	assert_string_equal(text_at(at(hook, agent), "message"),
	    "running install hook");
	assert_string_equal(text_at(at(hook, workload), "current"),
	    "maintenance");
	assert_string_equal(text_at(at(hook, workload), "message"),
	    "installing charm software");
	world_open_gate(w, "db");
	world_settle(w);
	world_rule(w, "db", "give-up", "gate");
	world_begin(w, verb_run_action, NULL,
	    "{\"units\": [\"db/0\"], \"action\": \"give-up\"}");
	world_await_seen(w, "db", "db/0 give-up");
	action = get_status(w);
	assert_string_equal(text_at(at(action, agent), "message"),
	    "running action give-up");
	world_open_gate(w, "db");
	world_settle(w);
}

static void
a_unit_in_error_says_why_also_after_a_restart(void **state)
{
	struct world *w = *state;
	static const char why[] = "hook failed: \"start\": told to fail";

	world_rule(w, "db", "start", "fail");
	world_do(w, verb_deploy, NULL, "{\"charm\": \"db\"}");
	world_await_unit(w, "db/0", "error");
	for (int i = 0; i < 2; i++) {
		json_auto_t *status = get_status(w);
		json_t *unit = at(status, "applications.db.units.db/0");

		assert_string_equal(text_at(unit, "workload.current"), "error");
		assert_string_equal(text_at(unit, "workload.message"), why);
		assert_string_equal(text_at(unit, "agent.current"), "error");
		assert_string_equal(text_at(unit, "agent.message"), why);
		assert_string_equal(text_at(status,
					"applications.db.status.current"),
		    "error");
		assert_times(status);
		world_restart(w);
	}
}

/* juju-spec 2.10. */
static void
an_application_is_as_well_as_its_worst_unit(void **state)
{
	static const struct {
		enum workload app; /* WORKLOAD_COUNT: never set. */
		enum workload units[2];
		const char *current, *message;
	} cases[] = {
		{ WORKLOAD_COUNT, { WORKLOAD_ACTIVE, WORKLOAD_ACTIVE },
		    "active", "0" },
		{ WORKLOAD_COUNT, { WORKLOAD_ACTIVE, WORKLOAD_WAITING },
		    "waiting", "1" },
		{ WORKLOAD_COUNT, { WORKLOAD_MAINTENANCE, WORKLOAD_WAITING },
		    "maintenance", "0" },
		{ WORKLOAD_COUNT, { WORKLOAD_MAINTENANCE, WORKLOAD_BLOCKED },
		    "blocked", "1" },
		{ WORKLOAD_COUNT, { WORKLOAD_UNKNOWN, WORKLOAD_ACTIVE },
		    "active", "1" },
		{ WORKLOAD_COUNT, { WORKLOAD_TERMINATED, WORKLOAD_UNKNOWN },
		    "terminated", "0" },
		{ WORKLOAD_ACTIVE, { WORKLOAD_ACTIVE, WORKLOAD_ACTIVE },
		    "active", "app" },
		{ WORKLOAD_BLOCKED, { WORKLOAD_ACTIVE, WORKLOAD_ACTIVE },
		    "blocked", "app" },
		{ WORKLOAD_ACTIVE, { WORKLOAD_ACTIVE, WORKLOAD_BLOCKED },
		    "blocked", "1" },
	};
	struct world *w = *state;
	struct application *app;

	world_deploy(w, "shell", 2);
	app = model_find_application(world_model(w), "shell");
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *status = NULL;

		app->status.since_ms = 0;
		if (cases[i].app != WORKLOAD_COUNT)
			(void)status_set(&app->status, cases[i].app, "app",
			    clock_wall_ms());
		(void)status_set(&world_unit(w, "shell/0")->status,
		    cases[i].units[0], "0", clock_wall_ms());
		(void)status_set(&world_unit(w, "shell/1")->status,
		    cases[i].units[1], "1", clock_wall_ms());
		app->status.since_ms = cases[i].app == WORKLOAD_COUNT ?
		    0 :
		    clock_wall_ms();
		status = get_status(w);
		assert_string_equal(text_at(status,
					"applications.shell.status.current"),
		    cases[i].current);
		assert_string_equal(text_at(status,
					"applications.shell.status.message"),
		    cases[i].message);
	}
}

static void
an_application_without_units_is_unknown(void **state)
{
	struct world *w = *state;
	json_auto_t *status = NULL;

	world_deploy(w, "shell", 1);
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"shell/0\"], \"wait\": true}");
	status = get_status(w);
	assert_at(status, "applications.shell.status.current", "\"unknown\"");
	assert_at(status, "applications.shell.scale", "0");
	assert_at(status, "machines", "{}");
	assert_times(status);
}

static void
a_charm_beside_the_builtin_ones_is_local(void **state)
{
	struct world *w = *state;
	json_auto_t *status = NULL;
	/* Its path begins like that of the built-in ones. */
	autofree char *dir = xasprintf("%s-mine", w->charms);
	autofree char *args = xasprintf("{\"charm\": \"%s\"}", dir);
	static const char *const files[] = { "metadata.yaml", "actions.yaml",
		"config.yaml", "dispatch" };

	for (size_t i = 0; i < nitems(files); i++) {
		autofree char *from = xasprintf("%s/shell/%s", w->charms,
		    files[i]);
		autofree char *to = xasprintf("%s/%s", dir, files[i]);
		autofree char *text = file_text(from);

		assert_int_equal(dir_make(dir, 0755, &w->err), 0);
		assert_int_equal(file_write(to, 0755, text, &w->err), 0);
	}
	world_do(w, verb_deploy, NULL, args);
	status = get_status(w);
	assert_at(status, "applications.shell.charm-origin", "\"local\"");
	assert_at(status, "applications.shell.channel", "\"\"");
}

static void
relations_are_left_out_when_nobody_wants_them(void **state)
{
	struct world *w = *state;
	json_auto_t *status = NULL;

	world_deploy(w, "db", 1);
	world_settle(w);
	status = world_call(w, verb_status, NULL, "{\"relations\": false}");
	assert_keys(status,
	    "generation model timestamp machines applications ");
	assert_null(
	    json_object_get(at(status, "applications.db"), "relations"));
	assert_non_null(at(status, "applications.db.units.db/0"));
}

static void
what_is_going_says_so(void **state)
{
	struct world *w = *state;
	json_auto_t *status = NULL;
	json_t *relation;

	world_deploy(w, "db", 1);
	world_deploy(w, "web", 1);
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_settle(w);
	world_rule(w, "web", "backend-relation-departed", "gate");
	world_begin(w, verb_destroy_model, NULL, "{}");
	world_await_seen(w, "web", "web/0 backend-relation-departed db/0");
	status = get_status(w);
	assert_at(status, "model.status.current", "\"destroying\"");
	assert_at(status, "applications.web.life", "\"dying\"");
	assert_at(status, "applications.web.units.web/0.life", "\"dying\"");
	relation = json_array_get(at(status, "relations"), 1);
	assert_at(relation, "life", "\"dying\"");
	assert_at(relation, "status", "\"broken\"");
	world_open_gate(w, "web");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(the_status_of_a_model_has_its_shape),
		world_test(things_are_in_natural_order),
		world_test(a_unit_says_what_it_is_doing),
		world_test(a_unit_in_error_says_why_also_after_a_restart),
		world_test(an_application_is_as_well_as_its_worst_unit),
		world_test(an_application_without_units_is_unknown),
		world_test(a_charm_beside_the_builtin_ones_is_local),
		world_test(relations_are_left_out_when_nobody_wants_them),
		world_test(what_is_going_says_so),
	};

	return cmocka_run_group_tests_name("engine/status", tests, NULL, NULL);
}
