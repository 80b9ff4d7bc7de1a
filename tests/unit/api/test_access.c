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
#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"

#define OWNER    4000
#define SOMEBODY 4001

struct place {
	char dir[32];
	char path[64];
	struct access *access;
};

static int
setup(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);

	(void)snprintf(p->dir, sizeof p->dir, "/tmp/tenon-access-XXXXXX");
	assert_non_null(mkdtemp(p->dir));
	(void)snprintf(p->path, sizeof p->path, "%s/access.yaml", p->dir);
	/* The file has to be its owner's, so we are the owner. */
	p->access = access_new(p->path, geteuid());
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct place *p = *state;
	struct error err;

	access_free(p->access);
	assert_int_equal(tree_remove(p->dir, &err), 0);
	free(p);
	return 0;
}

static void
write_file(struct place *p, const char *text)
{
	struct error err = { 0 };

	assert_int_equal(file_write(p->path, 0644, text, &err), 0);
	access_forget(p->access);
	assert_true(access_refresh(p->access));
}

/* The role of somebody who is in one group. */
static enum access_role
role_of(const struct access *a, uid_t uid, gid_t gid)
{
	const struct access_peer peer = { .uid = uid,
		.groups = &gid,
		.ngroups = 1 };

	return access_role(a, &peer);
}

static void
the_peer_of_a_socket_is_known(void **state)
{
	struct access_peer peer = { 0 };
	struct error err = { 0 };
	bool has_ours = false;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(access_peer_read(&peer, fds[0], &err), 0);
	assert_int_equal(peer.uid, geteuid());
	for (size_t i = 0; i < peer.ngroups; i++)
		has_ours |= peer.groups[i] == getegid();
	assert_true(has_ours);
	access_peer_release(&peer);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(access_peer_read(&peer, fds[0], &err), -1);
	assert_int_equal(close(fds[1]), 0);
}

static void
what_is_no_connection_has_no_peer(void **state)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct access_peer peer = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(access_peer_read(&peer, fd, &err), -1);
	assert_int_equal(err.code, ERROR_DENIED);
	assert_int_equal(close(fd), 0);
}

static void
without_a_file_only_the_owner_and_root_have_a_role(void **state)
{
	static const struct {
		uid_t peer;
		enum access_role role;
	} cases[] = { { OWNER, ACCESS_ADMIN }, { 0, ACCESS_ADMIN },
		{ SOMEBODY, ACCESS_NONE }, { 65534, ACCESS_NONE } };
	struct access *a = access_new(NULL, OWNER);

	(void)state;
	assert_false(access_refresh(a));
	assert_false(access_is_shared(a));
	for (size_t i = 0; i < nitems(cases); i++)
		assert_int_equal(role_of(a, cases[i].peer, 5000),
		    cases[i].role);
	access_free(a);
}

static void
a_role_is_given_by_name_or_number_of_user_or_group(void **state)
{
	struct place *p = *state;

	write_file(p,
	    "users:\n  4001: viewer\n  daemon: operator\n"
	    "groups:\n  5001: admin\n  daemon: viewer\n");
	assert_true(access_is_shared(p->access));
	assert_int_equal(role_of(p->access, 4001, 1), ACCESS_VIEWER);
	assert_int_equal(role_of(p->access, 1, 5000), ACCESS_OPERATOR);
	assert_int_equal(role_of(p->access, 4002, 5001), ACCESS_ADMIN);
	assert_int_equal(role_of(p->access, 4002, 1), ACCESS_VIEWER);
	assert_int_equal(role_of(p->access, 4002, 5000), ACCESS_NONE);
}

static void
the_highest_of_several_roles_counts(void **state)
{
	struct place *p = *state;

	write_file(p,
	    "users: {4001: operator}\n"
	    "groups: {5001: admin, 5002: viewer}\n");
	assert_int_equal(role_of(p->access, 4001, 5001), ACCESS_ADMIN);
	assert_int_equal(role_of(p->access, 4001, 5002), ACCESS_OPERATOR);
}

static void
a_file_that_others_can_write_gives_nobody_a_role(void **state)
{
	static const mode_t modes[] = { 0620, 0602, 0666 };
	struct place *p = *state;

	for (size_t i = 0; i < nitems(modes); i++) {
		write_file(p, "users: {4001: admin}\n");
		assert_int_equal(role_of(p->access, 4001, 1), ACCESS_ADMIN);
		assert_int_equal(chmod(p->path, modes[i]), 0);
		access_forget(p->access);
		assert_true(access_refresh(p->access));
		assert_int_equal(role_of(p->access, 4001, 1), ACCESS_NONE);
		assert_int_equal(role_of(p->access, geteuid(), 1),
		    ACCESS_ADMIN);
	}
}

