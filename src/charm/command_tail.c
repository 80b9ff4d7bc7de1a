/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "charm/command.h"

static void
tail_keep(struct command_tail *t)
{
	char **slot = &t->kept[t->nlines % COMMAND_TAIL_LINES];

	xreplace(slot, strbuf_cstr(&t->line));
	t->nlines++;
	strbuf_clear(&t->line);
}

void
command_tail_add(struct command_tail *t, const char *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (bytes[i] == '\n') {
			tail_keep(t);
			continue;
		}
		/* A NUL would hide the rest of the line. */
		strbuf_addc(&t->line, bytes[i] != '\0' ? bytes[i] : '?');
		if (t->line.len >= LIMIT_LOG_LINE_BYTES)
			tail_keep(t);
	}
}

void
command_tail_end(struct command_tail *t)
{
	if (t->line.len > 0)
		tail_keep(t);
}

/* Line number i from the end, counted from 0; NULL if there is none. */
static const char *
tail_line(const struct command_tail *t, size_t i)
{
	if (i >= t->nlines || i >= COMMAND_TAIL_LINES)
		return NULL;
	return t->kept[(t->nlines - 1 - i) % COMMAND_TAIL_LINES];
}

/* The last line that calls itself an error, from that word on; or NULL. */
static const char *
tail_telling(const struct command_tail *t)
{
	static const char *const words[] = { "PANIC:", "FATAL:", "ERROR:",
		"error:" };
	const char *line, *found;

	for (size_t i = 0; (line = tail_line(t, i)) != NULL; i++) {
		for (size_t k = 0; k < nitems(words); k++) {
			found = strstr(line, words[k]);
			if (found != NULL)
				return found;
		}
	}
	return NULL;
}

void
command_tail_text(const struct command_tail *t, char text[COMMAND_TAIL_TEXT])
{
	const char *telling = tail_telling(t);
	size_t start = COMMAND_TAIL_TEXT - 1; /* Filled from its end. */
	size_t i, len;
	const char *line;

	if (telling != NULL) {
		(void)snprintf(text, COMMAND_TAIL_TEXT, "%s", telling);
		return;
	}
	text[start] = '\0';
	for (i = 0; (line = tail_line(t, i)) != NULL; i++) {
		len = strlen(line);
		if (i == 0 && len > start) {
			line += len - start;
			len = start;
		}
		if (len + (i > 0 ? 1 : 0) > start)
			break;
		if (i > 0)
			text[--start] = '\n';
		start -= len;
		memcpy(text + start, line, len);
	}
	memmove(text, text + start, COMMAND_TAIL_TEXT - start);
}

void
command_tail_release(struct command_tail *t)
{
	size_t i;

	for (i = 0; i < COMMAND_TAIL_LINES; i++)
		free(t->kept[i]);
	strbuf_release(&t->line);
	*t = (struct command_tail){ 0 };
}
