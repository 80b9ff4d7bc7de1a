/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles as files, next to models. */

#include "bundles.h"
#include "cli/bundle_offers.h"

static const char tutorial[] = "name: tutorial\n"
			       "default-base: ubuntu@22.04\n"
			       "applications:\n"
			       "  db:\n"
			       "    charm: postgresql\n"
			       "    channel: 15/stable\n"
			       "    num_units: 2\n"
			       "    constraints: mem=4G\n"
			       "    to: [0, 1]\n"
			       "    options:\n"
			       "      spare-databases: 3\n"
			       "  web:\n"
			       "    charm: data-integrator\n"
			       "    num_units: 1\n"
			       "    expose: true\n"
			       "    options: {database-name: shop}\n"
			       "machines: {0: {}, 1: {}}\n"
			       "relations:\n"
			       "- [web, db:database]\n";

static void
a_bundle_is_read(void **state)
{
	json_auto_t *bundle = empty();

	(void)state;
	merge(bundle, tutorial);
	expect(bundle,
	    "{\"applications\":{"
	    "\"db\":{\"channel\":\"15/stable\",\"charm\":\"postgresql\","
	    "\"constraints\":\"mem=4096M\","
	    "\"options\":{\"spare-databases\":\"3\"},"
	    "\"to\":[\"0\",\"1\"],\"units\":2},"
	    "\"web\":{\"charm\":\"data-integrator\",\"expose\":true,"
	    "\"options\":{\"database-name\":\"shop\"},\"units\":1}},"
	    "\"ignored\":{\"default-base\":\"units run on the system of "
	    "this host\"},\"machines\":{\"0\":{},\"1\":{}},"
	    "\"relations\":[[\"web\",\"db:database\"]]}");
}

static void
an_overlay_changes_adds_and_removes(void **state)
{
	json_auto_t *bundle = empty();

	(void)state;
	merge(bundle, tutorial);
	merge(bundle,
	    "applications:\n"
	    "  db: {num_units: 3, options: {profile: testing}}\n"
	    "  web:\n"
	    "  www: {charm: data-integrator}\n"
	    "relations: [[www, [db]]]\n");
	expect(json_object_get(bundle, "applications"),
	    "{\"db\":{\"channel\":\"15/stable\",\"charm\":\"postgresql\","
	    "\"constraints\":\"mem=4096M\","
	    "\"options\":{\"profile\":\"testing\",\"spare-databases\":\"3\"},"
	    "\"to\":[\"0\",\"1\"],\"units\":3},\"www\":{\"charm\":\"data-integrator\"}}");
	expect(json_object_get(bundle, "relations"), "[[\"www\",\"db\"]]");
}

