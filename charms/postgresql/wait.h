/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait - ask a server again and again until something holds there, for what it
 * cannot tell us about by itself.
 */

#ifndef POSTGRESQL_WAIT_H
#define POSTGRESQL_WAIT_H

struct conn;
struct error;

/*
 * Run a query for a boolean until it gives true: 1, or 0 when the time is
 * over, or -1. The first look comes at once, the next ones ever more rarely.
 */
int wait_until(struct conn *, const char *sql, const char *const *params,
    int timeout_ms, struct error *);

/* The pause before look number `turn`, counted from 0: 1 ms to 20 ms. */
void wait_turn(int turn);

#endif /* POSTGRESQL_WAIT_H */
