/* SPDX-License-Identifier: Apache-2.0 */
/* users - names of users and groups. Looking one up may read a file. */

#ifndef BASE_USERS_H
#define BASE_USERS_H

#include <sys/types.h>

struct error;

/* Its name, or its number where it has none; owned by the caller. */
char *user_name(uid_t);

/* By name or number. ERROR_NOT_FOUND if there is none of that name. */
int user_find(const char *name, uid_t *, struct error *);
int group_find(const char *name, gid_t *, struct error *);

#endif /* BASE_USERS_H */
