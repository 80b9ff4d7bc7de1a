/* SPDX-License-Identifier: Apache-2.0 */

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/strbuf.h"

static const char *const log_words[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

/* The one variable of the process that is not owned by main(). */
static enum log_level log_threshold = LOG_LEVEL_INFO;

void
log_set_level(enum log_level level)
{
	log_threshold = level;
}

static void
log_add_escaped(struct strbuf *sb, const char *text)
{
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			strbuf_addf(sb, "\\%c", c);
		else if (c == '\n')
			strbuf_adds(sb, "\\n");
		else if (c == '\t')
			strbuf_adds(sb, "\\t");
		else if (c < 0x20 || c == 0x7f)
			strbuf_addf(sb, "\\x%02x", c);
		else
			strbuf_addc(sb, *text);
	}
}

static void
log_add_subject(struct strbuf *sb, const char *subject)
{
	size_t plain = 0;

	if (subject == NULL || *subject == '\0')
		return;
	while ((unsigned char)subject[plain] > ' ' && subject[plain] != '"' &&
	    subject[plain] != '=' && subject[plain] != '\\' &&
	    subject[plain] != 0x7f)
		plain++;
	strbuf_adds(sb, " subject=");
	if (subject[plain] == '\0') {
		strbuf_adds(sb, subject);
		return;
	}
	strbuf_addc(sb, '"');
	log_add_escaped(sb, subject);
	strbuf_addc(sb, '"');
}

/* One write, so that lines of several processes do not mix. */
static void
log_flush(const struct strbuf *sb)
{
	const char *p = strbuf_cstr(sb);
	size_t left = sb->len;

	while (left > 0) {
		ssize_t n = write(STDERR_FILENO, p, left);

		if (n <= 0)
			return; /* There is nowhere to say so. */
		p += n;
		left -= (size_t)n;
	}
}

void
log_write(enum log_level level, const char *subject, const char *fmt, ...)
{
	char when[CLOCK_TEXT_SIZE], text[LIMIT_LOG_LINE_BYTES];
	autostrbuf sb = { 0 };
	va_list ap;

	if (level > log_threshold)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	clock_format(clock_wall_ms(), when);
	strbuf_addf(&sb, "%s level=%s", when, log_words[level]);
	log_add_subject(&sb, subject);
	strbuf_adds(&sb, " msg=\"");
	log_add_escaped(&sb, text);
	strbuf_adds(&sb, "\"\n");
	log_flush(&sb);
}
