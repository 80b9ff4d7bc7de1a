/* SPDX-License-Identifier: Apache-2.0 */
/* timetext - the API's times as Juju shows them. */

#ifndef CLI_TIMETEXT_H
#define CLI_TIMETEXT_H

#define TIMETEXT_SIZE 48

enum timetext_form {
	TIMETEXT_CLOCK,        /* 10:22:13+01:00 */
	TIMETEXT_CLOCK_UTC,    /* 09:22:13Z */
	TIMETEXT_SINCE,        /* 20 Mar 2023 10:22:13+01:00 */
	TIMETEXT_SINCE_UTC,    /* 2023-03-20 09:22:13Z */
	TIMETEXT_SINCE_MS,     /* 20 Mar 2023 10:22:13.042+01:00 */
	TIMETEXT_SINCE_MS_UTC, /* 2023-03-20 09:22:13.042Z */
	TIMETEXT_GO,           /* 2023-03-20 10:22:13 +0100 CET */
	TIMETEXT_GO_UTC,       /* 2023-03-20 09:22:13 +0000 UTC */
	TIMETEXT_PLAIN,        /* 2023-03-20 10:22:13 */
	TIMETEXT_ISO,          /* 2023-03-20T10:22:13 */
	TIMETEXT_ISO_UTC       /* 2023-03-20T09:22:13 */
};

/* "" for a time that is missing (NULL) or malformed. Returns `text`. */
const char *timetext(const char *rfc3339, enum timetext_form form,
    char text[TIMETEXT_SIZE]);

/* "just now", "5 minutes ago", or of more than a day ago the day in UTC. */
const char *timetext_ago(const char *rfc3339, char text[TIMETEXT_SIZE]);

#endif /* CLI_TIMETEXT_H */
