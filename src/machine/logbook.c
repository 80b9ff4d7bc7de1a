/* SPDX-License-Identifier: Apache-2.0 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "machine/lines.h"
#include "machine/logbook.h"

#define NAME_DIGITS 20

/* ---- the files ---- */

struct files {
	uint64_t starts[LIMIT_LOGBOOK_FILES + 2]; /* The oldest first. */
	size_t n;
};

static char *
file_path(const char *dir, uint64_t start)
{
	return xasprintf("%s/%0*" PRIu64, dir, NAME_DIGITS, start);
}

static int
compare_starts(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Of more than there ever are, the newest. */
static void
files_add(struct files *files, const char *name)
{
	if (strlen(name) != NAME_DIGITS ||
	    strspn(name, "0123456789") != NAME_DIGITS)
		return;
	if (files->n == nitems(files->starts)) {
		files->n--;
		memmove(files->starts, files->starts + 1,
		    files->n * sizeof files->starts[0]);
	}
	files->starts[files->n++] = strtoull(name, NULL, 10);
	qsort(files->starts, files->n, sizeof files->starts[0], compare_starts);
}

static int
files_list(const char *dir, struct files *files, struct error *err)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;

	files->n = 0;
	if (d == NULL && errno == ENOENT)
		return 0;
	if (d == NULL)
		return error_set_errno(err, errno, "%s", dir);
	while ((entry = readdir(d)) != NULL)
		files_add(files, entry->d_name);
	(void)closedir(d); /* It was only read. */
	return 0;
}

