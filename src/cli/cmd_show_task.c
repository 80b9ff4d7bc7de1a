/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag show_task_flags[] = {
	{ "wait", NULL, 0, FLAG_VALUE, "Wait up to this long for its end" },
	{ "watch", NULL, 0, FLAG_SWITCH, "Wait until it has ended" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "format", NULL, 0, FLAG_VALUE, "plain (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_task_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_task = {
	.name = "show-task",
	.args = "<task id>",
	.summary = "Shows the results of a task.",
	.details = "",
	.flags = show_task_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no task ID specified",
	.need = CMD_EXISTING,
	.run = show_task_run,
};

static int
show_task_emit(const struct cli *cli, const json_t *task, struct error *err)
{
	const char *format = args_text(cli->args, "format", "plain");
	json_auto_t *document = NULL;
	autostrbuf sb = { 0 };

	if (strcmp(format, "plain") == 0) {
		action_plain(task, &sb);
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	document = action_document3(task,
	    args_has(cli->args, "utc") ? ACTION_UTC : ACTION_LOCAL);
	return cli_emit(cli, document, format, err);
}

static int
show_task_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *task = NULL;
	int rc;

	if (args_check_format(args, "plain|yaml|json", err) == -1)
		return -1;
	rc = action_show(cli, args->v[0], &task, err);
	if (rc == -1 || show_task_emit(cli, task, err) == -1)
		return -1;
	return rc == 0 ?
	    0 :
	    error_set(err, ERROR_TIMEOUT, "maximum wait time reached");
}
