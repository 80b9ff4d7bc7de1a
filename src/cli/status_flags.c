/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/compat.h"
#include "cli/status.h"

unsigned
status_era(void)
{
	switch (compat_level()) {
	case COMPAT_2:
		return STATUS_2;
	case COMPAT_3:
		return STATUS_3;
	case COMPAT_BOTH:
		break;
	}
	return 0;
}

unsigned
status_flags(const struct args *args)
{
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");
	const char *iso = getenv("JUJU_STATUS_ISO_TIME");
	bool wants = args_has(args, "color") ||
	    (isatty(STDOUT_FILENO) == 1 && (no == NULL || no[0] == '\0') &&
		(term == NULL || strcmp(term, "dumb") != 0) &&
		!args_has(args, "output"));
	unsigned flags = status_era();

	if (args_has(args, "relations"))
		flags |= STATUS_RELATIONS;
	if (args_has(args, "utc") || (iso != NULL && strcmp(iso, "true") == 0))
		flags |= STATUS_UTC;
	if (wants && !args_has(args, "no-color"))
		flags |= STATUS_COLOUR;
	return flags;
}
