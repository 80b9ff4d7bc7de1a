/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include <time.h>

#include "base/json.h"
#include "cli/emit.h"
#include "cli/status.h"

static json_t *
machine(int id, const char *address)
{
	autofree char *instance = xasprintf("juju-a8a31d-%d", id);

	return json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", id,
	    "state", "started", "since", "2023-03-20T09:20:00.000Z", "address",
	    address, "instance-id", instance, "series", "jammy", "message",
	    "Running", "status", "running");
}

static json_t *
status_pair(const char *current, const char *message)
{
	return json_pack("{s:s, s:s, s:s}", "current", current, "message",
	    message, "since", "2023-03-20T09:21:00.000Z");
}

static json_t *
unit(int number, const char *on, const char *address, json_t *workload)
{
	return json_pack("{s:i, s:b, s:s, s:s, s:s, s:[], s:o, s:o}", "number",
	    number, "leader", number == 0, "life", "alive", "machine", on,
	    "address", address, "ports", "workload", workload, "agent",
	    status_pair("idle", ""));
}

static json_t *
app(const char *charm, const char *channel, int rev, json_t *status,
    json_t *units)
{
	return json_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:s, s:o, s:i, s:{}, "
			 "s:o}",
	    "charm", charm, "charm-origin", "built-in", "charm-rev", rev,
	    "channel", channel, "version", "", "exposed", 0, "life", "alive",
	    "status", status, "scale", (int)json_object_size(units),
	    "relations", "units", units);
}

static json_t *
seed_apps(const char *state, const char *message, const char *primary)
{
	return json_pack("{s:o, s:o}", "data-integrator",
	    app("data-integrator", "edge", 6, status_pair(state, message),
		json_pack("{s:o}", "data-integrator/0",
		    unit(0, "3", "10.89.49.179", status_pair(state, message)))),
	    "postgresql",
	    app("postgresql", "14/stable", 281, status_pair("active", ""),
		json_pack("{s:o, s:o}", "postgresql/0",
		    unit(0, "0", "10.89.49.129",
			status_pair("active", primary)),
		    "postgresql/1",
		    unit(1, "1", "10.89.49.197", status_pair("active", "")))));
}

/* The model of the tutorial as GET .../status tells it. */
static json_t *
seed_status(json_t *apps, const char *timestamp)
{
	return json_pack(
	    "{s:i, s:{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}, s:s, "
	    "s:{s:o, s:o, s:o}, s:o, s:[{s:i, s:s, s:s, s:s, s:s, s:s}, "
	    "{s:i, s:s, s:s, s:s, s:s, s:s}]}",
	    "generation", 42, "model", "name", "tutorial", "uuid",
	    "3b2a4c1e-8f0d-4a57-9d3e-0123aba8a31d", "type", "iaas",
	    "controller", "overlord", "cloud", "localhost", "region",
	    "localhost", "version", "2.9.42", "sla", "unsupported", "status",
	    status_pair("available", ""), "timestamp", timestamp, "machines",
	    "0", machine(0, "10.89.49.129"), "1", machine(1, "10.89.49.197"),
	    "3", machine(3, "10.89.49.179"), "applications", apps, "relations",
	    "id", 3, "provider", "postgresql:database", "requirer",
	    "data-integrator:postgresql", "interface", "postgresql_client",
	    "type", "regular", "status", "joined", "id", 1, "provider",
	    "postgresql:database-peers", "requirer",
	    "postgresql:database-peers", "interface", "postgresql_peers",
	    "type", "peer", "status", "joining");
}

static json_t *
active_status(void)
{
	return seed_status(seed_apps("active", "", "Primary"),
	    "2023-03-20T09:22:31.000Z");
}

static void
the_blocked_screen_of_the_tutorial_is_exact(void **state)
{
	static const char message[] =
	    "Please relate the data-integrator with the desired product";
	json_auto_t *status = seed_status(seed_apps("blocked", message, ""),
	    "2023-03-20T09:22:13.000Z");
	autofree char *expected = test_data("seed-status-blocked.txt");
	autostrbuf sb = { 0 };

	(void)state;
	status_table(status, 0, &sb);
	assert_string_equal(strbuf_cstr(&sb), expected);
}

static void
the_active_screen_of_the_tutorial_is_exact(void **state)
{
	json_auto_t *status = active_status();
	autofree char *expected = test_data("seed-status-active.txt");
	autostrbuf sb = { 0 };

	(void)state;
	status_table(status, 0, &sb);
	assert_string_equal(strbuf_cstr(&sb), expected);
}

