/* SPDX-License-Identifier: Apache-2.0 */
/* A newer charm for an application that lives. */

#include "world.h"

#include "engine/refresh.h"

#define SAME "{}"

static struct application *
app_of(struct world *w, const char *name)
{
	struct application *app = model_find_application(world_model(w), name);

	assert_non_null(app);
	return app;
}

static void
write_text(struct world *w, const char *charm, const char *file,
    const char *text)
{
	autofree char *path = xasprintf("%s/%s/%s", w->charms, charm, file);
	struct error err;

	assert_int_equal(file_write(path, 0644, text, &err), 0);
}

/* From its directory, as a user's charm is. */
static void
deploy_local(struct world *w, const char *charm)
{
	autofree char *args = xasprintf("{\"charm\": \"%s/%s\"}", w->charms,
	    charm);

	world_do(w, verb_deploy, NULL, args);
	world_settle(w);
	world_forget_seen(w, charm);
}

static void
a_unit_runs_upgrade_charm_and_config_changed(void **state)
{
	struct world *w = *state;
	autofree char *seen = NULL;

	deploy_local(w, "web");
	world_do(w, verb_refresh, "web", SAME);
	world_settle(w);
	assert_int_equal(app_of(w, "web")->charm_revision, 2);
	seen = world_seen(w, "web");
	assert_string_equal(seen,
	    "web/0 upgrade-charm\nweb/0 config-changed\n");
}

static void
a_restart_keeps_the_revision_and_owes_no_hook(void **state)
{
	struct world *w = *state;

	deploy_local(w, "web");
	world_do(w, verb_refresh, "web", SAME);
	world_settle(w);
	world_forget_seen(w, "web");
	world_restart(w);
	world_settle(w);
	assert_int_equal(app_of(w, "web")->charm_revision, 2);
	assert_false(world_has_seen(w, "web", "web/0 upgrade-charm"));
}

static void
one_that_tenond_did_not_see_the_end_of_is_gone_on_with(void **state)
{
	struct world *w = *state;

	deploy_local(w, "web");
	world_begin(w, verb_refresh, "web", SAME);
	world_restart(w);
	world_settle(w);
	assert_int_equal(world_unit(w, "web/0")->local.charm_revision, 2);
}

static void
a_hook_that_runs_ends_before_it(void **state)
{
	struct world *w = *state;
	autofree char *seen = NULL;

	deploy_local(w, "web");
	world_rule(w, "web", "config-changed", "gate");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"4\"}}");
	world_await_seen(w, "web", "web/0 config-changed");
	world_do(w, verb_refresh, "web", SAME);
	world_rule(w, "web", "config-changed", NULL);
	world_open_gate(w, "web");
	world_settle(w);
	seen = world_seen(w, "web");
	assert_string_equal(seen,
	    "web/0 config-changed\n"
	    "web/0 upgrade-charm\nweb/0 config-changed\n");
}

static void
a_unit_in_error_upgrades_first(void **state)
{
	struct world *w = *state;
	autofree char *seen = NULL;

	deploy_local(w, "web");
	world_rule(w, "web", "config-changed", "fail");
	world_do(w, verb_set_config, "web", "{\"set\": {\"size\": \"4\"}}");
	world_await_unit(w, "web/0", "error");
	world_forget_seen(w, "web");
	world_rule(w, "web", "config-changed", NULL);
	world_do(w, verb_refresh, "web", SAME);
	world_settle(w);
	seen = world_seen(w, "web");
	assert_string_equal(seen,
	    "web/0 upgrade-charm\nweb/0 config-changed\n");
}

static void
one_that_is_only_asked_for_leaves_the_charm_as_it_was(void **state)
{
	struct world *w = *state;
	const struct charm *before;

	deploy_local(w, "web");
	before = app_of(w, "web")->charm;
	write_text(w, "web", "config.yaml", "options: {color: {type: int}}\n");
	world_do(w, verb_refresh, "web", "{\"dry-run\": true}");
	assert_ptr_equal(app_of(w, "web")->charm, before);
	assert_int_equal(app_of(w, "web")->charm_revision, 1);
	assert_true(world_is_settled(w));
}

