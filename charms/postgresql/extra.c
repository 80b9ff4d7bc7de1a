/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
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
	{ "charmed_read", EXTRA_READ_ALL },
	{ "charmed_dml", EXTRA_WRITE_ALL },
	{ "charmed_admin", EXTRA_ADMIN | EXTRA_CREATEDB },
	{ "charmed_stats", EXTRA_STATS },
};

static const char blanks[] = " \t\r\n";

static int
unknown(const char *name, struct error *err)
{
	autostrbuf known = { 0 };

	for (size_t i = 0; i < nitems(extras); i++)
		strbuf_addf(&known, "%s%s", i > 0 ? ", " : "", extras[i].name);
	error_set(err, ERROR_INVALID,
	    "extra user role \"%s\" is not known; possible are: %s",
	    strlen(name) <= 64 ? name : "(too long)", strbuf_cstr(&known));
	return error_hint(err, "change extra-user-roles");
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

static bool
is_contradictory(unsigned flags)
{
	unsigned limits = flags & EXTRA_LIMITED;

	return limits != 0 &&
	    ((limits & (limits - 1)) != 0 ||
		(flags & ~(EXTRA_LIMITED | EXTRA_STATS)) != 0);
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
	if (is_contradictory(found)) {
		error_set(err, ERROR_INVALID,
		    "each of the extra user roles reader, charmed_read and "
		    "charmed_dml excludes all others but charmed_stats");
		return error_hint(err, "change extra-user-roles");
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
