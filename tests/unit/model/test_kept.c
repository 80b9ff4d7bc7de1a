/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/constraint.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/kept.h"

static void
constraints_become_values(void **state)
{
	static const struct {
		const char *name, *text, *value;
	} rows[] = {
		{ "mem", "1024", "1024" },
		{ "mem", "1G", "1024" },
		{ "mem", "1.5G", "1536" },
		{ "mem", "0.1M", "1" },
		{ "root-disk", "2T", "2097152" },
		{ "cores", "4", "4" },
		{ "arch", "arm64", "\"arm64\"" },
		{ "tags", "a,,b", "[\"a\",\"b\"]" },
		{ "allocate-public-ip", "true", "true" },
		{ "image-id", "x y", "\"x y\"" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		json_auto_t *texts = json_pack("{s:s}", rows[i].name,
		    rows[i].text);
		struct error err = { 0 };
		json_auto_t *values = constraints_parse(texts, &err);
		autofree char *text = NULL;

		assert_non_null(values);
		text = json_dumps(json_object_get(values, rows[i].name),
		    JSON_ENCODE_ANY | JSON_COMPACT);
		assert_string_equal(text, rows[i].value);
	}
}

static void
what_is_no_constraint_is_named(void **state)
{
	static const struct {
		const char *name, *text, *message;
	} rows[] = {
		{ "colour", "red", "unknown constraint \"colour\"" },
		{ "mem", "much",
		    "bad \"mem\" constraint: expected a size such as 512M or "
		    "4G, got \"much\"" },
		{ "mem", "-1G",
		    "bad \"mem\" constraint: expected a size such as 512M or "
		    "4G, got \"-1G\"" },
		{ "mem", "99999999999999999999G",
		    "bad \"mem\" constraint: expected a size such as 512M or "
		    "4G, got \"99999999999999999999G\"" },
		{ "mem", "1099511627775P",
		    "bad \"mem\" constraint: expected a size such as 512M or "
		    "4G, got \"1099511627775P\"" },
		{ "cores", "4x",
		    "bad \"cores\" constraint: expected a number from 0, got "
		    "\"4x\"" },
		{ "arch", "vax",
		    "bad \"arch\" constraint: expected an architecture such as "
		    "amd64 or arm64, got \"vax\"" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		json_auto_t *texts = json_pack("{s:s}", rows[i].name,
		    rows[i].text);
		struct error err = { 0 };

		assert_null(constraints_parse(texts, &err));
		assert_string_equal(err.msg, rows[i].message);
	}
}

static void
an_old_name_and_an_empty_value_are_understood(void **state)
{
	json_auto_t *texts = json_pack("{s:s, s:s}", "cpu-cores", "2", "mem",
	    "");
	struct error err = { 0 };
	json_auto_t *values = constraints_parse(texts, &err);

	(void)state;
	assert_int_equal(json_object_size(values), 1);
	assert_int_equal(json_int(values, "cores", 0), 2);
}

static void
what_is_kept_goes_with_its_last_member(void **state)
{
	json_t *kept = NULL;

	(void)state;
	kept_set(&kept, KEPT_CREDENTIAL, json_string("a"));
	kept_set(&kept, KEPT_CLOUDS, json_object());
	assert_int_equal(json_object_size(kept), 1);
	assert_null(kept_find(kept, KEPT_CLOUDS));
	kept_set(&kept, KEPT_CREDENTIAL, NULL);
	assert_null(kept);
	assert_null(kept_find(kept, KEPT_CREDENTIAL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constraints_become_values),
		cmocka_unit_test(what_is_no_constraint_is_named),
		cmocka_unit_test(an_old_name_and_an_empty_value_are_understood),
		cmocka_unit_test(what_is_kept_goes_with_its_last_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
