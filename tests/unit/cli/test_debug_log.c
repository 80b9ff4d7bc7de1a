/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cmds.h"
#include "cli/debug_log.h"

static void
an_entity_is_named_as_a_person_does(void **state)
{
	static const struct {
		const char *pattern, *entity;
		bool fits;
	} cases[] = {
		{ "web/0", "unit-web-0", true },
		{ "web/0", "unit-web-01", false },
		{ "web/*", "unit-web-12", true },
		{ "unit-web-0", "unit-web-0", true },
		{ "unit-*", "unit-web-0", true },
		{ "unit-*", "controller-0", false },
		{ "web", "unit-web-0", true },
		{ "web", "unit-web-cache-0", false },
		{ "web-cache", "unit-web-cache-12", true },
		{ "*", "controller-0", true },
		{ "0", "machine-0", true },
		{ "0", "unit-web-0", false },
		{ "machine-0", "machine-0", true },
		{ "controller-0", "controller-0", true },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(debug_log_names(cases[i].pattern,
				     cases[i].entity),
		    cases[i].fits);
}

static const char entry_text[] =
    "{\"timestamp\": \"2026-11-22T10:22:13.042Z\","
    " \"entity\": \"unit-web-0\", \"level\": \"WARNING\","
    " \"module\": \"unit.web/0.juju-log\", \"message\": \"db:3: no\x7f way\"}";

static json_t *
make_entry(void)
{
	json_t *entry = json_loads(entry_text, 0, NULL);

	assert_non_null(entry);
	return entry;
}

static bool
wants(const char *const *words, struct error *err)
{
	json_auto_t *entry = make_entry();
	struct debug_log_filter f = { 0 };
	char *argv[8] = { NULL };
	autoargs args = { 0 };
	bool wanted;
	size_t n = 0;

	for (; words[n] != NULL; n++)
		argv[n] = xstrdup(words[n]);
	assert_int_equal(args_parse(&args, &cmd_debug_log, argv, err), 0);
	wanted = debug_log_filter_init(&f, &args, err) == 0 &&
	    debug_log_wants(&f, entry);
	while (n > 0)
		free(argv[--n]);
	return wanted;
}

static void
a_line_has_to_pass_all_kinds_of_filters(void **state)
{
	static const struct {
		const char *words[7];
		bool wanted;
	} cases[] = {
		{ { NULL }, true },
		{ { "-i", "web", NULL }, true },
		{ { "-i", "db", NULL }, false },
		{ { "-i", "db", "-i", "web/0", NULL }, true },
		{ { "-x", "db", NULL }, true },
		{ { "-x", "db", "-x", "web", NULL }, false },
		{ { "-i", "web", "-x", "web/0", NULL }, false },
		{ { "--include-module", "unit", NULL }, true },
		{ { "--include-module", "unit.web/0", NULL }, true },
		{ { "--include-module", "unit.web", NULL }, false },
		{ { "--exclude-module", "unit", NULL }, false },
		{ { "-i", "web", "--include-module", "juju", NULL }, false },
		{ { "-l", "WARNING", NULL }, true },
		{ { "-l", "warning", NULL }, true },
		{ { "--level", "ERROR", NULL }, false },
		{ { "--level=TRACE", NULL }, true },
		{ { "--since", "1m", NULL }, false },
		{ { "--since", "100000h", NULL }, true },
	};
	struct error err = { 0 };

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		if (wants(cases[i].words, &err) != cases[i].wanted)
			fail_msg("case %zu: %s %s", i,
			    cases[i].words[0] != NULL ? cases[i].words[0] : "",
			    err.msg);
	}
}

static void
a_level_that_is_none_is_refused(void **state)
{
	struct error err = { 0 };

	(void)state;
	assert_false(wants((const char *[]){ "-l", "LOUD", NULL }, &err));
	assert_string_equal(err.msg,
	    "level value \"LOUD\" is not one of \"TRACE\", \"DEBUG\", "
	    "\"INFO\", \"WARNING\", \"ERROR\"");
}

static void
a_line_is_written_as_juju_does(void **state)
{
	static const struct {
		unsigned flags;
		const char *text;
	} cases[] = {
		{ DEBUG_LOG_UTC,
		    "unit-web-0: 10:22:13 WARNING unit.web/0.juju-log "
		    "db:3: no  way\n" },
		{ DEBUG_LOG_UTC | DEBUG_LOG_DATE | DEBUG_LOG_MS,
		    "unit-web-0: 2026-11-22 10:22:13.042 WARNING "
		    "unit.web/0.juju-log db:3: no  way\n" },
		{ DEBUG_LOG_UTC | DEBUG_LOG_COLOUR,
		    "unit-web-0: 10:22:13 \033[33mWARNING\033[0m "
		    "unit.web/0.juju-log db:3: no  way\n" },
		{ DEBUG_LOG_JSON,
		    "{\"timestamp\":\"2026-11-22T10:22:13.042Z\","
		    "\"entity\":\"unit-web-0\",\"level\":\"WARNING\","
		    "\"module\":\"unit.web/0.juju-log\","
		    "\"message\":\"db:3: no\x7f way\"}\n" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *entry = make_entry();
		autostrbuf sb = { 0 };

		debug_log_add(&sb, entry, cases[i].flags);
		assert_string_equal(strbuf_cstr(&sb), cases[i].text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entity_is_named_as_a_person_does),
		cmocka_unit_test(a_line_has_to_pass_all_kinds_of_filters),
		cmocka_unit_test(a_level_that_is_none_is_refused),
		cmocka_unit_test(a_line_is_written_as_juju_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
