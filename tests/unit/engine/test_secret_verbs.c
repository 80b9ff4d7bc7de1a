/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of users: made, granted, read, changed, shown and removed. */

#include "hooks.h"

#include "base/json.h"
#include "model/secret.h"

#define TOKEN                                 \
	"{\"name\": \"token\", \"content\": " \
	"{\"password\": \"the-first-of-them\"}}"

/* Made and granted to web; its URI. */
static char *
make_token(struct world *w)
{
	json_auto_t *reply = world_call(w, verb_add_secret, NULL, TOKEN);

	world_deploy(w, "web", 1);
	world_do(w, verb_grant_secret, "token",
	    "{\"applications\": [\"web\"]}");
	world_settle(w);
	return xstrdup(json_text(reply, "uri", ""));
}

static struct secret *
token(struct world *w)
{
	return model_find_own_secret(world_model(w), "token");
}

static void
get(struct world *w, const char *uri, const char *more, const char *expected)
{
	struct hook h = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);
	autofree char *args = xasprintf("{\"secret\": \"%s\"%s}", uri, more);

	tool_gives(&h, "secret-get", args, expected);
	hook_succeed(&h);
}

static void
get_refused(struct world *w, const char *uri, enum error_code code,
    const char *why)
{
	struct hook h = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);
	autofree char *args = xasprintf("{\"secret\": \"%s\"}", uri);

	tool_refuses(&h, "secret-get", args, code, why);
	hook_drop(&h);
}

static void
get_denied(struct world *w, const char *uri)
{
	autofree char *why = xasprintf("permission denied: secret \"%s\" is "
				       "not granted to web",
	    uri + strlen("secret:"));

	get_refused(w, uri, ERROR_DENIED, why);
}

static void
units_read_what_a_user_has_granted_them_and_no_more(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w);
	autofree char *gone = xasprintf("secret \"%s\" not found", uri);

	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
	get(w, uri + strlen("secret:"), "",
	    "{\"password\": \"the-first-of-them\"}");
	world_restart(w);
	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
	world_do(w, verb_revoke_secret, uri, "{\"applications\": [\"web\"]}");
	get_denied(w, uri);
	world_restart(w);
	get_denied(w, uri);
	world_do(w, verb_grant_secret, uri, "{\"applications\": [\"web\"]}");
	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
	world_do(w, verb_remove_secret, uri, "{}");
	get_refused(w, uri, ERROR_NOT_FOUND, gone);
}

static void
a_unit_does_not_change_what_is_a_users(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w);
	autofree char *set = xasprintf(
	    "{\"secret\": \"%s\", \"content\": {\"password\": \"x\"}}", uri);
	autofree char *name = xasprintf("{\"secret\": \"%s\"}", uri);
	autofree char *why = xasprintf("secret \"%s\" does not belong to web",
	    uri + strlen("secret:"));
	struct hook h = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);

	tool_refuses(&h, "secret-set", set, ERROR_DENIED, why);
	tool_refuses(&h, "secret-remove", name, ERROR_DENIED, why);
	tool_refuses(&h, "secret-info-get", name, ERROR_DENIED, why);
	tool_gives(&h, "secret-ids", "{}", "[]");
	/* A user's name for it is no label. */
	tool_refuses(&h, "secret-get", "{\"label\": \"token\"}",
	    ERROR_NOT_FOUND, "secret \"token\" not found");
	hook_drop(&h);
}

static void
an_update_is_told_and_read_when_the_unit_asks_for_it(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w);

	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
	world_forget_seen(w, "web");
	world_do(w, verb_update_secret, "token",
	    "{\"content\": {\"password\": \"the-first-of-them\"}}");
	world_settle(w);
	assert_int_equal(token(w)->revision, 1);
	assert_false(world_has_seen(w, "web", "web/0 secret-changed"));
	world_do(w, verb_update_secret, "token",
	    "{\"content\": {\"password\": \"the-second\"}}");
	world_settle(w);
	assert_true(world_has_seen(w, "web", "web/0 secret-changed"));
	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
	get(w, uri, ", \"peek\": true", "{\"password\": \"the-second\"}");
	get(w, uri, ", \"refresh\": true", "{\"password\": \"the-second\"}");
	get(w, uri, "", "{\"password\": \"the-second\"}");
	/* A user may want the old one back. */
	assert_int_equal(json_object_size(token(w)->revisions), 2);
	world_do(w, verb_update_secret, "token", "{\"auto-prune\": true}");
	assert_int_equal(json_object_size(token(w)->revisions), 1);
}

