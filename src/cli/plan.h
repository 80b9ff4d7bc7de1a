/* SPDX-License-Identifier: Apache-2.0 */
/* plan - --dry-run of the verbs that change a model. */

#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include <jansson.h>
#include <stdbool.h>

struct args;
struct cli;
struct error;

/* A row of a verb's flags. */
#define PLAN_FLAG                                           \
	{                                                   \
		"dry-run", NULL, 0, FLAG_SWITCH,            \
		    "Say what would happen, and do nothing" \
	}

/* Ask for the plan only, if the flag is given; the body is borrowed. */
void plan_ask(const struct args *, json_t *body);

/*
 * The plan of the answer, if the flag is given; else wait as
 * progress_wait_if_asked().
 */
int plan_or_wait(struct cli *, const json_t *reply,
    const char *const *applications, struct error *);

/* Only the plan, if the flag is given. */
void plan_tell(const struct cli *, const json_t *reply);

/* For the verbs that say nothing when they have succeeded. */
int plan_post(struct cli *, const char *path, json_t *stolen_body,
    struct error *);

/* As plan_tell(); is the flag given? Then the verb has no more to say. */
bool plan_is_told(const struct cli *, const json_t *reply);

#endif /* CLI_PLAN_H */
