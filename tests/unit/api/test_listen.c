/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/listen.h"
#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"

static int
setup(void **state)
{
	char dir[] = "/tmp/tenon-listen-XXXXXX";

	assert_non_null(mkdtemp(dir));
	*state = xstrdup(dir);
	return 0;
}

static int
teardown(void **state)
{
	struct error err;

	assert_int_equal(tree_remove(*state, &err), 0);
	free(*state);
	return 0;
}

static void
the_socket_is_for_its_owner_only(void **state)
{
	autofree char *path = xasprintf("%s/api.sock", (char *)*state);
	struct error err = { 0 };
	autofd int fd = api_listen(path, 0600, &err);
	struct stat st;

	assert_int_not_equal(fd, -1);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
a_socket_that_somebody_answers_is_not_replaced(void **state)
{
	autofree char *path = xasprintf("%s/api.sock", (char *)*state);
	autofree char *msg = xasprintf("tenond already listens on %s", path);
	struct error err = { 0 };
	autofd int fd = api_listen(path, 0600, &err);

	assert_int_not_equal(fd, -1);
	assert_int_equal(api_listen(path, 0600, &err), -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg, msg);
}

static void
a_socket_that_nobody_answers_is_replaced(void **state)
{
	autofree char *path = xasprintf("%s/api.sock", (char *)*state);
	struct error err = { 0 };
	int stale = api_listen(path, 0600, &err);
	autofd int fd = -1;

	assert_int_not_equal(stale, -1);
	assert_int_equal(close(stale), 0);
	fd = api_listen(path, 0600, &err);
	assert_int_not_equal(fd, -1);
	assert_int_equal(api_listen(path, 0600, &err), -1);
}

static void
what_is_not_a_socket_is_left_alone(void **state)
{
	autofree char *path = xasprintf("%s/api.sock", (char *)*state);
	autofree char *msg = xasprintf("%s is not a socket", path);
	struct error err = { 0 };

	assert_int_equal(file_write(path, 0600, "mine", &err), 0);
	assert_int_equal(api_listen(path, 0600, &err), -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg, msg);
	assert_true(file_exists(path));
}

static void
a_path_that_does_not_fit_is_refused(void **state)
{
	struct error err = { 0 };
	autostrbuf path = { 0 };

	strbuf_adds(&path, *state);
	strbuf_addc(&path, '/');
	strbuf_pad(&path, 'x', 108 - path.len);
	assert_int_equal(api_listen(strbuf_cstr(&path), 0600, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_non_null(strstr(err.msg, "is longer than 107 bytes"));
}

static void
a_missing_directory_is_named(void **state)
{
	autofree char *path = xasprintf("%s/none/api.sock", (char *)*state);
	struct error err = { 0 };

	assert_int_equal(api_listen(path, 0600, &err), -1);
	assert_non_null(strstr(err.msg, path));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_socket_is_for_its_owner_only),
		TEST(a_socket_that_somebody_answers_is_not_replaced),
		TEST(a_socket_that_nobody_answers_is_replaced),
		TEST(what_is_not_a_socket_is_left_alone),
		TEST(a_path_that_does_not_fit_is_refused),
		TEST(a_missing_directory_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
