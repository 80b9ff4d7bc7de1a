/* SPDX-License-Identifier: Apache-2.0 */
/* What a bundle says of an application. */

#include "bundles.h"

#include "../scratch.h"

/* ---- constraints ---- */

static void
constraints_that_mean_the_same_do_not_differ(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model();
	json_auto_t *diff = NULL, *steps = NULL;
	struct error err = { 0 };
	json_t *db = json_object_get(json_object_get(model, "applications"),
	    "db");

	(void)state;
	json_put_text(db, "constraints", "cores=4 mem=2048M");
	merge(bundle,
	    "applications:\n"
	    "  db: {charm: postgresql, constraints: mem=2G  cpu-cores=4}\n"
	    "  old: {charm: data-integrator}\n"
	    "relations: [[db, old]]\n");
	diff = bundle_diff(bundle, model);
	expect(diff, "{}");
	steps = bundle_plan(bundle, model, &err);
	expect_steps(steps, "");
}

static void
constraints_of_an_overlay_replace_all(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model(), *steps = NULL;
	struct error err = { 0 };
	json_t *db = json_object_get(json_object_get(model, "applications"),
	    "db");

	(void)state;
	json_put_text(db, "constraints", "mem=2048M");
	merge(bundle,
	    "applications: {db: {charm: postgresql,"
	    " constraints: mem=2G cores=4}}");
	merge(bundle, "applications: {db: {constraints: ''}}");
	steps = bundle_plan(bundle, model, &err);
	expect_steps(steps, "set constraints for db to \"\"\n");
	expect(json_object_get(json_array_get(steps, 0), "body"),
	    "{\"set\":{}}");
}

static void
constraints_are_deployed_and_exported(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model(), *steps = NULL;
	json_auto_t *none = json_pack("{s:{}, s:[]}", "applications",
	    "relations");
	json_auto_t *document = NULL;
	struct error err = { 0 };
	json_t *apps = json_object_get(model, "applications");

	(void)state;
	json_put_text(json_object_get(apps, "db"), "constraints",
	    "tags=a,b mem=2048M");
	document = bundle_document(model, "options");
	assert_int_equal(bundle_merge(bundle, document, ".", &err), 0);
	steps = bundle_plan(bundle, none, &err);
	expect(json_object_get(json_object_get(json_array_get(steps, 0),
				   "body"),
		   "constraints"),
	    "{\"mem\":\"2048M\",\"tags\":\"a,b\"}");
}

/* ---- channels ---- */

static void
another_channel_is_upgraded_to_and_shown(void **state)
{
	static const struct {
		const char *channel, *steps, *diff;
	} cases[] = {
		{ "15/stable", "", "{}" },
		{ "stable", "", "{}" },
		{ "edge", "upgrade db from built-in with edge\n",
		    "{\"applications\":{\"db\":{\"channel\":{\"bundle\":\"edge\","
		    "\"model\":\"15/stable\"}}}}" },
		{ "16/stable", "upgrade db from built-in with 16/stable\n",
		    "{\"applications\":{\"db\":{\"channel\":{\"bundle\":"
		    "\"16/stable\",\"model\":\"15/stable\"}}}}" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *bundle = empty(), *model = some_model();
		json_auto_t *steps = NULL, *diff = NULL;
		struct error err = { 0 };
		autofree char *yaml =
		    xasprintf("applications:\n"
			      "  db: {charm: postgresql, channel: %s}\n"
			      "  old: {charm: data-integrator}\n"
			      "relations: [[old, db]]\n",
			cases[i].channel);

		merge(bundle, yaml);
		steps = bundle_plan(bundle, model, &err);
		expect_steps(steps, cases[i].steps);
		diff = bundle_diff(bundle, model);
		expect(diff, cases[i].diff);
	}
}

/* ---- options that are in files ---- */

struct included {
	const char *bytes;
	size_t len;
	const char *base64;
};

static json_t *
option_of(const json_t *bundle)
{
	json_t *db = json_object_get(json_object_get(bundle, "applications"),
	    "db");

	return json_object_get(json_object_get(db, "options"), "motd");
}

static void
write_bytes(const char *path, const struct included *what)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(what->bytes, 1, what->len, f), what->len);
	assert_int_equal(fclose(f), 0);
}

