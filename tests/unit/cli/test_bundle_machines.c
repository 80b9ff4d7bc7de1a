/* SPDX-License-Identifier: Apache-2.0 */
/* Where a bundle has its units placed. */

#include "bundles.h"
#include "cli/args.h"
#include "cli/bundle_parts.h"
#include "cli/cmds.h"

static const char placed[] = "applications:\n"
			     "  db: {charm: postgresql, num_units: 3,"
			     " to: [0, new, '2']}\n"
			     "  web: {charm: data-integrator, to: 1}\n"
			     "machines: {0: {}, 1: , '2': {}}\n";

static void
what_cannot_be_placed_is_refused(void **state)
{
	static const struct {
		const char *yaml, *message;
	} cases[] = {
		{ "machines: [0]",
		    "machines: expected their numbers and what they are" },
		{ "machines: {first: {}}",
		    "invalid machine id \"first\" found in machines" },
		{ "machines: {0: large}",
		    "machine \"0\": expected what it is" },
		{ "machines: {0: {disks: 3}}",
		    "machine \"0\": unknown key \"disks\"" },
		{ "machines: {0: {constraints: 3}}",
		    "machine \"0\": constraints: expected a text such as "
		    "\"mem=2G\"" },
		{ "machines: {0: {constraints: mem=x}}",
		    "machine \"0\": bad \"mem\" constraint: expected a size "
		    "such as 512M or 4G, got \"x\"" },
		{ "applications: {db: {to: ['lxd:0']}}",
		    "application \"db\": placement \"lxd:0\": there are no "
		    "containers here" },
		{ "applications: {db: {to: ['zone=a']}}",
		    "application \"db\": placement \"zone=a\": there are no "
		    "zones and no systems of others here" },
		{ "applications: {db: {to: [web/0]}}",
		    "application \"db\": placement \"web/0\": each unit has a "
		    "machine of its own here" },
		{ "applications: {db: {to: web}}",
		    "application \"db\": placement \"web\": each unit has a "
		    "machine of its own here" },
		{ "applications: {db: {to: {a: b}}}",
		    "application \"db\": to: expected numbers of machines" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		json_auto_t *bundle = empty(), *document = NULL;

		document = yaml_read(cases[i].yaml, strlen(cases[i].yaml),
		    &err);
		assert_non_null(document);
		assert_int_equal(bundle_merge(bundle, document, ".", &err), -1);
		assert_string_equal(err.msg, cases[i].message);
	}
}

static void
what_does_not_fit_together_is_refused(void **state)
{
	static const struct {
		const char *yaml, *message;
	} cases[] = {
		{ "applications: {db: {to: [3]}}",
		    "application \"db\": placement \"3\" refers to a machine "
		    "not defined in this bundle" },
		{ "applications: {db: {to: [0, 1]}}\nmachines: {0: , 1: }",
		    "too many units specified in unit placement for "
		    "application \"db\"" },
		{ "applications: {db: {num_units: 2, to: [0, 0]}}\n"
		  "machines: {0: }",
		    "application \"db\": placement \"0\": a unit of \"db\" is "
		    "placed there, and each unit has a machine of its own "
		    "here" },
		{ "applications: {db: {to: 0}, web: {to: 0}}\nmachines: {0: }",
		    "application \"web\": placement \"0\": a unit of \"db\" "
		    "is placed there, and each unit has a machine of its own "
		    "here" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		json_auto_t *bundle = empty();

		merge(bundle, cases[i].yaml);
		assert_int_equal(bundle_check_machines(bundle, &err), -1);
		assert_string_equal(err.msg, cases[i].message);
		assert_non_null(err.hint);
	}
}

static void
what_a_machine_is_to_be_chooses_nothing(void **state)
{
	json_auto_t *bundle = empty();
	struct error err = { 0 };

	(void)state;
	merge(bundle,
	    "applications: {db: {charm: postgresql, to: 0}}\n"
	    "machines: {0: {constraints: mem=2G, series: jammy}, 7: }\n");
	assert_int_equal(bundle_check_machines(bundle, &err), 0);
	expect(json_object_get(bundle, "ignored"),
	    "{\"constraints of machines\":\"all units share the processors "
	    "and the memory of this host\",\"machine 7\":\"no unit is placed "
	    "on it\",\"series\":\"units run on the system of this host\"}");
}

/* ---- in a model ---- */

/* With db/0 on machine 4, and nothing on machines 0 and 1. */
static json_t *
model_with(const char *db_machines)
{
	json_t *model = some_model();
	json_t *apps = json_object_get(model, "applications");
	json_t *db = json_object_get(apps, "db");
	json_t *list = json_loads(db_machines, 0, NULL);

	assert_non_null(list);
	json_object_set_new(db, "machines", list);
	json_object_set_new(db, "units",
	    json_integer((json_int_t)json_array_size(list)));
	json_object_set_new(model, "machines",
	    json_pack("{s:{}, s:{}, s:{}}", "0", "1", "4"));
	return model;
}

/* The bundle with --map-machines, unless that is NULL. */
static int
map(json_t *bundle, const char *words, struct error *err)
{
	char flag[] = "--map-machines", path[] = "./bundle.yaml";
	autofree char *value = words != NULL ? xstrdup(words) : NULL;
	char *with[] = { path, flag, value, NULL }, *without[] = { path, NULL };
	struct args args = { 0 };
	int rc;

	assert_int_equal(args_parse(&args, &cmd_deploy,
			     words != NULL ? with : without, err),
	    0);
	rc = bundle_map_machines(bundle, &args, err);
	args_release(&args);
	return rc;
}

static void
expect_placed(const char *db_machines, const char *words, const char *steps)
{
	json_auto_t *bundle = empty(), *model = model_with(db_machines);
	json_auto_t *plan = NULL;
	struct error err = { 0 };

	merge(bundle, placed);
	assert_int_equal(bundle_check_machines(bundle, &err), 0);
	if (map(bundle, words, &err) == -1)
		fail_msg("%s", err.msg);
	plan = bundle_plan(bundle, model, &err);
	expect_steps(plan, steps);
}

#define WEB "deploy application web from built-in using data-integrator"

static void
machines_of_a_bundle_are_new_unless_they_are_mapped(void **state)
{
	(void)state;
	expect_placed("[\"4\"]", NULL,
	    "add 2 units of db to new machines\n" WEB "\n");
	expect_placed("[\"4\"]", "1=0",
	    "add 2 units of db to new machines\n" WEB " on machine 0\n");
	expect_placed("[\"4\"]", "existing",
	    "add 2 units of db to machines 0, new\n" WEB " on machine 1\n");
	expect_placed("[\"4\"]", "existing,1=0,0=1",
	    "add 2 units of db to machines 1, new\n" WEB " on machine 0\n");
	expect_placed("[\"4\"]", "2=1",
	    "add 2 units of db to machines new, 1\n" WEB "\n");
}

static void
a_unit_that_is_on_its_machine_is_placed(void **state)
{
	(void)state;
	expect_placed("[\"4\", \"0\"]", "0=4",
	    "add 1 unit of db to new machines\n" WEB "\n");
	expect_placed("[\"4\", \"0\"]", "2=4,0=1",
	    "add 1 unit of db to machine 1\n" WEB "\n");
	expect_placed("[\"4\", \"0\", \"1\"]", NULL, WEB "\n");
	/* It stays where it is, wherever the bundle has it. */
	expect_placed("[\"4\", \"0\", \"1\"]", "0=7", WEB "\n");
}

static void
places_are_sent_in_the_order_of_the_units(void **state)
{
	json_auto_t *bundle = empty(), *model = model_with("[]"), *plan = NULL;
	struct error err = { 0 };

	(void)state;
	json_object_del(json_object_get(model, "applications"), "db");
	merge(bundle, placed);
	assert_int_equal(map(bundle, "2=1", &err), 0);
	plan = bundle_plan(bundle, model, &err);
	expect(json_object_get(json_array_get(plan, 0), "body"),
	    "{\"charm\":\"postgresql\",\"name\":\"db\","
	    "\"to\":[\"new\",\"new\",\"1\"],\"units\":3}");
}

static void
a_map_that_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *words, *message;
	} cases[] = {
		{ "all",
		    "error in --map-machines: expected \"existing\" or "
		    "\"<bundle-id>=<machine-id>\", got \"all\"" },
		{ "existing,0=",
		    "error in --map-machines: expected \"existing\" or "
		    "\"<bundle-id>=<machine-id>\", got \"0=\"" },
		{ "0=lxd:3",
		    "error in --map-machines: expected \"existing\" or "
		    "\"<bundle-id>=<machine-id>\", got \"0=lxd:3\"" },
		{ "9=1",
		    "error in --map-machines: the bundle has no machine "
		    "\"9\"" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *bundle = empty();
		struct error err = { 0 };

		merge(bundle, placed);
		assert_int_equal(map(bundle, cases[i].words, &err), -1);
		assert_int_equal(err.code, ERROR_USAGE);
		assert_string_equal(err.msg, cases[i].message);
	}
}

static void
a_model_is_exported_with_its_machines(void **state)
{
	json_auto_t *bundle = empty(), *model = model_with("[\"4\", \"0\"]");
	json_auto_t *document = bundle_document(model, "options");
	json_auto_t *diff = NULL, *plan = NULL;
	struct error err = { 0 };

	(void)state;
	expect(json_object_get(document, "machines"), "{\"0\":{},\"4\":{}}");
	expect(json_object_get(json_object_get(json_object_get(document,
						   "applications"),
				   "db"),
		   "to"),
	    "[\"4\",\"0\"]");
	assert_int_equal(bundle_merge(bundle, document, ".", &err), 0);
	assert_int_equal(bundle_check_machines(bundle, &err), 0);
	diff = bundle_diff(bundle, model);
	expect(diff, "{}");
	plan = bundle_plan(bundle, model, &err);
	expect_steps(plan, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_cannot_be_placed_is_refused),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(what_a_machine_is_to_be_chooses_nothing),
		cmocka_unit_test(
		    machines_of_a_bundle_are_new_unless_they_are_mapped),
		cmocka_unit_test(a_unit_that_is_on_its_machine_is_placed),
		cmocka_unit_test(places_are_sent_in_the_order_of_the_units),
		cmocka_unit_test(a_map_that_makes_no_sense_is_refused),
		cmocka_unit_test(a_model_is_exported_with_its_machines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
