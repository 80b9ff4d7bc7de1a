/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written for libpq and for the server's files, read back: connection
 * strings and URIs by libpq itself, postgresql.conf and the password file by
 * decoders of their formats.
 */

#include <libpq-fe.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "conf.h"
#include "fuzz.h"
#include "uri.h"
#include "utf8.h"

static const char *
option(const PQconninfoOption *options, const char *key)
{
	for (; options->keyword != NULL; options++) {
		if (strcmp(options->keyword, key) == 0)
			return options->val != NULL ? options->val : "";
	}
	return "";
}

static void
require_parsed(const char *text, const struct access *a, const char *host)
{
	char *why = NULL;
	PQconninfoOption *options = PQconninfoParse(text, &why);

	fuzz_require(options != NULL);
	fuzz_require(strcmp(option(options, "host"), host) == 0);
	fuzz_require(strcmp(option(options, "user"), a->user) == 0);
	fuzz_require(strcmp(option(options, "password"), a->password) == 0);
	fuzz_require(strcmp(option(options, "dbname"), a->database) == 0);
	PQconninfoFree(options);
}

static void
require_conninfo(const struct access *a)
{
	autostrbuf sb = { 0 };

	conf_add_conninfo(&sb, "host", "127.0.0.1");
	conf_add_conninfo(&sb, "user", a->user);
	conf_add_conninfo(&sb, "password", a->password);
	conf_add_conninfo(&sb, "dbname", a->database);
	require_parsed(strbuf_cstr(&sb), a, "127.0.0.1");
}

static void
require_uri(const struct access *a)
{
	autofree char *uri = uri_make(a, "127.0.0.1:5432,127.0.0.2:5432");

	/* No byte that a shell, a log or a form could take for its own. */
	fuzz_require(uri[strcspn(uri, " '\"\\<>`|;\n\t")] == '\0');
	require_parsed(uri, a, "127.0.0.1,127.0.0.2");
}

/* One line of postgresql.conf: the value of `name`, as the server reads it. */
static char *
conf_value(const char *text, const char *name)
{
	autofree char *start = xasprintf("\n%s = '", name);
	const char *p = strstr(text, start);
	autostrbuf sb = { 0 };

	fuzz_require(p != NULL);
	for (p += strlen(start); *p != '\'' || p[1] == '\''; p++) {
		fuzz_require(*p != '\0' && *p != '\n');
		if (*p == '\'' || *p == '\\')
			p++;
		strbuf_addc(&sb, *p);
	}
	fuzz_require(p[1] == '\n');
	return strbuf_detach(&sb);
}

static void
require_conf(const struct access *a)
{
	struct conf_spec spec = { .unit = a->database,
		.address = "127.0.0.1",
		.port = 5432,
		.hba_file = "/hba",
		.ident_file = "/ident",
		.options_file = "/options",
		.conninfo = a->user,
		.slot = a->password };
	autostrbuf sb = { 0 };
	autofree char *unit = NULL, *conninfo = NULL, *slot = NULL;

	conf_render(&sb, &spec);
	unit = conf_value(strbuf_cstr(&sb), "cluster_name");
	conninfo = conf_value(strbuf_cstr(&sb), "primary_conninfo");
	slot = conf_value(strbuf_cstr(&sb), "primary_slot_name");
	/* A file of lines has no place for a newline. */
	fuzz_require(strchr(a->database, '\n') != NULL ||
	    strcmp(unit, a->database) == 0);
	fuzz_require(
	    strchr(a->user, '\n') != NULL || strcmp(conninfo, a->user) == 0);
	fuzz_require(strchr(a->password, '\n') != NULL ||
	    strcmp(slot, a->password) == 0);
}

/* A field of a password file, up to the separator. */
static char *
pgpass_take(const char **text, char end)
{
	autostrbuf sb = { 0 };
	const char *p = *text;

	for (; *p != end; p++) {
		p += *p == '\\';
		fuzz_require(*p != '\0');
		strbuf_addc(&sb, *p);
	}
	*text = p + 1;
	return strbuf_detach(&sb);
}

static void
require_pgpass(const struct access *a)
{
	static const char ends[] = ":::::";
	const char *const wanted[] = { a->database, "*", "*", a->user,
		a->password };
	autostrbuf sb = { 0 };
	const char *rest;

	if (strpbrk(a->password, "\r\n") != NULL)
		return;
	conf_add_pgpass(&sb, a->database, a->user, a->password);
	rest = strbuf_cstr(&sb);
	for (size_t i = 0; i < nitems(wanted); i++) {
		autofree char *found = pgpass_take(&rest,
		    i + 1 < nitems(wanted) ? ends[i] : '\n');

		fuzz_require(strcmp(found, wanted[i]) == 0);
	}
	fuzz_require(*rest == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofields f = { 0 };
	struct access a;

	fuzz_split(&f, data, size);
	a = (struct access){ .user = f.text[0],
		.password = f.text[1],
		.database = f.text[2] };
	require_conninfo(&a);
	require_uri(&a);
	require_conf(&a);
	require_pgpass(&a);
	return 0;
}
