/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/model.h"

/* JSON with single quotes, as it reads better in C. */
static json_t *
quoted(const char *text)
{
	autofree char *copy = NULL;
	json_t *value;

	if (text == NULL)
		return NULL;
	copy = xstrdup(text);
	for (char *p = copy; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	value = json_loads(copy, JSON_DECODE_ANY, NULL);
	if (value == NULL)
		fail_msg("the test has bad JSON: %s", copy);
	return value;
}

static struct charm *
parse(const char *metadata, const char *config, const char *actions,
    struct error *err)
{
	json_auto_t *m = quoted(metadata);
	json_auto_t *c = quoted(config);
	json_auto_t *a = quoted(actions);

	return charm_parse(m, c, a, 5, err);
}

static void
a_charm_is_read_as_a_whole(void **state)
{
	struct error err = { 0 };
	struct charm *c =
	    parse("{'name': 'postgresql', 'summary': 's',"
		  "'description': 'd',"
		  "'requires': {'z': {'interface': 'i'},"
		  "             'certificates': 'tls'},"
		  "'provides': {'database': {"
		  "  'interface': 'postgresql_client', 'limit': 2}},"
		  "'peers': {'restart': {'interface': 'rolling'},"
		  "  'database-peers': {'interface': 'pp'}},"
		  "'storage': {'pgdata': {'type': 'filesystem'}},"
		  "'tenon': {'listen': [5432, 8008],"
		  "  'resident': true, 'check': true}}",
		"{'options': {'b': {'type': 'int', 'default': 3},"
		"             'a': {'type': 'string', 'description': 'A'}}}",
		"{'get': {'description': 'Get.', 'params': {"
		"   'user': {'type': 'string', 'default': 'operator'}}},"
		" 'check': null}",
		&err);
	static const char *const endpoints[] = { "database-peers", "restart",
		"database", "certificates", "z" };

	(void)state;
	if (c == NULL) {
		fail_msg("%s", err.msg);
		return;
	}
	assert_string_equal(c->name, "postgresql");
	assert_int_equal(c->revision, 5);
	assert_true(c->resident);
	assert_true(c->check);
	assert_int_equal(c->listen[0], 5432);
	assert_int_equal(c->listen[1], 8008);
	assert_int_equal(c->listen[2], 0);
	assert_string_equal(c->storage, "pgdata");
	assert_int_equal(c->nendpoints, nitems(endpoints));
	for (size_t i = 0; i < nitems(endpoints); i++)
		assert_string_equal(c->endpoints[i].name, endpoints[i]);
	assert_int_equal(charm_find_endpoint(c, "database")->limit, 2);
	assert_int_equal(charm_find_endpoint(c, "database")->role,
	    ROLE_PROVIDER);
	assert_string_equal(charm_find_endpoint(c, "certificates")->interface,
	    "tls");
	assert_null(charm_find_endpoint(c, "nothing"));
	assert_int_equal(c->noptions, 2);
	assert_string_equal(c->options[0].name, "a");
	assert_null(c->options[0].initial);
	assert_int_equal(json_integer_value(charm_find_option(c, "b")->initial),
	    3);
	assert_int_equal(c->nactions, 2);
	assert_string_equal(c->actions[0].name, "check");
	assert_null(c->actions[0].params);
	assert_string_equal(charm_find_action(c, "get")->description, "Get.");
	charm_free(c);
}

static void
a_charm_may_be_in_one_file(void **state)
{
	struct error err = { 0 };
	struct charm *c = parse("{'name': 'x', 'type': 'charm',"
				"'config': {'options': {'o': {}}},"
				"'actions': {'go': {}}}",
	    NULL, NULL, &err);

	(void)state;
	if (c == NULL) {
		fail_msg("%s", err.msg);
		return;
	}
	assert_int_equal(charm_find_option(c, "o")->type, OPTION_STRING);
	assert_non_null(charm_find_action(c, "go"));
	charm_free(c);
}

static const struct {
	const char *metadata, *config, *actions, *message;
} faulty[] = {
	{ "[]", NULL, NULL, "metadata.yaml: not a mapping" },
	{ "{}", NULL, NULL, "metadata.yaml: \"name\" is missing" },
	{ "{'name': 'a/b'}", NULL, NULL,
	    "metadata.yaml: invalid charm name \"a/b\"" },
	{ "{'name': ''}", NULL, NULL,
	    "metadata.yaml: invalid charm name \"\"" },
	{ "{'name': 'x', 'provides': ['a']}", NULL, NULL,
	    "metadata.yaml: \"provides\" is not a mapping" },
	{ "{'name': 'x', 'provides': {'a': {}}}", NULL, NULL,
	    "metadata.yaml: endpoint \"a\" has no interface" },
	{ "{'name': 'x', 'provides': {'../a': 'i'}}", NULL, NULL,
	    "metadata.yaml: invalid endpoint name \"../a\"" },
	{ "{'name': 'x', 'provides': {'a': 'i'},"
	  " 'requires': {'a': 'i'}}",
	    NULL, NULL, "metadata.yaml: two endpoints \"a\"" },
	{ "{'name': 'x', 'provides': {'a': {"
	  "   'interface': 'i', 'limit': -1}}}",
	    NULL, NULL, "metadata.yaml: endpoint \"a\" has a limit of -1" },
	{ "{'name': 'x', 'storage': {'d': {'type': 'block'}}}", NULL, NULL,
	    "metadata.yaml: storage \"d\" is of type \"block\", only "
	    "filesystem is supported" },
	{ "{'name': 'x', 'tenon': {'listen': 5432}}", NULL, NULL,
	    "metadata.yaml: \"listen\" is not a list" },
	{ "{'name': 'x', 'tenon': {'resident': true, 'plan': 1}}", NULL, NULL,
	    "metadata.yaml: \"plan\" is neither a list nor true" },
	{ "{'name': 'x', 'tenon': {'resident': true, 'plan': [1]}}", NULL, NULL,
	    "metadata.yaml: item 0 of \"plan\" is no name" },
	{ "{'name': 'x', 'tenon': {'plan': ['start']}}", NULL, NULL,
	    "metadata.yaml: \"plan\" needs \"resident: true\"" },
	{ "{'name': 'x', 'tenon': {'listen': [1, 65536]}}", NULL, NULL,
	    "metadata.yaml: \"listen\" has no valid port as its item "
	    "1" },
	{ "{'name': 'x'}", "[]", NULL, "config.yaml: not a mapping" },
	{ "{'name': 'x'}", "{'options': 1}", NULL,
	    "config.yaml: \"options\" is not a mapping" },
	{ "{'name': 'x'}", "{'options': {'o': 'string'}}", NULL,
	    "config.yaml: option \"o\" is not a mapping" },
	{ "{'name': 'x'}", "{'options': {'o': {'type': 'date'}}}", NULL,
	    "config.yaml: option \"o\" has unknown type \"date\"" },
	{ "{'name': 'x'}",
	    "{'options': {'o': {'type': 'int', 'default': 'a'}}}", NULL,
	    "config.yaml: default: option \"o\" expected int, got "
	    "\"a\"" },
	{ "{'name': 'x'}",
	    "{'options': {'o': {'type': 'string', 'default': 5}}}", NULL,
	    "config.yaml: default: option \"o\" expected string, got "
	    "5" },
	{ "{'name': 'x'}", NULL, "[]", "actions.yaml: not a mapping" },
	{ "{'name': 'x'}", NULL, "{'a': 1}",
	    "actions.yaml: action \"a\" is not a mapping" },
	{ "{'name': 'x'}", NULL, "{'A': {}}",
	    "actions.yaml: invalid action name \"A\"" },
	{ "{'name': 'x'}", NULL, "{'a': {'params': []}}",
	    "actions.yaml: \"params\" of \"a\" is not a mapping" },
	{ "{'name': 'x'}", NULL, "{'a': {'params': {'p': {'type': 'date'}}}}",
	    "actions.yaml: parameter \"p\" of \"a\" has unknown type "
	    "\"date\"" },
	{ "{'name': 'x'}", NULL, "{'a': {'required': 'p'}}",
	    "actions.yaml: \"required\" of \"a\" is not a list" },
	{ "{'name': 'x'}", NULL, "{'a': {'required': [5]}}",
	    "actions.yaml: \"required\" of \"a\" has a nameless item "
	    "0" },
};

static void
a_faulty_charm_is_refused_by_file_and_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(faulty); i++) {
		struct error err = { 0 };

		assert_null(parse(faulty[i].metadata, faulty[i].config,
		    faulty[i].actions, &err));
		assert_string_equal(err.msg, faulty[i].message);
		assert_int_equal(err.code, ERROR_INVALID);
	}
}

