/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag show_action_output_flags[] = {
	{ "wait", NULL, 0, FLAG_VALUE, "Wait up to this long for its end" },
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_action_output_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_show_action_output = {
	.name = "show-action-output",
	.args = "<action id>",
	.summary = "Shows the results of an action.",
	.details = "",
	.flags = show_action_output_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no action ID specified",
	.need = CMD_EXISTING,
	.run = show_action_output_run,
};

static int
show_action_output_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	json_auto_t *task = NULL, *document = NULL;
	int rc;

	if (args_check_format(args, "yaml|json", err) == -1)
		return -1;
	rc = action_show(cli, args->v[0], &task, err);
	if (rc == -1)
		return -1;
	document = action_document(task);
	if (cli_emit(cli, document, args_text(args, "format", "yaml"), err) ==
	    -1)
		return -1;
	return rc == 0 ? 0 : error_set(err, ERROR_TIMEOUT, "timeout reached");
}
