/* SPDX-License-Identifier: Apache-2.0 */

#include <malloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/mem.h"

static _Noreturn void
mem_die(size_t size)
{
	(void)fprintf(stderr, "out of memory: %zu bytes\n", size);
	abort();
}

void
mem_trim(void)
{
	(void)malloc_trim(0);
}

void *
xcalloc(size_t nmemb, size_t size)
{
	/* calloc(0, n) may return NULL, which would look like a failure. */
	void *p = calloc(nmemb != 0 ? nmemb : 1, size != 0 ? size : 1);

	if (p == NULL)
		mem_die(size);
	return p;
}

void *
xrealloc(void *old, size_t size)
{
	void *p = realloc(old, size != 0 ? size : 1);

	if (p == NULL)
		mem_die(size);
	return p;
}

char *
xstrdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(xcalloc(1, size), s, size);
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		mem_die(strlen(fmt));
	return s;
}

void
mem_wipe(void *p)
{
	if (p == NULL)
		return;
	explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

void
xreplace(char **slot, const char *value)
{
	/* Copied first: value may be a part of what *slot points to. */
	char *copy = value != NULL ? xstrdup(value) : NULL;

	mem_wipe(*slot);
	*slot = copy;
}

void
mem_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
