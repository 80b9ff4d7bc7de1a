/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"

#include "../scratch.h"

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static size_t
entries_of(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n - 2; /* "." and "..". */
}

static void
what_is_written_is_read_back(void **state)
{
	autofree char *path = xasprintf("%s/f", (const char *)*state);
	autofree char *text = NULL;
	struct error err;
	size_t len = 0;

	assert_false(file_exists(path));
	assert_int_equal(file_write(path, 0640, "hello\n", &err), 0);
	assert_true(file_exists(path));
	text = file_read(path, 6, &len, &err);
	assert_string_equal(text, "hello\n");
	assert_int_equal(len, 6);
	assert_int_equal(entries_of(*state), 1);
}

static void
the_mode_does_not_depend_on_the_umask(void **state)
{
	autofree char *path = xasprintf("%s/f", (const char *)*state);
	mode_t before = umask(0077);
	struct error err;

	assert_int_equal(file_write(path, 0644, "x", &err), 0);
	(void)umask(before);
	assert_int_equal(mode_of(path), 0644);
	assert_int_equal(file_write(path, 0600, "y", &err), 0);
	assert_int_equal(mode_of(path), 0600);
}

static void
a_file_over_the_maximum_is_refused(void **state)
{
	autofree char *path = xasprintf("%s/f", (const char *)*state);
	autofree char *want = xasprintf("%s: more than 4 bytes", path);
	autofree char *empty = NULL;
	struct error err;

	assert_int_equal(file_write(path, 0600, "12345", &err), 0);
	assert_null(file_read(path, 4, NULL, &err));
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	assert_string_equal(err.msg, want);
	assert_int_equal(file_write(path, 0600, "", &err), 0);
	empty = file_read(path, 0, NULL, &err);
	assert_string_equal(empty, "");
}