static void
relations_come_last_sorted_with_ids_and_what_is_not_joined(void **state)
{
	json_auto_t *status = active_status();
	autostrbuf sb = { 0 };
	const char *tail;

	(void)state;
	status_table(status, STATUS_RELATIONS | STATUS_UTC, &sb);
	tail = strstr(strbuf_cstr(&sb), "\n\nRelation");
	assert_non_null(tail);
	assert_string_equal(tail + 2,
	    "Relation provider          Requirer                    Interface  "
	    "        Type     ID  Message\n"
	    "postgresql:database        data-integrator:postgresql  "
	    "postgresql_client  regular   3  \n"
	    "postgresql:database-peers  postgresql:database-peers   "
	    "postgresql_peers   peer      1  joining  \n");
	assert_non_null(strstr(strbuf_cstr(&sb), "09:22:31Z\n"));
}

static void
an_empty_model_is_its_header(void **state)
{
	json_auto_t *status = test_json(
	    "{'model': {'name': 'm', 'controller': 'c', 'cloud': 'localhost',"
	    " 'region': '', 'version': '2.9.42', 'sla': ''},"
	    " 'timestamp': '2023-03-20T09:22:31Z', 'machines': {},"
	    " 'applications': {}, 'relations': []}");
	autostrbuf sb = { 0 };

	(void)state;
	status_table(status, STATUS_RELATIONS, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "Model  Controller  Cloud/Region  Version  Timestamp\n"
	    "m      c           localhost     2.9.42   10:22:31+01:00\n");
	assert_true(status_is_empty(status));
}

/* A model with one unit whose agent and workload are as given. */
static json_t *
one_unit(const char *workload, const char *agent)
{
	autofree char *text = xasprintf(
	    "{'model': {'name': 'm'}, 'machines': {}, 'applications': {'x': "
	    "{'charm': 'x', 'charm-origin': 'local', 'charm-rev': 0, "
	    "'channel': 'stable', 'version': 'a version that is long',"
	    " 'exposed': true, 'status': {'current': 'waiting', 'message': ''},"
	    " 'units': {'x/0': {'leader': true, 'machine': '0', 'address': "
	    "'127.1.2.3', 'ports': ['5432/tcp', '6432/tcp'], 'workload': %s, "
	    "'agent': %s}}}}}",
	    workload, agent);

	return test_json(text);
}

static void
what_an_agent_does_shows_in_its_unit(void **state)
{
	static const struct {
		const char *workload, *agent, *line;
	} cases[] = {
		{ "{'current': 'maintenance', 'message': 'starting'}",
		    "{'current': 'executing', 'message': "
		    "'running config-changed hook'}",
		    "x/0*  maintenance  executing  0        127.1.2.3       "
		    "5432/tcp,6432/tcp  (config-changed) starting\n" },
		{ "{'current': 'active', 'message': ''}",
		    "{'current': 'executing', 'message': "
		    "'running action get-password'}",
		    "x/0*  active    executing  0        127.1.2.3       "
		    "5432/tcp,6432/tcp  (get-password) \n" },
		{ "{'current': 'waiting', 'message': ''}",
		    "{'current': 'allocating', 'message': "
		    "'waiting for machine'}",
		    "x/0*  waiting   allocating  0        127.1.2.3       "
		    "5432/tcp,6432/tcp  waiting for machine\n" },
		{ "{'current': 'active', 'message': 'ok'}",
		    "{'current': 'error', 'message': "
		    "'hook failed: \\\"install\\\"'}",
		    "x/0*  error     idle   0        127.1.2.3       "
		    "5432/tcp,6432/tcp  hook failed: \"install\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *status = one_unit(cases[i].workload,
		    cases[i].agent);
		autostrbuf sb = { 0 };
		const char *line;

		status_table(status, 0, &sb);
		line = strstr(strbuf_cstr(&sb), "x/0*");
		assert_non_null(line);
		assert_string_equal(line, cases[i].line);
	}
}

static void
an_application_shows_how_many_agents_are_up_and_a_short_version(void **state)
{
	json_auto_t *status = one_unit("{'current': 'waiting'}",
	    "{'current': 'allocating'}");
	autostrbuf sb = { 0 };

	(void)state;
	status_table(status, 0, &sb);
	assert_non_null(strstr(strbuf_cstr(&sb),
	    "x    a version th...  waiting    0/1  x               0    "
	    "yes      \n"));
}

