/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statement builder, read back by a decoder of its own that knows nothing
 * but how the server reads quotes: whatever the names and values are, they
 * arrive as they were given, and nothing but them does. And the names that are
 * made of a database's name. tests/charm asks a real server for the same.
 */

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "extra.h"
#include "fuzz.h"
#include "names.h"
#include "permissions.h"
#include "sql.h"
#include "utf8.h"

/*
 * Take one quoted token off the text, as the server's scanner does with
 * standard_conforming_strings on. NULL if there is none.
 */
static char *
take_quoted(const char **text, char quote)
{
	autostrbuf sb = { 0 };
	const char *p = *text;

	if (*p++ != quote)
		return NULL;
	for (; *p != quote || p[1] == quote; p++) {
		if (*p == '\0')
			return NULL;
		p += *p == quote;
		strbuf_addc(&sb, *p);
	}
	*text = p + 1;
	return strbuf_detach(&sb);
}

/* A verb of a template against what was built from it. */
static void
require_verb(const char **sql, char verb, const char *arg)
{
	autofree char *found = NULL;

	if (verb == 'L' && arg == NULL) {
		fuzz_require(strncmp(*sql, "NULL", 4) == 0);
		*sql += 4;
		return;
	}
	found = take_quoted(sql, verb == 'I' ? '"' : '\'');
	fuzz_require(found != NULL && arg != NULL && strcmp(found, arg) == 0);
}

static void
require_same(const char *sql, const char *tmpl, const char *const *args)
{
	for (; *tmpl != '\0'; tmpl++) {
		if (*tmpl == '%' && *++tmpl != '%')
			require_verb(&sql, *tmpl, *args++);
		else
			fuzz_require(*sql++ == *tmpl);
	}
	fuzz_require(*sql == '\0');
}

static bool
is_identifier(const char *text)
{
	return text[0] != '\0' && strlen(text) <= SQL_IDENTIFIER_MAX &&
	    utf8_valid(text);
}

/* Does the builder have to take it? */
static bool
is_good(const char *tmpl, const char *const *args)
{
	for (; *tmpl != '\0'; tmpl++) {
		if (*tmpl != '%' || *++tmpl == '%')
			continue;
		if (*tmpl == 'I' ? !is_identifier(*args) :
				   *args != NULL && !utf8_valid(*args))
			return false;
		args++;
	}
	return true;
}

static void
require_statement(const char *tmpl, const char *const *args, size_t nargs)
{
	autostrbuf sb = { 0 };
	struct error err = { 0 };

	strbuf_adds(&sb, "BEGIN;");
	if (sql_build_args(&sb, &err, tmpl, args, nargs) == -1) {
		fuzz_require_error(&err);
		fuzz_require(!is_good(tmpl, args));
		fuzz_require(strcmp(strbuf_cstr(&sb), "BEGIN;") == 0);
		return;
	}
	fuzz_require(is_good(tmpl, args));
	fuzz_require(strncmp(strbuf_cstr(&sb), "BEGIN;", 6) == 0);
	require_same(strbuf_cstr(&sb) + 6, tmpl, args);
}

/* Every role of a database that is accepted has a name that fits. */
static void
require_names(const char *database)
{
	struct error err = { 0 };
	autofree char *owner = NULL, *reader = NULL;

	if (name_check_database(database, &err) == -1) {
		fuzz_require_error(&err);
		return;
	}
	owner = name_owner(database);
	reader = name_reader(database);
	fuzz_require(is_identifier(database) && is_identifier(owner));
	fuzz_require(is_identifier(reader) && strcmp(owner, reader) != 0);
	fuzz_require(!name_is_system_user(database));
	for (const char *p = database; *p != '\0'; p++)
		fuzz_require(!iscntrl((unsigned char)*p));
}

static void
require_extra(const char *text)
{
	struct error err = { 0 };
	unsigned flags = 0;
	autostrbuf sb = { 0 };

	if (extra_parse(text, &flags, &err) == -1) {
		fuzz_require_error(&err);
		return;
	}
	extra_attributes(&sb, flags);
	/* What the client said is not in the statement. */
	fuzz_require(
	    strspn(strbuf_cstr(&sb), " ABCDEFGHIJKLMNOPQRSTUVWXYZ") == sb.len);
}

/* Names that the server would not cut, words that we know, no tables of its own. */
static void
require_permissions(const char *text)
{
	struct error err = { 0 };
	autopermissions all = { 0 };

	if (permissions_parse(text, "shop", &all, &err) == -1) {
		fuzz_require_error(&err);
		return;
	}
	fuzz_require(*text == '\0' || permissions_check(text, &err) == 0);
	for (size_t i = 0; i < all.n; i++) {
		const struct permission *p = &all.list[i];
		autostrbuf sb = { 0 };

		fuzz_require(
		    (p->resource == RESOURCE_DATABASE) == (p->schema == NULL));
		fuzz_require(p->schema == NULL ||
		    (is_identifier(p->schema) &&
			strncmp(p->schema, "pg_", 3) != 0));
		fuzz_require(p->object == NULL || is_identifier(p->object));
		permission_add_words(&sb, p);
		fuzz_require(sb.len > 0);
		fuzz_require(strspn(strbuf_cstr(&sb),
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ, ") == sb.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *text;
		size_t nargs;
	} templates[] = {
		{ "CREATE ROLE %I LOGIN PASSWORD %L;", 2 },
		{ "COMMENT ON ROLE %I IS %L; GRANT %I TO %I;", 4 },
		{ "%L%I%L", 3 },
		{ "%%%I%%.%I", 2 },
	};
	autofields f = { 0 };
	const char *args[4];

	fuzz_split(&f, data, size);
	for (size_t i = 0; i < nitems(args); i++)
		args[i] = f.text[i];
	for (size_t i = 0; i < nitems(templates); i++)
		require_statement(templates[i].text, args, templates[i].nargs);
	args[1] = NULL;
	require_statement(templates[0].text, args, templates[0].nargs);
	require_names(f.text[0]);
	require_extra(f.text[0]);
	require_permissions(f.text[0]);
	return 0;
}
