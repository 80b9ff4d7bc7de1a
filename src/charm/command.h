/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command - what charm_run() is made of beside the process: the user to run
 * as, and the last lines of the output.
 */

#ifndef CHARM_COMMAND_H
#define CHARM_COMMAND_H

#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/strbuf.h"

struct error;

/* Whom to become; zero for staying who we are. */
struct command_user {
	bool is_set;
	uid_t uid;
	gid_t gid;
	gid_t *groups; /* Owned. */
	size_t ngroups;
};

/* A NULL name, or not being root, leaves the user unset. */
int command_user_find(struct command_user *, const char *name, struct error *);
void command_user_release(struct command_user *);

#define COMMAND_TAIL_LINES 20
/* What fits into an error beside the name and the exit status. */
#define COMMAND_TAIL_TEXT 400

/* Takes output by lines and keeps the last ones. */
struct command_tail {
	struct strbuf line;             /* Not yet ended by a newline. */
	char *kept[COMMAND_TAIL_LINES]; /* Owned; a ring. */
	size_t nlines;                  /* All that were seen. */
};

void command_tail_add(struct command_tail *, const char *bytes, size_t len);
void command_tail_end(struct command_tail *);
/*
 * Why it failed: the last line that calls itself an error; else as many of the
 * last lines as fit, at least the end of the last one.
 */
void command_tail_text(const struct command_tail *,
    char text[COMMAND_TAIL_TEXT]);
void command_tail_release(struct command_tail *);

#endif /* CHARM_COMMAND_H */
