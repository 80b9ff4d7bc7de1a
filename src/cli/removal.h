/* SPDX-License-Identifier: Apache-2.0 */
/* removal - what remove-unit, remove-application and remove-machine share. */

#ifndef CLI_REMOVAL_H
#define CLI_REMOVAL_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/cmd.h"
#include "cli/plan.h"

struct args;
struct cli;
struct error;

/* clang-format off */
/* Rows of a verb's flags. */
#define REMOVAL_FLAGS                                                       \
	{ "destroy-storage", NULL, 0, FLAG_SWITCH,                          \
	    "Destroy the data too; without it, it is left and shown" },     \
	{ "force", NULL, 0, FLAG_SWITCH,                                    \
	    "Remove even where a hook fails or does not end" },             \
	{ "wait", NULL, 0, FLAG_SWITCH, "Return when it is gone" },         \
	{ "no-wait", NULL, 0, FLAG_SWITCH, "Do not wait (the default)" },   \
	{ "timeout", NULL, 0, FLAG_VALUE,                                   \
	    "With --wait: give up after this" },                            \
	PLAN_FLAG,                                                          \
	{ "no-prompt", "yes", 'y', FLAG_SWITCH,                             \
	    "Do not ask for confirmation" }
/* clang-format on */

extern const struct flag removal_flags[];

/*
 * Remove all that the arguments name; or, `dry`, only tell what goes. Returns
 * what the verb does.
 */
typedef int removal_fn(struct cli *, bool dry, struct error *);

/*
 * Do so. A model with the option "mode" at requires-prompts wants somebody to
 * agree, who is told first what goes.
 */
int removal_run(struct cli *, removal_fn *, struct error *);

/* {destroy-storage, force, wait, timeout} of the flags, and dry-run; or NULL. */
json_t *removal_body(const struct args *, bool dry, struct error *);

/* Data cannot be both destroyed and left: ERROR_USAGE. */
int removal_check_storage(const struct args *, struct error *);

/* "will remove unit x/0" and what happens to storage, on standard output. */
void removal_tell(const struct cli *, const json_t *reply,
    const char *unit_prefix);

#endif /* CLI_REMOVAL_H */
