/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/compat.h"

static const struct compat_base compat_bases[] = {
	{ "bullseye", "debian", "11" },
	{ "bookworm", "debian", "12" },
	{ "trixie", "debian", "13" },
	{ "focal", "ubuntu", "20.04" },
	{ "jammy", "ubuntu", "22.04" },
	{ "noble", "ubuntu", "24.04" },
};

enum compat
compat_level(void)
{
	const char *level = getenv("TENON_COMPAT");

	if (level == NULL)
		return COMPAT_BOTH;
	switch (level[0]) {
	case '2':
		return COMPAT_2;
	case '3':
	case '4':
		return COMPAT_3;
	default:
		return COMPAT_BOTH;
	}
}

struct compat_base
compat_base(const char *series)
{
	for (size_t i = 0; i < nitems(compat_bases); i++) {
		if (strcmp(compat_bases[i].series, series) == 0)
			return compat_bases[i];
	}
	return (struct compat_base){ series, series, "" };
}
