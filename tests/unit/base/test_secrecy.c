/* SPDX-License-Identifier: Apache-2.0 */
/* What has been given back is looked up in our own memory file. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/secrecy.h"
#include "base/strbuf.h"

/* Longer than what an allocator writes into a block that is free. */
static const char secret[] = "correct horse battery staple, and then some more"
			     " of it";

/* Is the end of the secret still at that address? */
static bool
remains(uintptr_t at)
{
	size_t half = sizeof secret / 2;
	char found[sizeof secret];
	autofd int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	ssize_t n = pread(fd, found, sizeof found, (off_t)at);

	/* A block that has been unmapped is gone. */
	return n == (ssize_t)sizeof found &&
	    memcmp(found + half, secret + half, half) == 0;
}

static void
a_text_is_wiped_when_its_scope_ends(void **state)
{
	uintptr_t at;

	(void)state;
	{
		autofree char *text = xstrdup(secret);

		at = (uintptr_t)text;
		assert_true(remains(at));
	}
	assert_false(remains(at));
}

static void
a_text_that_is_replaced_is_wiped(void **state)
{
	char *text = xstrdup(secret);
	uintptr_t at = (uintptr_t)text;

	(void)state;
	xreplace(&text, "other");
	assert_false(remains(at));
	xreplace(&text, NULL);
	mem_wipe(NULL);
}

static void
a_buffer_is_wiped_when_it_grows_and_when_it_ends(void **state)
{
	struct strbuf sb = { 0 };
	uintptr_t first, second;

	(void)state;
	strbuf_adds(&sb, secret);
	first = (uintptr_t)sb.buf;
	strbuf_pad(&sb, ' ', 100000);
	second = (uintptr_t)sb.buf;
	assert_true(remains(second));
	if (first != second)
		assert_false(remains(first));
	strbuf_release(&sb);
	assert_false(remains(second));
}

static void
json_is_wiped_when_it_is_released(void **state)
{
	json_t *text = json_string(secret);
	uintptr_t at = (uintptr_t)json_string_value(text);

	(void)state;
	assert_true(remains(at));
	json_decref(text);
	assert_false(remains(at));
}

/* The process that dies: 0 unless a limit is left. */
static int
die_with_secrets(void)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	struct error err = { 0 };
	struct rlimit core;

	if (secrecy_begin(&err) == -1 || getrlimit(RLIMIT_CORE, &core) == -1 ||
	    core.rlim_cur != 0 || core.rlim_max != 0)
		return 1;
	/* Root may; then it depends on the other half. */
	(void)setrlimit(RLIMIT_CORE, &all);
	abort();
}

static void
a_process_that_dies_leaves_no_core(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(die_with_secrets());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_false(WCOREDUMP(status));
}

static int
begin(void **state)
{
	struct error err = { 0 };

	(void)state;
	return secrecy_begin(&err);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_wiped_when_its_scope_ends),
		cmocka_unit_test(a_text_that_is_replaced_is_wiped),
		cmocka_unit_test(
		    a_buffer_is_wiped_when_it_grows_and_when_it_ends),
		cmocka_unit_test(json_is_wiped_when_it_is_released),
		cmocka_unit_test(a_process_that_dies_leaves_no_core),
	};

	return cmocka_run_group_tests(tests, begin, NULL);
}
