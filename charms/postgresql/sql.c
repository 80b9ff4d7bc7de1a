/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "sql.h"
#include "utf8.h"

static void
sql_quote(struct strbuf *sb, char quote, const char *text)
{
	strbuf_addc(sb, quote);
	for (; *text != '\0'; text++) {
		if (*text == quote)
			strbuf_addc(sb, quote);
		strbuf_addc(sb, *text);
	}
	strbuf_addc(sb, quote);
}

static int
sql_identifier(struct strbuf *sb, const char *name, struct error *err)
{
	if (name == NULL || name[0] == '\0')
		return error_set(err, ERROR_INVALID, "empty SQL identifier");
	if (!utf8_valid(name))
		return error_set(err, ERROR_INVALID,
		    "SQL identifier is not valid UTF-8");
	if (strlen(name) > SQL_IDENTIFIER_MAX)
		return error_set(err, ERROR_INVALID,
		    "SQL identifier is longer than %d bytes: %s",
		    SQL_IDENTIFIER_MAX, name);
	sql_quote(sb, '"', name);
	return 0;
}

static int
sql_literal(struct strbuf *sb, const char *value, struct error *err)
{
	if (value == NULL) {
		strbuf_adds(sb, "NULL");
		return 0;
	}
	if (!utf8_valid(value))
		return error_set(err, ERROR_INVALID,
		    "SQL literal is not valid UTF-8");
	sql_quote(sb, '\'', value);
	return 0;
}

static int
sql_verb(struct strbuf *sb, char verb, const char *arg, struct error *err)
{
	switch (verb) {
	case 'I':
		return sql_identifier(sb, arg, err);
	case 'L':
		return sql_literal(sb, arg, err);
	default:
		abort(); /* A template is constant: this is our mistake. */
	}
}

int
sql_build_args(struct strbuf *sb, struct error *err, const char *tmpl,
    const char *const *args, size_t nargs)
{
	size_t before = sb->len, used = 0;

	for (; *tmpl != '\0'; tmpl++) {
		if (*tmpl != '%' || *++tmpl == '%') {
			strbuf_addc(sb, *tmpl);
			continue;
		}
		assert(used < nargs);
		if (sql_verb(sb, *tmpl, args[used++], err) == -1) {
			strbuf_truncate(sb, before);
			return -1;
		}
	}
	assert(used == nargs);
	return 0;
}
