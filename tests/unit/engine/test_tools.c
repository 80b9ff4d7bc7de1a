/* SPDX-License-Identifier: Apache-2.0 */
/* Hook tools: who may, what is seen, what is kept back. */

#include "hooks.h"

#include "base/limits.h"
#include "base/strbuf.h"

static void
what_is_written_is_seen_by_the_hook_and_kept_back(void **state)
{
	struct world *w = *state;
	struct hook h, other;
	uint64_t version;

	make_relation(w);
	version = world_relation(w, 1)->ends[1].bag_version;
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	other = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "relation-set",
	    "{\"relation\": \"database:1\", \"app\": true, \"values\": {\"a\": "
	    "\"1\", \"password\": null}}",
	    "null");
	tool_gives(&h, "relation-set",
	    "{\"relation\": \"1\", \"values\": {\"mine\": \"x\"}}", "null");
	tool_gives(&h, "relation-get",
	    "{\"relation\": \"database:1\", \"who\": \"db\"}",
	    "{\"a\": \"1\"}");
	tool_gives(&h, "relation-get",
	    "{\"relation\": \"1\", \"who\": \"db/0\", \"key\": \"mine\"}",
	    "\"x\"");
	tool_gives(&other, "relation-get",
	    "{\"relation\": \"backend:1\", \"who\": \"db\"}",
	    "{\"password\": \"database:1\"}");
	hook_succeed(&h);
	/* The other hook still has its snapshot; the next one sees more. */
	tool_gives(&other, "relation-get",
	    "{\"relation\": \"backend:1\", \"who\": \"db\"}",
	    "{\"password\": \"database:1\"}");
	hook_drop(&other);
	other = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&other, "relation-get",
	    "{\"relation\": \"backend:1\", \"who\": \"db\", \"key\": \"a\"}",
	    "\"1\"");
	tool_gives(&other, "relation-get",
	    "{\"relation\": \"backend:1\", \"who\": \"db/0\", \"key\": "
	    "\"mine\"}",
	    "\"x\"");
	hook_drop(&other);
	assert_int_equal(world_relation(w, 1)->ends[1].bag_version,
	    version + 1);
	/* Writing what is there is no change. */
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "relation-set",
	    "{\"relation\": \"1\", \"app\": true, \"values\": {\"a\": \"1\"}}",
	    "null");
	hook_succeed(&h);
	assert_int_equal(world_relation(w, 1)->ends[1].bag_version,
	    version + 1);
}

static void
only_those_who_may_read_and_write_a_databag(void **state)
{
	struct world *w = *state;
	struct hook leader, other, web;

	make_relation(w);
	leader = hook_begin(w, "db/0", HOOK_RELATION_CHANGED, 1);
	other = hook_begin(w, "db/1", HOOK_RELATION_CHANGED, 1);
	web = hook_begin(w, "web/0", HOOK_RELATION_CHANGED, 1);
	/* Its own application's bag: the leader, and all peers. */
	tool_gives(&leader, "relation-get", "{\"who\": \"db\"}",
	    "{\"password\": \"database:1\"}");
	tool_refuses(&other, "relation-get", "{\"who\": \"db\"}", ERROR_DENIED,
	    "only the leader may read the databag of its application \"db\" in "
	    "relation 1");
	tool_gives(&other, "relation-get",
	    "{\"relation\": \"cluster:0\", \"who\": \"db\"}", "{}");
	/* Everybody reads the far side. */
	tool_gives(&other, "relation-get", "{\"who\": \"web\"}", "{}");
	tool_gives(&web, "relation-get", "{\"who\": \"db\"}",
	    "{\"password\": \"database:1\"}");
	tool_refuses(&other, "relation-set",
	    "{\"app\": true, \"values\": {\"a\": \"b\"}}", ERROR_DENIED,
	    "cannot write relation settings: db/1 is not the leader of db");
	tool_refuses(&web, "relation-get", "{\"who\": \"shell\"}",
	    ERROR_NOT_FOUND, "application \"shell\" is not in relation 1");
	tool_refuses(&web, "relation-get", "{\"who\": \"db/7\"}",
	    ERROR_NOT_FOUND, "unit \"db/7\" is not in the scope of relation 1");
	hook_drop(&leader);
	hook_drop(&other);
	hook_drop(&web);
}

