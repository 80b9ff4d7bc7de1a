/* SPDX-License-Identifier: Apache-2.0 */
/*
 * permissions - what a custom user or group may do: the key entity-permissions,
 *
 *	[{"resource_type": "TABLE", "resource_name": "public.orders",
 *	  "privileges": ["SELECT", "INSERT"]}]
 *
 * A name is "object" in the schema public, or "schema.object"; what is in
 * double quotes may hold dots. The object "*" means all of the schema, those to
 * come included.
 */

#ifndef POSTGRESQL_PERMISSIONS_H
#define POSTGRESQL_PERMISSIONS_H

#include <stddef.h>

struct error;
struct strbuf;

enum resource {
	RESOURCE_DATABASE,
	RESOURCE_SCHEMA,
	RESOURCE_TABLE, /* Views and the like too, as in SQL. */
	RESOURCE_SEQUENCE
};

struct permission {
	enum resource resource;
	char *schema;        /* Owned; NULL for a database. */
	char *object;        /* Owned; "*" for all; NULL: the schema itself. */
	unsigned privileges; /* Of the resource; see permission_add_words(). */
};

struct permissions {
	struct permission *list; /* Owned. */
	size_t n;
};

#define autopermissions \
	__attribute__((cleanup(permissions_release))) struct permissions

/*
 * The only database that they can be about is `database`. ERROR_INVALID says
 * what is not known and what is possible. "" is an empty list.
 */
int permissions_parse(const char *text, const char *database,
    struct permissions *, struct error *);
/* Is it a list of the right form, whatever is in it? */
int permissions_check(const char *text, struct error *);
void permissions_release(struct permissions *);

/* Append "SELECT, INSERT". */
void permission_add_words(struct strbuf *, const struct permission *);

/* "database", "schema", "table", "sequence" */
const char *resource_word(enum resource);

#endif /* POSTGRESQL_PERMISSIONS_H */
