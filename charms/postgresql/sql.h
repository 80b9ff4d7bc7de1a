/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sql - statements that take no parameters.
 *
 * Values belong into conn_query(). CREATE ROLE, GRANT and their kind have no
 * place for parameters; they are built from a constant template with the verbs
 * of the server's own format():
 *
 *	%I	an identifier, always quoted, 1 to 63 bytes
 *	%L	a literal; NULL becomes the keyword NULL
 *	%%	a per cent sign
 *
 * There is no verb for raw text. The connection has client_encoding UTF8 and
 * standard_conforming_strings on: conn_open() sees to it.
 */

#ifndef POSTGRESQL_SQL_H
#define POSTGRESQL_SQL_H

#include <stddef.h>

struct error;
struct strbuf;

#define SQL_IDENTIFIER_MAX 63 /* The server cuts longer ones, silently. */

/*
 * Append a statement: sql_build(&sb, err, "DROP ROLE %I;", name). Every
 * argument is a const char *, because they become the elements of an array. An
 * error leaves the buffer as it was; it never shows the value of a literal.
 */
#define sql_build(sb, err, tmpl, ...)                      \
	sql_build_args((sb), (err), (tmpl),                \
	    (const char *const[]){ __VA_ARGS__ },          \
	    sizeof((const char *const[]){ __VA_ARGS__ }) / \
		sizeof(const char *))

int sql_build_args(struct strbuf *, struct error *, const char *tmpl,
    const char *const *args, size_t nargs);

#endif /* POSTGRESQL_SQL_H */
