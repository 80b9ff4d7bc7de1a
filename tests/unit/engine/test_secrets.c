/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: who reads which revision, who changes it, and when it goes. */

#include "hooks.h"

#include "base/limits.h"
#include "base/strbuf.h"
#include "model/secret.h"

/* The arguments with the secret in the place of the word URI. */
static char *
with_uri(const char *args, const char *uri)
{
	autostrbuf sb = { 0 };
	const char *place = strstr(args, "URI");

	assert_non_null(place);
	strbuf_addn(&sb, args, (size_t)(place - args));
	strbuf_adds(&sb, uri);
	strbuf_adds(&sb, place + 3);
	return strbuf_detach(&sb);
}

static void
gives(struct hook *h, const char *tool, const char *uri, const char *args,
    const char *expected)
{
	autofree char *text = with_uri(args, uri);

	tool_gives(h, tool, text, expected);
}

static void
refuses(struct hook *h, const char *tool, const char *uri, const char *args,
    enum error_code code)
{
	autofree char *text = with_uri(args, uri);
	json_auto_t *value = try_tool(h, tool, text);

	assert_null(value);
	assert_int_equal(h->err.code, code);
}

static struct hook
begin(struct world *w, const char *unit)
{
	return hook_begin(w, unit, HOOK_CONFIG_CHANGED, -1);
}

static char *
add(struct hook *h, const char *args)
{
	json_auto_t *uri = try_tool(h, "secret-add", args);

	if (uri == NULL)
		fail_msg("secret-add: %s", h->err.msg);
	return xstrdup(json_string_value(uri));
}

/* Of db, granted to web in relation 1, with the password p1. */
static char *
share(struct world *w)
{
	struct hook h = begin(w, "db/0");
	char *uri = add(&h,
	    "{\"label\": \"l\", \"content\": {\"password\": \"p1\"}}");

	gives(&h, "secret-grant", uri,
	    "{\"secret\": \"URI\", \"relation\": \"database:1\"}", "null");
	hook_succeed(&h);
	return uri;
}

static void
change(struct world *w, const char *uri, const char *password)
{
	struct hook h = begin(w, "db/0");
	autofree char *args = xasprintf(
	    "{\"secret\": \"URI\", \"content\": {\"password\": \"%s\"}}",
	    password);

	gives(&h, "secret-set", uri, args, "null");
	hook_succeed(&h);
}

static struct secret *
find(struct world *w, const char *uri)
{
	return model_find_secret(world_model(w), uri + strlen("secret:"));
}

static void
what_a_hook_writes_is_kept_back_until_it_succeeds(void **state)
{
	struct world *w = *state;
	autofree char *uri = NULL;
	struct hook h;

	make_relation(w);
	h = begin(w, "db/0");
	uri = add(&h, "{\"content\": {\"password\": \"p\"}}");
	assert_int_equal(strlen(uri), strlen("secret:") + SECRET_ID_LENGTH);
	gives(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    "{\"password\": \"p\"}");
	assert_null(find(w, uri));
	hook_drop(&h);
	assert_null(find(w, uri));
	h = begin(w, "db/0");
	tool_gives(&h, "secret-ids", "{}", "[]");
	tool_gives(&h, "secret-ids", "{\"labels\": true}", "{}");
	hook_drop(&h);
}

static void
only_who_was_granted_it_reads_it(void **state)
{
	struct world *w = *state;
	autofree char *uri = NULL;
	struct hook h;

	make_relation(w);
	h = begin(w, "db/0");
	uri = add(&h, "{\"content\": {\"password\": \"p\"}}");
	hook_succeed(&h);
	h = begin(w, "web/0");
	refuses(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    ERROR_NOT_FOUND);
	hook_drop(&h);
	h = begin(w, "db/0");
	gives(&h, "secret-grant", uri,
	    "{\"secret\": \"URI\", \"relation\": \"1\"}", "null");
	hook_succeed(&h);
	h = begin(w, "web/0");
	gives(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    "{\"password\": \"p\"}");
	gives(&h, "secret-get", uri + strlen("secret:"),
	    "{\"secret\": \"secret://some-model/URI\", \"key\": \"password\"}",
	    "\"p\"");
	refuses(&h, "secret-set", uri,
	    "{\"secret\": \"URI\", \"content\": {\"password\": \"q\"}}",
	    ERROR_DENIED);
	refuses(&h, "secret-remove", uri, "{\"secret\": \"URI\"}",
	    ERROR_DENIED);
	refuses(&h, "secret-info-get", uri, "{\"secret\": \"URI\"}",
	    ERROR_DENIED);
	hook_drop(&h);
	h = begin(w, "db/1");
	gives(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    "{\"password\": \"p\"}");
	refuses(&h, "secret-set", uri,
	    "{\"secret\": \"URI\", \"content\": {\"password\": \"q\"}}",
	    ERROR_DENIED);
	hook_drop(&h);
	h = begin(w, "db/0");
	gives(&h, "secret-revoke", uri,
	    "{\"secret\": \"URI\", \"app\": \"web\"}", "null");
	hook_succeed(&h);
	h = begin(w, "web/0");
	refuses(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    ERROR_NOT_FOUND);
	hook_drop(&h);
}

