/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/json_quick.h"
#include "base/mem.h"
#include "base/strbuf.h"

/* As many as fit into a json_int_t for certain. */
#define SCAN_DIGITS 18

struct scan {
	const char *p, *end;
	int depth;
	struct strbuf text; /* A string whose escapes have been resolved. */
};

static json_t *scan_value(struct scan *);

static void
scan_space(struct scan *s)
{
	while (s->p < s->end &&
	    (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
		s->p++;
}

/* Is it the next one? Then it is behind us. */
static bool
scan_take(struct scan *s, char c)
{
	scan_space(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* Up to a quote, a backslash or what may not be there; is it all ASCII? */
static bool
scan_plain(struct scan *s)
{
	unsigned char all = 0;

	for (; s->p < s->end; s->p++) {
		unsigned char c = (unsigned char)*s->p;

		if (c == '"' || c == '\\' || c < 0x20)
			break;
		all |= c;
	}
	return all < 0x80;
}

/* What stands for a backslash and this character; 0 if it is not simple. */
static char
scan_escape(char c)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = c != '\0' ? strchr(from, c) : NULL;

	return at != NULL ? to[at - from] : '\0';
}

/* We are behind the quote, and `plain` of the text is at `start`. */
static json_t *
scan_escaped(struct scan *s, const char *start)
{
	char c;

	strbuf_clear(&s->text);
	strbuf_addn(&s->text, start, (size_t)(s->p - start));
	while (s->p < s->end && *s->p == '\\') {
		c = s->p + 1 < s->end ? scan_escape(s->p[1]) : '\0';
		if (c == '\0')
			return NULL;
		strbuf_addc(&s->text, c);
		s->p += 2;
		start = s->p;
		(void)scan_plain(s);
		strbuf_addn(&s->text, start, (size_t)(s->p - start));
	}
	if (s->p == s->end || *s->p != '"')
		return NULL;
	s->p++;
	return json_stringn(strbuf_cstr(&s->text), s->text.len);
}

static json_t *
scan_string(struct scan *s)
{
	const char *start = ++s->p;
	bool ascii = scan_plain(s);
	size_t len = (size_t)(s->p - start);

	if (s->p == s->end || *s->p != '"')
		return scan_escaped(s, start);
	s->p++;
	/* The other one looks at each byte again, to see whether it is UTF-8. */
	return ascii ? json_stringn_nocheck(start, len) :
		       json_stringn(start, len);
}

/* One member, unless it was there already. */
static int
scan_member(struct scan *s, json_t *object)
{
	size_t before = json_object_size(object), len;
	const char *key;
	json_t *value;
	bool ascii;
	int rc;

	if (!scan_take(s, '"'))
		return -1;
	key = s->p;
	ascii = scan_plain(s);
	len = (size_t)(s->p - key);
	if (!scan_take(s, '"') || key[len] != '"' || !scan_take(s, ':'))
		return -1;
	value = scan_value(s);
	if (value == NULL)
		return -1;
	rc = ascii ? json_object_setn_new_nocheck(object, key, len, value) :
		     json_object_setn_new(object, key, len, value);
	return rc == 0 && json_object_size(object) > before ? 0 : -1;
}

static json_t *
scan_object(struct scan *s)
{
	json_t *object = json_object();

	s->p++;
	if (scan_take(s, '}'))
		return object;
	do {
		if (scan_member(s, object) == -1) {
			json_decref(object);
			return NULL;
		}
	} while (scan_take(s, ','));
	if (scan_take(s, '}'))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *
scan_array(struct scan *s)
{
	json_t *array = json_array(), *value;

	s->p++;
	if (scan_take(s, ']'))
		return array;
	do {
		value = scan_value(s);
		if (value == NULL || json_array_append_new(array, value)) {
			json_decref(array);
			return NULL;
		}
	} while (scan_take(s, ','));
	if (scan_take(s, ']'))
		return array;
	json_decref(array);
	return NULL;
}

static json_t *
scan_integer(struct scan *s)
{
	bool negative = *s->p == '-';
	const char *start;
	json_int_t n = 0;

	s->p += negative;
	start = s->p;
	for (; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++) {
		if (s->p - start == SCAN_DIGITS)
			return NULL;
		n = 10 * n + (*s->p - '0');
	}
	if (s->p == start || (*start == '0' && s->p - start > 1))
		return NULL;
	if (s->p < s->end && (*s->p == '.' || *s->p == 'e' || *s->p == 'E'))
		return NULL;
	return json_integer(negative ? -n : n);
}

static json_t *
scan_word(struct scan *s)
{
	static const struct {
		const char *word;
		size_t len;
		json_t *(*value)(void);
	} words[] = {
		{ "true", 4, json_true },
		{ "false", 5, json_false },
		{ "null", 4, json_null },
	};

	for (size_t i = 0; i < nitems(words); i++) {
		if ((size_t)(s->end - s->p) < words[i].len ||
		    memcmp(s->p, words[i].word, words[i].len) != 0)
			continue;
		s->p += words[i].len;
		return words[i].value();
	}
	return NULL;
}

static json_t *
scan_nested(struct scan *s)
{
	json_t *value;

	if (s->depth == JSON_QUICK_DEPTH)
		return NULL;
	s->depth++;
	value = *s->p == '{' ? scan_object(s) : scan_array(s);
	s->depth--;
	return value;
}

static json_t *
scan_value(struct scan *s)
{
	scan_space(s);
	if (s->p == s->end)
		return NULL;
	if (*s->p == '"')
		return scan_string(s);
	if (*s->p == '{' || *s->p == '[')
		return scan_nested(s);
	if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
		return scan_integer(s);
	return scan_word(s);
}

json_t *
json_quick_read(const char *text, size_t len)
{
	struct scan s = { .p = text, .end = text + len };
	json_t *value = scan_value(&s);

	scan_space(&s);
	if (s.p != s.end) {
		json_decref(value);
		value = NULL;
	}
	strbuf_release(&s.text);
	return value;
}
