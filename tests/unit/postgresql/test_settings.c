/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "memory.h"
#include "settings.h"

#define GIB (UINT64_C(1) << 30)

static const struct resources machine = { 8 * GIB, 2 };

static void
an_option_gives_the_setting_after_its_group(void **state)
{
	json_auto_t *config =
	    json_pack("{s:i, s:b, s:f, s:s, s:s, s:i, s:i, s:b}",
		"memory_work_mem", 8192, "optimizer_jit", 0,
		"optimizer_geqo_seed", 0.5, "request_time_zone", "UTC",
		"request_date_style", "ISO, MDY",
		"experimental_max_connections", 321, "spare-databases", 1,
		"plugin_hstore_enable", 1);
	json_auto_t *refused = json_object();
	json_auto_t *s = settings_wanted(config, &machine, refused);

	(void)state;
	assert_string_equal(json_text(s, "work_mem", ""), "8192");
	assert_string_equal(json_text(s, "jit", ""), "off");
	assert_string_equal(json_text(s, "geqo_seed", ""), "0.5");
	assert_string_equal(json_text(s, "timezone", ""), "UTC");
	assert_string_equal(json_text(s, "datestyle", ""), "ISO, MDY");
	assert_string_equal(json_text(s, "max_connections", ""), "321");
	assert_null(json_object_get(s, "databases"));
	assert_null(json_object_get(s, "hstore_enable"));
	assert_int_equal(json_object_size(refused), 0);
}

