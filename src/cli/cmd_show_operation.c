/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/operation.h"

static const struct flag show_operation_flags[] = {
	{ "wait", NULL, 0, FLAG_VALUE, "Wait up to this long for its end" },
	{ "watch", NULL, 0, FLAG_SWITCH, "Wait until it has ended" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_operation_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_show_operation = {
	.name = "show-operation",
	.args = "<operation id>",
	.summary = "Shows the tasks of an operation and their results.",
	.details = "The parameters are shown while it goes on: they are "
		   "forgotten with its end.",
	.flags = show_operation_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no operation ID specified",
	.need = CMD_EXISTING,
	.run = show_operation_run,
};

static int
show_operation_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *what = xasprintf("operations/%s", args->v[0]);
	json_auto_t *operation = NULL, *document = NULL;
	int rc;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    action_check_id(args->v[0], "operation", err) == -1)
		return -1;
	rc = action_look(cli, what, &operation, err);
	if (rc == -1)
		return -1;
	document = operation_document(operation,
	    args_has(args, "utc") ? ACTION_UTC : ACTION_LOCAL);
	if (operation_emit(cli, document, args_text(args, "format", "yaml"),
		err) == -1)
		return -1;
	return rc == 0 ?
	    0 :
	    error_set(err, ERROR_TIMEOUT, "maximum wait time reached");
}