static void
what_is_not_a_regular_file_is_not_read(void **state)
{
	autofree char *link = xasprintf("%s/link", (const char *)*state);
	autofree char *fifo = xasprintf("%s/fifo", (const char *)*state);
	autofree char *none = xasprintf("%s/none", (const char *)*state);
	struct error err;

	assert_int_equal(symlink("/etc/passwd", link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_null(file_read(link, 100000, NULL, &err));
	assert_int_equal(err.code, ERROR_INVALID);
	assert_null(file_read(fifo, 100, NULL, &err));
	assert_int_equal(err.code, ERROR_INVALID);
	assert_null(file_read(*state, 100, NULL, &err));
	assert_int_equal(err.code, ERROR_INVALID);
	assert_null(file_read(none, 100, NULL, &err));
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void
writing_replaces_a_link_and_not_its_target(void **state)
{
	autofree char *target = xasprintf("%s/target", (const char *)*state);
	autofree char *link = xasprintf("%s/link", (const char *)*state);
	autofree char *kept = NULL, *text = NULL;
	struct error err;

	assert_int_equal(file_write(target, 0600, "kept", &err), 0);
	assert_int_equal(symlink(target, link), 0);
	assert_int_equal(file_write(link, 0600, "new", &err), 0);
	kept = file_read(target, 10, NULL, &err);
	text = file_read(link, 10, NULL, &err);
	assert_string_equal(kept, "kept");
	assert_string_equal(text, "new");
}

static void
a_failed_write_leaves_nothing_behind(void **state)
{
	autofree char *dir = xasprintf("%s/d", (const char *)*state);
	autofree char *path = xasprintf("%s/no/f", (const char *)*state);
	struct error err;

	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(file_write(dir, 0600, "x", &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(entries_of(*state), 1);
	assert_int_equal(file_write(path, 0600, "x", &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

static void
a_dangling_link_exists(void **state)
{
	autofree char *link = xasprintf("%s/link", (const char *)*state);

	assert_int_equal(symlink("/nonexistent/x", link), 0);
	assert_true(file_exists(link));
}

static void
a_name_in_the_current_directory_can_be_written(void **state)
{
	autofree char *text = NULL;
	char before[4096];
	struct error err;
	int written, made;

	assert_non_null(getcwd(before, sizeof before));
	assert_int_equal(chdir(*state), 0);
	written = file_write("f", 0600, "x", &err);
	made = dir_make("a/b", 0700, &err);
	text = file_read("f", 10, NULL, &err);
	assert_int_equal(chdir(before), 0);
	assert_int_equal(written, 0);
	assert_int_equal(made, 0);
	assert_string_equal(text, "x");
}

static void
a_directory_is_made_with_its_parents(void **state)
{
	autofree char *path = xasprintf("%s/a//b/c/", (const char *)*state);
	autofree char *a = xasprintf("%s/a", (const char *)*state);
	autofree char *b = xasprintf("%s/a/b", (const char *)*state);
	mode_t before = umask(0777);
	struct error err;
	int rc = dir_make(path, 0750, &err);

	(void)umask(before);
	assert_int_equal(rc, 0);
	assert_int_equal(mode_of(a), 0711);
	assert_int_equal(mode_of(b), 0711);
	assert_int_equal(mode_of(path), 0750);
}

static void
a_directory_that_is_there_is_left_as_it_is(void **state)
{
	autofree char *path = xasprintf("%s/a", (const char *)*state);
	struct error err;

	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(dir_make(path, 0755, &err), 0);
	assert_int_equal(mode_of(path), 0700);
	assert_int_equal(dir_make("/", 0755, &err), 0);
}

static void
a_directory_is_not_made_through_a_link_at_its_end(void **state)
{
	autofree char *real = xasprintf("%s/real", (const char *)*state);
	autofree char *link = xasprintf("%s/link", (const char *)*state);
	autofree char *slash = xasprintf("%s/link/", (const char *)*state);
	autofree char *below = xasprintf("%s/link/x", (const char *)*state);
	struct error err;

	assert_int_equal(mkdir(real, 0700), 0);
	assert_int_equal(symlink("real", link), 0);
	assert_int_equal(dir_make(link, 0700, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(dir_make(slash, 0700, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(dir_make(below, 0700, &err), 0);
}

static void
a_file_in_the_way_of_a_directory_is_an_error(void **state)
{
	autofree char *file = xasprintf("%s/f", (const char *)*state);
	autofree char *below = xasprintf("%s/f/x", (const char *)*state);
	struct error err;

	assert_int_equal(file_write(file, 0600, "", &err), 0);
	assert_int_equal(dir_make(file, 0700, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(dir_make(below, 0700, &err), -1);
	assert_int_equal(err.code, ERROR_INVALID);
	assert_int_equal(dir_make("", 0700, &err), -1);
	assert_int_equal(err.code, ERROR_NOT_FOUND);
}

/* In their order: the files' contents, all of them, then their names. */
static struct strbuf asked;

int real_fsync(int fd) __asm__("__real_fsync");
int real_rename(const char *from, const char *to) __asm__("__real_rename");
int wrap_fsync(int fd) __asm__("__wrap_fsync");
int wrap_rename(const char *from, const char *to) __asm__("__wrap_rename");

int
wrap_fsync(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	strbuf_addc(&asked, S_ISDIR(st.st_mode) ? 'd' : 'f');
	return real_fsync(fd);
}

int
wrap_rename(const char *from, const char *to)
{
	strbuf_addc(&asked, 'r');
	return real_rename(from, to);
}

static void
several_files_are_on_disk_before_one_takes_its_place(void **state)
{
	autofree char *a = xasprintf("%s/a", (const char *)*state);
	autofree char *b = xasprintf("%s/b", (const char *)*state);
	const struct file_look look = { 0640, (uid_t)-1, (gid_t)-1 };
	const struct file_text files[] = { { a, "1\n", look },
		{ b, "2\n", look } };
	autofree char *text = NULL;
	struct error err = { 0 };

	strbuf_clear(&asked);
	assert_int_equal(files_write(files, 2, &err), 0);
	assert_string_equal(strbuf_cstr(&asked), "ffrrd");
	text = file_read(b, 9, NULL, &err);
	assert_string_equal(text, "2\n");
	assert_int_equal(mode_of(a), 0640);
	assert_int_equal(entries_of(*state), 2);
	strbuf_release(&asked);
}

static void
a_file_that_is_as_it_should_be_is_left_alone(void **state)
{
	autofree char *a = xasprintf("%s/a", (const char *)*state);
	autofree char *b = xasprintf("%s/b", (const char *)*state);
	const struct file_look look = { 0640, (uid_t)-1, (gid_t)-1 };
	struct file_text files[] = { { a, "1\n", look }, { b, "2\n", look } };
	struct error err = { 0 };

	assert_int_equal(files_write(files, 2, &err), 0);
	strbuf_clear(&asked);
	assert_int_equal(files_write(files, 2, &err), 0);
	assert_string_equal(strbuf_cstr(&asked), "");
	files[1].text = "2\n3\n";
	assert_int_equal(files_write(files, 2, &err), 0);
	files[1].text = "2\n";
	assert_int_equal(files_write(files, 2, &err), 0);
	assert_int_equal(chmod(a, 0600), 0);
	assert_int_equal(files_write(files, 2, &err), 0);
	assert_int_equal(mode_of(a), 0640);
	assert_string_equal(strbuf_cstr(&asked), "frdfrdfrd");
	strbuf_release(&asked);
}

static void
several_files_of_which_one_fails_leave_nothing_behind(void **state)
{
	autofree char *a = xasprintf("%s/a", (const char *)*state);
	autofree char *b = xasprintf("%s/b", (const char *)*state);
	autofree char *beyond = xasprintf("%s/none/c", (const char *)*state);
	const struct file_look look = { 0640, (uid_t)-1, (gid_t)-1 };
	const struct file_text files[] = { { a, "1\n", look },
		{ beyond, "3\n", look } };
	const struct file_text in_the_way[] = { { b, "2\n", look } };
	struct error err = { 0 };

	assert_int_equal(files_write(files, 2, &err), -1);
	assert_non_null(strstr(err.msg, "/none/c: no such file"));
	assert_int_equal(entries_of(*state), 0);
	assert_int_equal(dir_make(b, 0700, &err), 0);
	assert_int_equal(files_write(in_the_way, 1, &err), -1);
	assert_int_equal(entries_of(*state), 1);
	strbuf_release(&asked);
}

static void
what_a_person_names_may_be_a_link_or_a_pipe(void **state)
{
	autofree char *path = xasprintf("%s/given", (const char *)*state);
	autofree char *link = xasprintf("%s/link", (const char *)*state);
	struct error err = { 0 };
	autofree char *through = NULL, *piped = NULL;
	char pipe_path[32];
	int ends[2];

	assert_int_equal(file_write(path, 0600, "text", &err), 0);
	assert_int_equal(symlink(path, link), 0);
	through = file_read_given(link, 100, NULL, &err);
	assert_string_equal(through, "text");
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "more", 4), 4);
	(void)close(ends[1]);
	(void)snprintf(pipe_path, sizeof pipe_path, "/dev/fd/%d", ends[0]);
	piped = file_read_given(pipe_path, 100, NULL, &err);
	assert_string_equal(piped, "more");
	(void)close(ends[0]);
	assert_null(file_read_given(*state, 100, NULL, &err));
	assert_null(file_read_given(link, 3, NULL, &err));
	assert_int_equal(err.code, ERROR_TOO_LARGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(what_is_written_is_read_back),
		scratch_test(the_mode_does_not_depend_on_the_umask),
		scratch_test(a_file_over_the_maximum_is_refused),
		scratch_test(what_is_not_a_regular_file_is_not_read),
		scratch_test(writing_replaces_a_link_and_not_its_target),
		scratch_test(a_failed_write_leaves_nothing_behind),
		scratch_test(a_dangling_link_exists),
		scratch_test(a_name_in_the_current_directory_can_be_written),
		scratch_test(a_directory_is_made_with_its_parents),
		scratch_test(a_directory_that_is_there_is_left_as_it_is),
		scratch_test(a_directory_is_not_made_through_a_link_at_its_end),
		scratch_test(
		    several_files_are_on_disk_before_one_takes_its_place),
		scratch_test(a_file_that_is_as_it_should_be_is_left_alone),
		scratch_test(
		    several_files_of_which_one_fails_leave_nothing_behind),
		scratch_test(a_file_in_the_way_of_a_directory_is_an_error),
		scratch_test(what_a_person_names_may_be_a_link_or_a_pipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
