/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../scratch.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "machine/logbook.h"
#include "support.h"

struct book {
	char *dir;
	struct logbook_place place;
	struct logbook_file file;
};

static int
book_setup(void **state)
{
	struct book *b = xcalloc(1, sizeof *b);
	void *dir;

	if (scratch_setup(&dir) == -1)
		return -1;
	b->dir = xasprintf("%s/log", (char *)dir);
	free(dir);
	*state = b;
	return 0;
}

static int
book_teardown(void **state)
{
	struct book *b = *state;
	void *dir = xasprintf("%.*s", (int)(strlen(b->dir) - 4), b->dir);

	logbook_close(&b->file);
	free(b->dir);
	free(b);
	return scratch_teardown(&dir);
}

#define book_test(f) \
	cmocka_unit_test_setup_teardown(f, book_setup, book_teardown)

static void
say(struct book *b, const char *message)
{
	struct error err = { 0 };

	assert_int_equal(logbook_add(&b->file, b->dir, &b->place,
			     &(struct logbook_line){ 7, "INFO", "unit-a-0",
				 "unit.a/0.install", message },
			     &err),
	    0);
}

static void
add_message(void *arg, const struct logbook_line *line)
{
	strbuf_addf(arg, "%s|", line->message);
}

static void
add_whole(void *arg, const struct logbook_line *line)
{
	strbuf_addf(arg, "%d %s %s %s %s|", (int)line->wall_ms, line->level,
	    line->entity, line->module, line->message);
}

typedef int read_fn(const char *dir, uint64_t position, struct logbook_page *,
    struct error *);

/* What a page from there holds; `position` moves to where it goes on. */
static void
assert_page(struct book *b, read_fn *read, uint64_t *position, size_t limit,
    const char *expected)
{
	autostrbuf sb = { 0 };
	struct logbook_page page = { limit, add_message, &sb, 0, 0 };
	struct error err = { 0 };

	assert_int_equal(read(b->dir, *position, &page, &err), 0);
	assert_string_equal(strbuf_cstr(&sb), expected);
	*position = read == logbook_after ? page.next : page.first;
}

static uint64_t
end_of(struct book *b)
{
	struct error err = { 0 };
	uint64_t end = 0;

	assert_int_equal(logbook_end(b->dir, &b->place, &end, &err), 0);
	return end;
}

static void
lines_are_read_forwards_and_backwards_page_by_page(void **state)
{
	struct book *b = *state;
	uint64_t at = 0;

	assert_page(b, logbook_after, &at, 10, "");
	at = end_of(b);
	assert_page(b, logbook_before, &at, 10, "");
	for (const char *text = "abcde"; *text != '\0'; text++)
		say(b, (char[]){ *text, '\0' });
	at = 0;
	assert_page(b, logbook_after, &at, 2, "a|b|");
	assert_page(b, logbook_after, &at, 2, "c|d|");
	assert_page(b, logbook_after, &at, 2, "e|");
	assert_page(b, logbook_after, &at, 2, "");
	assert_int_equal(at, end_of(b));
	say(b, "f");
	assert_page(b, logbook_after, &at, 2, "f|");
	assert_page(b, logbook_before, &at, 4, "c|d|e|f|");
	assert_page(b, logbook_before, &at, 4, "a|b|");
	assert_page(b, logbook_before, &at, 4, "");
}

static void
any_text_comes_back_as_it_was(void **state)
{
	struct book *b = *state;
	autostrbuf sb = { 0 };
	struct logbook_page page = { 10, add_whole, &sb, 0, 0 };
	struct error err = { 0 };

	say(b, "two\nlines\tand a \\ b\\n");
	say(b, "");
	say(b, "not \xff UTF-8, \xc3\xa4");
	assert_int_equal(logbook_after(b->dir, 0, &page, &err), 0);
	assert_string_equal(strbuf_cstr(&sb),
	    "7 INFO unit-a-0 unit.a/0.install two\nlines\tand a \\ b\\n|"
	    "7 INFO unit-a-0 unit.a/0.install |"
	    "7 INFO unit-a-0 unit.a/0.install not ? UTF-8, \xc3\xa4|");
}

static char *
long_text(size_t n)
{
	struct strbuf sb = { 0 };

	strbuf_pad(&sb, 'x', n);
	return strbuf_detach(&sb);
}

static void
count_line(void *arg, const struct logbook_line *line)
{
	assert_true(strlen(line->message) <= LIMIT_LOGBOOK_LINE_BYTES);
	++*(size_t *)arg;
}