static void
option_values_are_converted_or_refused(void **state)
{
	static const struct {
		enum option_type type;
		const char *given;
		const char *value; /* NULL if refused: */
		const char *message;
	} cases[] = {
		{ OPTION_STRING, "'x'", "'x'", NULL },
		{ OPTION_STRING, "''", "''", NULL },
		{ OPTION_STRING, "5", NULL,
		    "option \"o\" expected string, got 5" },
		{ OPTION_INT, "5", "5", NULL },
		{ OPTION_INT, "'-12'", "-12", NULL },
		{ OPTION_INT, "'abc'", NULL,
		    "option \"o\" expected int, got \"abc\"" },
		{ OPTION_INT, "'12k'", NULL,
		    "option \"o\" expected int, got \"12k\"" },
		{ OPTION_INT, "''", NULL,
		    "option \"o\" expected int, got \"\"" },
		{ OPTION_INT, "'99999999999999999999'", NULL,
		    "option \"o\" expected int, got \"99999999999999999999\"" },
		{ OPTION_INT, "1.5", NULL,
		    "option \"o\" expected int, got 1.5" },
		{ OPTION_FLOAT, "'1.5'", "1.5", NULL },
		{ OPTION_FLOAT, "2", "2.0", NULL },
		{ OPTION_FLOAT, "'nan'", NULL,
		    "option \"o\" expected float, got \"nan\"" },
		{ OPTION_BOOL, "true", "true", NULL },
		{ OPTION_BOOL, "'Yes'", "true", NULL },
		{ OPTION_BOOL, "'1'", "true", NULL },
		{ OPTION_BOOL, "'off'", "false", NULL },
		{ OPTION_BOOL, "'False'", "false", NULL },
		{ OPTION_BOOL, "'maybe'", NULL,
		    "option \"o\" expected boolean, got \"maybe\"" },
		{ OPTION_BOOL, "1", NULL,
		    "option \"o\" expected boolean, got 1" },
		{ OPTION_INT, "null", NULL,
		    "option \"o\" expected int, got null" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		char name[] = "o";
		struct charm_option o = { .name = name, .type = cases[i].type };
		struct error err = { 0 };
		json_auto_t *given = quoted(cases[i].given);
		json_auto_t *expected = quoted(cases[i].value);
		json_auto_t *value = charm_option_value(&o, given, &err);

		if (expected == NULL) {
			assert_null(value);
			assert_string_equal(err.msg, cases[i].message);
		} else if (!json_equal(value, expected)) {
			fail_msg("%s became something else", cases[i].given);
		}
	}
}

static void
numbers_out_of_an_options_range_are_refused(void **state)
{
	static const struct {
		const char *given;
		const char *message; /* NULL if it may be. */
	} cases[] = {
		{ "0", NULL },
		{ "'20'", NULL },
		{ "-1", "option \"o\" is -1, and has to be at least 0" },
		{ "'21'", "option \"o\" is 21, and has to be at most 20" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		char name[] = "o";
		struct charm_option o = {
			.name = name,
			.type = OPTION_INT,
			.has_range = true,
			.maximum = 20,
		};
		struct error err = { 0 };
		json_auto_t *given = quoted(cases[i].given);
		json_auto_t *value = charm_option_value(&o, given, &err);

		assert_int_equal(value == NULL, cases[i].message != NULL);
		if (value == NULL)
			assert_string_equal(err.msg, cases[i].message);
	}
}

static void
an_option_that_is_none_has_one_that_may_be_meant(void **state)
{
	static const struct {
		const char *said, *meant;
	} cases[] = {
		{ "profile-limit-memory", "profile_limit_memory" },
		{ "shared_buffers", "memory_shared_buffers" },
		{ "memory_shared_bufers", "memory_shared_buffers" },
		{ "buffers", "memory_shared_buffers" },
		{ "work_mem", "memory_work_mem" },
		{ "colour", NULL },
		{ "", NULL },
		{ "_", NULL },
	};
	char limit[] = "profile_limit_memory";
	char maintenance[] = "memory_maintenance_work_mem";
	char buffers[] = "memory_shared_buffers";
	char work[] = "memory_work_mem";
	struct charm_option options[] = { { .name = limit },
		{ .name = maintenance }, { .name = buffers },
		{ .name = work } };
	const struct charm c = { .options = options,
		.noptions = nitems(options) };

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		const char *found = charm_suggest_option(&c, cases[i].said);

		if (cases[i].meant == NULL)
			assert_null(found);
		else
			assert_string_equal(found, cases[i].meant);
	}
}

static void
action_parameters_are_checked_and_completed(void **state)
{
	static const char actions[] =
	    "{'go': {'required': ['who'], 'params': {"
	    "  'who': {'type': 'string', 'enum': ['me', 'you']},"
	    "  'times': {'type': 'integer', 'minimum': 1, 'maximum': 9,"
	    "    'default': 2},"
	    "  'loud': {'type': 'boolean'}, 'any': {}}}}";
	static const struct {
		const char *given, *after, *message;
	} cases[] = {
		{ "{'who': 'me'}", "{'who': 'me', 'times': 2}", NULL },
		{ "{'who': 'you', 'times': 9, 'loud': true, 'any': [1],"
		  " 'other': 1}",
		    "{'who': 'you', 'times': 9, 'loud': true, 'any': [1],"
		    " 'other': 1}",
		    NULL },
		{ "{'who': 'me', 'times': 3.0}", "{'who': 'me', 'times': 3.0}",
		    NULL },
		{ "{}", NULL,
		    "validation failed: (root) : \"who\" property is missing "
		    "and required, given {\"times\":2}" },
		{ "{'who': 5}", NULL,
		    "validation failed: (root).who : must be of type string, "
		    "given 5" },
		{ "{'who': 'they'}", NULL,
		    "validation failed: (root).who : must match one of the "
		    "enum values [\"me\",\"you\"], given \"they\"" },
		{ "{'who': 'me', 'times': 0}", NULL,
		    "validation failed: (root).times : must be greater than or "
		    "equal to 1, given 0" },
		{ "{'who': 'me', 'times': 10}", NULL,
		    "validation failed: (root).times : must be less than or "
		    "equal to 9, given 10" },
		{ "{'who': 'me', 'times': 2.5}", NULL,
		    "validation failed: (root).times : must be of type integer, "
		    "given 2.5" },
		{ "{'who': 'me', 'loud': 'yes'}", NULL,
		    "validation failed: (root).loud : must be of type boolean, "
		    "given \"yes\"" },
	};
	struct error err = { 0 };
	struct charm *c = parse("{'name': 'x'}", NULL, actions, &err);

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *params = quoted(cases[i].given);
		json_auto_t *after = quoted(cases[i].after);
		int rc = charm_action_check(&c->actions[0], params, &err);

		if (after == NULL) {
			assert_int_equal(rc, -1);
			assert_string_equal(err.msg, cases[i].message);
		} else {
			assert_int_equal(rc, 0);
			assert_true(json_equal(params, after));
		}
	}
	charm_free(c);
}

