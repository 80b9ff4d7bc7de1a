/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/exec.h"
#include "cli/operation.h"
#include "cli/plan.h"

#define RUN_WAIT_MS (60 * 1000)

static const struct flag run_flags[] = {
	{ "wait", "timeout", 0, FLAG_VALUE,
	    "Give up waiting after this (60s by default)" },
	{ "background", NULL, 0, FLAG_SWITCH, "Do not wait for the results" },
	{ "params", NULL, 0, FLAG_VALUE, "A YAML file of parameters" },
	{ "string-args", NULL, 0, FLAG_SWITCH,
	    "Take values as texts, not as YAML" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "format", NULL, 0, FLAG_VALUE, "plain (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	EXEC_TARGET_FLAGS,
	PLAN_FLAG,
	{ 0 },
};

static int run_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_run = {
	.name = "run",
	.args = "<unit> [<unit> ...] <action> [<key>=<value> ...]",
	.summary = "Runs an action on units and shows its results.",
	.details = "A unit is given as \"postgresql/0\" or as "
		   "\"postgresql/leader\". The exit\nstatus is 1 when the "
		   "program behind the action failed.\n\nWith --unit, "
		   "--application, --machine or --all it runs a command "
		   "instead, as\nJuju 2.9 does; see \"exec\".",
	.flags = run_flags,
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_EXISTING,
	.run = run_run,
};

/* Programs know an unknown unit or action by these words. */
static int
run_refused(struct error *err)
{
	size_t len = strlen(err->msg);

	if (err->code == ERROR_NOT_FOUND)
		(void)snprintf(err->msg + len, sizeof err->msg - len,
		    " (not found)");
	return -1;
}

static int
run_action(struct cli *cli, const struct args *args, struct error *err)
{
	struct operation_style style = { OPERATION_RESULTS, RUN_WAIT_MS };
	autofree char *path = cli_path(cli, "actions");
	json_auto_t *reply = NULL;
	json_t *body;

	if (args_duration(args, "wait", &style.wait_ms, err) == -1)
		return -1;
	body = action_body(args, err);
	if (body == NULL)
		return -1;
	if (cli_post(cli, path, body, &reply, err) == -1)
		return run_refused(err);
	return plan_is_told(cli, reply) ?
	    0 :
	    operation_finish(cli, reply, &style, err);
}

/* Juju 2.9 runs commands with this verb: then it always says where. */
static int
run_run(struct cli *cli, const struct args *args, struct error *err)
{
	if (args_check_format(args, "plain|yaml|json", err) == -1)
		return -1;
	if (args->n == 0)
		return error_set(err, ERROR_USAGE,
		    exec_has_target(args) ? "no commands specified" :
					    "no unit specified");
	if (exec_has_target(args))
		return exec_run(cli, OPERATION_LIST, err);
	return run_action(cli, args, err);
}
