/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "permissions.h"
#include "sql.h"

#define PERMISSIONS_MAX 500

static const char hint[] = "change entity-permissions";

static const struct {
	const char *type, *word;
	const char *privileges[8]; /* Bit i of permission.privileges. */
} resources[] = {
	[RESOURCE_DATABASE] = { "DATABASE", "database",
	    { "CONNECT", "CREATE", "TEMPORARY", NULL } },
	[RESOURCE_SCHEMA] = { "SCHEMA", "schema", { "USAGE", "CREATE", NULL } },
	[RESOURCE_TABLE] = { "TABLE", "table",
	    { "SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES",
		"TRIGGER", NULL } },
	[RESOURCE_SEQUENCE] = { "SEQUENCE", "sequence",
	    { "USAGE", "SELECT", "UPDATE", NULL } },
};

const char *
resource_word(enum resource r)
{
	return resources[r].word;
}

void
permission_add_words(struct strbuf *sb, const struct permission *p)
{
	const char *const *words = resources[p->resource].privileges;
	const char *comma = "";

	for (size_t i = 0; words[i] != NULL; i++) {
		if ((p->privileges & 1U << i) == 0)
			continue;
		strbuf_addf(sb, "%s%s", comma, words[i]);
		comma = ", ";
	}
}

void
permissions_release(struct permissions *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].schema);
		free(p->list[i].object);
	}
	free(p->list);
	*p = (struct permissions){ 0 };
}

static int
malformed(struct error *err)
{
	error_set(err, ERROR_INVALID,
	    "entity-permissions is not a JSON list of {resource_name, "
	    "resource_type, privileges}");
	return error_hint(err, hint);
}

static const char *
shown(const char *text)
{
	return strlen(text) <= 64 ? text : "(too long)";
}

static int
parse_type(const char *type, enum resource *resource, struct error *err)
{
	for (size_t i = 0; i < nitems(resources); i++)
		if (strcasecmp(type, resources[i].type) == 0) {
			*resource = (enum resource)i;
			return 0;
		}
	error_set(err, ERROR_INVALID,
	    "resource type \"%s\" is not known; possible are: DATABASE, "
	    "SCHEMA, TABLE, SEQUENCE",
	    shown(type));
	return error_hint(err, hint);
}

static int
unknown_privilege(enum resource r, const char *word, struct error *err)
{
	const char *const *words = resources[r].privileges;
	autostrbuf known = { 0 };

	for (; *words != NULL; words++)
		strbuf_addf(&known, "%s, ", *words);
	error_set(err, ERROR_INVALID,
	    "privilege \"%s\" is not known for a %s; possible are: %sALL",
	    shown(word), resources[r].word, strbuf_cstr(&known));
	return error_hint(err, hint);
}

static int
parse_privilege(struct permission *p, const char *word, struct error *err)
{
	const char *const *words = resources[p->resource].privileges;
	unsigned all = 0;

	if (strcasecmp(word, "TEMP") == 0)
		word = "TEMPORARY";
	for (size_t i = 0; words[i] != NULL; i++) {
		all |= 1U << i;
		if (strcasecmp(word, words[i]) == 0) {
			p->privileges |= 1U << i;
			return 0;
		}
	}
	if (strcasecmp(word, "ALL") != 0)
		return unknown_privilege(p->resource, word, err);
	p->privileges = all;
	return 0;
}

static int
parse_privileges(struct permission *p, const json_t *words, struct error *err)
{
	const json_t *word;
	size_t i;

	json_array_foreach(words, i, word) {
		if (!json_is_string(word))
			return malformed(err);
		if (parse_privilege(p, json_string_value(word), err) == -1)
			return -1;
	}
	return 0;
}

/* ---- names ---- */

/* One part, up to a dot that is not quoted: where it ends; NULL if it cannot be. */
static const char *
take_part(const char *text, struct strbuf *part)
{
	if (*text != '"') {
		size_t len = strcspn(text, ".\"");

		strbuf_addn(part, text, len);
		return text[len] == '"' ? NULL : text + len;
	}
	for (text++; *text != '\0'; text++) {
		if (*text == '"' && *++text != '"')
			return *text == '.' || *text == '\0' ? text : NULL;
		strbuf_addc(part, *text);
	}
	return NULL;
}

static bool
part_is_name(const struct strbuf *part)
{
	return part->len > 0 && part->len <= SQL_IDENTIFIER_MAX;
}

