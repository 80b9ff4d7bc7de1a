/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag show_action_status_flags[] = {
	{ "name", NULL, 0, FLAG_VALUE, "Those of the action of this name" },
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_action_status_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_show_action_status = {
	.name = "show-action-status",
	.args = "[<action id>]",
	.summary = "Shows how far actions are.",
	.details = "Without an ID, all of those are listed that are "
		   "remembered, the oldest first.",
	.flags = show_action_status_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = show_action_status_run,
};

static bool
is_wanted(const char *action, const struct args *args)
{
	const char *name = args_text(args, "name", NULL);

	return name == NULL || strcmp(name, action) == 0;
}

/* A task among others does not say of what: its operation does. */
static void
add_tasks(json_t *tasks, const json_t *operation, const struct args *args)
{
	const char *action = json_text(operation, "action", "");
	json_t *task;
	size_t i;

	if (!is_wanted(action, args))
		return;
	json_array_foreach(json_child(operation, "tasks", JSON_ARRAY), i,
	    task) {
		json_put_text(task, "action", action);
		json_array_append(tasks, task);
	}
}

static int
find_all(struct cli *cli, json_t *tasks, struct error *err)
{
	autofree char *path = cli_path(cli, "operations");
	json_auto_t *reply = NULL;
	const json_t *operation;
	size_t i;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	json_array_foreach(json_child(reply, "operations", JSON_ARRAY), i,
	    operation)
		add_tasks(tasks, operation, cli->args);
	return 0;
}

static int
find_one(struct cli *cli, const char *id, json_t *tasks, struct error *err)
{
	json_auto_t *task = NULL;

	if (action_show(cli, id, &task, err) == -1)
		return -1;
	if (!is_wanted(json_text(task, "action", ""), cli->args))
		return error_set(err, ERROR_NOT_FOUND,
		    "action %s is \"%s\", not \"%s\"", id,
		    json_text(task, "action", ""),
		    args_text(cli->args, "name", ""));
	json_array_append(tasks, task);
	return 0;
}

static int
show_action_status_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	json_auto_t *tasks = json_array(), *document = NULL;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    (args->n > 0 ? find_one(cli, args->v[0], tasks, err) :
			   find_all(cli, tasks, err)) == -1)
		return -1;
	document = action_statuses(tasks);
	return cli_emit(cli, document, args_text(args, "format", "yaml"), err);
}