static size_t
count_all(struct book *b)
{
	struct error err = { 0 };
	uint64_t at = 0;
	size_t n = 0, before;

	do {
		struct logbook_page page = { 1000, count_line, &n, 0, 0 };

		before = at;
		assert_int_equal(logbook_after(b->dir, at, &page, &err), 0);
		at = page.next;
	} while (at != before);
	assert_int_equal(at, end_of(b));
	return n;
}

static size_t
count_back(struct book *b)
{
	struct error err = { 0 };
	uint64_t at = end_of(b), before;
	size_t n = 0;

	do {
		struct logbook_page page = { 1000, count_line, &n, 0, 0 };

		before = at;
		assert_int_equal(logbook_before(b->dir, at, &page, &err), 0);
		at = page.first;
	} while (at != before);
	return n;
}

static size_t
count_files(const char *path, size_t *bytes)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	struct stat st;
	size_t n = 0;

	assert_non_null(dir);
	*bytes = 0;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_int_equal(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		*bytes += (size_t)st.st_size;
		n++;
	}
	(void)closedir(dir);
	return n;
}

static void
the_oldest_file_goes_and_positions_stay(void **state)
{
	struct book *b = *state;
	autofree char *text = long_text(2 * LIMIT_LOGBOOK_LINE_BYTES);
	const size_t all = (LIMIT_LOGBOOK_FILES + 2) *
	    (LIMIT_LOGBOOK_FILE_BYTES / LIMIT_LOGBOOK_LINE_BYTES);
	size_t bytes, n;
	uint64_t at;

	for (size_t i = 0; i < all; i++)
		say(b, text);
	assert_int_equal(count_files(b->dir, &bytes), LIMIT_LOGBOOK_FILES);
	assert_true(bytes <= (size_t)LIMIT_LOGBOOK_FILES *
		(LIMIT_LOGBOOK_FILE_BYTES + LIMIT_LOGBOOK_LINE_BYTES + 2));
	n = count_all(b);
	assert_true(n < all);
	assert_true(n > all / 2);
	assert_int_equal(count_back(b), n);
	/* Whoever was at the end goes on there, although a file began. */
	at = end_of(b);
	b->place = (struct logbook_place){ 0 };
	assert_int_equal(at, end_of(b));
	say(b, "last");
	assert_page(b, logbook_after, &at, 9, "last|");
}

static void
append_raw(struct book *b, const char *bytes)
{
	autofree char *path = xasprintf("%s/%020d", b->dir, 1);
	autofd int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_true(fd != -1);
	assert_int_equal(write(fd, bytes, strlen(bytes)), strlen(bytes));
}

static void
a_line_that_was_torn_is_passed_over(void **state)
{
	struct book *b = *state;
	uint64_t at = 0;

	say(b, "one");
	append_raw(b, "7\tINFO\tunit-a");
	b->place = (struct logbook_place){ 0 };
	say(b, "two");
	assert_page(b, logbook_after, &at, 9, "one|two|");
	append_raw(b, "a\tb\tc\td\te\tf\n\n");
	b->place = (struct logbook_place){ 0 };
	say(b, "three");
	at = end_of(b);
	assert_page(b, logbook_before, &at, 9, "one|two|three|");
	/* From within a line: what is left of it is none. */
	at = 3;
	assert_page(b, logbook_after, &at, 9, "two|three|");
	at = 10;
	assert_page(b, logbook_before, &at, 9, "");
	at = 1000000;
	assert_page(b, logbook_after, &at, 9, "");
}

static void
what_cannot_be_written_is_an_error_and_found_again(void **state)
{
	struct book *b = *state;
	autofree char *aside = xasprintf("%s.aside", b->dir);
	struct error err = { 0 };
	uint64_t at = 0;

	say(b, "one");
	logbook_close(&b->file);
	assert_int_equal(rename(b->dir, aside), 0);
	assert_int_equal(logbook_add(&b->file, b->dir, &b->place,
			     &(struct logbook_line){ 7, "INFO", "a", "b", "c" },
			     &err),
	    -1);
	assert_non_null(strstr(err.msg, "no such file"));
	assert_int_equal(rename(aside, b->dir), 0);
	say(b, "two");
	assert_page(b, logbook_after, &at, 9, "one|two|");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		book_test(lines_are_read_forwards_and_backwards_page_by_page),
		book_test(any_text_comes_back_as_it_was),
		book_test(the_oldest_file_goes_and_positions_stay),
		book_test(a_line_that_was_torn_is_passed_over),
		book_test(what_cannot_be_written_is_an_error_and_found_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
