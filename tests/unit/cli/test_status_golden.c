/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole screens: tests/data/status/SHAPE.json is an answer of the API, and
 * SHAPE.txt and SHAPE.3.txt are what people see of it, each format under its
 * name.
 */

#include "test.h"

#include <time.h>

#include "cli/emit.h"
#include "cli/status.h"

static const char *const shapes[] = { "empty", "no-units", "one-unit",
	"many-units", "long-messages", "offers" };

static json_t *
shape_read(const char *shape)
{
	autofree char *name = xasprintf("status/%s.json", shape);
	autofree char *text = test_data(name);
	json_error_t error;
	json_t *status = json_loads(text, 0, &error);

	if (status == NULL)
		fail_msg("%s: line %d: %s", name, error.line, error.text);
	return status;
}

/* All formats, one under the other. */
static void
put_screens(const json_t *status, unsigned flags, struct strbuf *sb)
{
	json_auto_t *document = status_document(status, flags);
	autostrbuf table = { 0 };

	status_table(status, flags, &table);
	strbuf_addf(sb, "==> tabular <==\n%s", strbuf_cstr(&table));
	strbuf_adds(sb, "==> oneline <==\n");
	status_oneline(status, flags, sb);
	strbuf_adds(sb, "==> summary <==\n");
	status_summary(status, sb);
	strbuf_adds(sb, "==> yaml <==\n");
	emit_yaml(document, sb);
}

static void
check_screens(const char *ending, unsigned flags)
{
	for (size_t i = 0; i < nitems(shapes); i++) {
		json_auto_t *status = shape_read(shapes[i]);
		autofree char *name = xasprintf("status/%s%s", shapes[i],
		    ending);
		autofree char *expected = test_data(name);
		autostrbuf sb = { 0 };

		put_screens(status, flags, &sb);
		assert_string_equal(strbuf_cstr(&sb), expected);
	}
}

static void
every_shape_looks_as_in_juju_2(void **state)
{
	(void)state;
	check_screens(".txt", STATUS_RELATIONS);
}

static void
every_shape_looks_as_in_juju_3_when_asked(void **state)
{
	(void)state;
	check_screens(".3.txt", STATUS_RELATIONS | STATUS_3);
}

static void
a_client_of_2_alone_reads_series_and_names_of_relations(void **state)
{
	json_auto_t *status = shape_read("one-unit");
	json_auto_t *document = status_document(status, STATUS_2 | STATUS_UTC);
	autostrbuf sb = { 0 };

	(void)state;
	emit_yaml(document, &sb);
	assert_non_null(strstr(strbuf_cstr(&sb),
	    "    relations:\n"
	    "      database-peers:\n"
	    "      - postgresql\n"));
	assert_non_null(strstr(strbuf_cstr(&sb), "    series: bookworm\n"));
	assert_null(strstr(strbuf_cstr(&sb), "base:"));
}

static void
headers_are_bold_where_juju_3_has_colours(void **state)
{
	json_auto_t *status = shape_read("one-unit");
	autostrbuf two = { 0 }, three = { 0 };

	(void)state;
	status_table(status, STATUS_COLOUR, &two);
	assert_null(strstr(strbuf_cstr(&two), "\033[1m"));
	status_table(status, STATUS_COLOUR | STATUS_3, &three);
	assert_non_null(strstr(strbuf_cstr(&three),
	    "\033[1mMachine\033[0m  \033[1mState\033[0m    "));
}

static void
a_filter_keeps_offers_with_their_application_and_what_was_consumed(void **state)
{
	static const struct {
		const char *pattern;
		size_t apps, saas, offers, relations;
	} cases[] = {
		{ "shop", 1, 0, 1, 0 },
		{ "shop/0", 1, 0, 1, 0 },
		{ "web", 1, 0, 0, 1 },
		{ "far", 0, 1, 0, 1 },
		{ "active", 2, 1, 1, 1 },
		{ "nosuch", 0, 0, 0, 0 },
	};
	json_auto_t *status = shape_read("offers");

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		const char *patterns[] = { cases[i].pattern, NULL };
		json_auto_t *kept = status_filter(status, patterns);
		const json_t *apps = json_object_get(kept, "applications");
		const json_t *saas = json_object_get(kept, "saas");
		const json_t *offers = json_object_get(kept, "offers");
		const json_t *relations = json_object_get(kept, "relations");

		assert_int_equal(json_object_size(apps), cases[i].apps);
		assert_int_equal(json_object_size(saas), cases[i].saas);
		assert_int_equal(json_object_size(offers), cases[i].offers);
		assert_int_equal(json_array_size(relations),
		    cases[i].relations);
	}
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
		cmocka_unit_test(
		    a_filter_keeps_offers_with_their_application_and_what_was_consumed),
		cmocka_unit_test(every_shape_looks_as_in_juju_2),
		cmocka_unit_test(every_shape_looks_as_in_juju_3_when_asked),
		cmocka_unit_test(
		    a_client_of_2_alone_reads_series_and_names_of_relations),
		cmocka_unit_test(headers_are_bold_where_juju_3_has_colours),
	};

	return cmocka_run_group_tests(tests, at_one_hour_east, NULL);
}