static void
one_that_cannot_be_written_leaves_the_charm_as_it_was(void **state)
{
	struct world *w = *state;
	struct engine_call call = { .engine = w->engine, .subject = "web" };
	const struct charm *before;
	uint64_t hash;

	deploy_local(w, "web");
	before = app_of(w, "web")->charm;
	hash = app_of(w, "web")->config_hash;
	write_text(w, "web", "config.yaml", "options: {color: {type: int}}\n");
	world_break_store(w);
	call.args = json_object();
	assert_int_equal(verb_refresh(&call, &w->err), -1);
	json_decref(call.args);
	json_decref(call.reply);
	world_mend_store(w);
	assert_ptr_equal(app_of(w, "web")->charm, before);
	assert_true(app_of(w, "web")->config_hash == hash);
	assert_int_equal(app_of(w, "web")->charm_revision, 1);
	/* The same goes well as soon as it can. */
	world_do(w, verb_refresh, "web", SAME);
	world_settle(w);
	assert_non_null(charm_find_option(app_of(w, "web")->charm, "color"));
}

static void
an_option_that_is_refused_leaves_the_charm_as_it_was(void **state)
{
	struct world *w = *state;
	const struct charm *before;

	deploy_local(w, "web");
	before = app_of(w, "web")->charm;
	world_refused(w, verb_refresh, "web",
	    "{\"config\": {\"color\": \"x\"}}", "unknown option \"color\"");
	assert_ptr_equal(app_of(w, "web")->charm, before);
	assert_int_equal(app_of(w, "web")->charm_revision, 1);
}

static void
storage_that_units_have_is_not_taken_away(void **state)
{
	struct world *w = *state;

	deploy_local(w, "db");
	write_text(w, "db", "metadata.yaml",
	    "name: db\n"
	    "peers: {cluster: {interface: cluster}}\n"
	    "provides: {database: {interface: sql}}\n"
	    "tenon: {resident: true}\n");
	world_refused(w, verb_refresh, "db", SAME,
	    "cannot upgrade application \"db\" to charm \"db\": would break "
	    "storage: storage \"data\" removed");
}

static void
a_limit_below_what_there_is_is_refused(void **state)
{
	struct world *w = *state;

	deploy_local(w, "db");
	world_deploy(w, "web", 1);
	world_do(w, verb_deploy, NULL,
	    "{\"charm\": \"web\", \"name\": \"web2\"}");
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web\", \"db\"]}");
	world_do(w, verb_relate, NULL, "{\"endpoints\": [\"web2\", \"db\"]}");
	world_settle(w);
	write_text(w, "db", "metadata.yaml",
	    "name: db\n"
	    "peers: {cluster: {interface: cluster}}\n"
	    "provides: {database: {interface: sql, limit: 1}}\n"
	    "storage: {data: {type: filesystem}}\n"
	    "tenon: {resident: true}\n");
	world_refused(w, verb_refresh, "db", SAME,
	    "new charm version imposes a maximum relation limit of 1 for "
	    "db:database which cannot be satisfied by the number of already "
	    "established relations (2)");
}

/* ---- channels ---- */

static void
a_risk_keeps_the_track_and_data_stay_with_it(void **state)
{
	static const struct {
		const char *channel, *given, *expected;
	} cases[] = {
		{ "15/stable", "edge", "15/edge" },
		{ "15/stable", "edge/fix", "15/edge/fix" },
		{ "15/stable", "15/edge", "15/edge" },
		{ "15/stable", "16/stable", NULL },
		{ "15", "14", NULL },
		{ "stable", "edge", "edge" },
		{ "", "edge", "edge" },
		{ "", "15/stable", NULL },
		{ "stable", "16/stable", NULL },
	};
	struct world *w = *state;
	struct application *app;
	struct error err = { 0 };

	world_deploy(w, "db", 1);
	app = app_of(w, "db");
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *channel = NULL;

		xreplace(&app->channel, cases[i].channel);
		channel = refresh_channel(app, cases[i].given, &err);
		if (cases[i].expected == NULL)
			assert_null(channel);
		else
			assert_string_equal(channel, cases[i].expected);
	}
	assert_string_equal(err.msg,
	    "cannot refresh \"db\" to track \"16\": it follows none, and its "
	    "units store data");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(a_unit_runs_upgrade_charm_and_config_changed),
		world_test(a_restart_keeps_the_revision_and_owes_no_hook),
		world_test(
		    one_that_tenond_did_not_see_the_end_of_is_gone_on_with),
		world_test(a_hook_that_runs_ends_before_it),
		world_test(a_unit_in_error_upgrades_first),
		world_test(
		    one_that_is_only_asked_for_leaves_the_charm_as_it_was),
		world_test(
		    one_that_cannot_be_written_leaves_the_charm_as_it_was),
		world_test(
		    an_option_that_is_refused_leaves_the_charm_as_it_was),
		world_test(storage_that_units_have_is_not_taken_away),
		world_test(a_limit_below_what_there_is_is_refused),
		world_test(a_risk_keeps_the_track_and_data_stay_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
