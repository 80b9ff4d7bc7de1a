/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

struct capture {
	int fd, saved;
};

static void
capture_start(struct capture *c)
{
	c->fd = memfd_create("log", MFD_CLOEXEC);
	c->saved = dup(STDERR_FILENO);
	assert_true(c->fd >= 0 && c->saved >= 0);
	assert_int_equal(dup2(c->fd, STDERR_FILENO), STDERR_FILENO);
}

/* What was written, owned by the caller. */
static char *
capture_end(struct capture *c)
{
	off_t size = lseek(c->fd, 0, SEEK_END);
	char *text = xcalloc(1, (size_t)size + 1);

	assert_int_equal(dup2(c->saved, STDERR_FILENO), STDERR_FILENO);
	assert_int_equal(pread(c->fd, text, (size_t)size, 0), size);
	(void)close(c->fd);
	(void)close(c->saved);
	return text;
}

/* The line after "<time> "; the time has to be one. */
static const char *
after_time(const char *line)
{
	char when[CLOCK_TEXT_SIZE] = "";

	(void)snprintf(when, sizeof when, "%.24s", line);
	assert_true(clock_parse(when) != 0);
	assert_int_equal(line[24], ' ');
	return line + 25;
}

static void
an_event_is_one_escaped_line(void **state)
{
	static const struct {
		const char *subject, *text, *line;
	} cases[] = {
		{ "postgresql/0", "started",
		    "level=info subject=postgresql/0 msg=\"started\"\n" },
		{ NULL, "hello", "level=info msg=\"hello\"\n" },
		{ "", "hello", "level=info msg=\"hello\"\n" },
		{ "x", "say \"hi\" \\ bye",
		    "level=info subject=x msg=\"say \\\"hi\\\" \\\\ bye\"\n" },
		{ "x", "a\nb\tc\x1b[0m\x7f\r",
		    "level=info subject=x "
		    "msg=\"a\\nb\\tc\\x1b[0m\\x7f\\x0d\"\n" },
		{ "x", "caf\xc3\xa9",
		    "level=info subject=x msg=\"caf\xc3\xa9\"\n" },
		{ "a b=\"c\"\n", "x",
		    "level=info subject=\"a b=\\\"c\\\"\\n\" msg=\"x\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *text = NULL;
		struct capture c;

		capture_start(&c);
		log_info(cases[i].subject, "%s", cases[i].text);
		text = capture_end(&c);
		assert_string_equal(after_time(text), cases[i].line);
	}
}

static void
a_level_below_the_threshold_is_not_written(void **state)
{
	static const char *const words[] = { "error", "warn", "info", "debug" };

	(void)state;
	for (enum log_level at = LOG_LEVEL_ERROR; at <= LOG_LEVEL_DEBUG; at++) {
		autofree char *text = NULL;
		struct capture c;
		size_t lines = 0;

		capture_start(&c);
		log_set_level(at);
		log_error("x", "one");
		log_warn("x", "one");
		log_info("x", "one");
		log_debug("x", "one");
		log_set_level(LOG_LEVEL_INFO);
		text = capture_end(&c);
		for (char *p = text; *p != '\0'; p = strchr(p, '\n') + 1) {
			autofree char *want = xasprintf("level=%s ",
			    words[lines]);

			assert_memory_equal(after_time(p), want, strlen(want));
			lines++;
		}
		assert_int_equal(lines, at + 1);
	}
}

static void
a_message_is_bounded(void **state)
{
	autofree char *text = NULL;
	autofree char *huge = xcalloc(10, LIMIT_LOG_LINE_BYTES);
	struct capture c;

	(void)state;
	memset(huge, 'x', 10 * (size_t)LIMIT_LOG_LINE_BYTES - 1);
	capture_start(&c);
	log_info("x", "%s", huge);
	text = capture_end(&c);
	assert_int_equal(strspn(strstr(text, "msg=\"") + 5, "x"),
	    LIMIT_LOG_LINE_BYTES - 1);
	assert_string_equal(text + strlen(text) - 2, "\"\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_event_is_one_escaped_line),
		cmocka_unit_test(a_level_below_the_threshold_is_not_written),
		cmocka_unit_test(a_message_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
