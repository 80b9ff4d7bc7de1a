/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strbuf - a growing string.
 *
 * A zeroed strbuf is a valid empty one. Read it through strbuf_cstr(), which
 * never returns NULL.
 *
 *	autostrbuf sb = { 0 };		released when sb goes out of scope
 */

#ifndef BASE_STRBUF_H
#define BASE_STRBUF_H

#include <stddef.h>

struct strbuf {
	char *buf;
	size_t len, cap;
};

#define autostrbuf __attribute__((cleanup(strbuf_release))) struct strbuf

void strbuf_addc(struct strbuf *, char);
void strbuf_adds(struct strbuf *, const char *);
void strbuf_addn(struct strbuf *, const char *, size_t);
void strbuf_addf(struct strbuf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
/* Percent-encoded, all but the unreserved characters of RFC 3986. */
void strbuf_add_percent(struct strbuf *, const char *);
void strbuf_pad(struct strbuf *, char, size_t count);
void strbuf_clear(struct strbuf *); /* Keeps the memory. */
void strbuf_truncate(struct strbuf *, size_t len);
const char *strbuf_cstr(const struct strbuf *);
char *strbuf_detach(struct strbuf *); /* Caller frees; sb is empty again. */
void strbuf_release(struct strbuf *);

#endif /* BASE_STRBUF_H */