static void
a_reader_stays_at_its_revision_and_is_told_of_a_later_one(void **state)
{
	struct world *w = *state;
	autofree char *uri = NULL;
	struct hook h;

	make_relation(w);
	uri = share(w);
	h = begin(w, "web/0");
	gives(&h, "secret-get", uri,
	    "{\"secret\": \"URI\", \"label\": \"mine\"}",
	    "{\"password\": \"p1\"}");
	hook_succeed(&h);
	world_forget_seen(w, "web");
	change(w, uri, "p1");
	assert_int_equal(find(w, uri)->revision, 1);
	change(w, uri, "p2");
	change(w, uri, "p3");
	world_settle(w);
	assert_true(world_has_seen(w, "web", "web/0 secret-changed"));
	assert_int_equal(json_object_size(find(w, uri)->revisions), 2);
	h = begin(w, "web/0");
	tool_gives(&h, "secret-get", "{\"label\": \"mine\"}",
	    "{\"password\": \"p1\"}");
	tool_gives(&h, "secret-get", "{\"label\": \"mine\", \"peek\": true}",
	    "{\"password\": \"p3\"}");
	tool_gives(&h, "secret-get", "{\"label\": \"mine\", \"refresh\": true}",
	    "{\"password\": \"p3\"}");
	tool_gives(&h, "secret-get", "{\"label\": \"mine\"}",
	    "{\"password\": \"p3\"}");
	hook_succeed(&h);
	assert_int_equal(json_object_size(find(w, uri)->revisions), 1);
	world_forget_seen(w, "web");
	world_settle(w);
	assert_false(world_has_seen(w, "web", "web/0 secret-changed"));
}

static void
what_it_gave_ends_with_the_relation(void **state)
{
	struct world *w = *state;
	autofree char *uri = NULL;
	struct hook h;

	make_relation(w);
	uri = share(w);
	h = begin(w, "web/0");
	gives(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    "{\"password\": \"p1\"}");
	hook_succeed(&h);
	world_do(w, verb_remove_relation, NULL, "{\"id\": 1, \"wait\": true}");
	h = begin(w, "web/0");
	refuses(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    ERROR_NOT_FOUND);
	hook_drop(&h);
	assert_int_equal(json_array_size(find(w, uri)->grants), 0);
	assert_int_equal(json_object_size(find(w, uri)->observers), 0);
	h = begin(w, "db/0");
	tool_gives(&h, "secret-get", "{\"label\": \"l\"}",
	    "{\"password\": \"p1\"}");
	hook_drop(&h);
}

static void
a_secret_goes_with_its_owner(void **state)
{
	struct world *w = *state;
	autofree char *app = NULL, *unit = NULL;
	struct hook h;

	world_deploy(w, "db", 2);
	world_deploy(w, "web", 1);
	h = begin(w, "db/1");
	tool_refuses(&h, "secret-add", "{\"content\": {\"password\": \"p\"}}",
	    ERROR_DENIED, "db/1 is not the leader of db");
	unit = add(&h,
	    "{\"owner\": \"unit\", \"content\": {\"password\": \"p\"}}");
	hook_succeed(&h);
	h = begin(w, "db/0");
	app = add(&h, "{\"content\": {\"password\": \"p\"}}");
	refuses(&h, "secret-get", unit, "{\"secret\": \"URI\"}",
	    ERROR_NOT_FOUND);
	hook_succeed(&h);
	world_restart(w);
	assert_non_null(find(w, app));
	world_do(w, verb_remove_units, NULL,
	    "{\"units\": [\"db/1\"], \"wait\": true}");
	assert_null(find(w, unit));
	assert_non_null(find(w, app));
	world_do(w, verb_remove_application, "db", "{\"wait\": true}");
	assert_null(find(w, app));
	world_restart(w);
	assert_null(find(w, app));
}

