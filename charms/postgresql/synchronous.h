/* SPDX-License-Identifier: Apache-2.0 */
/*
 * synchronous - the standbys that a client's commit waits for, as the options
 * synchronous_node_count and synchronous_mode_strict want it.
 *
 * The primary counts on those that stream from it at the moment, and looks
 * again every few seconds: one that is lost holds up commits no longer. When
 * none is left, commits wait for the first to come back, if that is strict, or
 * for nobody. A standby has the names of the others ready, to be used the
 * moment it is promoted. The charm's own sessions never wait: conn.c.
 */

#ifndef POSTGRESQL_SYNCHRONOUS_H
#define POSTGRESQL_SYNCHRONOUS_H

#include <jansson.h>

struct cluster;
struct error;
struct hook;

/*
 * Of synchronous_standby_names on our server: "ANY 1 (\"postgresql_1\")", or ""
 * to wait for nobody. Owned; NULL if nothing is asked for. An option that cannot
 * be is added to `refused` with the reason.
 */
char *synchronous_names(struct hook *, const struct cluster *,
    const json_t *config, json_t *refused);

/* The primary: look again before long, should a standby be lost or come back. */
int synchronous_watch(struct hook *, const struct cluster *, struct error *);

#endif /* POSTGRESQL_SYNCHRONOUS_H */