static void
a_relation_is_named_or_the_one_of_the_hook(void **state)
{
	static const struct {
		const char *args, *message;
	} bad[] = {
		{ "{\"relation\": \"7\", \"who\": \"db\"}",
		    "invalid value \"7\" for option -r: relation not found" },
		{ "{\"relation\": \"1x\", \"who\": \"db\"}",
		    "invalid value \"1x\" for option -r: relation not found" },
		{ "{\"relation\": \"\", \"who\": \"db\"}",
		    "invalid value \"\" for option -r: relation not found" },
		{ "{\"relation\": \"cluster:0\", \"who\": \"db\"}",
		    "invalid value \"cluster:0\" for option -r: relation not "
		    "found" },
	};
	struct world *w = *state;
	struct hook h;

	make_relation(w);
	h = hook_begin(w, "web/0", HOOK_RELATION_CHANGED, 1);
	for (size_t i = 0; i < nitems(bad); i++)
		tool_refuses(&h, "relation-get", bad[i].args, ERROR_NOT_FOUND,
		    bad[i].message);
	tool_refuses(&h, "relation-get", "{}", ERROR_USAGE,
	    "argument \"who\" is missing");
	tool_gives(&h, "relation-ids", "{\"endpoint\": \"backend\"}",
	    "[\"backend:1\"]");
	tool_gives(&h, "relation-ids", "{\"endpoint\": \"nothing\"}", "[]");
	tool_gives(&h, "relation-list", "{}", "[\"db/0\", \"db/1\"]");
	tool_gives(&h, "relation-app", "{}", "\"db\"");
	hook_drop(&h);
	h = hook_begin(w, "db/1", HOOK_CONFIG_CHANGED, -1);
	tool_refuses(&h, "relation-list", "{}", ERROR_USAGE,
	    "no relation id specified");
	tool_gives(&h, "relation-list", "{\"relation\": \"cluster:0\"}",
	    "[\"db/0\"]");
	hook_drop(&h);
	h = hook_begin(w, "web/0", HOOK_RELATION_BROKEN, 1);
	tool_gives(&h, "relation-list", "{}", "[]");
	hook_drop(&h);
}

static void
who_departs_has_nothing_to_be_read_any_more(void **state)
{
	struct world *w = *state;
	struct hook h;

	make_relation(w);
	h = hook_begin(w, "web/0", HOOK_RELATION_DEPARTED, 1);
	(void)strcpy(h.context->op.remote_unit, "db/9");
	tool_gives(&h, "relation-get", "{\"who\": \"db/9\"}", "{}");
	tool_refuses(&h, "relation-get", "{\"who\": \"db/8\"}", ERROR_NOT_FOUND,
	    "unit \"db/8\" is not in the scope of relation 1");
	hook_drop(&h);
}

static void
a_databag_has_a_size(void **state)
{
	struct world *w = *state;
	autofree char *half = xcalloc(1, LIMIT_BAG_BYTES / 2 + 1);
	autofree char *first = NULL, *second = NULL;
	struct hook h;

	make_relation(w);
	memset(half, 'x', LIMIT_BAG_BYTES / 2);
	first = xasprintf("{\"values\": {\"a\": \"%s\"}}", half);
	second = xasprintf("{\"values\": {\"b\": \"%s\"}}", half);
	h = hook_begin(w, "web/0", HOOK_RELATION_CHANGED, 1);
	tool_gives(&h, "relation-set", first, "null");
	tool_refuses(&h, "relation-set", second, ERROR_TOO_LARGE,
	    "a databag holds at most 262144 bytes");
	hook_succeed(&h);
	/* Nor can it grow from hook to hook. */
	h = hook_begin(w, "web/0", HOOK_RELATION_CHANGED, 1);
	tool_refuses(&h, "relation-set", second, ERROR_TOO_LARGE,
	    "a databag holds at most 262144 bytes");
	tool_gives(&h, "relation-set", "{\"values\": {\"a\": null}}", "null");
	tool_gives(&h, "relation-set", second, "null");
	tool_refuses(&h, "relation-set", "{\"values\": {\"n\": 1}}",
	    ERROR_USAGE, "the value of \"n\" is not a string");
	tool_refuses(&h, "relation-set", "{}", ERROR_USAGE,
	    "argument \"values\" is missing");
	hook_drop(&h);
}

