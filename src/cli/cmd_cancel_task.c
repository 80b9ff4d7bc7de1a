/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag cancel_task_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	PLAN_FLAG,
	{ 0 },
};

static int cancel_task_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_cancel_task = {
	.name = "cancel-task",
	.aliases = { "cancel-action" },
	.args = "<task id> [<task id> ...]",
	.summary = "Cancels tasks that have not ended.",
	.details = "What runs already is killed, with the charm's process if "
		   "that runs it; the\ntask is \"aborted\" then, and what it "
		   "has done meanwhile stays done.",
	.flags = cancel_task_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no task ID specified",
	.need = CMD_EXISTING,
	.run = cancel_task_run,
};

static int
cancel_task_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *tasks = json_array(), *document = NULL;

	if (args_check_format(args, "yaml|json", err) == -1)
		return -1;
	for (int i = 0; i < args->n; i++) {
		if (action_check_id(args->v[i], "task", err) == -1)
			return -1;
	}
	for (int i = 0; i < args->n; i++) {
		autofree char *path = cli_path(cli, "tasks/%s/cancel",
		    args->v[i]);
		json_t *task = NULL;

		if (cli_post(cli, path, json_object(), &task, err) == -1)
			return -1;
		plan_tell(cli, task);
		json_array_append_new(tasks, task);
	}
	if (args_has(args, "dry-run"))
		return 0;
	document = action_statuses(tasks);
	return cli_emit(cli, document, args_text(args, "format", "yaml"), err);
}
