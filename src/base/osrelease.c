/* SPDX-License-Identifier: Apache-2.0 */

#include "base/osrelease.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/mem.h"

#define OSRELEASE_MAX (64 * 1024)

/* Of values only the plain and the quoted are read, as no other is known of. */
char *
osrelease_find(const char *text, const char *key)
{
	size_t len = strlen(key);

	for (; *text != '\0'; text += strcspn(text, "\n"), text += *text != 0) {
		const char *value = text + len + 1;

		if (strncmp(text, key, len) != 0 || text[len] != '=')
			continue;
		value += *value == '"' || *value == '\'';
		len = strcspn(value, "\"'\n");
		return len > 0 ? xasprintf("%.*s", (int)len, value) : NULL;
	}
	return NULL;
}

char *
osrelease_get(const char *key)
{
	static const char *const paths[] = { "/etc/os-release",
		"/usr/lib/os-release" };

	for (size_t i = 0; i < nitems(paths); i++) {
		struct error ignored = { 0 };
		autofree char *text = file_read(paths[i], OSRELEASE_MAX, NULL,
		    &ignored);

		if (text != NULL)
			return osrelease_find(text, key);
	}
	return NULL;
}

char *
osrelease_series(void)
{
	char *series = osrelease_get("VERSION_CODENAME");

	if (series == NULL)
		series = osrelease_get("ID");
	return series != NULL ? series : xstrdup("linux");
}
