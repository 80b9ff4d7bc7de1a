/* SPDX-License-Identifier: Apache-2.0 */

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "base/strbuf.h"

#define STRBUF_FIRST_BYTES 64

static void
strbuf_grow(struct strbuf *sb, size_t extra)
{
	size_t need;
	char *grown;

	if (__builtin_add_overflow(sb->len, extra, &need) ||
	    need > SIZE_MAX / 2 - 1)
		abort();
	need++;
	if (need <= sb->cap)
		return;
	sb->cap = need < STRBUF_FIRST_BYTES ? STRBUF_FIRST_BYTES : need * 2;
	/* realloc() would leave a copy behind. */
	grown = xcalloc(1, sb->cap);
	if (sb->len > 0)
		memcpy(grown, sb->buf, sb->len + 1);
	mem_wipe(sb->buf);
	sb->buf = grown;
}

void
strbuf_addc(struct strbuf *sb, char c)
{
	strbuf_grow(sb, 1);
	sb->buf[sb->len++] = c;
	sb->buf[sb->len] = '\0';
}

void
strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_addn(sb, s, strlen(s));
}

void
strbuf_addn(struct strbuf *sb, const char *s, size_t n)
{
	if (n == 0)
		return;
	strbuf_grow(sb, n);
	memcpy(sb->buf + sb->len, s, n);
	sb->len += n;
	sb->buf[sb->len] = '\0';
}

void
strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap, again;
	size_t room;
	int n;

	strbuf_grow(sb, 1);
	room = sb->cap - sb->len;
	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(sb->buf + sb->len, room, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n >= room) {
		strbuf_grow(sb, (size_t)n);
		(void)vsnprintf(sb->buf + sb->len, (size_t)n + 1, fmt, again);
	}
	va_end(again);
	sb->len += n > 0 ? (size_t)n : 0;
}

void
strbuf_add_percent(struct strbuf *sb, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~";

	for (const unsigned char *p = (const unsigned char *)s; *p != '\0';
	     p++) {
		if (strchr(plain, *p) != NULL)
			strbuf_addc(sb, (char)*p);
		else
			strbuf_addf(sb, "%%%02X", *p);
	}
}

void
strbuf_pad(struct strbuf *sb, char c, size_t count)
{
	if (count == 0)
		return;
	strbuf_grow(sb, count);
	memset(sb->buf + sb->len, c, count);
	sb->len += count;
	sb->buf[sb->len] = '\0';
}

void
strbuf_clear(struct strbuf *sb)
{
	strbuf_truncate(sb, 0);
}

void
strbuf_truncate(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	sb->len = len;
	sb->buf[len] = '\0';
}

const char *
strbuf_cstr(const struct strbuf *sb)
{
	return sb->buf != NULL ? sb->buf : "";
}

char *
strbuf_detach(struct strbuf *sb)
{
	char *s = sb->buf != NULL ? sb->buf : xstrdup("");

	*sb = (struct strbuf){ 0 };
	return s;
}

void
strbuf_release(struct strbuf *sb)
{
	mem_wipe(sb->buf);
	*sb = (struct strbuf){ 0 };
}
