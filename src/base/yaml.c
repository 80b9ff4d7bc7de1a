/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/error.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/yaml.h"

/* What is being read: the open containers, outermost first. */
struct yaml_reader {
	json_t *root; /* Owned; the containers below are borrowed from it. */
	json_t *open[LIMIT_YAML_DEPTH];
	char
	    *key[LIMIT_YAML_DEPTH]; /* Owned; the key that waits for a value. */
	size_t depth;
	json_t *documents; /* Borrowed: those that are complete. */
	size_t most;       /* That may be there. */
	bool ended;
};

static const struct {
	const char *text;
	json_type type;
} yaml_words[] = {
	{ "", JSON_NULL },
	{ "~", JSON_NULL },
	{ "null", JSON_NULL },
	{ "Null", JSON_NULL },
	{ "NULL", JSON_NULL },
	{ "true", JSON_TRUE },
	{ "True", JSON_TRUE },
	{ "TRUE", JSON_TRUE },
	{ "false", JSON_FALSE },
	{ "False", JSON_FALSE },
	{ "FALSE", JSON_FALSE },
};

static const char yaml_digits[] = "0123456789";

static const struct {
	const char *prefix, *digits;
	int base;
} yaml_bases[] = {
	{ "", yaml_digits, 10 },
	{ "+", yaml_digits, 10 },
	{ "-", yaml_digits, 10 },
	{ "0o", "01234567", 8 },
	{ "0x", "0123456789abcdefABCDEF", 16 },
};

/* NULL if it is none, or one that does not fit. */
static json_t *
yaml_integer(const char *text)
{
	for (size_t i = 0; i < nitems(yaml_bases); i++) {
		size_t skip = strlen(yaml_bases[i].prefix);
		const char *start = text + skip;
		long long value;

		if (strncmp(text, yaml_bases[i].prefix, skip) != 0 ||
		    *start == '\0' ||
		    start[strspn(start, yaml_bases[i].digits)] != '\0')
			continue;
		errno = 0;
		/* The sign belongs to the number, the other prefixes do not. */
		value = strtoll(yaml_bases[i].base == 10 ? text : start, NULL,
		    yaml_bases[i].base);
		return errno == 0 ? json_integer(value) : NULL;
	}
	return NULL;
}

static json_t *
yaml_real(const char *text)
{
	const char *p = *text == '-' || *text == '+' ? text + 1 : text;
	size_t whole = strspn(p, yaml_digits), part = 0;

	p += whole;
	if (*p == '.') {
		part = strspn(p + 1, yaml_digits);
		p += part + 1;
	}
	if (whole + part == 0)
		return NULL;
	if (*p == 'e' || *p == 'E') {
		p += p[1] == '-' || p[1] == '+' ? 2 : 1;
		if (!isdigit((unsigned char)*p))
			return NULL;
		p += strspn(p, yaml_digits);
	}
	/* json_real() refuses what is too large for a double. */
	return *p == '\0' ? json_real(strtod(text, NULL)) : NULL;
}

static json_t *
yaml_word(const char *text)
{
	for (size_t i = 0; i < nitems(yaml_words); i++) {
		if (strcmp(yaml_words[i].text, text) != 0)
			continue;
		if (yaml_words[i].type == JSON_NULL)
			return json_null();
		return json_boolean(yaml_words[i].type == JSON_TRUE);
	}
	return NULL;
}

json_t *
yaml_scalar(const char *text)
{
	json_t *value = yaml_word(text);

	if (value == NULL)
		value = yaml_integer(text);
	if (value == NULL)
		value = yaml_real(text);
	return value != NULL ? value : json_string(text);
}

static int
yaml_refuse(const yaml_event_t *event, const char *why, struct error *err)
{
	return error_set(err, ERROR_INVALID, "yaml: line %zu: %s",
	    event->start_mark.line + 1, why);
}

static bool
yaml_wants_key(const struct yaml_reader *r)
{
	return r->depth > 0 && json_is_object(r->open[r->depth - 1]) &&
	    r->key[r->depth - 1] == NULL;
}

/* Put a value, stolen, where the document is. */
static int
yaml_add(struct yaml_reader *r, const yaml_event_t *event, json_t *value,
    struct error *err)
{
	json_t *parent = r->depth > 0 ? r->open[r->depth - 1] : NULL;
	int rc;

	if (yaml_wants_key(r)) {
		json_decref(value);
		return yaml_refuse(event, "a key must be a scalar", err);
	}
	if (parent == NULL) {
		r->root = value;
		return 0;
	}
	if (json_is_array(parent)) {
		rc = json_array_append_new(parent, value);
	} else {
		rc = json_object_set_new(parent, r->key[r->depth - 1], value);
		xreplace(&r->key[r->depth - 1], NULL);
	}
	return rc == 0 ? 0 : yaml_refuse(event, "not a value", err);
}

static int
yaml_add_key(struct yaml_reader *r, const yaml_event_t *event,
    struct error *err)
{
	const char *key = (const char *)event->data.scalar.value;

	if (json_object_get(r->open[r->depth - 1], key) != NULL)
		return error_set(err, ERROR_INVALID,
		    "yaml: line %zu: key \"%s\" is there twice",
		    event->start_mark.line + 1, key);
	r->key[r->depth - 1] = xstrdup(key);
	return 0;
}

