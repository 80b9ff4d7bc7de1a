/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POSTGRESQL_LOGTAIL_H
#define POSTGRESQL_LOGTAIL_H

#include <stdbool.h>

/*
 * Why a server does not work, from the end of its log: what its last FATAL or
 * PANIC line says, else its last line; "" if there is none. Lines about a
 * client's session do not count. Caller frees.
 */
char *logtail_explain(const char *text);

/*
 * Does the end of a standby's log say that only a new copy can help? What it
 * says of the time before its last start, or before it last streamed, is over.
 */
bool logtail_is_hopeless(const char *text);

/* The last part of a file as text, owned by the caller; "" if unreadable. */
char *logtail_read(const char *path);

#endif /* POSTGRESQL_LOGTAIL_H */
