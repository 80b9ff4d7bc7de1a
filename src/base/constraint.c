/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/constraint.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"

#define CONSTRAINT_TEXT_MAX 1024
#define CONSTRAINT_MAX      ((uint64_t)1 << 40)

typedef json_t *constraint_read(const char *text);

static json_t *
read_text(const char *text)
{
	return strlen(text) <= CONSTRAINT_TEXT_MAX ? json_string(text) : NULL;
}

static json_t *
read_bool(const char *text)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return NULL;
	return json_boolean(strcmp(text, "true") == 0);
}

/* Digits, and what follows them in *end. */
static bool
read_number(const char *text, uint64_t *number, const char **end)
{
	char *rest;

	errno = 0;
	*number = strtoull(text, &rest, 10);
	*end = rest;
	return isdigit((unsigned char)text[0]) && errno == 0 &&
	    *number < CONSTRAINT_MAX;
}

static json_t *
read_count(const char *text)
{
	const char *end;
	uint64_t n = 0;

	if (!read_number(text, &n, &end) || *end != '\0')
		return NULL;
	return json_integer((json_int_t)n);
}

/* As Juju reads it: MiB without a suffix; halves of a GiB round up. */
static json_t *
read_size(const char *text)
{
	static const char suffixes[] = "MGTP";
	uint64_t n = 0, tenths = 0, scale = 1;
	const char *end;

	if (!read_number(text, &n, &end))
		return NULL;
	if (end[0] == '.' && isdigit((unsigned char)end[1])) {
		tenths = (uint64_t)(end[1] - '0');
		end += 2;
	}
	if (*end != '\0') {
		const char *suffix = strchr(suffixes, *end);

		if (suffix == NULL || end[1] != '\0')
			return NULL;
		scale <<= 10 * (suffix - suffixes);
	}
	if (n > CONSTRAINT_MAX / scale)
		return NULL;
	n = n * scale + (tenths * scale + 9) / 10;
	return json_integer((json_int_t)n);
}

static json_t *
read_list(const char *text)
{
	json_t *list = json_array();

	while (*text != '\0') {
		size_t n = strcspn(text, ",");

		if (n > 0)
			json_array_append_new(list, json_stringn(text, n));
		text += n + (text[n] == ',');
	}
	return list;
}

static json_t *
read_arch(const char *text)
{
	static const char *const known[] = { "amd64", "arm64", "armhf", "i386",
		"ppc64el", "riscv64", "s390x" };

	for (size_t i = 0; i < nitems(known); i++) {
		if (strcmp(text, known[i]) == 0)
			return json_string(text);
	}
	return NULL;
}

static const struct constraint {
	const char *name, *expected;
	constraint_read *read;
} constraints[] = {
	{ "allocate-public-ip", "true or false", read_bool },
	{ "arch", "an architecture such as amd64 or arm64", read_arch },
	{ "container", "a short text", read_text },
	{ "cores", "a number from 0", read_count },
	{ "cpu-power", "a number from 0", read_count },
	{ "image-id", "a short text", read_text },
	{ "instance-role", "a short text", read_text },
	{ "instance-type", "a short text", read_text },
	{ "mem", "a size such as 512M or 4G", read_size },
	{ "root-disk", "a size such as 512M or 4G", read_size },
	{ "root-disk-source", "a short text", read_text },
	{ "spaces", "names, separated by commas", read_list },
	{ "tags", "names, separated by commas", read_list },
	{ "virt-type", "a short text", read_text },
	{ "zones", "names, separated by commas", read_list },
};

static const struct constraint *
constraint_find(const char *name)
{
	/* As Juju once called it. */
	if (strcmp(name, "cpu-cores") == 0)
		name = "cores";
	for (size_t i = 0; i < nitems(constraints); i++) {
		if (strcmp(constraints[i].name, name) == 0)
			return &constraints[i];
	}
	return NULL;
}

static int
constraint_add(json_t *values, const char *name, const json_t *text,
    struct error *err)
{
	const char *word = json_is_string(text) ? json_string_value(text) : "";
	const struct constraint *c = constraint_find(name);
	json_t *value;

	if (c == NULL) {
		error_set(err, ERROR_INVALID, "unknown constraint \"%.64s\"",
		    name);
		return error_hint(err,
		    "\"tenon help set-constraints\" lists those there are");
	}
	if (word[0] == '\0')
		return 0;
	value = c->read(word);
	if (value == NULL) {
		error_set(err, ERROR_INVALID,
		    "bad \"%s\" constraint: expected %s, got \"%.64s\"",
		    c->name, c->expected, word);
		return error_hint(err,
		    "\"tenon help set-constraints\" tells more");
	}
	(void)json_object_set_new(values, c->name, value);
	return 0;
}

json_t *
constraints_parse(json_t *texts, struct error *err)
{
	json_auto_t *values = json_object();
	const char *name;
	json_t *text;

	json_object_foreach(texts, name, text) {
		if (constraint_add(values, name, text, err) == -1)
			return NULL;
	}
	return json_incref(values);
}

/* ---- as text ---- */

static void
add_list(struct strbuf *sb, const json_t *list)
{
	const json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
		strbuf_addf(sb, "%s%s", i > 0 ? "," : "",
		    json_string_value(item));
}

static void
add_value(struct strbuf *sb, const char *name, const json_t *value)
{
	bool is_size = strcmp(name, "mem") == 0 ||
	    strcmp(name, "root-disk") == 0;

	strbuf_addf(sb, "%s%s=", sb->len > 0 ? " " : "", name);
	if (json_is_integer(value))
		strbuf_addf(sb, "%lld%s", (long long)json_integer_value(value),
		    is_size ? "M" : "");
	else if (json_is_boolean(value))
		strbuf_adds(sb, json_is_true(value) ? "true" : "false");
	else if (json_is_array(value))
		add_list(sb, value);
	else
		strbuf_adds(sb, json_string_value(value));
}

char *
constraints_format(const json_t *values)
{
	/* The order in which Juju has them. */
	static const char *const order[] = { "arch", "container", "cores",
		"cpu-power", "instance-role", "instance-type", "mem",
		"root-disk", "root-disk-source", "tags", "spaces", "virt-type",
		"zones", "allocate-public-ip", "image-id" };
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < nitems(order); i++) {
		const json_t *value = json_object_get(values, order[i]);

		if (value != NULL)
			add_value(&sb, order[i], value);
	}
	return strbuf_detach(&sb);
}