static void
ranges_of_ports_do_not_overlap(void **state)
{
	static const struct {
		const char *tool, *port, *conflict; /* NULL for none. */
	} steps[] = {
		{ "open-port", "80-90/tcp", NULL },
		{ "open-port", "80-90/tcp", NULL },
		{ "open-port", "85/tcp", "80-90/tcp" },
		{ "open-port", "90-95/tcp", "80-90/tcp" },
		{ "open-port", "1-65535/tcp", "80-90/tcp" },
		{ "open-port", "85/udp", NULL },
		{ "open-port", "91-91/tcp", NULL },
		{ "open-port", "icmp", NULL },
		{ "close-port", "80-85/tcp", "80-90/tcp" },
		{ "close-port", "80-90/tcp", NULL },
		{ "close-port", "7/tcp", NULL },
		{ "open-port", "85/tcp", NULL },
	};
	struct world *w = *state;
	struct hook h;

	world_deploy(w, "db", 1);
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "close-port", "{\"port\": \"5432/tcp\"}", "null");
	for (size_t i = 0; i < nitems(steps); i++) {
		autofree char *args = xasprintf("{\"port\": \"%s\"}",
		    steps[i].port);
		autofree char *why = xasprintf(
		    "cannot %.*s %s (unit \"db/0\"): port range conflicts "
		    "with %s",
		    (int)strcspn(steps[i].tool, "-"), steps[i].tool,
		    steps[i].port, steps[i].conflict);

		if (steps[i].conflict == NULL)
			tool_gives(&h, steps[i].tool, args, "null");
		else
			tool_refuses(&h, steps[i].tool, args, ERROR_CONFLICT,
			    why);
	}
	tool_gives(&h, "opened-ports", "{}",
	    "[\"85/udp\", \"91/tcp\", \"icmp\", \"85/tcp\"]");
	hook_drop(&h);
}

static void
state_and_ports_are_kept_back_too(void **state)
{
	static const char *const bad[] = { "5432", "0/tcp", "65536/tcp",
		"-1/tcp", "x/tcp", "80/sctp", "80/tcp ", "", "90-80/tcp",
		"80-/tcp", "80-65536/tcp", "-80/tcp", "80-90-99/tcp",
		"icmp/tcp", "ICMP" };
	struct world *w = *state;
	struct unit *u;
	struct hook h;

	world_deploy(w, "db", 1);
	u = world_unit(w, "db/0");
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "state-set",
	    "{\"values\": {\"a\": {\"b\": [1]}, \"config-seen\": null}}",
	    "null");
	tool_gives(&h, "state-get", "{}", "{\"a\": {\"b\": [1]}}");
	tool_gives(&h, "state-get", "{\"key\": \"a\"}", "{\"b\": [1]}");
	tool_gives(&h, "state-get", "{\"key\": \"none\"}", "null");
	tool_gives(&h, "open-port", "{\"port\": \"80/tcp\"}", "null");
	tool_gives(&h, "close-port", "{\"port\": \"5432/tcp\"}", "null");
	tool_gives(&h, "opened-ports", "{}", "[\"80/tcp\"]");
	for (size_t i = 0; i < nitems(bad); i++) {
		autofree char *args = xasprintf("{\"port\": \"%s\"}", bad[i]);
		autofree char *why = xasprintf(
		    "invalid port \"%s\", expected one like \"5432/tcp\", "
		    "\"8000-8010/udp\" or \"icmp\"",
		    bad[i]);

		tool_refuses(&h, "open-port", args, ERROR_USAGE, why);
	}
	assert_int_equal(json_array_size(u->ports), 1);
	assert_null(json_object_get(u->state, "a"));
	hook_succeed(&h);
	assert_string_equal(json_string_value(json_array_get(u->ports, 0)),
	    "80/tcp");
	assert_null(json_object_get(u->state, "config-seen"));
	world_restart(w);
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "state-get", "{}", "{\"a\": {\"b\": [1]}}");
	hook_drop(&h);
}

