/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slot - replication slots on the primary, one for each standby, so that the
 * primary keeps what a standby has not received yet.
 */

#ifndef POSTGRESQL_SLOT_H
#define POSTGRESQL_SLOT_H

struct conn;
struct error;

/* `slot` as name_slot() makes it; the connection is to the primary. */
int slot_ensure(struct conn *, const char *slot, struct error *);

/* Ends the stream that uses it; a missing slot is success. */
int slot_drop(struct conn *, const char *slot, struct error *);

#endif /* POSTGRESQL_SLOT_H */
