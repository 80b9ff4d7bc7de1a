/* SPDX-License-Identifier: Apache-2.0 */
/* A directory that somebody else may write, who leads us astray. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"

#include "../scratch.h"

/* <scratch>/theirs is the directory, <scratch>/ours/secret a file of ours. */
struct place {
	char *dir, *ours, *secret;
};

static char *
below(const char *dir, const char *name)
{
	return xasprintf("%s/%s", dir, name);
}

static int
setup(void **state)
{
	struct place *p = xcalloc(1, sizeof *p);
	struct error err;
	void *top;

	if (scratch_setup(&top) == -1)
		return -1;
	p->dir = below(top, "theirs");
	p->ours = below(top, "ours");
	p->secret = below(p->ours, "secret");
	free(top);
	*state = p;
	return dir_make(p->dir, 0700, &err) == -1 ||
		dir_make(p->ours, 0700, &err) == -1 ?
	    -1 :
	    file_write(p->secret, 0600, "secret", &err);
}

static int
teardown(void **state)
{
	struct place *p = *state;
	char *slash = strrchr(p->dir, '/');
	void *top = xasprintf("%.*s", (int)(slash - p->dir), p->dir);

	free(p->dir);
	free(p->ours);
	free(p->secret);
	free(p);
	return scratch_teardown(&top);
}

static void
require_refused(const struct place *p, const char *path, int flags)
{
	autofree char *whole = below(p->dir, path);
	autofree char *kept = NULL;
	struct error err = { 0 };
	int fd = file_open_below(p->dir, path, flags, &err);

	assert_int_equal(fd, -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_non_null(strstr(err.msg, whole));
	kept = file_read(p->secret, 64, NULL, &err);
	assert_string_equal(kept, "secret");
}

static void
plant(const struct place *p, const char *name, const char *target)
{
	autofree char *path = below(p->dir, name);

	assert_int_equal(symlink(target, path), 0);
}

static void
a_plain_file_is_opened_at_any_depth(void **state)
{
	const struct place *p = *state;
	autofree char *dir = below(p->dir, "a/b");
	autofree char *text = NULL;
	struct error err = { 0 };
	struct stat st;
	autofd int fd = -1;

	assert_int_equal(dir_make(dir, 0700, &err), 0);
	fd = file_open_below(p->dir, "a/b/f", O_RDWR | O_CREAT, &err);
	assert_true(fd != -1);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(write(fd, "text", 4), 4);
	text = file_read_below(p->dir, "a/b/f", 4, &err);
	assert_string_equal(text, "text");
	assert_null(file_read_below(p->dir, "a/b/f", 3, &err));
	assert_int_equal(err.code, ERROR_TOO_LARGE);
}

static void
what_is_missing_is_not_found(void **state)
{
	const struct place *p = *state;
	struct error err = { 0 };

	assert_int_equal(file_open_below(p->dir, "no", O_RDONLY, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
	assert_int_equal(file_open_below(p->dir, "no/f", O_RDONLY, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void
a_link_is_refused_wherever_it_stands(void **state)
{
	const struct place *p = *state;

	plant(p, "file", p->secret);
	plant(p, "dir", p->ours);
	plant(p, "nowhere", "/nonexistent");
	require_refused(p, "file", O_RDONLY);
	require_refused(p, "file", O_WRONLY | O_CREAT);
	require_refused(p, "dir/secret", O_RDONLY);
	require_refused(p, "dir/secret", O_WRONLY | O_CREAT);
	require_refused(p, "nowhere", O_WRONLY | O_CREAT);
	require_refused(p, "nowhere/f", O_WRONLY | O_CREAT);
}

static void
a_file_with_a_second_name_is_not_written(void **state)
{
	const struct place *p = *state;
	autofree char *path = below(p->dir, "file");
	autofree char *text = NULL;
	struct error err = { 0 };

	assert_int_equal(link(p->secret, path), 0);
	require_refused(p, "file", O_WRONLY | O_CREAT);
	require_refused(p, "file", O_RDWR);
	text = file_read_below(p->dir, "file", 64, &err);
	assert_string_equal(text, "secret");
}

static void
a_fifo_and_a_directory_are_refused_without_waiting(void **state)
{
	const struct place *p = *state;
	autofree char *fifo = below(p->dir, "fifo");
	autofree char *dir = below(p->dir, "dir");
	struct error err = { 0 };

	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(dir_make(dir, 0700, &err), 0);
	require_refused(p, "fifo", O_RDONLY);
	require_refused(p, "fifo", O_WRONLY);
	require_refused(p, "fifo/f", O_RDONLY);
	require_refused(p, "dir", O_RDONLY);
}

static void
the_directory_itself_must_be_no_link(void **state)
{
	const struct place *p = *state;
	autofree char *dir = below(p->dir, "dir");
	struct error err = { 0 };

	plant(p, "dir", p->ours);
	assert_int_equal(file_open_below(dir, "secret", O_RDONLY, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
}

static void
a_file_is_written_with_its_owner_and_mode(void **state)
{
	const struct place *p = *state;
	const struct file_look look = { 04750, getuid(), getgid() };
	autofree char *path = below(p->dir, "f");
	struct error err = { 0 };
	struct stat st;

	assert_int_equal(file_write_as(path, &look, "text", &err), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 04750);
	assert_int_equal(st.st_uid, getuid());
}

static void
a_file_is_given_to_another_user(void **state)
{
	const struct place *p = *state;
	const struct file_look look = { 0600, 65534, 65534 };
	autofree char *path = below(p->dir, "f");
	struct error err = { 0 };
	struct stat st;

	if (getuid() != 0)
		skip();
	assert_int_equal(file_write_as(path, &look, "text", &err), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_gid, 65534);
	assert_int_equal(st.st_mode & 07777, 0600);
}

#define place_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		place_test(a_plain_file_is_opened_at_any_depth),
		place_test(what_is_missing_is_not_found),
		place_test(a_link_is_refused_wherever_it_stands),
		place_test(a_file_with_a_second_name_is_not_written),
		place_test(a_fifo_and_a_directory_are_refused_without_waiting),
		place_test(the_directory_itself_must_be_no_link),
		place_test(a_file_is_written_with_its_owner_and_mode),
		place_test(a_file_is_given_to_another_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
