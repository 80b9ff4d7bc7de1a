/* SPDX-License-Identifier: Apache-2.0 */
/*
 * why - what keeps something from being as it should be: causes, each with
 * since when, what it waits for, and the command that would mend it. It looks,
 * and changes nothing.
 */

#ifndef ENGINE_WHY_H
#define ENGINE_WHY_H

#include "engine/internal.h"

struct why {
	struct engine *engine; /* Borrowed. */
	struct model *model;   /* Borrowed. */
	json_t *causes;        /* Borrowed array, of objects. */
	uint64_t now_ms;
};

/* One cause; texts that are NULL are left out. */
struct why_cause {
	const char *subject;
	const char *cause;
	uint64_t since_ms; /* 0: not known. */
	const char *waits_for;
	const char *command;
};

void why_add(struct why *, const struct why_cause *);

/* What keeps the unit, or the relation; nothing if it is well. */
void why_unit(struct why *, struct unit *);
void why_relation(struct why *, struct relation *);

/* ---- why_mend.c ---- */

/* What a charm that is blocked asks for, as a command; owned, or NULL. */
char *why_mend_blocked(struct application *, const char *message);

#endif /* ENGINE_WHY_H */
