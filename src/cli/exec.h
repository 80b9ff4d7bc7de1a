/* SPDX-License-Identifier: Apache-2.0 */
/* exec - running a command on units, for the verbs exec and run. */

#ifndef CLI_EXEC_H
#define CLI_EXEC_H

#include <stdbool.h>

#include "cli/operation.h"

struct args;
struct cli;
struct error;

/* Where: the same for all verbs that run commands. */
/* clang-format off */
#define EXEC_TARGET_FLAGS                                                   \
	{ "unit", NULL, 'u', FLAG_VALUE, "Run a command on these units" },  \
	{ "application", NULL, 'a', FLAG_VALUE,                             \
	    "Run a command on all units of these applications" },           \
	{ "machine", NULL, 0, FLAG_VALUE,                                   \
	    "Run a command on these machines, without a unit's environment" }, \
	{ "all", NULL, 0, FLAG_SWITCH, "Run a command on all machines" },   \
	{ "parallel", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },              \
	{ "execution-group", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE }
/* clang-format on */

/* Does any flag say where? */
bool exec_has_target(const struct args *);

/* Run the words, and show what came of it. */
int exec_run(struct cli *, enum operation_kind, struct error *);

#endif /* CLI_EXEC_H */
