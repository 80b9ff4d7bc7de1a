/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/json_quick.h"
#include "base/strbuf.h"

static int write_value(const json_t *, struct strbuf *, int depth);

/* The letter after the backslash; 0 if there is none for it. */
static char
write_letter(unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	const char *at = c != '\0' ? strchr(from, c) : NULL;

	return at != NULL ? to[at - from] : '\0';
}

static void
write_escape(struct strbuf *sb, unsigned char c)
{
	char letter = write_letter(c);

	if (letter == '\0') {
		strbuf_addf(sb, "\\u%04X", c);
		return;
	}
	strbuf_addc(sb, '\\');
	strbuf_addc(sb, letter);
}

static void
write_text(struct strbuf *sb, const char *text, size_t len)
{
	size_t start = 0;

	strbuf_addc(sb, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		strbuf_addn(sb, text + start, i - start);
		write_escape(sb, c);
		start = i + 1;
	}
	strbuf_addn(sb, text + start, len - start);
	strbuf_addc(sb, '"');
}

static void
write_integer(struct strbuf *sb, json_int_t n)
{
	char digits[24], *p = digits + sizeof digits;
	unsigned long long rest = n < 0 ? 0 - (unsigned long long)n :
					  (unsigned long long)n;

	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (n < 0)
		*--p = '-';
	strbuf_addn(sb, p, (size_t)(digits + sizeof digits - p));
}

static int
write_object(const json_t *value, struct strbuf *sb, int depth)
{
	/* jansson iterates over what is not const only. */
	const union {
		const json_t *given;
		json_t *same;
	} as = { .given = value };
	json_t *object = as.same;
	char before = '{';
	void *iter;

	if (json_object_size(object) == 0)
		strbuf_addc(sb, before);
	for (iter = json_object_iter(object); iter != NULL;
	     iter = json_object_iter_next(object, iter)) {
		strbuf_addc(sb, before);
		before = ',';
		write_text(sb, json_object_iter_key(iter),
		    json_object_iter_key_len(iter));
		strbuf_addc(sb, ':');
		if (write_value(json_object_iter_value(iter), sb, depth) == -1)
			return -1;
	}
	strbuf_addc(sb, '}');
	return 0;
}

static int
write_array(const json_t *array, struct strbuf *sb, int depth)
{
	strbuf_addc(sb, '[');
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			strbuf_addc(sb, ',');
		if (write_value(json_array_get(array, i), sb, depth) == -1)
			return -1;
	}
	strbuf_addc(sb, ']');
	return 0;
}

static int
write_value(const json_t *value, struct strbuf *sb, int depth)
{
	if (depth > JSON_QUICK_DEPTH)
		return -1;
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return write_object(value, sb, depth + 1);
	case JSON_ARRAY:
		return write_array(value, sb, depth + 1);
	case JSON_STRING:
		write_text(sb, json_string_value(value),
		    json_string_length(value));
		return 0;
	case JSON_INTEGER:
		write_integer(sb, json_integer_value(value));
		return 0;
	case JSON_TRUE:
		strbuf_adds(sb, "true");
		return 0;
	case JSON_FALSE:
		strbuf_adds(sb, "false");
		return 0;
	case JSON_NULL:
		strbuf_adds(sb, "null");
		return 0;
	case JSON_REAL:
		break;
	}
	return -1;
}

int
json_quick_write(const json_t *value, struct strbuf *sb)
{
	return write_value(value, sb, 0);
}
