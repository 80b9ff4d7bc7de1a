/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "extra.h"

static const struct {
	const char *name;
	unsigned flag;
} extras[] = {
	{ "admin", EXTRA_ADMIN | EXTRA_CREATEDB },
	{ "createdb", EXTRA_CREATEDB },
	{ "createrole", EXTRA_CREATEROLE },
	{ "superuser", EXTRA_SUPERUSER },
	{ "reader", EXTRA_READER },
};

static const char blanks[] = " \t\r\n";

static int
unknown(const char *name, struct error *err)
{
	autostrbuf known = { 0 };

	for (size_t i = 0; i < nitems(extras); i++)
		strbuf_addf(&known, "%s%s", i > 0 ? ", " : "", extras[i].name);
	error_set(err, ERROR_INVALID, "extra user role \"%s\" is not known",
	    strlen(name) <= 64 ? name : "(too long)");
	return error_hint(err, "possible are: %s", strbuf_cstr(&known));
}

static int
extra_add(char *word, unsigned *flags, struct error *err)
{
	size_t len;

	word += strspn(word, blanks);
	len = strlen(word);
	while (len > 0 && strchr(blanks, word[len - 1]) != NULL)
		word[--len] = '\0';
	if (len == 0)
		return 0;
	for (size_t i = 0; i < nitems(extras); i++)
		if (strcasecmp(word, extras[i].name) == 0) {
			*flags |= extras[i].flag;
			return 0;
		}
	return unknown(word, err);
}

int
extra_parse(const char *text, unsigned *flags, struct error *err)
{
	autofree char *copy = xstrdup(text);
	char *next = copy, *word;
	unsigned found = 0;

	while ((word = strsep(&next, ",")) != NULL)
		if (extra_add(word, &found, err) == -1)
			return -1;
	if ((found & EXTRA_READER) && (found & EXTRA_WIDE)) {
		error_set(err, ERROR_INVALID,
		    "extra user role \"reader\" excludes all others");
		return error_hint(err, "ask for one or the other");
	}
	*flags = found;
	return 0;
}

void
extra_attributes(struct strbuf *sb, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *word;
	} attributes[] = {
		{ EXTRA_CREATEDB, "CREATEDB" },
		{ EXTRA_CREATEROLE, "CREATEROLE" },
		{ EXTRA_SUPERUSER, "SUPERUSER" },
	};

	for (size_t i = 0; i < nitems(attributes); i++)
		strbuf_addf(sb, " %s%s", flags & attributes[i].flag ? "" : "NO",
		    attributes[i].word);
}