static void
a_status_acts_at_once_and_has_its_words(void **state)
{
	static const char *const bad[] = { "error", "unknown", "terminated",
		"Active", "" };
	struct world *w = *state;
	autofree char *long_text = xcalloc(1, LIMIT_STATUS_BYTES + 2);
	autofree char *long_args = NULL;
	struct hook h, other;

	world_deploy(w, "db", 2);
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	other = hook_begin(w, "db/1", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "status-set",
	    "{\"status\": \"blocked\", \"message\": \"no\"}", "null");
	assert_int_equal(world_unit(w, "db/0")->status.word, WORKLOAD_BLOCKED);
	tool_gives(&h, "status-get", "{}",
	    "{\"status\": \"blocked\", \"message\": \"no\"}");
	for (size_t i = 0; i < nitems(bad); i++) {
		autofree char *args = xasprintf("{\"status\": \"%s\"}", bad[i]);
		autofree char *why = xasprintf(
		    "invalid status \"%s\", expected one of [maintenance "
		    "blocked waiting active]",
		    bad[i]);

		tool_refuses(&h, "status-set", args, ERROR_USAGE, why);
	}
	memset(long_text, 'x', LIMIT_STATUS_BYTES + 1);
	long_args = xasprintf("{\"status\": \"active\", \"message\": \"%s\"}",
	    long_text);
	tool_refuses(&h, "status-set", long_args, ERROR_TOO_LARGE,
	    "a status message has at most 4096 bytes");
	tool_gives(&h, "status-set",
	    "{\"status\": \"active\", \"application\": true}", "null");
	tool_refuses(&other, "status-set",
	    "{\"status\": \"active\", \"application\": true}", ERROR_DENIED,
	    "db/1 is not the leader of db");
	tool_gives(&other, "is-leader", "{}", "false");
	tool_gives(&h, "is-leader", "{}", "true");
	tool_gives(&h, "application-version-set", "{\"version\": \"15.4\"}",
	    "null");
	assert_string_equal(world_unit(w, "db/0")->app->version, "15.4");
	hook_drop(&h);
	hook_drop(&other);
}

static void
results_of_an_action_nest(void **state)
{
	static const char *const bad[] = { "", ".", "a.", ".a", "a..b" };
	struct world *w = *state;
	const json_t *log;
	autostrbuf deep = { 0 };
	json_auto_t *want = json_pack("{s:{s:s, s:{s:s}}, s:s}", "postgresql",
	    "username", "relation-3", "tls", "ca", "x", "plain", "y");
	autofree char *deep_args = NULL;
	struct hook h;

	world_deploy(w, "db", 1);
	h = action_begin(w, "db/0", "{\"p\": 1}");
	tool_gives(&h, "action-get", "{}", "{\"p\": 1}");
	tool_gives(&h, "action-get", "{\"key\": \"p\"}", "1");
	tool_gives(&h, "action-set",
	    "{\"values\": {\"postgresql.username\": \"relation-3\"}}", "null");
	tool_gives(&h, "action-set",
	    "{\"values\": {\"plain\": \"y\", \"postgresql.tls.ca\": \"x\"}}",
	    "null");
	assert_true(json_equal(h.context->results, want));
	for (size_t i = 0; i < nitems(bad); i++) {
		autofree char *args = xasprintf("{\"values\": {\"%s\": \"x\"}}",
		    bad[i]);
		autofree char *why = xasprintf("invalid key \"%s\"", bad[i]);

		tool_refuses(&h, "action-set", args, ERROR_USAGE, why);
	}
	for (int i = 0; i <= LIMIT_JSON_DEPTH; i++)
		strbuf_adds(&deep, i == 0 ? "a" : ".a");
	deep_args = xasprintf("{\"values\": {\"%s\": \"x\"}}",
	    strbuf_cstr(&deep));
	assert_null(try_tool(&h, "action-set", deep_args));
	assert_int_equal(h.err.code, ERROR_USAGE);
	assert_true(json_equal(h.context->results, want));
	tool_gives(&h, "action-log", "{\"message\": \"half way\"}", "null");
	log = model_find_task(world_model(w), h.context->task)->log;
	assert_string_equal(json_text(json_array_get(log, 0), "message", ""),
	    "half way");
	tool_gives(&h, "action-fail", "{}", "null");
	assert_string_equal(h.context->failure,
	    "action failed without reason given, check action for errors");
	hook_drop(&h);
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_refuses(&h, "action-get", "{}", ERROR_USAGE,
	    "not running an action");
	tool_refuses(&h, "action-set", "{\"values\": {}}", ERROR_USAGE,
	    "not running an action");
	tool_refuses(&h, "action-fail", "{}", ERROR_USAGE,
	    "not running an action");
	tool_refuses(&h, "action-log", "{}", ERROR_USAGE,
	    "not running an action");
	hook_drop(&h);
}

