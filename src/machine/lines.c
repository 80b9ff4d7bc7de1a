/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "machine/lines.h"

static void
lines_emit(struct lines *l)
{
	strbuf_addc(&l->rest, '\0');
	l->on_line(l->arg, l->rest.buf, l->rest.len - 1);
	strbuf_clear(&l->rest);
}

int
lines_feed(struct lines *l, const char *bytes, size_t n)
{
	size_t used;

	for (; n > 0; bytes += used, n -= used) {
		const char *newline = memchr(bytes, '\n', n);
		size_t len = newline == NULL ? n : (size_t)(newline - bytes);
		size_t room = l->max_bytes - l->rest.len;

		if (len > room) {
			if (l->excess == LINES_REFUSE)
				return -1;
			strbuf_addn(&l->rest, bytes, room);
			lines_emit(l);
			used = room;
			continue;
		}
		strbuf_addn(&l->rest, bytes, len);
		used = len;
		if (newline != NULL) {
			lines_emit(l);
			used++;
		}
	}
	return 0;
}

void
lines_end(struct lines *l)
{
	if (l->rest.len > 0)
		lines_emit(l);
}

void
lines_release(struct lines *l)
{
	strbuf_release(&l->rest);
}

/* clang-format off */
static const struct {
	uint8_t mask, lead;
	uint32_t min;	/* Smaller ones have a shorter form. */
	size_t len;
} utf8_forms[] = {
/*	mask  lead  min      len */
	{ 0x80, 0x00, 0x1,     1 },
	{ 0xe0, 0xc0, 0x80,    2 },
	{ 0xf0, 0xe0, 0x800,   3 },
	{ 0xf8, 0xf0, 0x10000, 4 },
};
/* clang-format on */

/* The length of the character at the beginning of the bytes, or 0. */
static size_t
utf8_length(const char *bytes, size_t n)
{
	uint8_t lead = (uint8_t)bytes[0];
	uint32_t point;
	size_t form = 0;

	while (form < nitems(utf8_forms) &&
	    (lead & utf8_forms[form].mask) != utf8_forms[form].lead)
		form++;
	if (form == nitems(utf8_forms) || utf8_forms[form].len > n)
		return 0;
	point = lead & (uint8_t)~utf8_forms[form].mask;
	for (size_t i = 1; i < utf8_forms[form].len; i++) {
		uint8_t c = (uint8_t)bytes[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (c & 0x3f);
	}
	if (point < utf8_forms[form].min || point > 0x10ffff ||
	    (point >= 0xd800 && point <= 0xdfff))
		return 0;
	return utf8_forms[form].len;
}

void
lines_clean(char *line, size_t len)
{
	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(line + i, len - i);

		if (n == 0)
			line[i++] = '?';
		else
			i += n;
	}
}