static void
a_file_is_included_in_base64(void **state)
{
	static const struct included cases[] = {
		{ "", 0, "" },
		{ "f", 1, "Zg==" },
		{ "fo", 2, "Zm8=" },
		{ "foo", 3, "Zm9v" },
		{ "foob", 4, "Zm9vYg==" },
		{ "\xff\x00\xfe", 3, "/wD+" },
	};
	const char *dir = *state;
	autofree char *path = xasprintf("%s/motd", dir);

	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *bundle = empty();

		write_bytes(path, &cases[i]);
		merge_from(bundle, dir,
		    "applications: {db: {options:"
		    " {motd: 'include-base64://motd'}}}");
		assert_string_equal(json_string_value(option_of(bundle)),
		    cases[i].base64);
	}
}

static void
a_file_is_included_as_it_is_if_it_is_text(void **state)
{
	static const char yaml[] = "applications: {db: {options:"
				   " {motd: 'include-file://motd'}}}";
	static const struct included text = { "welcome\n", 8, NULL };
	static const struct included bytes = { "a\x00z", 3, NULL };
	json_auto_t *bundle = empty(), *document = NULL;
	const char *dir = *state;
	autofree char *path = xasprintf("%s/motd", dir);
	struct error err = { 0 };

	write_bytes(path, &text);
	merge_from(bundle, dir, yaml);
	assert_string_equal(json_string_value(option_of(bundle)), "welcome\n");
	write_bytes(path, &bytes);
	document = yaml_read(yaml, strlen(yaml), &err);
	assert_int_equal(bundle_merge(bundle, document, dir, &err), -1);
	assert_string_equal(err.msg,
	    "application \"db\": option \"motd\": the file is not text");
}

/* ---- what one host has not ---- */

static void
what_is_left_out_has_a_reason(void **state)
{
	json_auto_t *bundle = empty();

	(void)state;
	merge(bundle,
	    "series: jammy\n"
	    "applications:\n"
	    "  db: {resources: {a: 3}, bindings: {'': alpha}, revision: 7}\n");
	expect(json_object_get(bundle, "ignored"),
	    "{\"bindings\":\"all units are on the network of this host\","
	    "\"resources\":\"a charm has all its files in its own "
	    "directory\",\"revision\":\"the installed revision of a charm is "
	    "deployed\",\"series\":\"units run on the system of this "
	    "host\"}");
}

static void
exposed_endpoints_expose_the_application(void **state)
{
	json_auto_t *bundle = empty();

	(void)state;
	merge(bundle,
	    "applications:\n"
	    "  db: {exposed-endpoints: {database: {expose-to-cidrs: [a]}}}\n"
	    "  web: {exposed-endpoints: {}}\n");
	expect(json_object_get(bundle, "applications"),
	    "{\"db\":{\"expose\":true},\"web\":{}}");
	expect(json_object_get(bundle, "ignored"),
	    "{\"exposed-endpoints\":\"an application is exposed with all its "
	    "endpoints\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constraints_that_mean_the_same_do_not_differ),
		cmocka_unit_test(constraints_of_an_overlay_replace_all),
		cmocka_unit_test(constraints_are_deployed_and_exported),
		cmocka_unit_test(another_channel_is_upgraded_to_and_shown),
		scratch_test(a_file_is_included_in_base64),
		scratch_test(a_file_is_included_as_it_is_if_it_is_text),
		cmocka_unit_test(what_is_left_out_has_a_reason),
		cmocka_unit_test(exposed_endpoints_expose_the_application),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
