/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/query.h"
#include "cli/text.h"

#define QUERY_DEPTH 32

struct query {
	const char *text, *p;
	const json_t *entity;
	const char *var; /* The name that forEach() binds, or NULL. */
	size_t var_len;
	const json_t *item;
	unsigned depth;
	struct error *err;
};

static json_t *query_or(struct query *);

static json_t *
query_fail(struct query *q, const char *what)
{
	error_set(q->err, ERROR_USAGE, "invalid query \"%s\": %s at \"%s\"",
	    q->text, what, q->p);
	return NULL;
}

static void
query_skip(struct query *q)
{
	q->p += strspn(q->p, " \t\n");
}

static bool
query_take(struct query *q, const char *token)
{
	size_t n = strlen(token);

	query_skip(q);
	if (strncmp(q->p, token, n) != 0)
		return false;
	q->p += n;
	return true;
}

/* How long the name at p is: letters, digits, "-" and "_". */
static size_t
query_name_len(const char *p)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*p))
		return 0;
	while (isalnum((unsigned char)p[n]) || p[n] == '-' || p[n] == '_')
		n++;
	return n;
}

static bool
query_is_true(const json_t *value)
{
	return json_is_true(value) || json_string_length(value) > 0 ||
	    json_integer_value(value) != 0;
}

static json_t *
query_member(struct query *q, const json_t *object, const char *name,
    size_t len)
{
	autofree char *key = text_part(name, len);
	json_t *value = json_object_get(object, key);

	if (value == NULL) {
		q->p = name;
		return query_fail(q, "unknown name");
	}
	return json_incref(value);
}

static json_t *
query_path(struct query *q, const char *name, size_t len)
{
	json_t *value, *below;

	if (q->var != NULL && len == q->var_len &&
	    memcmp(name, q->var, len) == 0)
		value = json_incref(text_json(q->item));
	else
		value = query_member(q, q->entity, name, len);
	while (value != NULL && *q->p == '.') {
		q->p++;
		len = query_name_len(q->p);
		name = q->p;
		q->p += len;
		below = query_member(q, value, name, len);
		json_decref(value);
		value = below;
	}
	return value;
}

/* The condition behind "=>" for each member of a map or list. */
static json_t *
query_each(struct query *q, const json_t *map)
{
	struct query inner = *q;
	const char *end = NULL, *key;
	bool all = true;
	json_t *item;

	query_skip(&inner);
	inner.var = inner.p;
	inner.var_len = query_name_len(inner.p);
	inner.p += inner.var_len;
	if (inner.var_len == 0 || !query_take(&inner, "=>"))
		return query_fail(q, "expected \"name => condition\"");
	q->p = inner.p;
	json_object_foreach(text_json(map), key, item) {
		json_auto_t *holds = NULL;

		inner.p = q->p;
		inner.item = item;
		holds = query_or(&inner);
		if (holds == NULL)
			return NULL;
		all = all && query_is_true(holds);
		end = inner.p;
	}
	/* An empty map: find the bracket that closes the condition. */
	q->p = end != NULL ? end : q->p + strcspn(q->p, ")");
	return json_boolean(all);
}

static json_t *
query_len(const json_t *value)
{
	size_t n = json_is_string(value) ? json_string_length(value) :
	    json_is_array(value)         ? json_array_size(value) :
					   json_object_size(value);

	return json_integer((json_int_t)n);
}

static json_t *
query_affix(struct query *q, const json_t *value, const char *name)
{
	json_auto_t *affix = query_or(q);
	const char *s = json_string_value(value);
	const char *part = json_string_value(affix);
	size_t n, skip;

	if (affix == NULL)
		return NULL;
	if (s == NULL || part == NULL)
		return query_fail(q, "expected texts before");
	n = strlen(part);
	if (strlen(s) < n)
		return json_false();
	skip = strcmp(name, "endsWith") == 0 ? strlen(s) - n : 0;
	return json_boolean(memcmp(s + skip, part, n) == 0);
}

static json_t *
query_call(struct query *q, const char *name)
{
	json_auto_t *value = query_or(q), *result = NULL;

	if (value == NULL)
		return NULL;
	if (strcmp(name, "len") == 0)
		result = query_len(value);
	else if (!query_take(q, ","))
		return query_fail(q, "expected \",\"");
	else if (strcmp(name, "forEach") == 0)
		result = query_each(q, value);
	else
		result = query_affix(q, value, name);
	if (result != NULL && !query_take(q, ")"))
		return query_fail(q, "expected \")\"");
	return json_incref(result);
}

