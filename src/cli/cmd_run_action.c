/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag run_action_flags[] = {
	{ "wait", NULL, 0, FLAG_OPTIONAL,
	    "Wait for the results: --wait, or --wait=60s to give up then" },
	{ "max-wait", NULL, 0, FLAG_VALUE, "Wait, but give up after this" },
	{ "params", NULL, 0, FLAG_VALUE, "A YAML file of parameters" },
	{ "string-args", NULL, 0, FLAG_SWITCH,
	    "Take values as texts, not as YAML" },
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	PLAN_FLAG,
	{ 0 },
};

static int run_action_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_run_action = {
	.name = "run-action",
	.args = "<unit> [<unit> ...] <action> [<key>=<value> ...]",
	.summary = "Queues an action for units, and shows its results.",
	.details = "A unit is given as \"postgresql/0\" or as "
		   "\"postgresql/leader\".\n\n"
		   "An action that fails shows \"status: failed\" and its "
		   "message; the exit\nstatus is 0 all the same.",
	.flags = run_action_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no unit specified",
	.need = CMD_EXISTING,
	.run = run_action_run,
};

static int
run_action_queued(const struct cli *cli, const json_t *tasks, struct error *err)
{
	json_auto_t *document = json_object();
	const json_t *task;
	size_t i;

	if (json_array_size(tasks) == 1) {
		autofree char *id = action_id(json_array_get(tasks, 0), "id");

		cli_print("Action queued with id: \"%s\"\n", id);
		return 0;
	}
	json_array_foreach(tasks, i, task) {
		const char *unit = json_text(task, "unit", "");
		autofree char *tag = action_unit_tag(unit);
		autofree char *id = action_id(task, "id");

		json_object_set_new(document, tag,
		    json_pack("{s:s, s:s}", "id", id, "unit", unit));
	}
	return cli_emit(cli, document, args_text(cli->args, "format", "yaml"),
	    err);
}

static int
run_action_wait(struct cli *cli, const json_t *tasks, int64_t left_ms,
    struct error *err)
{
	json_auto_t *document = json_object();
	const char *late = NULL;
	const json_t *queued;
	size_t i;

	json_array_foreach(tasks, i, queued) {
		autofree char *id = action_id(queued, "id");
		const char *unit = json_text(queued, "unit", "");
		autofree char *tag = action_unit_tag(unit);
		json_auto_t *task = NULL;
		int rc = action_wait(cli, id, &left_ms, &task, err);

		if (rc == -1)
			return -1;
		if (rc == 1)
			late = unit;
		json_object_set_new(document, tag, action_document(task));
	}
	if (cli_emit(cli, document, args_text(cli->args, "format", "yaml"),
		err) == -1)
		return -1;
	if (late == NULL)
		return 0;
	return error_set(err, ERROR_TIMEOUT,
	    "timed out waiting for results from: unit %s", late);
}

static int
run_action_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "actions");
	json_auto_t *reply = NULL;
	int64_t left_ms = -1;
	const json_t *tasks;
	json_t *body;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    args_duration(args, "wait", &left_ms, err) == -1 ||
	    args_duration(args, "max-wait", &left_ms, err) == -1)
		return -1;
	body = action_body(args, err);
	if (body == NULL || cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	if (plan_is_told(cli, reply))
		return 0;
	tasks = json_child(reply, "tasks", JSON_ARRAY);
	if (args_has(args, "wait") || args_has(args, "max-wait"))
		return run_action_wait(cli, tasks, left_ms, err);
	return run_action_queued(cli, tasks, err);
}
