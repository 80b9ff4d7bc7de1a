/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cmds.h"
#include "cli/exec.h"
#include "cli/plan.h"

static const struct flag exec_flags[] = {
	EXEC_TARGET_FLAGS,
	{ "wait", "timeout", 0, FLAG_VALUE,
	    "Give up waiting after this (5m by default)" },
	{ "background", NULL, 0, FLAG_SWITCH, "Do not wait for the results" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "format", NULL, 0, FLAG_VALUE, "plain (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	PLAN_FLAG,
	{ 0 },
};

static int exec_run_verb(struct cli *, const struct args *, struct error *);

const struct cmd cmd_exec = {
	.name = "exec",
	.args = "<command> [<argument> ...]",
	.summary = "Runs a command on units or machines.",
	.details =
	    "A single word is given to bash as it is, so that it may be a "
	    "script; several\nare a command and its arguments. Write \"--\" "
	    "before it if it has flags.\n\nIt runs in the charm's directory, "
	    "in the environment of a hook and with its\ntools, as the user "
	    "that the controller runs as. It waits for the hook that runs,\n"
	    "and runs also when the unit is in error. What it writes to "
	    "databags is kept if\nit ends with 0.",
	.flags = exec_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no commands specified",
	.need = CMD_EXISTING,
	.run = exec_run_verb,
};

static int
exec_run_verb(struct cli *cli, const struct args *args, struct error *err)
{
	if (args_check_format(args, "plain|yaml|json", err) == -1)
		return -1;
	return exec_run(cli, OPERATION_OUTPUT, err);
}
