/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate - who may connect to a server that may be behind.
 *
 * A standby comes up closed for clients: it may not have replayed yet that a
 * user was removed. It is opened when it has replayed all that the primary had
 * when it was up. For that nobody but us may start it: its service is declared
 * not to be restarted, and its server not to start over after a crash. Both are
 * different for a primary, which has nothing to catch up with.
 */

#ifndef POSTGRESQL_GATE_H
#define POSTGRESQL_GATE_H

struct cluster;
struct error;
struct hook;
struct server;

/* Wait until our standby may be opened, and open it. */
int gate_open(struct hook *, const struct server *, const struct cluster *,
    int timeout_ms, struct error *);

/* Our standby runs: let it read its configuration, and stay as it is. */
int gate_reload(struct hook *, const struct server *, const struct cluster *,
    struct error *);

/* Our server is the primary: it is open, and stays open. */
int gate_stay_open(struct hook *, const struct server *, const struct cluster *,
    struct error *);

#endif /* POSTGRESQL_GATE_H */