static void
colours_are_around_the_words_only(void **state)
{
	json_auto_t *status = one_unit("{'current': 'blocked'}",
	    "{'current': 'idle'}");
	autostrbuf sb = { 0 };

	(void)state;
	status_table(status, STATUS_COLOUR, &sb);
	assert_non_null(strstr(strbuf_cstr(&sb),
	    "x/0*  \033[31mblocked\033[0m   \033[32midle\033[0m   0        "
	    "\033[36m127.1.2.3\033[0m       "));
}

static void
json_has_the_members_that_clients_of_juju_read(void **state)
{
	json_auto_t *status = active_status();
	json_auto_t *document = status_document(status, STATUS_UTC);
	static const struct {
		const char *path[7];
		const char *value;
	} cases[] = {
		{ { "model", "name" }, "\"tutorial\"" },
		{ { "model", "type" }, "\"iaas\"" },
		{ { "model", "controller" }, "\"overlord\"" },
		{ { "model", "cloud" }, "\"localhost\"" },
		{ { "model", "version" }, "\"2.9.42\"" },
		{ { "machines", "3", "juju-status", "current" },
		    "\"started\"" },
		{ { "machines", "3", "ip-addresses" }, "[\"10.89.49.179\"]" },
		{ { "machines", "3", "instance-id" }, "\"juju-a8a31d-3\"" },
		{ { "machines", "3", "machine-status", "message" },
		    "\"Running\"" },
		{ { "applications", "postgresql", "charm-name" },
		    "\"postgresql\"" },
		{ { "applications", "postgresql", "charm-origin" },
		    "\"built-in\"" },
		{ { "applications", "postgresql", "charm-rev" }, "281" },
		{ { "applications", "postgresql", "exposed" }, "false" },
		{ { "applications", "postgresql", "application-status",
		      "current" },
		    "\"active\"" },
		{ { "applications", "postgresql", "units", "postgresql/0",
		      "leader" },
		    "true" },
		{ { "applications", "postgresql", "units", "postgresql/0",
		      "workload-status" },
		    "{\"current\":\"active\",\"message\":\"Primary\","
		    "\"since\":\"2023-03-20 09:21:00Z\"}" },
		{ { "applications", "postgresql", "units", "postgresql/1",
		      "juju-status", "current" },
		    "\"idle\"" },
		{ { "controller", "timestamp" }, "\"09:22:31Z\"" },
		{ { "storage" }, "{}" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		const json_t *value = document;
		autofree char *text = NULL;

		for (size_t j = 0; cases[i].path[j] != NULL; j++)
			value = json_object_get(value, cases[i].path[j]);
		text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		assert_non_null(text);
		assert_string_equal(text, cases[i].value);
	}
	assert_null(json_object_get(
	    json_object_get(
		json_object_get(json_object_get(json_object_get(document,
						    "applications"),
				    "postgresql"),
		    "units"),
		"postgresql/1"),
	    "leader"));
}

static void
yaml_begins_as_the_json_does(void **state)
{
	json_auto_t *status = active_status();
	json_auto_t *document = status_document(status, 0);
	autostrbuf sb = { 0 };
	static const char head[] = "model:\n"
				   "  name: tutorial\n"
				   "  type: iaas\n"
				   "  controller: overlord\n"
				   "  cloud: localhost\n"
				   "  region: localhost\n"
				   "  version: 2.9.42\n"
				   "  model-status:\n"
				   "    current: available\n"
				   "    since: 20 Mar 2023 10:21:00+01:00\n"
				   "  sla: unsupported\n"
				   "machines:\n"
				   "  \"0\":\n";

	(void)state;
	emit_yaml(document, &sb);
	assert_true(sb.len > sizeof head);
	strbuf_truncate(&sb, sizeof head - 1);
	assert_string_equal(strbuf_cstr(&sb), head);
}

static void
oneline_has_a_line_for_each_unit(void **state)
{
	json_auto_t *status = one_unit("{'current': 'active'}",
	    "{'current': 'idle'}");
	json_auto_t *seed = active_status();
	autostrbuf one = { 0 }, sb = { 0 };

	(void)state;
	status_oneline(status, 0, &one);
	assert_string_equal(strbuf_cstr(&one),
	    "\n- x/0: 127.1.2.3 (agent:idle, workload:active) "
	    "5432/tcp,6432/tcp\n");
	status_oneline(seed, 0, &sb);
	assert_string_equal(strbuf_cstr(&sb),
	    "\n- data-integrator/0: 10.89.49.179 (agent:idle, workload:active)"
	    "\n- postgresql/0: 10.89.49.129 (agent:idle, workload:active)"
	    "\n- postgresql/1: 10.89.49.197 (agent:idle, workload:active)\n");
}

static void
summary_counts_machines_units_and_applications(void **state)
{
	json_auto_t *status = active_status();
	autostrbuf sb = { 0 };

	(void)state;
	status_summary(status, &sb);
	assert_non_null(strstr(strbuf_cstr(&sb), "# Machines:  (3)"));
	assert_non_null(strstr(strbuf_cstr(&sb), "started:   3 \n"));
	assert_non_null(strstr(strbuf_cstr(&sb), "# Units:  (3)"));
	assert_non_null(strstr(strbuf_cstr(&sb), "# Applications:  (2)"));
	assert_non_null(strstr(strbuf_cstr(&sb), "postgresql  0/1  exposed\n"));
}

static void
patterns_keep_what_they_match_and_its_surroundings(void **state)
{
	static const struct {
		const char *pattern;
		size_t apps, units, machines, relations;
	} cases[] = {
		{ "postgresql", 1, 2, 2, 2 },
		{ "postgresql/1", 1, 1, 1, 2 },
		{ "post*", 1, 2, 2, 2 },
		{ "data-integrator", 1, 1, 1, 1 },
		{ "active", 2, 3, 3, 2 },
		{ "3", 1, 1, 1, 1 },
		{ "10.89.49.179", 1, 1, 1, 1 },
		{ "10.89.49.128/26", 2, 2, 2, 2 },
		{ "10.89.49.128/27", 1, 1, 1, 2 },
		{ "10.89.49.129/33", 0, 0, 0, 0 },
		{ "10.89.49.129/x", 0, 0, 0, 0 },
		{ "exposed", 0, 0, 0, 0 },
		{ "not exposed", 2, 3, 3, 2 },
		{ "6432/tcp", 1, 1, 1, 1 },
		{ "6432", 1, 1, 1, 1 },
		{ "6432/udp", 0, 0, 0, 0 },
		{ "643", 0, 0, 0, 0 },
		{ "mysql", 0, 0, 0, 0 },
		{ "blocked", 0, 0, 0, 0 },
	};
	json_auto_t *status = active_status();

	(void)state;
	json_object_set_new(
	    json_object_get(
		json_object_get(json_object_get(json_object_get(status,
						    "applications"),
				    "data-integrator"),
		    "units"),
		"data-integrator/0"),
	    "ports", json_pack("[s, s]", "53/udp", "6432/tcp"));
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *words = xstrdup(cases[i].pattern);
		char *second = strchr(words, ' ');
		const char *patterns[] = { words,
			second != NULL ? second + 1 : NULL, NULL };
		json_auto_t *kept = NULL;
		json_t *apps, *a;
		const char *name;
		size_t units = 0;

		if (second != NULL)
			*second = '\0';
		kept = status_filter(status, patterns);
		apps = json_object_get(kept, "applications");
		json_object_foreach(apps, name, a)
			units += json_object_size(json_object_get(a, "units"));
		assert_int_equal(json_object_size(apps), cases[i].apps);
		assert_int_equal(units, cases[i].units);
		assert_int_equal(json_object_size(
				     json_object_get(kept, "machines")),
		    cases[i].machines);
		assert_int_equal(json_array_size(
				     json_object_get(kept, "relations")),
		    cases[i].relations);
	}
	assert_int_equal(json_object_size(
			     json_object_get(status, "applications")),
	    2);
}

static int
at_one_hour_east(void **state)
{
	(void)state;
	if (setenv("TZ", "TST-01:00", 1) == -1)
		return -1;
	tzset();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_blocked_screen_of_the_tutorial_is_exact),
		cmocka_unit_test(the_active_screen_of_the_tutorial_is_exact),
		cmocka_unit_test(
		    relations_come_last_sorted_with_ids_and_what_is_not_joined),
		cmocka_unit_test(an_empty_model_is_its_header),
		cmocka_unit_test(what_an_agent_does_shows_in_its_unit),
		cmocka_unit_test(
		    an_application_shows_how_many_agents_are_up_and_a_short_version),
		cmocka_unit_test(colours_are_around_the_words_only),
		cmocka_unit_test(
		    json_has_the_members_that_clients_of_juju_read),
		cmocka_unit_test(yaml_begins_as_the_json_does),
		cmocka_unit_test(oneline_has_a_line_for_each_unit),
		cmocka_unit_test(
		    summary_counts_machines_units_and_applications),
		cmocka_unit_test(
		    patterns_keep_what_they_match_and_its_surroundings),
	};

	return cmocka_run_group_tests(tests, at_one_hour_east, NULL);
}