static void
an_action_may_refuse_parameters_it_does_not_know(void **state)
{
	static const char actions[] =
	    "{'go': {'additionalProperties': false,"
	    "  'params': {'who': {'type': 'string'}}},"
	    " 'stop': {'additionalProperties': false}}";
	struct error err = { 0 };
	struct charm *c = parse("{'name': 'x'}", NULL, actions, &err);
	json_auto_t *known = quoted("{'who': 'me'}");
	json_auto_t *unknown = quoted("{'who': 'me', 'hwo': 'you'}");

	(void)state;
	assert_non_null(c);
	assert_int_equal(charm_action_check(&c->actions[0], known, &err), 0);
	assert_int_equal(charm_action_check(&c->actions[0], unknown, &err), -1);
	assert_string_equal(err.msg,
	    "validation failed: (root) : additional property \"hwo\" is not "
	    "allowed");
	assert_int_equal(charm_action_check(&c->actions[1], known, &err), -1);
	charm_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_charm_is_read_as_a_whole),
		cmocka_unit_test(a_charm_may_be_in_one_file),
		cmocka_unit_test(a_faulty_charm_is_refused_by_file_and_key),
		cmocka_unit_test(option_values_are_converted_or_refused),
		cmocka_unit_test(
		    an_option_that_is_none_has_one_that_may_be_meant),
		cmocka_unit_test(numbers_out_of_an_options_range_are_refused),
		cmocka_unit_test(action_parameters_are_checked_and_completed),
		cmocka_unit_test(
		    an_action_may_refuse_parameters_it_does_not_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
