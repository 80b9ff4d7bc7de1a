/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plugins - extensions that the options plugin_<name>_enable ask for, in every
 * database that takes connections and is no template.
 *
 * What we make carries a comment that names its option. Only that is dropped
 * again, and only if nothing depends on it: what somebody has made in SQL stays.
 */

#ifndef POSTGRESQL_PLUGINS_H
#define POSTGRESQL_PLUGINS_H

#include <stdbool.h>

struct cluster;
struct error;
struct hook;
struct strbuf;

/* The leader: when the options have changed, or something was refused. */
int plugins_converge(struct hook *, const struct cluster *, bool *changed,
    struct error *);

/*
 * Append the extensions that each database is to have, as text[]; their names
 * need no quotes.
 */
int plugins_expect(struct hook *, const struct cluster *, struct strbuf *array,
    struct error *);

/* In a plan: as plugins_converge(), and what has to wait is said. */
int plugins_foretell(struct hook *, const struct cluster *, struct error *);

/* In a database that a client gets; what cannot be made is logged. */
int plugins_add(struct hook *, const struct cluster *, const char *database,
    struct error *);

/* What could not be done and why, for the status; owned, or NULL. */
char *plugins_refusal(struct hook *, struct error *);

#endif /* POSTGRESQL_PLUGINS_H */