static json_t *
query_name(struct query *q)
{
	static const char *const functions[] = { "len", "forEach", "startsWith",
		"endsWith" };
	const char *name = q->p;
	size_t len = query_name_len(name);

	q->p += len;
	if (*q->p == '(') {
		for (size_t i = 0; i < nitems(functions); i++) {
			if (strlen(functions[i]) != len ||
			    memcmp(functions[i], name, len) != 0)
				continue;
			q->p++;
			return query_call(q, functions[i]);
		}
		q->p = name;
		return query_fail(q, "unknown function");
	}
	if (len == 4 && memcmp(name, "true", 4) == 0)
		return json_true();
	if (len == 5 && memcmp(name, "false", 5) == 0)
		return json_false();
	return query_path(q, name, len);
}

static json_t *
query_primary(struct query *q)
{
	const char *start;
	char *end;
	json_t *value;

	if (query_take(q, "(")) {
		value = query_or(q);
		if (value == NULL || query_take(q, ")"))
			return value;
		json_decref(value);
		return query_fail(q, "expected \")\"");
	}
	query_skip(q);
	start = q->p;
	if (*start == '"' || *start == '\'') {
		size_t n = strcspn(start + 1, *start == '"' ? "\"" : "'");

		if (start[n + 1] == '\0')
			return query_fail(q, "unfinished text");
		q->p += n + 2;
		return json_stringn(start + 1, n);
	}
	if (isdigit((unsigned char)*start)) {
		value = json_integer(strtoll(start, &end, 10));
		q->p = end;
		return value;
	}
	if (query_name_len(start) == 0)
		return query_fail(q, "expected a name or a value");
	return query_name(q);
}

static int
query_compare(const json_t *a, const json_t *b)
{
	json_int_t x, y;

	if (json_is_string(a) && json_is_string(b))
		return strcmp(json_string_value(a), json_string_value(b));
	if (!json_is_integer(a) || !json_is_integer(b))
		return json_equal(a, b) ? 0 : -1;
	x = json_integer_value(a);
	y = json_integer_value(b);
	return (x > y) - (x < y);
}

/* In this order, because "<" begins "<=". */
static const struct {
	const char *token;
	bool less, equal, greater;
} query_operators[] = {
	{ "==", false, true, false },
	{ "!=", true, false, true },
	{ "<=", true, true, false },
	{ ">=", false, true, true },
	{ "<", true, false, false },
	{ ">", false, false, true },
};

static json_t *
query_comparison(struct query *q)
{
	json_auto_t *left = query_primary(q), *right = NULL;

	for (size_t i = 0; left != NULL && i < nitems(query_operators); i++) {
		int order;

		if (!query_take(q, query_operators[i].token))
			continue;
		right = query_primary(q);
		if (right == NULL)
			return NULL;
		order = query_compare(left, right);
		return json_boolean(order < 0 ? query_operators[i].less :
			order > 0             ? query_operators[i].greater :
						query_operators[i].equal);
	}
	return json_incref(left);
}

static json_t *
query_not(struct query *q)
{
	json_auto_t *value = NULL;
	bool negated = false;

	query_skip(q);
	while (q->p[0] == '!' && q->p[1] != '=') {
		q->p++;
		negated = !negated;
		query_skip(q);
	}
	value = query_comparison(q);
	if (value == NULL || !negated)
		return json_incref(value);
	return json_boolean(!query_is_true(value));
}

static json_t *
query_and(struct query *q)
{
	json_t *left = query_not(q), *right;

	while (left != NULL && query_take(q, "&&")) {
		bool held = query_is_true(left);

		json_decref(left);
		right = query_not(q);
		if (right == NULL)
			return NULL;
		left = json_boolean(held && query_is_true(right));
		json_decref(right);
	}
	return left;
}

static json_t *
query_or(struct query *q)
{
	json_t *left, *right;

	if (++q->depth > QUERY_DEPTH)
		return query_fail(q, "nested too deep");
	left = query_and(q);
	while (left != NULL && query_take(q, "||")) {
		bool held = query_is_true(left);

		json_decref(left);
		right = query_and(q);
		if (right == NULL)
			return NULL;
		left = json_boolean(held || query_is_true(right));
		json_decref(right);
	}
	q->depth--;
	return left;
}

int
query_holds(const char *text, const json_t *entity, struct error *err)
{
	struct query q = { .text = text,
		.p = text,
		.entity = entity,
		.err = err };
	json_auto_t *value = query_or(&q);

	if (value == NULL)
		return -1;
	query_skip(&q);
	if (*q.p != '\0') {
		(void)query_fail(&q, "expected the end");
		return -1;
	}
	return query_is_true(value) ? 1 : 0;
}
