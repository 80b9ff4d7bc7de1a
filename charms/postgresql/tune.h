/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tune - the options of the application, in force on our server.
 *
 *	asked for -> accepted by the server's own check -> in options.conf ->
 *	read by the server, or with the next start: see turn.h
 *
 * An option that is refused keeps the value that is in force, and the unit's
 * status names it. What stands in the file has been accepted.
 */

#ifndef POSTGRESQL_TUNE_H
#define POSTGRESQL_TUNE_H

#include <jansson.h>
#include <stdbool.h>

struct cluster;
struct error;
struct hook;
struct server;

/* Before our server is looked after: write what is asked for, and accepted. */
int tune_write(struct hook *, const struct cluster *, struct error *);

/*
 * It may run now: let it read that, and say whether it has to start again. Sets
 * *changed if there was something to do.
 */
int tune_apply(struct hook *, const struct cluster *, bool *changed,
    struct error *);

/* In a plan: say what of that file would change, and what that needs. */
int tune_foretell(struct hook *, const struct cluster *, struct error *);

/* The same of a server that is still to be made: what it would refuse. */
int tune_foretell_first(struct hook *, const struct cluster *, struct error *);

/*
 * Have it start again, as what it is. If it does not start with what is asked
 * for, it does with what was in force.
 */
int tune_restart(struct hook *, const struct cluster *, struct error *);

/*
 * Our server did not start: if it never ran with what is asked for, have what
 * was in force back, and say so in *rescued. It is to be started again then.
 */
int tune_rescue(struct hook *, const struct error *why, bool *rescued,
    struct error *);

/* Another member does not start with them: stay with what is in force. */
int tune_give_up(struct hook *, const struct cluster *, struct error *);

/* Which options are refused and why, for the status; owned, or NULL. */
char *tune_refusal(struct hook *, struct error *);

/* ---- the server's opinion: tune_check.c ---- */

/*
 * Would it start with these settings? Those it would not take are added to
 * `refused`, under the names of their options; those that it does not know, as
 * other versions do, are taken out.
 */
int tune_check(struct hook *, const struct server *, json_t *settings,
    json_t *config, json_t *refused, struct error *);

/* The same for those that are about what is in a database: our server runs. */
int tune_check_inside(struct hook *, const struct cluster *, json_t *settings,
    json_t *config, json_t *refused, struct error *);

/* Are these other than in `inforce`, which may be NULL? And take them out. */
bool tune_asks_inside(const json_t *settings, const json_t *inforce);
void tune_drop_inside(json_t *settings);

#endif /* POSTGRESQL_TUNE_H */