static void
workers_follow_the_processors(void **state)
{
	static const struct {
		int cpus;
		const char *all, *parallel;
		const char *is_all, *is_parallel, *is_logical;
	} cases[] = {
		{ 1, "auto", "auto", "2", "2", "2" },
		{ 2, "auto", "auto", "4", "4", "4" },
		{ 64, "auto", "auto", "8", "8", "8" },
		{ 2, "20", "3", "20", "3", "20" },
		{ 2, "2", "20", "2", "2", "2" },
		{ 2, "21", "auto", NULL, NULL, NULL },
		{ 2, "1", "2", NULL, "2", NULL },
		{ 2, "3x", "2", NULL, "2", NULL },
		{ 2, "auto", "many", "4", NULL, "4" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		const struct resources r = { 8 * GIB, cases[i].cpus };
		json_auto_t *config = json_pack("{s:s, s:s}",
		    "cpu_max_worker_processes", cases[i].all,
		    "cpu_max_parallel_workers", cases[i].parallel);
		json_auto_t *refused = json_object();
		json_auto_t *s = settings_wanted(config, &r, refused);
		const struct {
			const char *name, *value;
		} found[] = {
			{ "max_worker_processes", cases[i].is_all },
			{ "max_parallel_workers", cases[i].is_parallel },
			{ "max_logical_replication_workers",
			    cases[i].is_logical },
		};

		for (size_t k = 0; k < nitems(found); k++) {
			const char *is = json_text(s, found[k].name, NULL);

			assert_int_equal(is == NULL, found[k].value == NULL);
			if (is != NULL)
				assert_string_equal(is, found[k].value);
		}
		assert_int_equal(json_object_size(refused),
		    cases[i].is_all == NULL || cases[i].is_parallel == NULL);
	}
}

static void
what_is_not_good_here_is_refused_by_name(void **state)
{
	static const struct {
		const char *option, *value, *why;
	} cases[] = {
		{ "durability_synchronous_commit", "off",
		    "is \"off\", and has to be on, remote_apply or "
		    "remote_write" },
		{ "durability_synchronous_commit", "local",
		    "is \"local\", and has to be on, remote_apply or "
		    "remote_write" },
		{ "instance_password_encryption", "md5",
		    "is \"md5\", and has to be scram-sha-256, since "
		    "pg_hba.conf asks for that" },
		{ "profile", "fast",
		    "is \"fast\", and has to be production or testing" },
		{ "cpu_max_worker_processes", "99",
		    "is \"99\", and has to be auto, or from 2 to 20" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		json_auto_t *config = json_pack("{s:s}", cases[i].option,
		    cases[i].value);
		json_auto_t *refused = json_object();
		json_auto_t *s = settings_wanted(config, &machine, refused);

		assert_null(json_object_get(s, "synchronous_commit"));
		assert_null(json_object_get(s, "password_encryption"));
		assert_int_equal(json_object_size(refused), 1);
		assert_string_equal(json_text(refused, cases[i].option, ""),
		    cases[i].why);
	}
}

static void
memory_is_divided_as_the_profile_says(void **state)
{
	static const struct {
		struct memory_wish wish;
		struct memory_plan plan;
	} cases[] = {
		/* A quarter, and the rest but for the buffers. */
		{ { 8 * GIB, 0, MEMORY_PRODUCTION, 0 },
		    { 274877, 824576, 429375 } },
		{ { 8 * GIB, 1000, MEMORY_PRODUCTION, 0 },
		    { 32000, 96000, 50000 } },
		{ { 8 * GIB, 128, MEMORY_PRODUCTION, 0 },
		    { 4096, 12288, 6375 } },
		/* No more than there is. */
		{ { 8 * GIB, 9999999, MEMORY_PRODUCTION, 0 },
		    { 274877, 824576, 429375 } },
		{ { 8 * GIB, 1000, MEMORY_PRODUCTION, 12800 },
		    { 12800, 115200, 50000 } },
		{ { 8 * GIB, 0, MEMORY_TESTING, 0 },
		    { 16384, 524288, 429375 } },
		{ { 8 * GIB, 0, MEMORY_TESTING, 100 },
		    { 100, 524288, 429375 } },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct memory_plan plan;

		memory_plan(&cases[i].wish, &plan);
		assert_int_equal(plan.shared_buffers,
		    cases[i].plan.shared_buffers);
		assert_int_equal(plan.effective_cache_size,
		    cases[i].plan.effective_cache_size);
		assert_int_equal(plan.most, cases[i].plan.most);
	}
}

static void
buffers_are_at_most_two_fifths_of_the_memory(void **state)
{
	json_auto_t *config = json_pack("{s:i, s:i}", "profile_limit_memory",
	    1000, "memory_shared_buffers", 50000);
	json_auto_t *refused = json_object();
	json_auto_t *most = settings_wanted(config, &machine, refused);
	json_auto_t *more = NULL;

	(void)state;
	assert_string_equal(json_text(most, "shared_buffers", ""), "50000");
	json_object_set_new(config, "memory_shared_buffers",
	    json_integer(50001));
	more = settings_wanted(config, &machine, refused);
	assert_null(json_object_get(more, "shared_buffers"));
	assert_string_equal(json_text(refused, "memory_shared_buffers", ""),
	    "is 50001, and has to be at most 50000, 40 % of the memory");
}

static void
a_standby_has_no_less_than_its_primary(void **state)
{
	json_auto_t *ours = json_pack("{s:s, s:s, s:s}", "max_connections",
	    "100", "max_worker_processes", "8", "work_mem", "64");
	json_auto_t *theirs = json_pack("{s:s, s:s, s:s}", "max_connections",
	    "200", "max_worker_processes", "4", "work_mem", "4096");

	(void)state;
	settings_raise(ours, theirs);
	assert_string_equal(json_text(ours, "max_connections", ""), "200");
	assert_string_equal(json_text(ours, "max_worker_processes", ""), "8");
	assert_string_equal(json_text(ours, "work_mem", ""), "64");
	settings_raise(ours, NULL);
	assert_string_equal(json_text(ours, "max_connections", ""), "200");
}

static void
the_control_file_tells_what_its_primary_had(void **state)
{
	static const char output[] =
	    "wal_level setting:                    logical\n"
	    "max_connections setting:              270\n"
	    "max_worker_processes setting:         4\n"
	    "max_wal_senders setting:              32\n"
	    "max_prepared_xacts setting:           7\n"
	    "max_locks_per_xact setting:           64\n"
	    "track_commit_timestamp setting:       off\n";
	json_auto_t *control = settings_read_control(output);
	json_auto_t *expected = json_pack("{s:s, s:s, s:s, s:s}",
	    "max_connections", "270", "max_worker_processes", "4",
	    "max_prepared_transactions", "7", "max_locks_per_transaction",
	    "64");
	json_auto_t *none = settings_read_control("");

	(void)state;
	assert_true(json_equal(control, expected));
	assert_false(settings_lowers(expected, control));
	json_put_text(expected, "max_connections", "269");
	assert_true(settings_lowers(expected, control));
	assert_false(settings_lowers(expected, none));
	assert_false(settings_lowers(expected, NULL));
}

static void
what_is_written_is_read_back(void **state)
{
	json_auto_t *settings = json_pack("{s:s, s:s, s:s, s:s}", "work_mem",
	    "8192", "datestyle", "it's \\ = 'x'", "a", "", "lc_time", "C");
	json_auto_t *back = NULL;
	autostrbuf text = { 0 };

	(void)state;
	settings_render(&text, settings);
	assert_string_equal(strchr(strbuf_cstr(&text), '\n') + 1,
	    "a = ''\n"
	    "datestyle = 'it''s \\\\ = ''x'''\n"
	    "lc_time = 'C'\n"
	    "work_mem = '8192'\n");
	back = settings_parse(strbuf_cstr(&text));
	assert_true(json_equal(settings, back));
}

static void
torn_and_foreign_lines_are_no_settings(void **state)
{
	json_auto_t *found = settings_parse("# a = 'b'\nx = '\nwork_mem = 3\n"
					    "\n= 'x'\ny = 'z'");

	(void)state;
	assert_int_equal(json_object_size(found), 1);
	assert_string_equal(json_text(found, "y", ""), "z");
}

static void
refusals_of_the_server_name_the_option(void **state)
{
	static const char output[] =
	    "2026-01-01 [1] LOG:  skipping missing configuration file \"x\"\n"
	    "2026-01-01 [1] LOG:  3 kB is outside the valid range for "
	    "parameter \"work_mem\" (64 .. 2147483647)\n"
	    "2026-01-01 [1] LOG:  invalid value for parameter \"DateStyle\": "
	    "\"foo\"\n"
	    "2026-01-01 [1] DETAIL:  Unrecognized key word: \"foo\".\n"
	    "2026-01-01 [1] LOG:  something else\n"
	    "2026-01-01 [1] HINT:  nothing.\n"
	    "2026-01-01 [1] FATAL:  configuration file contains errors\n";
	json_auto_t *config = json_pack("{s:i, s:s, s:s}", "memory_work_mem", 3,
	    "request_date_style", "foo", "response_lc_time", "C");
	json_auto_t *refused = json_object();

	(void)state;
	settings_read_refusals(output, config, refused);
	assert_int_equal(json_object_size(refused), 2);
	assert_string_equal(json_text(refused, "memory_work_mem", ""),
	    "3 kB is outside the valid range for parameter \"work_mem\" "
	    "(64 .. 2147483647)");
	assert_string_equal(json_text(refused, "request_date_style", ""),
	    "invalid value for parameter \"DateStyle\": \"foo\"; "
	    "Unrecognized key word: \"foo\".");
}

static void
what_this_version_does_not_have_is_left_out(void **state)
{
	static const char output[] =
	    "2026-01-01 [1] LOG:  unrecognized configuration parameter "
	    "\"old_snapshot_threshold\" in file \"x\" line 3\n"
	    "2026-01-01 [1] FATAL:  configuration file contains errors\n";
	json_auto_t *settings = json_pack("{s:s, s:s}",
	    "old_snapshot_threshold", "-1", "work_mem", "3");

	(void)state;
	assert_int_equal(settings_drop_unknown(output, settings), 1);
	assert_int_equal(json_object_size(settings), 1);
	assert_int_equal(settings_drop_unknown(output, settings), 0);
	assert_int_equal(settings_drop_unknown("", settings), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_option_gives_the_setting_after_its_group),
		cmocka_unit_test(workers_follow_the_processors),
		cmocka_unit_test(what_is_not_good_here_is_refused_by_name),
		cmocka_unit_test(memory_is_divided_as_the_profile_says),
		cmocka_unit_test(buffers_are_at_most_two_fifths_of_the_memory),
		cmocka_unit_test(a_standby_has_no_less_than_its_primary),
		cmocka_unit_test(the_control_file_tells_what_its_primary_had),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(torn_and_foreign_lines_are_no_settings),
		cmocka_unit_test(what_this_version_does_not_have_is_left_out),
		cmocka_unit_test(refusals_of_the_server_name_the_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
