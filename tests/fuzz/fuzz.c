/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"

void
fuzz_fail(const char *condition, const char *file, int line)
{
	(void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
	abort();
}

void
fuzz_require_error(const struct error *err)
{
	fuzz_require(err->code != ERROR_NONE);
	fuzz_require(err->msg[0] != '\0');
}

void
fuzz_split(struct fuzz_fields *fields, const uint8_t *data, size_t size)
{
	*fields = (struct fuzz_fields){ 0 };
	for (size_t i = 0; i < FUZZ_FIELDS_MAX; i++) {
		const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
		size_t len = end != NULL ? (size_t)(end - data) : size;

		/* Each in memory of its own: what reads beyond it is seen. */
		fields->text[i] = xcalloc(1, len + 1);
		if (len > 0)
			memcpy(fields->text[i], data, len);
		fields->len[i] = len;
		fields->n += size > 0;
		data += len + (end != NULL);
		size -= len + (end != NULL);
	}
}

void
fuzz_release(struct fuzz_fields *fields)
{
	for (size_t i = 0; i < FUZZ_FIELDS_MAX; i++)
		free(fields->text[i]);
}