static void
a_unit_knows_where_it_is(void **state)
{
	struct world *w = *state;
	struct hook h;
	const char *address;
	autofree char *quoted = NULL, *location = NULL;

	world_deploy(w, "db", 1);
	address = world_unit(w, "db/0")->machine->address;
	quoted = xasprintf("\"%s\"", address);
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "unit-get", "{\"name\": \"private-address\"}", quoted);
	tool_gives(&h, "unit-get", "{\"name\": \"public-address\"}", quoted);
	tool_refuses(&h, "unit-get", "{\"name\": \"age\"}", ERROR_USAGE,
	    "unknown setting \"age\"");
	{
		json_auto_t *net = try_tool(&h, "network-get",
		    "{\"endpoint\": \"database\"}");
		const json_t *egress = json_object_get(net, "egress-subnets");
		autofree char *cidr = xasprintf("%s/32", address);

		assert_string_equal(json_string_value(
					json_array_get(egress, 0)),
		    cidr);
	}
	tool_refuses(&h, "network-get", "{\"endpoint\": \"x\"}",
	    ERROR_NOT_FOUND, "no network config found for binding \"x\"");
	{
		autofree char *dir = unit_storage_dir(w->engine,
		    world_unit(w, "db/0"));

		location = xasprintf(
		    "{\"kind\": \"filesystem\", \"location\": \"%s/data\"}",
		    dir);
	}
	tool_gives(&h, "storage-get", "{\"name\": \"data\"}", location);
	tool_refuses(&h, "storage-get", "{\"name\": \"x\"}", ERROR_NOT_FOUND,
	    "no storage \"x\"");
	tool_gives(&h, "config-get", "{}", "{\"size\": 3}");
	tool_gives(&h, "config-get", "{\"key\": \"size\"}", "3");
	tool_gives(&h, "config-get", "{\"key\": \"none\"}", "null");
	tool_gives(&h, "juju-log", "{\"message\": \"here\"}", "null");
	tool_refuses(&h, "juju-log", "{}", ERROR_USAGE,
	    "argument \"message\" is missing");
	tool_refuses(&h, "make-coffee", "{}", ERROR_NOT_FOUND,
	    "unknown hook tool \"make-coffee\"");
	tool_refuses(&h, "service-get", "{\"name\": \"x\"}", ERROR_NOT_FOUND,
	    "no service \"x\"");
	hook_drop(&h);
}

/* Also when the charm itself has brought it about. */
static void
what_service_get_has_shown_is_not_told_again(void **state)
{
	static const char args[] = "{\"name\": \"server\"}";
	static const char gone[] =
	    "{\"state\": \"stopped\", \"pid\": 0, \"detail\": \"\"}";
	struct world *w = *state;
	struct service *s;
	struct hook h;

	world_deploy(w, "db", 1);
	s = service_add(world_unit(w, "db/0"), "server");
	s->event = 3;
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "service-get", args, gone);
	hook_drop(&h);
	assert_int_equal(s->event_seen, 0);
	h = hook_begin(w, "db/0", HOOK_CONFIG_CHANGED, -1);
	tool_gives(&h, "service-get", args, gone);
	s->event = 4; /* Something else has happened since. */
	hook_succeed(&h);
	assert_int_equal(s->event_seen, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(what_is_written_is_seen_by_the_hook_and_kept_back),
		world_test(only_those_who_may_read_and_write_a_databag),
		world_test(a_relation_is_named_or_the_one_of_the_hook),
		world_test(who_departs_has_nothing_to_be_read_any_more),
		world_test(a_databag_has_a_size),
		world_test(ranges_of_ports_do_not_overlap),
		world_test(state_and_ports_are_kept_back_too),
		world_test(a_status_acts_at_once_and_has_its_words),
		world_test(results_of_an_action_nest),
		world_test(what_service_get_has_shown_is_not_told_again),
		world_test(a_unit_knows_where_it_is),
	};

	return cmocka_run_group_tests_name("engine/tools", tests, NULL, NULL);
}
