/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../scratch.h"
#include "version.h"

/* Make <root>/<track>/bin/postgres. */
static void
install(const char *root, const char *track, mode_t mode)
{
	autofree char *bin = xasprintf("%s/%s/bin", root, track);
	autofree char *program = xasprintf("%s/postgres", bin);
	struct error err = { 0 };

	assert_int_equal(dir_make(bin, 0755, &err), 0);
	assert_int_equal(file_write(program, mode, "", &err), 0);
}

static void
a_channel_chooses_among_what_is_installed(void **state)
{
	static const struct {
		const char *channel, *track;
	} cases[] = {
		{ "", "15" },
		{ "edge", "15" },
		{ "stable", "15" },
		{ "latest/stable", "15" },
		{ "15/stable", "15" },
		{ "15", "15" },
		{ "9/edge", "9" },
		{ "14/stable", "14" },
	};
	autoversions found = { 0 };

	install(*state, "9", 0755);
	install(*state, "15", 0755);
	install(*state, "14", 0755);
	install(*state, "17", 0644);
	install(*state, "16devel", 0755);
	versions_find(&found, *state, NULL);
	assert_int_equal(found.n, 3);
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		const struct version *v = versions_choose(&found,
		    cases[i].channel, &err);
		autofree char *bindir = xasprintf("%s/%s/bin",
		    (const char *)*state, cases[i].track);

		assert_non_null(v);
		assert_string_equal(v->track, cases[i].track);
		assert_string_equal(v->bindir, bindir);
	}
}

static void
a_track_that_is_not_installed_is_named_beside_those_that_are(void **state)
{
	autoversions found = { 0 };
	struct error err = { 0 };

	install(*state, "15", 0755);
	install(*state, "13", 0755);
	versions_find(&found, *state, NULL);
	assert_null(versions_choose(&found, "14/stable", &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_string_equal(err.msg,
	    "track \"14\" is not installed; installed: 13, 15");
	assert_string_equal(err.hint, "apt-get install postgresql-14");
}

static void
what_is_no_version_is_not_to_be_installed(void **state)
{
	autoversions found = { 0 };
	struct error err = { 0 };

	install(*state, "15", 0755);
	versions_find(&found, *state, NULL);
	assert_null(versions_choose(&found, "banana/stable", &err));
	assert_string_equal(err.msg,
	    "track \"banana\" is not installed; installed: 15");
	assert_string_equal(err.hint,
	    "a track is a major version of PostgreSQL");
}

static void
nothing_installed_is_said_so(void **state)
{
	autoversions found = { 0 };
	struct error err = { 0 };

	versions_find(&found, *state, NULL);
	assert_null(versions_choose(&found, "15/stable", &err));
	assert_string_equal(err.msg, "PostgreSQL is not installed");
	assert_string_equal(err.hint,
	    "apt-get install postgresql; or start tenond with "
	    "TENON_PG_BINDIR, the directory of its programs");
}

static void
a_given_directory_is_the_only_one(void **state)
{
	autofree char *bin = xasprintf("%s/12/bin", (const char *)*state);
	autofree char *opt = xasprintf("%s/opt/bin", (const char *)*state);
	autoversions numbered = { 0 }, unnumbered = { 0 };
	struct error err = { 0 };

	install(*state, "12", 0755);
	install(*state, "15", 0755);
	install(*state, "opt", 0755);
	versions_find(&numbered, *state, bin);
	assert_int_equal(numbered.n, 1);
	assert_null(versions_choose(&numbered, "15/stable", &err));
	assert_string_equal(versions_choose(&numbered, "", &err)->track, "12");
	versions_find(&unnumbered, *state, opt);
	assert_string_equal(versions_choose(&unnumbered, "15/stable", &err)
				->bindir,
	    opt);
}

static void
the_version_is_shown_without_its_package(void **state)
{
	autofree char *debian = version_trim("15.20 (Debian 15.20-0+deb12u1)");
	autofree char *plain = version_trim("16beta1");

	(void)state;
	assert_string_equal(debian, "15.20");
	assert_string_equal(plain, "16beta1");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_channel_chooses_among_what_is_installed),
		scratch_test(
		    a_track_that_is_not_installed_is_named_beside_those_that_are),
		scratch_test(what_is_no_version_is_not_to_be_installed),
		scratch_test(nothing_installed_is_said_so),
		scratch_test(a_given_directory_is_the_only_one),
		cmocka_unit_test(the_version_is_shown_without_its_package),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