static void
names_and_contents_that_cannot_be_are_refused(void **state)
{
	static const struct {
		const char *args, *message;
	} cases[] = {
		{ "{\"name\": \"\", \"content\": {\"pass\": \"x\"}}",
		    "invalid secret name \"\"" },
		{ "{\"name\": \"a b\", \"content\": {\"pass\": \"x\"}}",
		    "invalid secret name \"a b\"" },
		{ "{\"name\": \"-a\", \"content\": {\"pass\": \"x\"}}",
		    "invalid secret name \"-a\"" },
		{ "{\"name\": \"token\", \"content\": {\"pass\": \"x\"}}",
		    "secret with name \"token\" already exists" },
		{ "{\"name\": \"a\", \"content\": {}}",
		    "a secret without content" },
		{ "{\"name\": \"a\", \"content\": {\"Pass\": \"hush\"}}",
		    "invalid key \"Pass\" in a secret" },
		{ "{\"name\": \"a\", \"content\": {\"pass\": \"\"}}",
		    "the value of \"pass\" is empty" },
	};
	struct world *w = *state;

	world_do(w, verb_add_secret, NULL, TOKEN);
	for (size_t i = 0; i < nitems(cases); i++)
		world_refused(w, verb_add_secret, NULL, cases[i].args,
		    cases[i].message);
	world_refused(w, verb_update_secret, "token", "{}",
	    "must specify a new value or metadata to update a secret");
	world_refused(w, verb_update_secret, "nobody", "{\"info\": \"x\"}",
	    "secret \"nobody\" not found");
	world_refused(w, verb_grant_secret, "token",
	    "{\"applications\": [\"web\"]}", "application \"web\" not found");
	world_refused(w, verb_grant_secret, "token", "{\"applications\": []}",
	    "no applications specified");
	world_do(w, verb_update_secret, "token", "{\"name\": \"token\"}");
	world_do(w, verb_update_secret, "token", "{\"name\": \"other\"}");
	world_refused(w, verb_show_secret, "token", "{}",
	    "secret \"token\" not found");
}

static void
what_a_charm_has_made_is_not_a_users_to_change(void **state)
{
	struct world *w = *state;
	autofree char *why = NULL;
	json_auto_t *uri = NULL;
	const char *text;
	struct hook h;

	world_deploy(w, "web", 1);
	h = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);
	uri = try_tool(&h, "secret-add",
	    "{\"label\": \"l\", \"content\": {\"password\": \"p\"}}");
	hook_succeed(&h);
	text = json_string_value(uri);
	why = xasprintf("secret \"%s\" belongs to web, not to you",
	    text + strlen("secret:"));
	world_refused(w, verb_update_secret, text, "{\"info\": \"x\"}", why);
	world_refused(w, verb_remove_secret, text, "{}", why);
	world_refused(w, verb_grant_secret, text,
	    "{\"applications\": [\"web\"]}", why);
}

static void
removing_tells_who_has_read_it_and_what_names_it(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w);
	autofree char *config = xasprintf("{\"set\": {\"token\": \"%s\"}}",
	    uri);
	json_auto_t *reply = NULL, *dry = NULL,
		    *expected = json_pack("[s, s]",
			"web/0 has read it, and will not be able to again",
			"option \"token\" of web still names it");

	world_do(w, verb_set_config, "web", config);
	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
	dry = world_call(w, verb_remove_secret, "token", "{\"dry-run\": true}");
	assert_true(json_equal(json_object_get(dry, "messages"), expected));
	assert_non_null(token(w));
	reply = world_call(w, verb_remove_secret, "token", "{}");
	assert_true(json_equal(json_object_get(reply, "messages"), expected));
	assert_null(token(w));
}

static void
the_latest_of_several_revisions_stays(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w);

	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
	world_do(w, verb_update_secret, "token",
	    "{\"content\": {\"password\": \"b\"}}");
	world_do(w, verb_update_secret, "token",
	    "{\"content\": {\"password\": \"c\"}}");
	world_refused(w, verb_remove_secret, "token", "{\"revision\": 3}",
	    "revision 3 is the latest of secret \"token\"");
	world_refused(w, verb_remove_secret, "token", "{\"revision\": 9}",
	    "revision 9 of secret \"token\" not found");
	world_do(w, verb_remove_secret, "token", "{\"revision\": 2}");
	world_do(w, verb_remove_secret, "token", "{\"revision\": 1}");
	world_restart(w);
	assert_int_equal(token(w)->revision, 3);
	assert_int_equal(json_object_size(token(w)->revisions), 1);
	assert_int_equal(json_object_size(token(w)->times), 1);
	world_do(w, verb_remove_secret, "token", "{\"revision\": 3}");
	assert_null(token(w));
	world_restart(w);
	assert_null(token(w));
}

