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

#include "api/access.h"
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
only_the_owner_and_root_may_connect(void **state)
{
	static const struct {
		uid_t owner, peer;
		bool allowed;
	} cases[] = {
		{ 0, 0, true },
		{ 0, 1000, false },
		{ 1000, 1000, true },
		{ 1000, 0, true },
		{ 1000, 1001, false },
		{ 1000, 65534, false },
		{ 1000, (uid_t)-1, false },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(access_is_allowed(cases[i].owner,
				     cases[i].peer),
		    cases[i].allowed);
}

static void
the_peer_of_a_socket_is_known(void **state)
{
	struct error err = { 0 };
	int fds[2];
	uid_t uid = 0;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(access_peer(fds[0], &uid, &err), 0);
	assert_int_equal(uid, geteuid());
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(access_peer(fds[0], &uid, &err), -1);
	assert_int_equal(close(fds[1]), 0);
}

static void
what_is_no_connection_has_no_peer(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct error err = { 0 };
	uid_t uid = 0;

	(void)state;
	assert_int_equal(access_peer(fd, &uid, &err), -1);
	assert_int_equal(err.code, ERROR_DENIED);
	assert_int_equal(close(fd), 0);
}

static void
the_socket_is_for_its_owner_only(void **state)
{
	autofree char *path = xasprintf("%s/api.sock", (char *)*state);
	struct error err = { 0 };
	autofd int fd = api_listen(path, &err);
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
	autofd int fd = api_listen(path, &err);

	assert_int_not_equal(fd, -1);
	assert_int_equal(api_listen(path, &err), -1);
	assert_int_equal(err.code, ERROR_CONFLICT);
	assert_string_equal(err.msg, msg);
}

static void
a_socket_that_nobody_answers_is_replaced(void **state)
{
	autofree char *path = xasprintf("%s/api.sock", (char *)*state);
	struct error err = { 0 };
	int stale = api_listen(path, &err);
	autofd int fd = -1;

	assert_int_not_equal(stale, -1);
	assert_int_equal(close(stale), 0);
	fd = api_listen(path, &err);
	assert_int_not_equal(fd, -1);
	assert_int_equal(api_listen(path, &err), -1);
}

static void
what_is_not_a_socket_is_left_alone(void **state)
{
	autofree char *path = xasprintf("%s/api.sock", (char *)*state);
	autofree char *msg = xasprintf("%s is not a socket", path);
	struct error err = { 0 };

	assert_int_equal(file_write(path, 0600, "mine", &err), 0);
	assert_int_equal(api_listen(path, &err), -1);
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
	assert_int_equal(api_listen(strbuf_cstr(&path), &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_non_null(strstr(err.msg, "is longer than 107 bytes"));
}

static void
a_missing_directory_is_named(void **state)
{
	autofree char *path = xasprintf("%s/none/api.sock", (char *)*state);
	struct error err = { 0 };

	assert_int_equal(api_listen(path, &err), -1);
	assert_non_null(strstr(err.msg, path));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_owner_and_root_may_connect),
		cmocka_unit_test(the_peer_of_a_socket_is_known),
		cmocka_unit_test(what_is_no_connection_has_no_peer),
		TEST(the_socket_is_for_its_owner_only),
		TEST(a_socket_that_somebody_answers_is_not_replaced),
		TEST(a_socket_that_nobody_answers_is_replaced),
		TEST(what_is_not_a_socket_is_left_alone),
		TEST(a_path_that_does_not_fit_is_refused),
		TEST(a_missing_directory_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
