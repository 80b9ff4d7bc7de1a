/* SPDX-License-Identifier: Apache-2.0 */
/*
 * preload - libraries that a server has to load as it starts, since extensions
 * do not work without them: the setting shared_preload_libraries.
 *
 *	the option is on -> every member restarts with the library, the primary
 *	last -> the extension is made -> the option is off -> the extension is
 *	dropped -> every member restarts without the library
 *
 * A database with such an extension refuses every CREATE and DROP when its
 * server has not loaded the library. So it stays as long as a database has one,
 * whoever made it.
 */

#ifndef POSTGRESQL_PRELOAD_H
#define POSTGRESQL_PRELOAD_H

#include <jansson.h>
#include <stdbool.h>

struct cluster;
struct error;
struct hook;
struct look;

/* Does the extension of that option need a library? */
bool preload_is_about(const char *option);

/*
 * Among the settings of a look: add the libraries that are needed and what
 * belongs to them, or refuse the option, since one is not installed.
 */
void preload_add(struct hook *, const struct cluster *, struct look *);

/*
 * The leader: options that are on, but whose library the primary has not loaded,
 * are added to `waiting`: with the reason if it will not do so by itself, else
 * with null.
 */
int preload_waiting(struct hook *, const struct cluster *, json_t *config,
    json_t *waiting, struct error *);

#endif /* POSTGRESQL_PRELOAD_H */