static void
what_makes_no_sense_is_refused(void **state)
{
	static const struct {
		const char *yaml, *message;
	} cases[] = {
		{ "[]", "expected applications and relations" },
		{ "apps: {}", "unknown key \"apps\"" },
		{ "bundle: kubernetes",
		    "a bundle for kubernetes cannot be deployed on machines" },
		{ "saas: [x]", "saas: expected names and the URLs of offers" },
		{ "saas: {x: {uri: y}}",
		    "saas \"x\": expected \"url\" and nothing else" },
		{ "applications: 3",
		    "applications: expected names and what they are" },
		{ "applications: {db: 3}",
		    "application \"db\": expected what it is" },
		{ "applications: {db: {units: 3}}",
		    "application \"db\": unknown key \"units\"" },
		{ "applications: {db: {num_units: many}}",
		    "application \"db\": num_units: expected a number of "
		    "units" },
		{ "applications: {db: {charm: ./no/such}}",
		    "application \"db\": no charm was found at \"./no/such\": "
		    "no such file or directory" },
		{ "applications: {db: {options: [a]}}",
		    "application \"db\": options: expected options and "
		    "values" },
		{ "applications: {db: {options: {a: [b]}}}",
		    "application \"db\": option \"a\": expected a text, a number or a boolean" },
		{ "applications: {db: {options: {a: "
		  "include-file://no-such}}}",
		    "application \"db\": option \"a\": ./no-such: no such "
		    "file or directory" },
		{ "applications: {db: {constraints: {mem: 2G}}}",
		    "application \"db\": constraints: expected a text such "
		    "as \"mem=2G\"" },
		{ "applications: {db: {constraints: 2G}}",
		    "application \"db\": malformed constraint \"2G\"" },
		{ "applications: {db: {constraints: mem=much}}",
		    "application \"db\": bad \"mem\" constraint: expected a "
		    "size such as 512M or 4G, got \"much\"" },
		{ "applications: {db: {trust: 3}}",
		    "application \"db\": trust: expected true or false" },
		{ "applications: {db: {offers: [x]}}",
		    "application \"db\": offers: expected names and "
		    "endpoints" },
		{ "applications: {db: {offers: {x: {endpoints: []}}}}",
		    "application \"db\": offer \"x\": endpoints: expected a "
		    "list of endpoints" },
		{ "applications: {db: {offers: {x: {endpoint: [a]}}}}",
		    "application \"db\": offer \"x\": unknown key "
		    "\"endpoint\"" },
		{ "applications: {db: {offers: {x: {endpoints: [a],"
		  " acl: {bob: read}}}}}",
		    "application \"db\": offer \"x\": acl: \"bob\" cannot be "
		    "given access to an offer" },
		{ "relations: {a: b}", "relations: expected a list of pairs" },
		{ "relations: [[a]]",
		    "relations: expected pairs of endpoints" },
		{ "relations: [[a, [3]]]",
		    "relations: expected the name of an endpoint" },
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

/* ---- next to a model ---- */

static void
the_plan_does_what_is_missing(void **state)
{
	static const char texts[] =
	    "set application options for db\n"
	    "set constraints for db to \"mem=4096M\"\n"
	    "add 1 unit of db to new machines\n"
	    "deploy application web from built-in using data-integrator\n"
	    "add relation web - db:database\n"
	    "expose web\n";
	json_auto_t *bundle = empty(), *model = some_model(), *steps = NULL;
	struct error err = { 0 };

	(void)state;
	merge(bundle, tutorial);
	steps = bundle_plan(bundle, model, &err);
	expect_steps(steps, texts);
	expect(json_object_get(json_array_get(steps, 0), "body"),
	    "{\"set\":{\"spare-databases\":\"3\"}}");
	expect(json_object_get(json_array_get(steps, 1), "body"),
	    "{\"set\":{\"mem\":\"4096M\"}}");
	expect(json_object_get(json_array_get(steps, 3), "body"),
	    "{\"charm\":\"data-integrator\",\"config\":{\"database-name\":"
	    "\"shop\"},\"name\":\"web\",\"units\":1}");
}

static void
what_is_there_needs_no_step(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model(), *steps = NULL;
	struct error err = { 0 };

	(void)state;
	merge(bundle,
	    "applications:\n"
	    "  db: {charm: postgresql, num_units: 1,"
	    " options: {spare-databases: 1}}\n"
	    "  old: {charm: data-integrator}\n"
	    "relations: [[db, old], ['db:database', old]]\n");
	steps = bundle_plan(bundle, model, &err);
	expect_steps(steps, "");
}

static void
another_charm_is_a_conflict(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model();
	struct error err = { 0 };

	(void)state;
	merge(bundle, "applications: {old: {charm: postgresql}}");
	assert_null(bundle_plan(bundle, model, &err));
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg,
	    "application \"old\" is there with the charm \"data-integrator\", "
	    "and the bundle says \"postgresql\"");
}

static void
a_difference_shows_both_sides(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model(), *diff = NULL;

	(void)state;
	merge(bundle, tutorial);
	diff = bundle_diff(bundle, model);
	expect(diff,
	    "{\"applications\":{\"db\":{\"constraints\":{\"bundle\":"
	    "\"mem=4096M\",\"model\":null},\"num_units\":{\"bundle\":2,"
	    "\"model\":1},\"options\":{\"spare-databases\":{\"bundle\":\"3\","
	    "\"model\":\"1\"}}},\"old\":{\"missing\":\"bundle\"},"
	    "\"web\":{\"missing\":\"model\"}},"
	    "\"relations\":{\"bundle-additions\":[[\"web\",\"db:database\"]],"
	    "\"model-additions\":[[\"old:postgresql\",\"db:database\"]]}}");
}

static void
a_model_is_the_same_as_its_own_bundle(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model();
	json_auto_t *document = bundle_document(model, "effective");
	json_auto_t *diff = NULL, *steps = NULL;
	struct error err = { 0 };

	(void)state;
	assert_int_equal(bundle_merge(bundle, document, ".", &err), 0);
	diff = bundle_diff(bundle, model);
	expect(diff, "{}");
	steps = bundle_plan(bundle, model, &err);
	assert_int_equal(json_array_size(steps), 0);
}

/* ---- other models ---- */

static const char joined[] =
    "applications:\n"
    "  db:\n"
    "    charm: postgresql\n"
    "    offers:\n"
    "      shared: {endpoints: [replication, database],"
    " acl: {admin: admin}}\n"
    "  web: {charm: data-integrator}\n"
    "saas: {far: {url: 'overlord:admin/prod.pg'}}\n"
    "relations: [[web, far]]\n";

static void
an_offer_is_made_and_another_consumed(void **state)
{
	json_auto_t *bundle = empty(), *model = some_model(), *steps = NULL;
	struct error err = { 0 };

	(void)state;
	merge(bundle, joined);
	steps = bundle_plan(bundle, model, &err);
	expect_steps(steps,
	    "deploy application web from built-in using data-integrator\n"
	    "create offer shared using db:database,replication\n"
	    "consume offer far at overlord:admin/prod.pg\n"
	    "add relation web - far\n");
	expect(json_object_get(json_array_get(steps, 1), "body"),
	    "{\"application\":\"db\",\"endpoints\":[\"database\","
	    "\"replication\"],\"name\":\"shared\"}");
	expect(json_object_get(json_array_get(steps, 2), "body"),
	    "{\"alias\":\"far\",\"offer\":\"overlord:admin/prod.pg\"}");
}

/* As the status of a model shows them. */
static json_t *
joined_model(const char *offer_of)
{
	json_auto_t *status =
	    json_pack("{s:{s:{s:s, s:{s:{}, s:{}}}}, s:{s:{s:s}}}", "offers",
		"shared", "application", offer_of, "endpoints", "replication",
		"database", "saas", "far", "url", "admin/prod.pg");
	json_t *model = some_model();

	bundle_add_offers(model, status);
	return model;
}

static void
what_was_offered_and_consumed_is_not_again(void **state)
{
	json_auto_t *bundle = empty(), *again = empty(), *steps = NULL;
	json_auto_t *model = joined_model("db"), *document = NULL;
	json_auto_t *diff = NULL;
	struct error err = { 0 };

	(void)state;
	merge(bundle, joined);
	steps = bundle_plan(bundle, model, &err);
	expect_steps(steps,
	    "deploy application web from built-in using data-integrator\n"
	    "add relation web - far\n");
	document = bundle_document(model, "options");
	assert_int_equal(bundle_merge(again, document, ".", &err), 0);
	diff = bundle_diff(again, model);
	expect(diff, "{}");
	expect(json_object_get(document, "saas"),
	    "{\"far\":{\"url\":\"admin/prod.pg\"}}");
}

static void
what_is_offered_and_consumed_differs(void **state)
{
	json_auto_t *bundle = empty(), *model = joined_model("db");
	json_auto_t *diff = NULL;

	(void)state;
	merge(bundle,
	    "applications:\n"
	    "  db: {charm: postgresql, offers: {shared: {endpoints:"
	    " [database]}}}\n"
	    "  old: {charm: data-integrator}\n"
	    "saas: {near: {url: prod.pg}}\n"
	    "relations: [[old, db]]\n");
	diff = bundle_diff(bundle, model);
	expect(diff,
	    "{\"applications\":{\"db\":{\"offers\":{\"shared\":{"
	    "\"bundle\":{\"endpoints\":[\"database\"]},\"model\":{"
	    "\"endpoints\":[\"database\",\"replication\"]}}}}},"
	    "\"saas\":{\"far\":{\"bundle\":null,\"model\":{\"url\":"
	    "\"admin/prod.pg\"}},\"near\":{\"bundle\":{\"url\":"
	    "\"prod.pg\"},\"model\":null}}}");
}

static void
an_overlay_takes_an_offer_and_a_saas_away(void **state)
{
	json_auto_t *bundle = empty();

	(void)state;
	merge(bundle, joined);
	merge(bundle,
	    "saas: {far: null}\n"
	    "applications: {db: {offers: {shared: null}}}\n");
	expect(json_object_get(bundle, "saas"), "{}");
	expect(json_object_get(json_object_get(bundle, "applications"), "db"),
	    "{\"charm\":\"postgresql\",\"offers\":{}}");
}

static void
what_is_not_consumed_is_not_related_either(void **state)
{
	json_auto_t *bundle = empty();

	(void)state;
	merge(bundle, joined);
	merge(bundle, "saas: {far: null}");
	expect(json_object_get(bundle, "relations"), "[]");
}

static void
a_name_that_is_taken_is_a_conflict(void **state)
{
	json_auto_t *bundle = empty(), *other = empty();
	json_auto_t *model = joined_model("old");
	struct error err = { 0 };

	(void)state;
	merge(bundle, joined);
	assert_null(bundle_plan(bundle, model, &err));
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg,
	    "offer \"shared\" is there for application \"old\", and the "
	    "bundle says \"db\"");
	merge(other, "saas: {far: {url: admin/test.pg}}");
	assert_null(bundle_plan(other, model, &err));
	assert_string_equal(err.msg,
	    "saas \"far\" is there for \"admin/prod.pg\", and the bundle "
	    "says \"admin/test.pg\"");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bundle_is_read),
		cmocka_unit_test(an_overlay_changes_adds_and_removes),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(the_plan_does_what_is_missing),
		cmocka_unit_test(what_is_there_needs_no_step),
		cmocka_unit_test(another_charm_is_a_conflict),
		cmocka_unit_test(a_difference_shows_both_sides),
		cmocka_unit_test(a_model_is_the_same_as_its_own_bundle),
		cmocka_unit_test(an_offer_is_made_and_another_consumed),
		cmocka_unit_test(what_was_offered_and_consumed_is_not_again),
		cmocka_unit_test(what_is_offered_and_consumed_differs),
		cmocka_unit_test(an_overlay_takes_an_offer_and_a_saas_away),
		cmocka_unit_test(what_is_not_consumed_is_not_related_either),
		cmocka_unit_test(a_name_that_is_taken_is_a_conflict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
