/* SPDX-License-Identifier: Apache-2.0 */
/* bundles - what the tests of bundles share. */

#ifndef TESTS_UNIT_CLI_BUNDLES_H
#define TESTS_UNIT_CLI_BUNDLES_H

#include "base/json.h"
#include "base/yaml.h"
#include "cli/bundle.h"
#include "test.h"

static inline json_t *
empty(void)
{
	return json_pack("{s:{}, s:[], s:{}}", "applications", "relations",
	    "ignored");
}

static inline void
merge_from(json_t *bundle, const char *dir, const char *yaml)
{
	struct error err = { 0 };
	json_auto_t *document = yaml_read(yaml, strlen(yaml), &err);

	assert_non_null(document);
	if (bundle_merge(bundle, document, dir, &err) == -1)
		fail_msg("%s", err.msg);
}

static inline void
merge(json_t *bundle, const char *yaml)
{
	merge_from(bundle, ".", yaml);
}

static inline void
expect(const json_t *value, const char *text)
{
	autofree char *is = json_dumps(value,
	    JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	assert_string_equal(is, text);
}

/* A database, and an application that uses it. */
static inline json_t *
some_model(void)
{
	return json_loads(
	    "{\"applications\": {\"db\": {\"charm\": \"postgresql\","
	    " \"channel\": \"15/stable\", \"units\": 1, \"expose\": false,"
	    " \"trust\": false, \"options\": {},"
	    " \"effective\": {\"spare-databases\": \"1\"}},"
	    " \"old\": {\"charm\": \"data-integrator\", \"units\": 1,"
	    " \"options\": {}, \"effective\": {}}},"
	    " \"relations\": [[\"old:postgresql\", \"db:database\"]]}",
	    0, NULL);
}

/* One text below the other. */
static inline void
expect_steps(const json_t *steps, const char *texts)
{
	autostrbuf all = { 0 };
	json_t *step;
	size_t i;

	json_array_foreach(steps, i, step)
		strbuf_addf(&all, "%s\n", json_text(step, "what", ""));
	assert_string_equal(strbuf_cstr(&all), texts);
}

#endif /* TESTS_UNIT_CLI_BUNDLES_H */
