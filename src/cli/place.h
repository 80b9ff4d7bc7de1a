/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place - where a unit or a machine is on this host, and working there. It is
 * for root and the owner of the state directory; others are refused.
 */

#ifndef CLI_PLACE_H
#define CLI_PLACE_H

struct cli;
struct error;

struct place {
	char *user; /* Of user@target; NULL: as ourselves. */
	char *unit; /* NULL: a machine. */
	char *machine, *model, *uuid;
	char *dir;
};

#define autoplace __attribute__((cleanup(place_release))) struct place

/* Of "[user@]x/0", "[user@]x/leader" or "[user@]0". */
int place_find(struct cli *, const char *target, struct place *,
    struct error *);
void place_release(struct place *);

/* Be that user from now on; ERROR_DENIED for those who may not. */
int place_become(const char *user, struct error *);

#endif /* CLI_PLACE_H */
