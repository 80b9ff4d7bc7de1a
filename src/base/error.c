/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

static const struct {
	const char *word;
	int http_status;
} error_codes[] = {
#define X(code, word, http) [code] = { word, http },
	ERROR_CODES(X)
#undef X
};

static const struct {
	int errnum;
	enum error_code code;
} error_errnos[] = {
	{ ENOENT, ERROR_NOT_FOUND },
	{ ESRCH, ERROR_NOT_FOUND },
	{ EACCES, ERROR_DENIED },
	{ EPERM, ERROR_DENIED },
	{ EROFS, ERROR_DENIED },
	{ EEXIST, ERROR_CONFLICT },
	{ EBUSY, ERROR_CONFLICT },
	{ EADDRINUSE, ERROR_CONFLICT },
	{ ENOTEMPTY, ERROR_CONFLICT },
	{ EFBIG, ERROR_TOO_LARGE },
	{ E2BIG, ERROR_TOO_LARGE },
	{ ENAMETOOLONG, ERROR_INVALID },
	{ ENOTDIR, ERROR_INVALID },
	{ EISDIR, ERROR_INVALID },
	{ ELOOP, ERROR_INVALID },
	{ ENOSPC, ERROR_UNAVAILABLE },
	{ EDQUOT, ERROR_UNAVAILABLE },
	{ ENOMEM, ERROR_UNAVAILABLE },
	{ EMFILE, ERROR_UNAVAILABLE },
	{ ENFILE, ERROR_UNAVAILABLE },
	{ EAGAIN, ERROR_UNAVAILABLE },
	{ EPIPE, ERROR_UNAVAILABLE },
	{ ECONNREFUSED, ERROR_UNAVAILABLE },
	{ ECONNRESET, ERROR_UNAVAILABLE },
	{ EADDRNOTAVAIL, ERROR_UNAVAILABLE },
	{ ETIMEDOUT, ERROR_TIMEOUT },
};

/* Cut a UTF-8 sequence that the end of the text has split. */
static void
error_trim(char *text)
{
	size_t len = strlen(text), tail = 0;
	unsigned char lead;

	while (tail < 3 && tail < len &&
	    ((unsigned char)text[len - tail - 1] & 0xc0) == 0x80)
		tail++;
	if (tail == len)
		return;
	lead = (unsigned char)text[len - tail - 1];
	if ((lead >= 0xc0 && tail < 1) || (lead >= 0xe0 && tail < 2) ||
	    (lead >= 0xf0 && tail < 3))
		text[len - tail - 1] = '\0';
}

static void __attribute__((format(printf, 3, 0)))
error_format(char *text, size_t size, const char *fmt, va_list ap)
{
	if (vsnprintf(text, size, fmt, ap) >= (int)size)
		error_trim(text);
}

int
error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
	struct error fresh = { .code = code };
	va_list ap;

	va_start(ap, fmt);
	error_format(fresh.msg, sizeof fresh.msg, fmt, ap);
	va_end(ap);
	*err = fresh; /* Only now: an argument may be the old message. */
	return -1;
}

static enum error_code
error_code_from_errno(int errnum)
{
	for (size_t i = 0; i < nitems(error_errnos); i++) {
		if (error_errnos[i].errnum == errnum)
			return error_errnos[i].code;
	}
	return ERROR_INTERNAL;
}

int
error_set_errno(struct error *err, int errnum, const char *fmt, ...)
{
	char what[sizeof err->msg], why[128];
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	error_format(what, sizeof what, fmt, ap);
	va_end(ap);
	text = strerror_r(errnum, why, sizeof why);
	return error_set(err, error_code_from_errno(errnum), "%s: %c%s", what,
	    tolower((unsigned char)text[0]), text + 1);
}

int
error_wrap(struct error *err, const char *fmt, ...)
{
	char context[sizeof err->msg];
	struct error inner = *err;
	va_list ap;

	va_start(ap, fmt);
	error_format(context, sizeof context, fmt, ap);
	va_end(ap);
	(void)error_set(err, inner.code, "%s: %s", context, inner.msg);
	memcpy(err->hint, inner.hint, sizeof err->hint);
	return -1;
}

int
error_hint(struct error *err, const char *fmt, ...)
{
	char hint[sizeof err->hint];
	va_list ap;

	va_start(ap, fmt);
	error_format(hint, sizeof hint, fmt, ap);
	va_end(ap);
	memcpy(err->hint, hint, sizeof hint);
	return -1;
}

const char *
error_word(enum error_code code)
{
	return error_codes[code].word;
}

int
error_http_status(enum error_code code)
{
	return error_codes[code].http_status;
}

enum error_code
error_code_from_word(const char *word)
{
	for (size_t i = 0; i < nitems(error_codes); i++) {
		if (strcmp(error_codes[i].word, word) == 0)
			return (enum error_code)i;
	}
	return ERROR_INTERNAL;
}

int
error_exit_status(enum error_code code)
{
	return code == ERROR_USAGE ? 2 : 1;
}
