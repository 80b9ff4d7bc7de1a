/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/emit.h"
#include "cli/text.h"

#define EMIT_IS_DIGIT(c) ((c) >= '0' && (c) <= '9')

static int
emit_is_letter(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}

static unsigned long long
emit_number(const char *s, size_t *len)
{
	unsigned long long n = 0;

	for (*len = 0; EMIT_IS_DIGIT(s[*len]) && *len < 18; (*len)++)
		n = n * 10 + (unsigned)(s[*len] - '0');
	return n;
}

/* At the first difference: numbers by value, letters after everything else. */
int
emit_compare(const char *a, const char *b)
{
	size_t i = 0, alen, blen, start;
	unsigned long long an, bn;
	unsigned char ac, bc;

	while (a[i] != '\0' && a[i] == b[i])
		i++;
	ac = (unsigned char)a[i];
	bc = (unsigned char)b[i];
	if (ac == '\0' || bc == '\0')
		return (ac != '\0') - (bc != '\0');
	if (emit_is_letter(ac) || emit_is_letter(bc)) {
		if (emit_is_letter(ac) && emit_is_letter(bc))
			return ac < bc ? -1 : 1;
		return emit_is_letter(bc) ? -1 : 1;
	}
	for (start = i; start > 0 && EMIT_IS_DIGIT(a[start - 1]); start--)
		;
	an = emit_number(a + start, &alen);
	bn = emit_number(b + start, &blen);
	if (alen > 0 && blen > 0 && an != bn)
		return an < bn ? -1 : 1;
	return ac < bc ? -1 : 1;
}

static int
emit_compare_keys(const void *a, const void *b)
{
	const char *const *ka = a;
	const char *const *kb = b;

	return emit_compare(*ka, *kb);
}

static json_t *
emit_sorted_object(const json_t *value)
{
	size_t n = json_object_size(value), i = 0;
	autofree const char **keys = xcalloc(n + 1, sizeof *keys);
	json_t *sorted = json_object();
	const char *key;
	json_t *member;

	/* jansson's iterator only reads, yet takes no const object. */
	json_object_foreach(text_json(value), key, member)
		keys[i++] = key;
	qsort(keys, n, sizeof *keys, emit_compare_keys);
	for (i = 0; i < n; i++)
		json_object_set_new(sorted, keys[i],
		    emit_sorted(json_object_get(value, keys[i])));
	return sorted;
}

/* The depth is bounded where the value was read. NOLINTNEXTLINE(misc-no-recursion) */
json_t *
emit_sorted(const json_t *value)
{
	json_t *sorted;

	if (json_is_object(value))
		return emit_sorted_object(value);
	if (!json_is_array(value))
		return json_deep_copy(value);
	sorted = json_array();
	for (size_t i = 0; i < json_array_size(value); i++)
		json_array_append_new(sorted,
		    emit_sorted(json_array_get(value, i)));
	return sorted;
}

static void
emit_json_char(const char *p, struct strbuf *sb)
{
	static const char shorts[] = "\"\"\\\\\nn\rr\tt";

	for (const char *s = shorts; *s != '\0'; s += 2) {
		if (*p == *s) {
			strbuf_addc(sb, '\\');
			strbuf_addc(sb, s[1]);
			return;
		}
	}
	if ((unsigned char)*p < 0x20 || strchr("<>&", *p) != NULL)
		strbuf_addf(sb, "\\u%04x", (unsigned char)*p);
	else
		strbuf_addc(sb, *p);
}

static void
emit_json_string(const char *text, struct strbuf *sb)
{
	strbuf_addc(sb, '"');
	for (const char *p = text; *p != '\0'; p++) {
		/* U+2028 and U+2029 end a line in JavaScript. */
		if (strncmp(p, "\xe2\x80\xa8", 3) == 0 ||
		    strncmp(p, "\xe2\x80\xa9", 3) == 0) {
			strbuf_addf(sb, "\\u202%c", p[2] == '\xa8' ? '8' : '9');
			p += 2;
		} else {
			emit_json_char(p, sb);
		}
	}
	strbuf_addc(sb, '"');
}

static void
emit_json_value(const json_t *value, struct strbuf *sb)
{
	autofree char *text = NULL;
	const char *key, *comma = "";
	json_t *member;
	size_t i;

	switch (json_typeof(value)) {
	case JSON_OBJECT:
		strbuf_addc(sb, '{');
		json_object_foreach(text_json(value), key, member) {
			strbuf_adds(sb, comma);
			emit_json_string(key, sb);
			strbuf_addc(sb, ':');
			emit_json_value(member, sb);
			comma = ",";
		}
		strbuf_addc(sb, '}');
		return;
	case JSON_ARRAY:
		strbuf_addc(sb, '[');
		json_array_foreach(value, i, member) {
			strbuf_adds(sb, comma);
			emit_json_value(member, sb);
			comma = ",";
		}
		strbuf_addc(sb, ']');
		return;
	case JSON_STRING:
		emit_json_string(json_string_value(value), sb);
		return;
	case JSON_INTEGER:
	case JSON_REAL:
	case JSON_TRUE:
	case JSON_FALSE:
	case JSON_NULL:
		text = json_dumps(value, JSON_ENCODE_ANY);
		strbuf_adds(sb, text);
		return;
	}
}

void
emit_json(const json_t *value, struct strbuf *sb)
{
	emit_json_value(value, sb);
	strbuf_addc(sb, '\n');
}