/* ---- options ---- */

static void
an_option_names_a_secret_that_the_application_may_read(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w), *config = NULL, *why = NULL;

	config = xasprintf("{\"set\": {\"token\": \"%s\"}}", uri);
	world_refused(w, verb_set_config, "web",
	    "{\"set\": {\"token\": \"x\"}}",
	    "option \"token\" expected secret, got \"x\"");
	why = xasprintf("option \"token\": secret \"secret:%.20s\" not found",
	    "00000000000000000000");
	world_refused(w, verb_set_config, "web",
	    "{\"set\": {\"token\": \"secret:00000000000000000000\"}}", why);
	world_do(w, verb_revoke_secret, uri, "{\"applications\": [\"web\"]}");
	world_refused(w, verb_set_config, "web", config,
	    "option \"token\": secret \"token\" is not granted to web");
	assert_string_equal(w->err.hint,
	    "\"tenon grant-secret token web\" grants it");
	world_do(w, verb_grant_secret, "token",
	    "{\"applications\": [\"web\"]}");
	world_do(w, verb_set_config, "web", config);
	world_settle(w);
}

/* One that is deployed with it can be granted it only afterwards. */
static void
a_grant_that_an_option_has_waited_for_is_told(void **state)
{
	struct world *w = *state;
	json_auto_t *made = world_call(w, verb_add_secret, NULL, TOKEN);
	autofree char *deploy =
	    xasprintf("{\"charm\": \"web\", \"config\": {\"token\": \"%s\"}}",
		json_text(made, "uri", ""));
	json_auto_t *reply = world_call(w, verb_deploy, NULL, deploy);

	assert_string_equal(json_string_value(
				json_array_get(json_object_get(reply,
						   "messages"),
				    0)),
	    "option \"token\": secret \"token\" is not granted yet: \"tenon "
	    "grant-secret token web\" grants it");
	world_settle(w);
	world_forget_seen(w, "web");
	world_do(w, verb_grant_secret, "token",
	    "{\"applications\": [\"web\"]}");
	world_settle(w);
	assert_true(world_has_seen(w, "web", "web/0 config-changed"));
	/* What changes nothing is no news. */
	world_forget_seen(w, "web");
	world_do(w, verb_grant_secret, "token",
	    "{\"applications\": [\"web\"]}");
	world_settle(w);
	assert_false(world_has_seen(w, "web", "web/0 config-changed"));
}

/* ---- showing ---- */

static void
it_is_shown_without_what_is_in_it_unless_that_is_asked_for(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w), *text = NULL;
	json_auto_t *shown = NULL, *revealed = NULL, *journal = NULL;

	shown = world_call(w, verb_show_secret, "token", "{}");
	text = json_line(shown);
	assert_null(strstr(text, "the-first-of-them"));
	assert_string_equal(json_text(shown, "uri", ""), uri);
	assert_string_equal(json_text(shown, "owner-kind", ""), "model");
	assert_string_equal(json_text(shown, "name", ""), "token");
	revealed = world_call(w, verb_show_secret, uri,
	    "{\"reveal\": true, \"revision\": 1}");
	assert_string_equal(json_text(json_object_get(revealed, "content"),
				"password", ""),
	    "the-first-of-them");
	journal = world_call(w, verb_journal, NULL, "{}");
	json_decref(shown);
	free(text);
	shown = json_incref(json_object_get(journal, "entries"));
	text = json_line(json_array_get(shown, json_array_size(shown) - 1));
	assert_non_null(strstr(text, "\"name\":\"show-secret\""));
	assert_null(strstr(text, "the-first-of-them"));
	world_refused(w, verb_show_secret, "token", "{\"revision\": 2}",
	    "revision 2 of secret \"token\" not found");
}

static size_t
count_of(struct world *w, const char *owner)
{
	autofree char *args = xasprintf("{\"owner\": \"%s\"}", owner);
	json_auto_t *reply = world_call(w, verb_secrets, NULL, args);

	return json_array_size(json_object_get(reply, "secrets"));
}

