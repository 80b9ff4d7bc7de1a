/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate - who may connect to a server that may be behind.
 *
 * A standby that we start comes up closed for clients: it may not have replayed
 * yet that a user was removed. It is opened, on its disk too, when it has
 * replayed all that the primary had when it was up. One that ends by itself and
 * is started again at once by the supervisor comes up as it was: open.
 */

#ifndef POSTGRESQL_GATE_H
#define POSTGRESQL_GATE_H

struct cluster;
struct error;
struct hook;
struct server;

/* Wait, 30 s, until our standby may be opened, and open it. */
int gate_open(struct hook *, const struct server *, const struct cluster *,
    struct error *);

/* Our standby runs: let it read its configuration, and stay as it is. */
int gate_reload(struct hook *, const struct server *, const struct cluster *,
    struct error *);

/* Our server is the primary: it is open, and stays open. */
int gate_stay_open(struct hook *, const struct server *, const struct cluster *,
    struct error *);

#endif /* POSTGRESQL_GATE_H */
