/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compat - whose output ours has to look like: TENON_COMPAT is 2 or 3, the
 * major version of Juju. Without it tables are those of 2.9, and JSON is what
 * clients of both can read.
 */

#ifndef CLI_COMPAT_H
#define CLI_COMPAT_H

enum compat {
	COMPAT_BOTH,
	COMPAT_2, /* "2", "2.9" */
	COMPAT_3  /* "3", "3.6"; "4" as well */
};

enum compat compat_level(void);

/* "debian" and "12" of the series "bookworm"; its own name if unknown. */
struct compat_base {
	const char *series, *name, *channel;
};

struct compat_base compat_base(const char *series);

#endif /* CLI_COMPAT_H */
