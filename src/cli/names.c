/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "cli/names.h"

static const char names_digits[] = "0123456789";

bool
names_is_application(const char *name)
{
	size_t word = 0; /* How long the present one is. */

	if (!islower((unsigned char)name[0]))
		return false;
	for (; *name != '\0'; name++) {
		if (*name == '-' && word > 0)
			word = 0;
		else if (islower((unsigned char)*name) ||
		    isdigit((unsigned char)*name))
			word++;
		else
			return false;
	}
	return word > 0;
}

bool
names_is_machine(const char *name)
{
	return name[0] != '\0' && name[strspn(name, names_digits)] == '\0' &&
	    (name[0] != '0' || name[1] == '\0');
}

int
names_check(const char *kind, const char *const *names,
    bool (*is_valid)(const char *), struct error *err)
{
	autostrbuf sb = { 0 };
	size_t n = 0;

	for (; names != NULL && *names != NULL; names++) {
		if (!is_valid(*names))
			strbuf_addf(&sb, "%s\"%s\"", n++ > 0 ? ", " : "",
			    *names);
	}
	if (n == 0)
		return 0;
	return error_set(err, ERROR_USAGE, "%s name%s %s not valid", kind,
	    n > 1 ? "s" : "", strbuf_cstr(&sb));
}