/* Root may write it for the owner; anybody else may not. */
static void
a_file_of_somebody_else_gives_nobody_a_role(void **state)
{
	struct place *p = *state;
	struct access *a = access_new(p->path, OWNER);
	uid_t writer = geteuid() == 0 ? SOMEBODY : geteuid();

	write_file(p, "users: {4002: admin}\n");
	assert_int_equal(chown(p->path, writer, (gid_t)-1), 0);
	assert_true(access_refresh(a));
	assert_int_equal(role_of(a, 4002, 1), ACCESS_NONE);
	assert_false(access_is_shared(a));
	access_free(a);
}

static void
a_file_that_is_malformed_gives_nobody_a_role(void **state)
{
	static const char *const texts[] = {
		"users: {4001: admin, 4002: boss}\n",
		"users: {4001: admin}\nusres: {4002: admin}\n",
		"users: {4001: admin}\ngroups: [5001]\n",
		"users: {4001: admin, 4001: viewer}\n",
		"users: {4001: [admin]}\n",
		"users: {4001: admin\n",
		"- 4001\n",
		"admin\n",
	};
	struct place *p = *state;

	for (size_t i = 0; i < nitems(texts); i++) {
		write_file(p, "users: {4001: admin}\n");
		assert_true(access_is_shared(p->access));
		write_file(p, texts[i]);
		assert_false(access_is_shared(p->access));
		assert_int_equal(role_of(p->access, 4001, 1), ACCESS_NONE);
	}
}

static void
what_is_not_a_regular_file_gives_nobody_a_role(void **state)
{
	struct place *p = *state;
	autofree char *other = xasprintf("%s/other", p->dir);
	struct error err = { 0 };

	assert_int_equal(file_write(other, 0644, "users: {4001: admin}\n",
			     &err),
	    0);
	assert_int_equal(symlink(other, p->path), 0);
	assert_true(access_refresh(p->access));
	assert_false(access_is_shared(p->access));
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(mkfifo(p->path, 0600), 0);
	assert_true(access_refresh(p->access));
	assert_false(access_is_shared(p->access));
	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(mkdir(p->path, 0700), 0);
	assert_true(access_refresh(p->access));
	assert_false(access_is_shared(p->access));
}

static void
a_user_who_does_not_exist_takes_no_role_from_others(void **state)
{
	struct place *p = *state;

	write_file(p,
	    "users: {no-such-user: admin, 4001: viewer}\n"
	    "groups: {no-such-group: admin}\n");
	assert_int_equal(role_of(p->access, 4001, 1), ACCESS_VIEWER);
}

static void
numbers_that_mean_nobody_are_refused_as_names(void **state)
{
	struct place *p = *state;

	write_file(p, "users: {4294967295: admin, 99999999999: admin}\n");
	assert_false(access_is_shared(p->access));
}

static void
an_empty_file_is_as_good_as_none(void **state)
{
	static const char *const texts[] = { "", "users:\n", "users: {}\n",
		"# nobody\n" };
	struct place *p = *state;

	for (size_t i = 0; i < nitems(texts); i++) {
		write_file(p, texts[i]);
		assert_false(access_is_shared(p->access));
	}
}

static void
a_change_is_seen_at_the_next_look_and_only_then(void **state)
{
	struct place *p = *state;
	struct error err = { 0 };

	assert_false(access_refresh(p->access));
	assert_int_equal(file_write(p->path, 0644, "users: {4001: admin}\n",
			     &err),
	    0);
	assert_int_equal(role_of(p->access, 4001, 1), ACCESS_NONE);
	assert_true(access_refresh(p->access));
	assert_int_equal(role_of(p->access, 4001, 1), ACCESS_ADMIN);
	assert_false(access_refresh(p->access));
	assert_int_equal(unlink(p->path), 0);
	assert_true(access_refresh(p->access));
	assert_int_equal(role_of(p->access, 4001, 1), ACCESS_NONE);
	assert_false(access_refresh(p->access));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_peer_of_a_socket_is_known),
		cmocka_unit_test(what_is_no_connection_has_no_peer),
		cmocka_unit_test(
		    without_a_file_only_the_owner_and_root_have_a_role),
		TEST(a_role_is_given_by_name_or_number_of_user_or_group),
		TEST(the_highest_of_several_roles_counts),
		TEST(a_file_that_others_can_write_gives_nobody_a_role),
		TEST(a_file_of_somebody_else_gives_nobody_a_role),
		TEST(a_file_that_is_malformed_gives_nobody_a_role),
		TEST(what_is_not_a_regular_file_gives_nobody_a_role),
		TEST(a_user_who_does_not_exist_takes_no_role_from_others),
		TEST(numbers_that_mean_nobody_are_refused_as_names),
		TEST(an_empty_file_is_as_good_as_none),
		TEST(a_change_is_seen_at_the_next_look_and_only_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
