/* SPDX-License-Identifier: Apache-2.0 */
/*
 * strv - a NULL-terminated array of strings, as for argv and environ.
 *
 * A zeroed strv is a valid empty one; strv.v is NULL until something is added.
 */

#ifndef BASE_STRV_H
#define BASE_STRV_H

#include <stddef.h>

struct strv {
	char **v; /* Owned, each string too; v[n] is NULL. */
	size_t n;
};

#define autostrv __attribute__((cleanup(strv_release))) struct strv

void strv_add(struct strv *, const char *);
void strv_addf(struct strv *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
void strv_release(struct strv *);

#endif /* BASE_STRV_H */
