/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"

/* As many digits as survive a way through text: 14.7 stays 14.7. */
#define JSON_DIGITS 15

const char *
json_text(const json_t *object, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : otherwise;
}

int64_t
json_int(const json_t *object, const char *key, int64_t otherwise)
{
	const json_t *member = json_object_get(object, key);

	return json_is_integer(member) ? json_integer_value(member) : otherwise;
}

bool
json_bool(const json_t *object, const char *key, bool otherwise)
{
	const json_t *member = json_object_get(object, key);

	return json_is_boolean(member) ? json_is_true(member) : otherwise;
}

json_t *
json_child(const json_t *object, const char *key, json_type type)
{
	json_t *member = json_object_get(object, key);

	return member != NULL && json_typeof(member) == type ? member : NULL;
}

/* A string of text that need not be UTF-8: a stray byte becomes '?'. */
static json_t *
json_string_lenient(const char *text)
{
	json_t *string = json_string(text);
	autofree char *copy = NULL;

	if (string != NULL)
		return string;
	copy = xstrdup(text);
	for (char *p = copy; *p != '\0'; p++) {
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	}
	return json_string(copy);
}

void
json_put_text(json_t *object, const char *key, const char *value)
{
	if (value == NULL)
		(void)json_object_del(object, key); /* Absent is as good. */
	else if (json_object_set_new(object, key, json_string_lenient(value)))
		abort();
}

static int
json_add_piece(const char *piece, size_t len, void *sb)
{
	strbuf_addn(sb, piece, len);
	return 0;
}

void
json_add(struct strbuf *sb, const json_t *value)
{
	/* Out of memory, or a value that contains itself. */
	if (json_dump_callback(value, json_add_piece, sb,
		JSON_COMPACT | JSON_ENCODE_ANY |
		    JSON_REAL_PRECISION(JSON_DIGITS)) == -1)
		abort();
}

char *
json_line(const json_t *value)
{
	struct strbuf sb = { 0 };

	json_add(&sb, value);
	return strbuf_detach(&sb);
}

/* How deep the text nests; brackets inside strings do not count. */
static int
json_text_depth(const char *text, size_t len)
{
	int depth = 0, deepest = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		if (in_string && text[i] == '\\') {
			i++;
		} else if (text[i] == '"') {
			in_string = !in_string;
		} else if (!in_string && (text[i] == '[' || text[i] == '{')) {
			depth++;
			deepest = depth > deepest ? depth : deepest;
		} else if (!in_string && (text[i] == ']' || text[i] == '}')) {
			depth--;
		}
	}
	return deepest;
}

json_t *
json_read(const char *text, size_t len, size_t max_bytes, struct error *err)
{
	json_error_t why;
	json_t *value;

	if (len > max_bytes) {
		(void)error_set(err, ERROR_TOO_LARGE,
		    "json: %zu bytes, more than %zu", len, max_bytes);
		return NULL;
	}
	if (json_text_depth(text, len) > LIMIT_JSON_DEPTH) {
		(void)error_set(err, ERROR_INVALID,
		    "json: nested deeper than %d levels", LIMIT_JSON_DEPTH);
		return NULL;
	}
	value = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
	    &why);
	if (value == NULL)
		(void)error_set(err, ERROR_INVALID, "json: line %d: %s",
		    why.line, why.text);
	return value;
}
