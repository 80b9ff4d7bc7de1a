/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/quote.h"

/* A backslash before each character of `special`. */
static void
add_escaped(struct strbuf *sb, const char *text, const char *special)
{
	for (; *text != '\0'; text++) {
		if (strchr(special, *text) != NULL)
			strbuf_addc(sb, '\\');
		strbuf_addc(sb, *text);
	}
}

void
quote_kv(struct strbuf *sb, const char *text)
{
	strbuf_addc(sb, '\'');
	add_escaped(sb, text, "'\\");
	strbuf_addc(sb, '\'');
}

void
quote_pgpass(struct strbuf *sb, const char *text)
{
	add_escaped(sb, text, ":\\");
}

static int
cannot_write(const char *text, const char *format, struct error *err)
{
	error_set(err, ERROR_INVALID,
	    "\"%s\" cannot be written in the format %s", text, format);
	return error_hint(err, "use --format uri or json");
}

int
quote_service(struct strbuf *sb, const char *text, struct error *err)
{
	size_t len = strlen(text);

	if (len > 0 &&
	    (isspace((unsigned char)text[0]) ||
		isspace((unsigned char)text[len - 1])))
		return cannot_write(text, "service", err);
	strbuf_adds(sb, text);
	return 0;
}

void
quote_sh(struct strbuf *sb, const char *text)
{
	strbuf_addc(sb, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			strbuf_adds(sb, "'\\''");
		else
			strbuf_addc(sb, *text);
	}
	strbuf_addc(sb, '\'');
}

void
quote_systemd(struct strbuf *sb, const char *text)
{
	strbuf_addc(sb, '"');
	add_escaped(sb, text, "\"\\`$");
	strbuf_addc(sb, '"');
}

int
quote_dotenv(struct strbuf *sb, const char *text, struct error *err)
{
	if (strpbrk(text, "'\\$") != NULL)
		return cannot_write(text, "dotenv", err);
	strbuf_addf(sb, "'%s'", text);
	return 0;
}

void
quote_json(struct strbuf *sb, const char *text)
{
	json_auto_t *value = json_string(text);
	autofree char *line = json_dumps(value, JSON_ENCODE_ANY);

	strbuf_adds(sb, line != NULL ? line : "\"\"");
}

/* The escapes of JSON are among those of Properties, \uXXXX included. */
void
quote_properties(struct strbuf *sb, const char *text)
{
	json_auto_t *value = json_string(text);
	autofree char *line = json_dumps(value,
	    JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
	size_t len = line != NULL ? strlen(line) : 0;

	if (text[0] == ' ')
		strbuf_addc(sb, '\\');
	if (len > 2)
		strbuf_addn(sb, line + 1, len - 2);
}

void
quote_ado(struct strbuf *sb, const char *text)
{
	strbuf_addc(sb, '"');
	for (; *text != '\0'; text++) {
		if (*text == '"')
			strbuf_addc(sb, '"');
		strbuf_addc(sb, *text);
	}
	strbuf_addc(sb, '"');
}