static int
file_open(const char *dir, uint64_t start, int flags, struct error *err)
{
	autofree char *path = file_path(dir, start);
	int fd = open(path, flags | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd != -1 ? fd : error_set_errno(err, errno, "%s", path);
}

/* ---- adding ---- */

/* A line that was torn by a crash ends here. */
static void
place_mend(int fd, struct logbook_place *place)
{
	char last = '\n';

	if (place->end > place->start &&
	    pread(fd, &last, 1, (off_t)(place->end - place->start - 1)) == 1 &&
	    last != '\n' && write(fd, "\n", 1) == 1)
		place->end++;
}

/* Positions begin at 1, so that a place of zeros is none. */
static int
place_find(const char *dir, struct logbook_place *place, struct error *err)
{
	struct files files;
	autofd int fd = -1;
	off_t size;

	if (place->start != 0)
		return 0;
	if (files_list(dir, &files, err) == -1)
		return -1;
	place->start = files.n > 0 ? files.starts[files.n - 1] : 1;
	place->end = place->start;
	if (files.n == 0)
		return 0;
	fd = file_open(dir, place->start, O_RDWR | O_APPEND, err);
	size = fd != -1 ? lseek(fd, 0, SEEK_END) : -1;
	if (size == -1) {
		*place = (struct logbook_place){ 0 };
		return fd == -1 ? -1 : error_set_errno(err, errno, "%s", dir);
	}
	place->end += (uint64_t)size;
	place_mend(fd, place);
	return 0;
}

/* Begin another file; the oldest goes. */
static int
place_turn(const char *dir, struct logbook_place *place, struct error *err)
{
	struct files files;

	place->start = place->end;
	if (files_list(dir, &files, err) == -1)
		return -1;
	for (size_t i = 0; i + LIMIT_LOGBOOK_FILES <= files.n; i++) {
		autofree char *path = file_path(dir, files.starts[i]);

		if (unlink(path) == -1)
			return error_set_errno(err, errno, "%s", path);
	}
	return 0;
}

static void
add_escaped(struct strbuf *sb, const char *text)
{
	for (; *text != '\0' && sb->len < LIMIT_LOGBOOK_LINE_BYTES; text++) {
		switch (*text) {
		case '\n':
			strbuf_adds(sb, "\\n");
			break;
		case '\t':
			strbuf_adds(sb, "\\t");
			break;
		case '\\':
			strbuf_adds(sb, "\\\\");
			break;
		default:
			strbuf_addc(sb, *text);
		}
	}
}

static void
add_line(struct strbuf *sb, const struct logbook_line *line)
{
	strbuf_addf(sb, "%" PRIu64 "\t%s\t", line->wall_ms, line->level);
	add_escaped(sb, line->entity);
	strbuf_addc(sb, '\t');
	add_escaped(sb, line->module);
	strbuf_addc(sb, '\t');
	add_escaped(sb, line->message);
	/* Cut within a character, or never one. */
	lines_clean(sb->buf, sb->len);
	strbuf_addc(sb, '\n');
}

void
logbook_close(struct logbook_file *file)
{
	if (file->dir != NULL)
		mem_closep(&file->fd);
	free(take_ptr(file->dir));
}

static int
file_use(struct logbook_file *file, const char *dir, uint64_t start,
    struct error *err)
{
	if (file->dir != NULL && file->start == start &&
	    strcmp(file->dir, dir) == 0)
		return 0;
	logbook_close(file);
	file->fd = file_open(dir, start, O_WRONLY | O_CREAT | O_APPEND, err);
	if (file->fd == -1)
		return -1;
	file->dir = xstrdup(dir);
	file->start = start;
	return 0;
}

/* What is written in part is mended with the next line. */
static int
append(struct logbook_file *file, const char *dir, struct logbook_place *place,
    const struct strbuf *sb, struct error *err)
{
	ssize_t n;

	if (file_use(file, dir, place->start, err) == -1)
		return -1;
	n = write(file->fd, sb->buf, sb->len);
	if (n == (ssize_t)sb->len) {
		place->end += sb->len;
		return 0;
	}
	*place = (struct logbook_place){ 0 };
	return error_set_errno(err, n == -1 ? errno : ENOSPC, "%s", dir);
}

int
logbook_add(struct logbook_file *file, const char *dir,
    struct logbook_place *place, const struct logbook_line *line,
    struct error *err)
{
	autostrbuf sb = { 0 };

	/* Who looked for the end may have found nothing at all. */
	if (place->end == place->start &&
	    (dir_make(dir, 0700, err) == -1 ||
		place_find(dir, place, err) == -1))
		return -1;
	if (place->end - place->start >= LIMIT_LOGBOOK_FILE_BYTES &&
	    place_turn(dir, place, err) == -1)
		return -1;
	add_line(&sb, line);
	return append(file, dir, place, &sb, err);
}

int
logbook_end(const char *dir, struct logbook_place *place, uint64_t *end,
    struct error *err)
{
	if (place_find(dir, place, err) == -1)
		return -1;
	*end = place->end;
	return 0;
}

/* ---- reading ---- */

/* In place: it only gets shorter. */
static void
unescape(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (*text == '\\' && text[1] != '\0') {
			text++;
			*to++ = *text == 'n' ? '\n' :
			    *text == 't'     ? '\t' :
					       *text;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* What is torn or strange is passed over. */
static void
give_line(const struct logbook_page *page, char *text)
{
	char *fields[5], *rest = text;
	struct logbook_line line;

	for (size_t i = 0; i < nitems(fields); i++) {
		fields[i] = strsep(&rest, "\t");
		if (fields[i] == NULL)
			return;
		unescape(fields[i]);
	}
	if (rest != NULL)
		return;
	line = (struct logbook_line){
		.wall_ms = strtoull(fields[0], NULL, 10),
		.level = fields[1],
		.entity = fields[2],
		.module = fields[3],
		.message = fields[4],
	};
	page->fn(page->arg, &line);
}

/* Whole lines, each ended by a newline; what follows the last is none. */
static void
give_lines(const struct logbook_page *page, char *text, const char *end)
{
	char *newline;

	for (; text < end; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (newline == NULL)
			return;
		*newline = '\0';
		if (memchr(text, '\0', (size_t)(newline - text)) == NULL)
			give_line(page, text);
	}
}

/* The bytes of [from, to) in the file that begins at `start`; owned. */
static char *
read_bytes(const char *dir, uint64_t start, uint64_t from, size_t *n,
    struct error *err)
{
	autofree char *buf = xcalloc(1, *n + 1);
	autofd int fd = file_open(dir, start, O_RDONLY, err);
	size_t done = 0;
	ssize_t got = 1;

	while (fd != -1 && done < *n && got > 0) {
		got = pread(fd, buf + done, *n - done,
		    (off_t)(from - start + done));
		if (got > 0)
			done += (size_t)got;
	}
	if (fd == -1)
		return NULL;
	if (got == -1) {
		(void)error_set_errno(err, errno, "%s", dir);
		return NULL;
	}
	*n = done;
	return take_ptr(buf);
}

/* Where the last file begins that begins at or before the position. */
static size_t
file_of(const struct files *files, uint64_t position)
{
	size_t i = files->n;

	while (i > 1 && files->starts[i - 1] > position)
		i--;
	return i - 1;
}

int
logbook_after(const char *dir, uint64_t position, struct logbook_page *page,
    struct error *err)
{
	autofree char *buf = NULL;
	struct files files;
	size_t n = LIMIT_LOGBOOK_PAGE_BYTES, used = 0, lines = 0, at;
	const char *newline;

	page->first = page->next = position;
	if (files_list(dir, &files, err) == -1)
		return -1;
	if (files.n == 0)
		return 0;
	at = file_of(&files, position);
	if (position < files.starts[0])
		position = files.starts[0];
	buf = read_bytes(dir, files.starts[at], position, &n, err);
	if (buf == NULL)
		return -1;
	while (lines < page->limit &&
	    (newline = memchr(buf + used, '\n', n - used)) != NULL) {
		used = (size_t)(newline - buf) + 1;
		lines++;
	}
	give_lines(page, buf, buf + used);
	page->first = position;
	page->next = position + used;
	/* Should a file have lost its end, the next one goes on. */
	if (n == 0 && at + 1 < files.n)
		page->next = files.starts[at + 1];
	return 0;
}

/* How much of [0, n) the last `limit` lines are not. */
static size_t
skip_older(const char *buf, size_t n, size_t limit)
{
	while (n > 0 && limit > 0) {
		const char *newline = n > 1 ? memrchr(buf, '\n', n - 1) : NULL;

		n = newline != NULL ? (size_t)(newline - buf) + 1 : 0;
		limit--;
	}
	return n;
}

/* It may begin with the rest of a line. */
static size_t
skip_torn(const char *buf, size_t n)
{
	const char *newline = memchr(buf, '\n', n);

	return newline != NULL ? (size_t)(newline - buf) + 1 : n;
}

int
logbook_before(const char *dir, uint64_t position, struct logbook_page *page,
    struct error *err)
{
	autofree char *buf = NULL;
	struct files files;
	uint64_t start, from;
	size_t n, skip;

	page->first = page->next = position;
	if (files_list(dir, &files, err) == -1)
		return -1;
	if (files.n == 0 || position <= files.starts[0])
		return 0;
	start = from = files.starts[file_of(&files, position - 1)];
	if (position - start > LIMIT_LOGBOOK_PAGE_BYTES)
		from = position - LIMIT_LOGBOOK_PAGE_BYTES;
	n = (size_t)(position - from);
	buf = read_bytes(dir, start, from, &n, err);
	if (buf == NULL)
		return -1;
	skip = from > start ? skip_torn(buf, n) : 0;
	skip += skip_older(buf + skip, n - skip, page->limit);
	give_lines(page, buf + skip, buf + n);
	page->first = from + skip;
	return 0;
}
