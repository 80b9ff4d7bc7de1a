/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/paths.h"

#define OTHER_USER 12345

/*
 * Who root is has a runtime directory of its own, so the tests of the others
 * become an ordinary user; the effective one can be taken back.
 */
static uid_t
become_ordinary(const char *dir)
{
	uid_t me = geteuid();

	if (me != 0)
		return me;
	assert_int_equal(chown(dir, OTHER_USER, (gid_t)-1), 0);
	assert_int_equal(seteuid(OTHER_USER), 0);
	return OTHER_USER;
}

static int
teardown(void **state)
{
	if (getuid() == 0 && seteuid(0) == -1)
		return -1;
	return scratch_teardown(state);
}

static void
absolute_paths_have_one_spelling(void **state)
{
	static const char *const cases[][2] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/a", "/a" },
		{ "/a/", "/a" },
		{ "//a///b//", "/a/b" },
		{ "/a/./b/.", "/a/b" },
		{ "/a/../b", "/b" },
		{ "/a/b/..", "/a" },
		{ "/..", "/" },
		{ "/../../a", "/a" },
		{ "/a/...", "/a/..." },
		{ "/.a/b.", "/.a/b." },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *path = paths_absolute(cases[i][0]);

		assert_string_equal(path, cases[i][1]);
	}
}

static void
relative_paths_begin_where_we_are(void **state)
{
	autofree char *cwd = getcwd(NULL, 0);
	autofree char *want = xasprintf("%s/state", cwd);
	autofree char *path = paths_absolute("./x/../state/");

	(void)state;
	assert_string_equal(path, want);
}

static void
the_state_directory_is_the_one_that_is_named(void **state)
{
	struct error err = { 0 };
	autofree char *home = NULL;

	(void)state;
	assert_int_equal(setenv("TENON_HOME", "/srv//tenon/", 1), 0);
	assert_int_equal(paths_home(&home, &err), 0);
	assert_string_equal(home, "/srv/tenon");
}

static void
an_ordinary_user_has_the_state_below_its_home(void **state)
{
	static const struct {
		const char *data, *home, *want;
	} cases[] = {
		{ "/data", "/home/x", "/data/tenon" },
		{ "data", "/home/x", "/home/x/.local/share/tenon" },
		{ NULL, "/home/x", "/home/x/.local/share/tenon" },
		{ NULL, NULL, NULL },
	};

	become_ordinary(*state);
	unsetenv("TENON_HOME");
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		autofree char *home = NULL;

		unsetenv("XDG_DATA_HOME");
		unsetenv("HOME");
		if (cases[i].data != NULL)
			setenv("XDG_DATA_HOME", cases[i].data, 1);
		if (cases[i].home != NULL)
			setenv("HOME", cases[i].home, 1);
		if (cases[i].want != NULL) {
			assert_int_equal(paths_home(&home, &err), 0);
			assert_string_equal(home, cases[i].want);
		} else {
			assert_int_equal(paths_home(&home, &err), -1);
			assert_string_equal(err.msg,
			    "neither TENON_HOME nor HOME is set");
		}
	}
}

static void
root_has_its_sockets_below_run(void **state)
{
	struct error err = { 0 };
	autofree char *path = NULL;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(paths_socket("/var/lib/tenon/", &path, &err), 0);
	/* printf /var/lib/tenon | sha256sum */
	assert_string_equal(path, "/run/tenon/e4fc27147daa/api.sock");
}

