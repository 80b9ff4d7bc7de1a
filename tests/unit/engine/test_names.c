/* SPDX-License-Identifier: Apache-2.0 */
/* Names, and what "relate" makes of them. */

#include "world.h"

static void
names_of_applications_are_checked(void **state)
{
	static const struct {
		const char *name, *message;
	} cases[] = {
		{ "db", NULL },
		{ "a", NULL },
		{ "postgresql2", NULL },
		{ "data-integrator", NULL },
		{ "a1-b2-c", NULL },
		{ "x-1y", NULL },
		{ "",
		    "invalid application name \"\", expected lower-case "
		    "letters, digits and single hyphens, beginning with a "
		    "letter" },
		{ "DB",
		    "invalid application name \"DB\", expected lower-case "
		    "letters, digits and single hyphens, beginning with a "
		    "letter" },
		{ "1db",
		    "invalid application name \"1db\", expected "
		    "lower-case letters, digits and single hyphens, "
		    "beginning with a letter" },
		{ "a--b",
		    "invalid application name \"a--b\", expected "
		    "lower-case letters, digits and single hyphens, "
		    "beginning with a letter" },
		{ "a-",
		    "invalid application name \"a-\", expected lower-case "
		    "letters, digits and single hyphens, beginning with a "
		    "letter" },
		{ "a/b",
		    "invalid application name \"a/b\", expected "
		    "lower-case letters, digits and single hyphens, "
		    "beginning with a letter" },
		{ "db-1",
		    "invalid application name \"db-1\", unexpected "
		    "number(s) found after last hyphen" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		int rc = application_name_check(cases[i].name, &err);

		assert_int_equal(rc, cases[i].message == NULL ? 0 : -1);
		if (cases[i].message != NULL)
			assert_string_equal(err.msg, cases[i].message);
	}
}

static void
a_name_has_at_most_63_characters(void **state)
{
	char name[65];
	struct error err;

	(void)state;
	memset(name, 'x', sizeof name);
	name[63] = '\0';
	assert_int_equal(application_name_check(name, &err), 0);
	assert_int_equal(model_name_check(name, &err), 0);
	name[63] = 'x';
	name[64] = '\0';
	assert_int_equal(application_name_check(name, &err), -1);
	assert_string_equal(err.msg,
	    "invalid application name \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\", "
	    "longer than 63 characters");
	assert_int_equal(model_name_check(name, &err), -1);
	assert_string_equal(err.msg,
	    "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\" is not a valid name: "
	    "longer than 63 characters");
}

static void
names_of_models_are_checked(void **state)
{
	static const char *const good[] = { "tutorial", "1", "a-1", "a--b" };
	static const char *const bad[] = { "", "-", "a-", "-a", "A", "a_b",
		"a/b", "a b" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		assert_int_equal(model_name_check(good[i], &err), 0);
	for (size_t i = 0; i < nitems(bad); i++) {
		autofree char *why = xasprintf(
		    "\"%s\" is not a valid name: model names may only contain "
		    "lowercase letters, digits and hyphens",
		    bad[i]);

		assert_int_equal(model_name_check(bad[i], &err), -1);
		assert_string_equal(err.msg, why);
	}
}

/* ---- inference ---- */

struct tree {
	struct ctl *ctl;
	struct model *model;
};

static void
add_application(struct tree *t, const char *name, const char *metadata)
{
	json_auto_t *parsed = json_loads(metadata, 0, NULL);
	struct error err;
	struct charm *charm = charm_parse(parsed, NULL, NULL, 1, &err);

	if (charm == NULL)
		fail_msg("%s", err.msg);
	(void)application_add(t->model, name, charm);
}

static int
tree_setup(void **state)
{
	struct tree *t = xcalloc(1, sizeof *t);

	t->ctl = ctl_new();
	t->model = model_add(t->ctl, "m", "u-u-i-d", 1);
	add_application(t, "pg",
	    "{\"name\": \"pg\","
	    " \"peers\": {\"cluster\": {\"interface\": \"sql\"}},"
	    " \"provides\": {\"database\": {\"interface\": \"sql\"},"
	    " \"db-admin\": {\"interface\": \"sql\"},"
	    " \"logs\": {\"interface\": \"log\"}}}");
	add_application(t, "app",
	    "{\"name\": \"app\", \"requires\": {"
	    "\"backend\": {\"interface\": \"sql\"},"
	    "\"sink\": {\"interface\": \"log\"}}}");
	add_application(t, "quiet",
	    "{\"name\": \"quiet\","
	    " \"requires\": {\"sink\": {\"interface\": \"log\"}}}");
	add_application(t, "twin",
	    "{\"name\": \"twin\","
	    " \"provides\": {\"out\": {\"interface\": \"link\"}},"
	    " \"requires\": {\"in\": {\"interface\": \"link\"}}}");
	add_application(t, "other",
	    "{\"name\": \"other\","
	    " \"provides\": {\"out\": {\"interface\": \"link\"}},"
	    " \"requires\": {\"in\": {\"interface\": \"link\"}}}");
	add_application(t, "lonely",
	    "{\"name\": \"lonely\","
	    " \"requires\": {\"x\": {\"interface\": \"x\"}}}");
	*state = t;
	return 0;
}

static int
tree_teardown(void **state)
{
	struct tree *t = *state;

	ctl_free(t->ctl);
	free(t);
	return 0;
}

static void
endpoints_are_inferred_from_interfaces(void **state)
{
	static const struct {
		const char *names[2];
		const char *found, *message; /* One of the two. */
	} cases[] = {
		{ { "quiet", "pg" }, "quiet:sink pg:logs", NULL },
		{ { "pg", "quiet" }, "quiet:sink pg:logs", NULL },
		{ { "app:sink", "pg" }, "app:sink pg:logs", NULL },
		{ { "pg:logs", "app" }, "app:sink pg:logs", NULL },
		{ { "app:backend", "pg:db-admin" }, "app:backend pg:db-admin",
		    NULL },
		{ { "twin:in", "other" }, "twin:in other:out", NULL },
		{ { "twin:out", "other" }, "other:in twin:out", NULL },
		/* Not with itself. */
		{ { "twin", "twin" }, NULL, "no relations found" },
		{ { "twin:in", "twin:out" }, NULL, "no relations found" },
		{ { "app", "pg" }, NULL,
		    "ambiguous relation: \"app pg\" could refer to "
		    "\"app:backend pg:database\"; \"app:backend "
		    "pg:db-admin\"; \"app:sink pg:logs\"" },
		{ { "pg", "app:backend" }, NULL,
		    "ambiguous relation: \"pg app:backend\" could refer to "
		    "\"app:backend pg:database\"; \"app:backend "
		    "pg:db-admin\"" },
		{ { "twin", "other" }, NULL,
		    "ambiguous relation: \"twin other\" could refer to "
		    "\"other:in twin:out\"; \"twin:in other:out\"" },
		{ { "lonely", "pg" }, NULL, "no relations found" },
		{ { "quiet", "app" }, NULL, "no relations found" },
		{ { "quiet:sink", "pg:database" }, NULL, "no relations found" },
		/* A peer endpoint is for peers only. */
		{ { "app:backend", "pg:cluster" }, NULL, "no relations found" },
		{ { "nobody", "pg" }, NULL,
		    "application \"nobody\" not found" },
		{ { "pg", "nobody:x" }, NULL,
		    "application \"nobody\" not found" },
		{ { "pg:", "app" }, NULL, "endpoint \"pg:\" not valid" },
		{ { ":database", "app" }, NULL, "application \"\" not found" },
		{ { "", "app" }, NULL, "application \"\" not found" },
		{ { "pg:x", "app" }, NULL,
		    "application \"pg\" has no \"x\" relation" },
		{ { "pg:database:x", "app" }, NULL,
		    "application \"pg\" has no \"database:x\" relation" },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < nitems(cases); i++) {
		struct inferred inf = { 0 };
		struct error err = { 0 };
		autofree char *found = NULL;
		int rc = endpoints_infer(t->model, cases[i].names, &inf, &err);

		if (cases[i].message != NULL) {
			assert_int_equal(rc, -1);
			assert_string_equal(err.msg, cases[i].message);
			continue;
		}
		if (rc == -1)
			fail_msg("%s", err.msg);
		found = xasprintf("%s:%s %s:%s", inf.app[0]->name,
		    inf.endpoint[0]->name, inf.app[1]->name,
		    inf.endpoint[1]->name);
		assert_string_equal(found, cases[i].found);
	}
}

static struct relation *
add_relation(struct tree *t, const char *requirer, const char *provider)
{
	const char *const names[2] = { requirer, provider };
	struct inferred inf;
	struct error err;

	if (endpoints_infer(t->model, names, &inf, &err) == -1)
		fail_msg("%s", err.msg);
	return relation_add(t->model, "x",
	    (const struct relation_end[2]){
		{ .app = inf.app[0],
		    .endpoint = inf.endpoint[0]->name,
		    .role = ROLE_REQUIRER },
		{ .app = inf.app[1],
		    .endpoint = inf.endpoint[1]->name,
		    .role = ROLE_PROVIDER } },
	    2, 1);
}

static void
a_relation_is_found_in_either_order(void **state)
{
	struct tree *t = *state;
	struct relation *sql = add_relation(t, "app:backend", "pg:database");
	struct relation *logs;
	struct error err;

	assert_ptr_equal(endpoints_find_relation(t->model,
			     (const char *const[]){ "app", "pg" }, &err),
	    sql);
	assert_ptr_equal(endpoints_find_relation(t->model,
			     (const char *const[]){ "pg:database", "app" },
			     &err),
	    sql);
	logs = add_relation(t, "app:sink", "pg:logs");
	assert_null(endpoints_find_relation(t->model,
	    (const char *const[]){ "pg", "app" }, &err));
	assert_string_equal(err.msg,
	    "ambiguous relation: \"pg app\" could refer to \"app:backend "
	    "pg:database\"; \"app:sink pg:logs\"");
	assert_ptr_equal(endpoints_find_relation(t->model,
			     (const char *const[]){ "pg", "app:sink" }, &err),
	    logs);
	assert_null(endpoints_find_relation(t->model,
	    (const char *const[]){ "pg", "quiet" }, &err));
	assert_string_equal(err.msg, "relation \"pg quiet\" not found");
	assert_null(endpoints_find_relation(t->model,
	    (const char *const[]){ "pg", "x" }, &err));
	assert_string_equal(err.msg, "application \"x\" not found");
}

static void
channels_are_checked(void **state)
{
	static const struct {
		const char *channel;
		int rc;
	} cases[] = {
		{ "", 0 },
		{ "edge", 0 },
		{ "15", 0 },
		{ "15/stable", 0 },
		{ "15/edge/fix", 0 },
		{ "edge/fix", 0 },
		{ "15/banana", -1 },
		{ "15/", -1 },
		{ "/stable", -1 },
		{ "15/Stable", -1 },
		{ "15/stables", -1 },
	};
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(channel_check(cases[i].channel, &err),
		    cases[i].rc);
	assert_int_equal(channel_check("15/banana", &err), -1);
	assert_string_equal(err.msg, "risk in channel \"15/banana\" not valid");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_applications_are_checked),
		cmocka_unit_test(a_name_has_at_most_63_characters),
		cmocka_unit_test(names_of_models_are_checked),
		cmocka_unit_test(channels_are_checked),
		cmocka_unit_test_setup_teardown(
		    endpoints_are_inferred_from_interfaces, tree_setup,
		    tree_teardown),
		cmocka_unit_test_setup_teardown(
		    a_relation_is_found_in_either_order, tree_setup,
		    tree_teardown),
	};

	return cmocka_run_group_tests_name("engine/names", tests, NULL, NULL);
}
