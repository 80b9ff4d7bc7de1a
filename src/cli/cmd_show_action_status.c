/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag show_action_status_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_action_status_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_show_action_status = {
	.name = "show-action-status",
	.args = "<action id>",
	.summary = "Shows how far an action is.",
	.details = "",
	.flags = show_action_status_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no action ID specified",
	.need = CMD_EXISTING,
	.run = show_action_status_run,
};

static int
show_action_status_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	json_auto_t *task = NULL, *tasks = NULL, *document = NULL;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    action_show(cli, args->v[0], &task, err) == -1)
		return -1;
	tasks = json_pack("[O]", task);
	document = action_statuses(tasks);
	return cli_emit(cli, document, args_text(args, "format", "yaml"), err);
}