static void
a_store_that_refuses_leaves_things_as_they_were(void **state)
{
	struct world *w = *state;
	autofree char *uri = NULL, *other = NULL;
	struct error err = { 0 };
	struct hook h;

	make_relation(w);
	uri = share(w);
	h = begin(w, "db/0");
	gives(&h, "secret-set", uri,
	    "{\"secret\": \"URI\", \"content\": {\"password\": \"p2\"}}",
	    "null");
	other = add(&h, "{\"content\": {\"password\": \"p\"}}");
	world_break_store(w);
	context_apply(h.context, world_unit(w, "db/0"));
	assert_int_equal(engine_commit(w->engine, &err), -1);
	hook_drop(&h);
	world_mend_store(w);
	assert_null(find(w, other));
	assert_int_equal(find(w, uri)->revision, 1);
	h = begin(w, "db/0");
	gives(&h, "secret-remove", uri, "{\"secret\": \"URI\"}", "null");
	world_break_store(w);
	context_apply(h.context, world_unit(w, "db/0"));
	assert_int_equal(engine_commit(w->engine, &err), -1);
	hook_drop(&h);
	world_mend_store(w);
	assert_non_null(find(w, uri));
}

static void
what_is_written_of_a_secret_is_sealed(void **state)
{
	struct world *w = *state;
	autofree char *uri = NULL, *path = NULL;
	autofree char *store = NULL;
	size_t len;

	make_relation(w);
	uri = share(w);
	change(w, uri, "the-password-to-look-for");
	world_down(w);
	path = xasprintf("%s/tenon.db", w->home);
	store = file_read(path, 1 << 24, &len, &w->err);
	assert_non_null(store);
	assert_null(memmem(store, len, "the-password-to-look-for", 24));
	world_up(w);
	assert_int_equal(find(w, uri)->revision, 2);
}

static void
nonsense_is_refused(void **state)
{
	static const struct {
		const char *args;
		enum error_code code;
	} cases[] = {
		{ "{}", ERROR_USAGE },
		{ "{\"content\": {}}", ERROR_USAGE },
		{ "{\"content\": {\"pw\": \"x\"}}", ERROR_USAGE },
		{ "{\"content\": {\"Password\": \"x\"}}", ERROR_USAGE },
		{ "{\"content\": {\"a--b\": \"x\"}}", ERROR_USAGE },
		{ "{\"content\": {\"password\": 1}}", ERROR_USAGE },
		{ "{\"content\": {\"password\": \"\"}}", ERROR_USAGE },
		{ "{\"content\": {\"password\": \"x\"}, \"owner\": \"model\"}",
		    ERROR_USAGE },
		{ "{\"content\": {\"password\": \"x\"}, \"rotate\": \"daily\"}",
		    ERROR_USAGE },
		{ "{\"content\": {\"password\": \"x\"}, \"label\": \"l\"}",
		    ERROR_CONFLICT },
	};
	struct world *w = *state;
	autofree char *uri = NULL, *big = xcalloc(1, LIMIT_SECRET_BYTES + 100);
	autofree char *args = NULL;
	struct hook h;

	make_relation(w);
	uri = share(w);
	h = begin(w, "db/0");
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *value = try_tool(&h, "secret-add", cases[i].args);

		assert_null(value);
		assert_int_equal(h.err.code, cases[i].code);
	}
	memset(big, 'x', LIMIT_SECRET_BYTES);
	args = xasprintf("{\"content\": {\"password\": \"%s\"}}", big);
	assert_null(try_tool(&h, "secret-add", args));
	assert_int_equal(h.err.code, ERROR_TOO_LARGE);
	tool_refuses(&h, "secret-get", "{}", ERROR_USAGE,
	    "argument \"secret\" or \"label\" is missing");
	tool_refuses(&h, "secret-get", "{\"secret\": \"secret:x\"}",
	    ERROR_NOT_FOUND, "secret \"secret:x\" not found");
	refuses(&h, "secret-grant", uri,
	    "{\"secret\": \"URI\", \"relation\": \"database:9\"}",
	    ERROR_NOT_FOUND);
	refuses(&h, "secret-grant", uri,
	    "{\"secret\": \"URI\", \"relation\": \"1\", \"unit\": \"db/0\"}",
	    ERROR_NOT_FOUND);
	gives(&h, "secret-remove", uri, "{\"secret\": \"URI\"}", "null");
	refuses(&h, "secret-get", uri, "{\"secret\": \"URI\"}",
	    ERROR_NOT_FOUND);
	hook_drop(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		world_test(what_a_hook_writes_is_kept_back_until_it_succeeds),
		world_test(only_who_was_granted_it_reads_it),
		world_test(
		    a_reader_stays_at_its_revision_and_is_told_of_a_later_one),
		world_test(what_it_gave_ends_with_the_relation),
		world_test(a_secret_goes_with_its_owner),
		world_test(a_store_that_refuses_leaves_things_as_they_were),
		world_test(what_is_written_of_a_secret_is_sealed),
		world_test(nonsense_is_refused),
	};

	return cmocka_run_group_tests_name("engine/secrets", tests, NULL, NULL);
}