static void
a_session_directory_of_ours_is_used(void **state)
{
	autofree char *want = xasprintf("%s/tenon/e4fc27147daa",
	    (char *)*state);
	autofree char *dir = NULL, *again = NULL;
	struct error err = { 0 };
	struct stat st;

	become_ordinary(*state);
	setenv("XDG_RUNTIME_DIR", *state, 1);
	assert_int_equal(paths_runtime("/var/lib/tenon", &again, &err), 0);
	assert_string_equal(again, want);
	assert_int_equal(access(want, F_OK), -1);
	assert_int_equal(paths_make_runtime("/var/lib/tenon", &dir, &err), 0);
	assert_string_equal(dir, want);
	assert_int_equal(lstat(want, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	free(take_ptr(dir));
	assert_int_equal(paths_make_runtime("/var/lib/tenon", &dir, &err), 0);
}

static void
a_session_directory_of_somebody_else_is_not_used(void **state)
{
	autofree char *dir = NULL, *want = NULL;
	struct error err = { 0 };
	uid_t me;

	assert_int_equal(chmod(*state, 0777), 0);
	me = become_ordinary(*state);
	want = xasprintf("/tmp/tenon-%u/e4fc27147daa", (unsigned)me);
	setenv("XDG_RUNTIME_DIR", *state, 1);
	assert_int_equal(paths_runtime("/var/lib/tenon", &dir, &err), 0);
	assert_string_equal(dir, want);
}

static void
what_others_could_have_made_is_refused(void **state)
{
	static const struct {
		mode_t mode; /* 0: a symbolic link. */
		const char *why;
	} cases[] = {
		{ 0770, "can be written by others (mode 0770)" },
		{ 0702, "can be written by others (mode 0702)" },
		{ 0, "is not a directory" },
	};
	autofree char *made = xasprintf("%s/tenon", (char *)*state);

	become_ordinary(*state);
	setenv("XDG_RUNTIME_DIR", *state, 1);
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *want = xasprintf("runtime directory %s %s", made,
		    cases[i].why);
		struct error err = { 0 };
		char *dir = NULL;

		if (cases[i].mode == 0) {
			assert_int_equal(symlink("/tmp", made), 0);
		} else {
			assert_int_equal(mkdir(made, 0700), 0);
			assert_int_equal(chmod(made, cases[i].mode), 0);
		}
		assert_int_equal(paths_make_runtime("/x", &dir, &err), -1);
		assert_int_equal(err.code, ERROR_DENIED);
		assert_string_equal(err.msg, want);
		assert_int_equal(paths_socket("/x", &dir, &err), -1);
		assert_null(dir);
		assert_int_equal(remove(made), 0);
	}
}

static void
a_runtime_directory_of_another_user_is_refused(void **state)
{
	autofree char *made = xasprintf("%s/tenon", (char *)*state);
	autofree char *want =
	    xasprintf("runtime directory %s belongs to user id 0, not to %d",
		made, OTHER_USER);
	struct error err = { 0 };
	char *dir = NULL;

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(made, 0755), 0);
	become_ordinary(*state);
	setenv("XDG_RUNTIME_DIR", *state, 1);
	assert_int_equal(paths_make_runtime("/x", &dir, &err), -1);
	assert_string_equal(err.msg, want);
}

static void
a_socket_path_that_does_not_fit_is_refused(void **state)
{
	autofree char *deep = NULL;
	struct error err = { 0 };
	char *path = NULL;

	become_ordinary(*state);
	deep = xasprintf("%s/%0*d", (char *)*state, 90, 0);
	assert_int_equal(mkdir(deep, 0700), 0);
	setenv("XDG_RUNTIME_DIR", deep, 1);
	assert_int_equal(paths_socket("/x", &path, &err), -1);
	assert_null(path);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_string_equal(err.hint, "set XDG_RUNTIME_DIR to a shorter path");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, scratch_setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(absolute_paths_have_one_spelling),
		cmocka_unit_test(relative_paths_begin_where_we_are),
		TEST(the_state_directory_is_the_one_that_is_named),
		TEST(an_ordinary_user_has_the_state_below_its_home),
		cmocka_unit_test(root_has_its_sockets_below_run),
		TEST(a_session_directory_of_ours_is_used),
		TEST(a_session_directory_of_somebody_else_is_not_used),
		TEST(what_others_could_have_made_is_refused),
		TEST(a_runtime_directory_of_another_user_is_refused),
		TEST(a_socket_path_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
