/* SPDX-License-Identifier: Apache-2.0 */
/* text - two small things that the C library and jansson lack. */

#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <jansson.h>
#include <string.h>

#include "base/mem.h"

/* The first `len` bytes, or all if there are fewer; owned by the caller. */
static inline char *
text_part(const char *text, size_t len)
{
	size_t n = strnlen(text, len);
	char *part = xcalloc(1, n + 1);

	memcpy(part, text, n);
	return part;
}

/* jansson's iterators, copies and references only read, yet take no const. */
static inline json_t *
text_json(const json_t *value)
{
	json_t *same;

	memcpy(&same, &value, sizeof same);
	return same;
}

#endif /* CLI_TEXT_H */
