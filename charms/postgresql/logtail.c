/* SPDX-License-Identifier: Apache-2.0 */

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "logtail.h"

#define LOGTAIL_BYTES 16384
#define LOGTAIL_LINE  300

/* "<time> [pid] LOG:  text": the last part; for other lines all of it. */
static const char *
after_prefix(const char *line)
{
	const char *end = strstr(line, "] ");

	return end == NULL ? line : end + strlen("] ");
}

/* It says who it is about: "<time> [pid] user@database FATAL:  text". */
static bool
is_of_session(const char *line)
{
	const char *text = after_prefix(line);

	return text != line &&
	    text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] != ':';
}

/* Where the reason begins in a line, or NULL if it gives none. */
static const char *
reason_in(const char *line)
{
	static const char *const words[] = { "PANIC:  ", "FATAL:  " };
	const char *text = after_prefix(line);

	for (size_t i = 0; i < nitems(words); i++)
		if (strncmp(text, words[i], strlen(words[i])) == 0)
			return text + strlen(words[i]);
	return NULL;
}

char *
logtail_explain(const char *text)
{
	autofree char *copy = xstrdup(text);
	const char *reason = NULL, *last = "";
	char *next = copy, *line;

	while ((line = strsep(&next, "\n")) != NULL) {
		const char *found = reason_in(line);

		if (is_of_session(line))
			continue;
		if (found != NULL)
			reason = found;
		if (*line != '\0')
			last = line;
	}
	return xasprintf("%.*s", LOGTAIL_LINE, reason != NULL ? reason : last);
}

/* The part that is about the present. */
static const char *
present_of(const char *text)
{
	static const char *const beginnings[] = {
		"LOG:  starting PostgreSQL ",
		"LOG:  started streaming WAL ",
	};

	for (size_t i = 0; i < nitems(beginnings); i++) {
		const char *next = text;

		while ((next = strstr(next, beginnings[i])) != NULL)
			text = next += strlen(beginnings[i]);
	}
	return text;
}

bool
logtail_is_hopeless(const char *text)
{
	static const char *const signs[] = {
		"has already been removed",
		"is not in this server's history",
		"forked off current database system timeline",
		"is ahead of the WAL flush position",
		"system identifier differs",
		"could not locate a valid checkpoint record",
		"incorrect checksum in control file",
		"is not a valid data directory",
		"could not locate required checkpoint record",
		"could not find the database system",
	};
	autofree char *copy = xstrdup(present_of(text));
	char *next = copy, *line;

	while ((line = strsep(&next, "\n")) != NULL)
		for (size_t i = 0; i < nitems(signs); i++)
			if (!is_of_session(line) &&
			    strstr(line, signs[i]) != NULL)
				return true;
	return false;
}

char *
logtail_read(const char *path)
{
	autofd int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	autofree char *text = xcalloc(1, LOGTAIL_BYTES + 1);
	off_t end;

	if (fd == -1)
		return take_ptr(text);
	end = lseek(fd, 0, SEEK_END);
	if (end > LOGTAIL_BYTES)
		end -= LOGTAIL_BYTES;
	else
		end = 0;
	if (pread(fd, text, LOGTAIL_BYTES, end) < 0)
		text[0] = '\0';
	return take_ptr(text);
}
