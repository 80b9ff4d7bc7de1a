/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "machine/service_log.h"
#include "support.h"

static void
append(const char *path, const char *text)
{
	struct error err;
	autofd int fd = service_log_open(path, NULL, &err);

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void
assert_file(const char *path, const char *text)
{
	autofree char *found = file_text(path);

	assert_string_equal(found, text);
}

static void
a_log_is_private_and_appended_to(void **state)
{
	autofree char *path = xasprintf("%s/s.log", (char *)*state);
	struct stat st;

	append(path, "one\n");
	append(path, "two\n");
	assert_file(path, "one\ntwo\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void
no_link_leads_to_another_file(void **state)
{
	static const char *const names[] = { "soft", "hard", "fifo", "dir" };
	autofree char *victim = xasprintf("%s/victim", (char *)*state);
	autofree char *log = xasprintf("%s/s.log", (char *)*state);
	struct error err;

	append(victim, "precious\n");
	append(log, "0123456789\n");
	for (size_t i = 0; i < nitems(names); i++) {
		autofree char *previous = xasprintf("%s/s.log.1",
		    (char *)*state);
		autofree char *path = xasprintf("%s/%s", (char *)*state,
		    names[i]);

		if (*names[i] == 's')
			assert_int_equal(symlink(victim, path), 0);
		else if (*names[i] == 'h')
			assert_int_equal(link(victim, path), 0);
		else if (*names[i] == 'f')
			assert_int_equal(mkfifo(path, 0600), 0);
		else
			assert_int_equal(mkdir(path, 0700), 0);
		assert_int_equal(service_log_open(path, NULL, &err), -1);
		assert_int_equal(rename(path, previous), 0);
		assert_int_equal(service_log_rotate(log, 4, &err), -1);
		assert_int_equal(*names[i] == 'd' ? rmdir(previous) :
						    unlink(previous),
		    0);
		assert_file(victim, "precious\n");
		assert_file(log, "0123456789\n");
	}
}

static void
a_log_is_rotated_at_a_line(void **state)
{
	static const struct {
		const char *text, *log, *old;
		size_t max_bytes;
	} cases[] = {
		{ "one\ntwo\n", "one\ntwo\n", "", 8 },
		{ "one\ntwo\nthree\n", "", "three\n", 8 },
		{ "one\ntwo\nthree\n", "", "two\nthree\n", 11 },
		{ "one\ntwo\n\nx\n", "", "\nx\n", 4 },
		{ "without an end of line", "", "", 4 },
	};
	autofree char *path = xasprintf("%s/r.log", (char *)*state);
	autofree char *previous = xasprintf("%s/r.log.1", (char *)*state);
	struct error err;

	for (size_t i = 0; i < nitems(cases); i++) {
		(void)unlink(path);
		(void)unlink(previous);
		append(path, cases[i].text);
		assert_int_equal(service_log_rotate(path, cases[i].max_bytes,
				     &err),
		    0);
		assert_file(path, cases[i].log);
		assert_file(previous, cases[i].old);
	}
}

static void
a_writer_goes_on_behind_a_rotation(void **state)
{
	autofree char *path = xasprintf("%s/w.log", (char *)*state);
	autofree char *previous = xasprintf("%s/w.log.1", (char *)*state);
	autostrbuf big = { 0 };
	struct error err;
	autofd int fd = service_log_open(path, NULL, &err);

	for (int i = 0; i < 30000; i++)
		strbuf_addf(&big, "line %d\n", i);
	assert_int_equal(write(fd, big.buf, big.len), big.len);
	assert_int_equal(service_log_rotate(path, 200000, &err), 0);
	assert_int_equal(write(fd, "after\n", 6), 6);
	assert_file(path, "after\n");
	{
		autofree char *text = file_text(previous);
		size_t len = strlen(text);

		assert_in_range(len, 200000 - 12, 200000);
		assert_string_equal(text, big.buf + big.len - len);
		assert_memory_equal(text, "line ", 5);
	}
}

static void
a_log_that_is_missing_needs_no_rotation(void **state)
{
	autofree char *path = xasprintf("%s/missing", (char *)*state);
	struct error err;

	assert_int_equal(service_log_rotate(path, 0, &err), 0);
	assert_int_equal(access(path, F_OK), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(a_log_is_private_and_appended_to),
		scratch_test(no_link_leads_to_another_file),
		scratch_test(a_log_is_rotated_at_a_line),
		scratch_test(a_writer_goes_on_behind_a_rotation),
		scratch_test(a_log_that_is_missing_needs_no_rotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