/* "a" gives one part, "a.b" two; -1 for anything else. */
static int
split(const char *name, struct strbuf *first, struct strbuf *second)
{
	const char *end = take_part(name, first);

	if (end == NULL || !part_is_name(first))
		return -1;
	if (*end == '\0')
		return 1;
	end = take_part(end + 1, second);
	return end != NULL && *end == '\0' && part_is_name(second) ? 2 : -1;
}

static int
bad_name(const struct permission *p, const char *name, struct error *err)
{
	error_set(err, ERROR_INVALID, "\"%s\" is not the name of a %s",
	    shown(name), resources[p->resource].word);
	return error_hint(err, hint);
}

/* The server's own tables hold what is none of a client's business. */
static int
check_schema(const char *schema, struct error *err)
{
	if (strncmp(schema, "pg_", 3) != 0 &&
	    strcmp(schema, "information_schema") != 0)
		return 0;
	error_set(err, ERROR_INVALID, "schema \"%s\" belongs to the server",
	    schema);
	return error_hint(err, hint);
}

static int
parse_name(struct permission *p, const char *name, const char *database,
    struct error *err)
{
	autostrbuf first = { 0 }, second = { 0 };
	int parts;

	if (p->resource == RESOURCE_DATABASE) {
		if (strcmp(name, database) == 0)
			return 0;
		error_set(err, ERROR_INVALID,
		    "resource \"%s\" is not the database \"%s\"", shown(name),
		    database);
		return error_hint(err, hint);
	}
	parts = split(name, &first, &second);
	if (parts == -1 || (parts == 2 && p->resource == RESOURCE_SCHEMA))
		return bad_name(p, name, err);
	if (p->resource == RESOURCE_SCHEMA) {
		p->schema = strbuf_detach(&first);
	} else {
		p->schema = parts == 2 ? strbuf_detach(&first) :
					 xstrdup("public");
		p->object = strbuf_detach(parts == 2 ? &second : &first);
	}
	return check_schema(p->schema, err);
}

static bool
is_entry(const json_t *entry)
{
	return json_object_size(entry) == 3 &&
	    json_text(entry, "resource_type", NULL) != NULL &&
	    json_text(entry, "resource_name", NULL) != NULL &&
	    json_array_size(json_object_get(entry, "privileges")) > 0;
}

static int
parse_one(struct permissions *all, const json_t *entry, const char *database,
    struct error *err)
{
	struct permission *p = &all->list[all->n++];

	if (parse_type(json_text(entry, "resource_type", ""), &p->resource,
		err) == -1 ||
	    parse_privileges(p, json_object_get(entry, "privileges"), err) ==
		-1)
		return -1;
	return parse_name(p, json_text(entry, "resource_name", ""), database,
	    err);
}

/* A new list of well-formed entries, or NULL. */
static json_t *
read_list(const char *text, struct error *err)
{
	struct error ignored = { 0 };
	json_auto_t *list = json_read(text, strlen(text), LIMIT_BAG_BYTES,
	    &ignored);
	const json_t *entry;
	size_t i;

	if (json_array_size(list) > PERMISSIONS_MAX) {
		error_set(err, ERROR_INVALID,
		    "entity-permissions has %zu entries, at most %d are "
		    "possible",
		    json_array_size(list), PERMISSIONS_MAX);
		(void)error_hint(err, hint);
		return NULL;
	}
	if (!json_is_array(list))
		(void)malformed(err);
	json_array_foreach(list, i, entry)
		if (!is_entry(entry))
			(void)malformed(err);
	return err->code == ERROR_NONE ? json_incref(list) : NULL;
}

int
permissions_check(const char *text, struct error *err)
{
	json_auto_t *list = *text == '\0' ? json_array() : read_list(text, err);

	return list != NULL ? 0 : -1;
}

int
permissions_parse(const char *text, const char *database,
    struct permissions *all, struct error *err)
{
	json_auto_t *list = NULL;
	const json_t *entry;
	size_t i;

	if (*text == '\0')
		return 0;
	list = read_list(text, err);
	if (list == NULL)
		return -1;
	all->list = xcalloc(json_array_size(list) + 1, sizeof *all->list);
	json_array_foreach(list, i, entry)
		if (parse_one(all, entry, database, err) == -1)
			return -1;
	return 0;
}
