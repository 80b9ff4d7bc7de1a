/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POSTGRESQL_LOGTAIL_H
#define POSTGRESQL_LOGTAIL_H

/*
 * Why a server does not work, from the end of its log: what its last FATAL or
 * PANIC line says, else its last line; "" if there is none. Lines about a
 * client's session do not count. Caller frees.
 */
char *logtail_explain(const char *text);

/* The last part of a file as text, owned by the caller; "" if unreadable. */
char *logtail_read(const char *path);

#endif /* POSTGRESQL_LOGTAIL_H */
