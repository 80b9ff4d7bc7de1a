/* SPDX-License-Identifier: Apache-2.0 */
/*
 * later - what the hook update-status has been asked for, and when.
 *
 * tenond keeps one time for a unit, the soonest. A look at all there is takes
 * the longer the more relations there are, and is not to come along whenever a
 * spare database is due: so the unit remembers a time for each.
 */

#ifndef POSTGRESQL_LATER_H
#define POSTGRESQL_LATER_H

struct error;
struct hook;

enum later {
	LATER_LOOK = 1,  /* At the cluster, and at every client. */
	LATER_SPARES = 2 /* At the spare databases only. */
};

/* At most this far ahead. */
#define LATER_LONGEST_S 60

/* Of several requests for the same the soonest counts; 0: after this hook. */
int later_ask(struct hook *, enum later, int seconds, struct error *);

/* As later_ask(), but the latest request counts. */
int later_put_off(struct hook *, enum later, int seconds, struct error *);

/*
 * In update-status: `due` gets what it is about, as a set of enum later; the
 * rest is asked for again. Unless it may have come for spares, it is a look.
 */
int later_due(struct hook *, unsigned *due, struct error *);

#endif /* POSTGRESQL_LATER_H */
