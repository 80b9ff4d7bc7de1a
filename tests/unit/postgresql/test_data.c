/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "server.h"

#include "../scratch.h"

/* What has been asked of the disk, in its order. */
static struct strbuf asked;
static int syncfs_errno;

int real_fsync(int fd) __asm__("__real_fsync");
int real_rename(const char *from, const char *to) __asm__("__real_rename");
int wrap_fsync(int fd) __asm__("__wrap_fsync");
int wrap_rename(const char *from, const char *to) __asm__("__wrap_rename");
int wrap_syncfs(int fd) __asm__("__wrap_syncfs");

int
wrap_fsync(int fd)
{
	strbuf_adds(&asked, "fsync ");
	return real_fsync(fd);
}

int
wrap_rename(const char *from, const char *to)
{
	strbuf_adds(&asked, "rename ");
	return real_rename(from, to);
}

int
wrap_syncfs(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	strbuf_adds(&asked, "syncfs ");
	errno = syncfs_errno;
	return syncfs_errno == 0 ? 0 : -1;
}

static void
server_at(struct server *s, const char *dir)
{
	*s = (struct server){
		.storage = xstrdup(dir),
		.data = xasprintf("%s/data", dir),
		.data_new = xasprintf("%s/data.new", dir),
		.uid = geteuid(),
		.gid = getegid(),
	};
	strbuf_clear(&asked);
	syncfs_errno = 0;
}

static void
data_are_on_disk_before_they_are_moved_into_place(void **state)
{
	autoserver s = { 0 };
	struct error err = { 0 };

	server_at(&s, *state);
	assert_int_equal(server_data_begin(&s, &err), 0);
	assert_int_equal(server_data_commit(&s, &err), 0);
	assert_string_equal(strbuf_cstr(&asked), "syncfs rename fsync ");
	assert_true(server_has_data(&s));
	strbuf_release(&asked);
}

static void
data_that_the_disk_refused_are_not_moved_into_place(void **state)
{
	autoserver s = { 0 };
	struct error err = { 0 };

	server_at(&s, *state);
	assert_int_equal(server_data_begin(&s, &err), 0);
	syncfs_errno = EIO;
	assert_int_equal(server_data_commit(&s, &err), -1);
	assert_non_null(strstr(err.msg, "/data.new: input/output error"));
	assert_string_equal(strbuf_cstr(&asked), "syncfs ");
	assert_false(server_has_data(&s));
	strbuf_release(&asked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(data_are_on_disk_before_they_are_moved_into_place),
		scratch_test(
		    data_that_the_disk_refused_are_not_moved_into_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