static void
those_of_one_owner_are_listed_by_name_or_tag(void **state)
{
	struct world *w = *state;
	autofree char *tag = NULL;
	json_auto_t *all = NULL;
	struct hook h;

	free(make_token(w));
	h = hook_begin(w, "web/0", HOOK_CONFIG_CHANGED, -1);
	json_decref(try_tool(&h, "secret-add",
	    "{\"owner\": \"unit\", \"content\": {\"password\": \"p\"}}"));
	hook_succeed(&h);
	tag = xasprintf("model-%s", world_model(w)->uuid);
	all = world_call(w, verb_secrets, NULL, "{}");
	assert_int_equal(json_array_size(json_object_get(all, "secrets")), 2);
	assert_int_equal(count_of(w, "<model>"), 1);
	assert_int_equal(count_of(w, world_model(w)->name), 1);
	assert_int_equal(count_of(w, tag), 1);
	assert_int_equal(count_of(w, "web/0"), 1);
	assert_int_equal(count_of(w, "unit-web-0"), 1);
	assert_int_equal(count_of(w, "web"), 0);
}

static void
no_value_is_in_the_journal_or_in_clear_in_the_store(void **state)
{
	struct world *w = *state;
	autofree char *uri = make_token(w), *path = NULL, *store = NULL;
	autofree char *journal = NULL;
	json_auto_t *entries = NULL, *dry = NULL;
	size_t len;

	dry = world_call(w, verb_update_secret, "token",
	    "{\"content\": {\"password\": \"the-first-of-them!\"}, "
	    "\"dry-run\": true}");
	journal = json_line(dry);
	assert_null(strstr(journal, "the-first-of-them"));
	free(journal);
	assert_int_equal(token(w)->revision, 1);
	entries = world_call(w, verb_journal, NULL, "{}");
	journal = json_line(entries);
	assert_non_null(strstr(journal, "grant-secret"));
	assert_null(strstr(journal, "the-first-of-them"));
	world_down(w);
	path = xasprintf("%s/tenon.db", w->home);
	store = file_read(path, 1 << 24, &len, &w->err);
	assert_non_null(store);
	assert_null(memmem(store, len, "the-first-of-them", 17));
	world_up(w);
	get(w, uri, "", "{\"password\": \"the-first-of-them\"}");
}

static void
a_store_that_refuses_leaves_them_as_they_were(void **state)
{
	static const struct {
		engine_verb *verb;
		const char *args;
	} calls[] = {
		{ verb_add_secret,
		    "{\"name\": \"b\", \"content\": {\"pass\": \"p\"}}" },
		{ verb_update_secret, "{\"content\": {\"pass\": \"p\"}}" },
		{ verb_revoke_secret, "{\"applications\": [\"web\"]}" },
		{ verb_remove_secret, "{}" },
	};
	struct world *w = *state;
	autofree char *uri = make_token(w);
	struct unit *u = world_unit(w, "web/0");

	(void)uri;
	world_break_store(w);
	for (size_t i = 0; i < nitems(calls); i++) {
		struct engine_call call = {
			.engine = w->engine,
			.model = "m",
			.subject = "token",
			.args = json_loads(calls[i].args, 0, NULL),
		};

		assert_int_equal(calls[i].verb(&call, &w->err), -1);
		json_decref(call.args);
		json_decref(call.reply);
	}
	world_mend_store(w);
	assert_int_equal(world_model(w)->nsecrets, 1);
	assert_int_equal(token(w)->revision, 1);
	assert_true(secret_is_readable(token(w), u));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(units_read_what_a_user_has_granted_them_and_no_more),
		world_test(a_unit_does_not_change_what_is_a_users),
		world_test(
		    an_update_is_told_and_read_when_the_unit_asks_for_it),
		world_test(names_and_contents_that_cannot_be_are_refused),
		world_test(what_a_charm_has_made_is_not_a_users_to_change),
		world_test(removing_tells_who_has_read_it_and_what_names_it),
		world_test(the_latest_of_several_revisions_stays),
		world_test(
		    an_option_names_a_secret_that_the_application_may_read),
		world_test(a_grant_that_an_option_has_waited_for_is_told),
		world_test(
		    it_is_shown_without_what_is_in_it_unless_that_is_asked_for),
		world_test(those_of_one_owner_are_listed_by_name_or_tag),
		world_test(no_value_is_in_the_journal_or_in_clear_in_the_store),
		world_test(a_store_that_refuses_leaves_them_as_they_were),
	};

	return cmocka_run_group_tests_name("engine/secret_verbs", tests, NULL,
	    NULL);
}
