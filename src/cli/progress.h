/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress - which step each unit is in, and for how long.
 *
 * A step is a workload state and its message. When a unit leaves a step, the
 * step is told with the time it took:
 *
 *	postgresql/0  maintenance  initialising the database  (1.2 s)
 */

#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct args;
struct cli;
struct error;
struct strbuf;

struct progress_unit {
	char *name, *state, *text; /* Owned. */
	uint64_t since_ms;
	uint64_t told_ms; /* When a long step was told last. */
};

struct progress {
	const char *const *applications; /* As progress_wait() has them. */
	struct progress_unit *units;
	size_t n;
};

/* Take in a status; adds a line for each step that has ended. */
void progress_update(struct progress *, const json_t *status, struct strbuf *);

/* A line for each step that is going on, as of now. */
void progress_running(const struct progress *, uint64_t now_ms,
    struct strbuf *);

/* The same, only for steps that have not been told for `every_ms`. */
void progress_long(struct progress *, uint64_t now_ms, uint64_t every_ms,
    struct strbuf *);

void progress_release(struct progress *);

/*
 * Wait until the generation of a verb's answer is settled for applications that
 * are related with each other (names up to a NULL, the first one of the model;
 * NULL or none: for all of the model), telling their progress on standard
 * error. Returns the exit status, or -1: a unit in error ends the wait.
 */
int progress_wait(struct cli *, const json_t *reply,
    const char *const *applications, struct error *);

/* The same if the verb has been given --wait, else 0. */
int progress_wait_if_asked(struct cli *, const json_t *reply,
    const char *const *applications, struct error *);

/* Is it one of those? */
bool progress_is_about(const char *const *applications, const char *name);

#endif /* CLI_PROGRESS_H */