static int
yaml_on_scalar(struct yaml_reader *r, const yaml_event_t *event,
    struct error *err)
{
	const char *text = (const char *)event->data.scalar.value;

	if (event->data.scalar.anchor != NULL)
		return yaml_refuse(event, "anchors are not supported", err);
	if (event->data.scalar.tag != NULL)
		return yaml_refuse(event, "tags are not supported", err);
	if (strlen(text) != event->data.scalar.length)
		return yaml_refuse(event, "a NUL byte in a scalar", err);
	if (yaml_wants_key(r))
		return yaml_add_key(r, event, err);
	if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
		return yaml_add(r, event, yaml_scalar(text), err);
	return yaml_add(r, event, json_string(text), err);
}

static int
yaml_on_open(struct yaml_reader *r, const yaml_event_t *event,
    struct error *err)
{
	bool is_map = event->type == YAML_MAPPING_START_EVENT;
	/* The two events have members of their own for the same things. */
	const yaml_char_t *anchor = is_map ? event->data.mapping_start.anchor :
					     event->data.sequence_start.anchor;
	const yaml_char_t *tag = is_map ? event->data.mapping_start.tag :
					  event->data.sequence_start.tag;
	json_t *value;

	if (anchor != NULL)
		return yaml_refuse(event, "anchors are not supported", err);
	if (tag != NULL)
		return yaml_refuse(event, "tags are not supported", err);
	if (r->depth == LIMIT_YAML_DEPTH)
		return yaml_refuse(event, "nested too deeply", err);
	value = is_map ? json_object() : json_array();
	if (yaml_add(r, event, value, err) == -1)
		return -1;
	r->open[r->depth++] = value;
	return 0;
}

static int
yaml_on_event(struct yaml_reader *r, const yaml_event_t *event,
    struct error *err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (json_array_size(r->documents) == r->most)
			return yaml_refuse(event, "a second document", err);
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		json_array_append_new(r->documents,
		    r->root != NULL ? take_ptr(r->root) : json_null());
		return 0;
	case YAML_ALIAS_EVENT:
		return yaml_refuse(event, "aliases are not supported", err);
	case YAML_SCALAR_EVENT:
		return yaml_on_scalar(r, event, err);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return yaml_on_open(r, event, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		r->depth--;
		return 0;
	case YAML_STREAM_END_EVENT:
		r->ended = true;
		return 0;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
		return 0;
	}
	return 0;
}

static int
yaml_read_events(struct yaml_reader *r, yaml_parser_t *parser,
    struct error *err)
{
	yaml_event_t event;
	int rc = 0;

	while (rc == 0 && !r->ended) {
		if (!yaml_parser_parse(parser, &event))
			return error_set(err, ERROR_INVALID,
			    "yaml: line %zu: %s", parser->problem_mark.line + 1,
			    parser->problem != NULL ? parser->problem :
						      "not readable");
		rc = yaml_on_event(r, &event, err);
		yaml_event_delete(&event);
	}
	return rc;
}

/* Up to `most` documents, at the end of the array. */
static int
yaml_read_into(json_t *documents, size_t most, const char *text, size_t len,
    struct error *err)
{
	struct yaml_reader reader = { .documents = documents, .most = most };
	yaml_parser_t parser;
	int rc;

	if (len > LIMIT_YAML_BYTES)
		return error_set(err, ERROR_TOO_LARGE,
		    "yaml: %zu bytes, more than %d", len, LIMIT_YAML_BYTES);
	if (!yaml_parser_initialize(&parser))
		abort(); /* Out of memory. */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	rc = yaml_read_events(&reader, &parser, err);
	yaml_parser_delete(&parser);
	for (size_t i = 0; i < LIMIT_YAML_DEPTH; i++)
		free(reader.key[i]);
	json_decref(reader.root);
	return rc;
}

json_t *
yaml_read(const char *text, size_t len, struct error *err)
{
	json_auto_t *documents = json_array();

	if (yaml_read_into(documents, 1, text, len, err) == -1)
		return NULL;
	if (json_array_size(documents) == 0)
		return json_null();
	return json_incref(json_array_get(documents, 0));
}

json_t *
yaml_read_documents(const char *path, struct error *err)
{
	json_auto_t *documents = json_array();
	autofree char *text = NULL;
	size_t len;

	text = file_read(path, LIMIT_YAML_BYTES, &len, err);
	if (text == NULL)
		return NULL;
	if (yaml_read_into(documents, SIZE_MAX, text, len, err) == 0)
		return json_incref(documents);
	(void)error_wrap(err, "%s", path);
	return NULL;
}

static json_t *
yaml_read_named(const char *path, char *text, size_t len, struct error *err)
{
	json_t *value;

	if (text == NULL)
		return NULL;
	value = yaml_read(text, len, err);
	if (value == NULL)
		(void)error_wrap(err, "%s", path);
	return value;
}

json_t *
yaml_read_file(const char *path, struct error *err)
{
	size_t len = 0;
	autofree char *text = file_read(path, LIMIT_YAML_BYTES, &len, err);

	return yaml_read_named(path, text, len, err);
}

json_t *
yaml_read_given(const char *path, struct error *err)
{
	size_t len = 0;
	autofree char *text = file_read_given(path, LIMIT_YAML_BYTES, &len,
	    err);

	return yaml_read_named(path, text, len, err);
}
