/* SPDX-License-Identifier: Apache-2.0 */
/*
 * options - the file of accepted settings, options.conf, that our server reads
 * with postgresql.conf, and beside it, as options.conf.old, what the server
 * last ran with until it runs with something else.
 */

#ifndef POSTGRESQL_OPTIONS_H
#define POSTGRESQL_OPTIONS_H

#include <jansson.h>
#include <stdbool.h>

struct error;
struct server;

/* The settings that stand in it, by name; owned. NULL if there is none. */
json_t *options_read(const struct server *);

/* Of its text, as the server is to have read it; owned. */
char *options_digest(const struct server *);

/* `inforce` is what options_read() gave: it becomes the old. */
int options_write(const struct server *, json_t *wanted, json_t *inforce,
    struct error *);

/* Is there one that it may have run with and the file is not? */
bool options_has_old(const struct server *);

/* The server runs with the file; or it does not start with it. */
void options_forget_old(const struct server *);
int options_restore_old(const struct server *, struct error *);

#endif /* POSTGRESQL_OPTIONS_H */
