/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

#define RUN_WAIT_MS (60 * 1000)

static const struct flag run_flags[] = {
	{ "wait", NULL, 0, FLAG_VALUE,
	    "Give up waiting after this (60s by default)" },
	{ "background", NULL, 0, FLAG_SWITCH, "Do not wait for the results" },
	{ "params", NULL, 0, FLAG_VALUE, "A YAML file of parameters" },
	{ "string-args", NULL, 0, FLAG_SWITCH,
	    "Take values as texts, not as YAML" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "format", NULL, 0, FLAG_VALUE, "plain (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int run_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_run = {
	.name = "run",
	.args = "<unit> [<unit> ...] <action> [<key>=<value> ...]",
	.summary = "Runs an action on units and shows its results.",
	.details = "A unit is given as \"postgresql/0\" or as "
		   "\"postgresql/leader\". The exit\nstatus is 1 when the "
		   "program behind the action failed.",
	.flags = run_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no unit specified",
	.need = CMD_EXISTING,
	.run = run_run,
};

static void
run_announce(const struct cli *cli, const json_t *reply, const json_t *tasks)
{
	autofree char *operation = action_id(reply, "operation");
	size_t n = json_array_size(tasks), i;
	const json_t *task;

	cli_say(cli, "Running operation %s with %zu task%s", operation, n,
	    n == 1 ? "" : "s");
	json_array_foreach(tasks, i, task) {
		autofree char *id = action_id(task, "id");
		autofree char *tag = action_unit_tag(
		    json_text(task, "unit", ""));

		cli_say(cli, "  - task %s on %s", id, tag);
	}
	cli_say(cli, "%s", "");
}

static int
run_background(const struct cli *cli, const json_t *reply, const json_t *tasks)
{
	autofree char *operation = action_id(reply, "operation");
	size_t n = json_array_size(tasks), i;
	autostrbuf ids = { 0 };
	const json_t *task;

	json_array_foreach(tasks, i, task) {
		autofree char *id = action_id(task, "id");

		strbuf_addf(&ids, "%s%s", i > 0 ? ", " : "", id);
	}
	cli_say(cli, "Scheduled operation %s with task%s %s", operation,
	    n == 1 ? "" : "s", strbuf_cstr(&ids));
	cli_say(cli, "Check operation status with '%s show-operation %s'",
	    cli->prog, operation);
	cli_say(cli, "Check task status with '%s show-task %s'", cli->prog,
	    n == 1 ? strbuf_cstr(&ids) : "<ID>");
	return 0;
}

static int
run_emit(const struct cli *cli, const json_t *tasks, struct error *err)
{
	const char *format = args_text(cli->args, "format", "plain");
	enum action_times times = args_has(cli->args, "utc") ? ACTION_UTC :
							       ACTION_LOCAL;
	json_auto_t *document = json_object();
	autostrbuf sb = { 0 };
	const json_t *task;
	size_t i;

	json_array_foreach(tasks, i, task) {
		const char *unit = json_text(task, "unit", "");

		if (json_array_size(tasks) > 1)
			strbuf_addf(&sb, "%s:\n", unit);
		action_plain(task, &sb);
		json_object_set_new(document, unit,
		    action_document3(task, times));
	}
	if (strcmp(format, "plain") == 0)
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	return cli_emit(cli, document, format, err);
}

/* The tasks whose program ended badly, as the error Juju makes of them. */
static int
run_check(const struct cli *cli, const json_t *tasks, struct error *err)
{
	autostrbuf sb = { 0 };
	const json_t *task;
	size_t i, failed = 0;

	json_array_foreach(tasks, i, task) {
		autofree char *id = action_id(task, "id");
		int64_t code = action_return_code(task);

		if (code == 0)
			continue;
		strbuf_addf(&sb, "\n - id \"%s\" with return code %lld", id,
		    (long long)code);
		failed++;
	}
	if (failed == 0)
		return 0;
	error_set(err, ERROR_INVALID, "the following task%s failed:%s",
	    failed == 1 ? "" : "s", strbuf_cstr(&sb));
	return error_hint(err, "\nuse '%s show-task' to inspect the failure%s",
	    cli->prog, failed == 1 ? "" : "s");
}

static int
run_wait(struct cli *cli, const json_t *queued, struct error *err)
{
	json_auto_t *tasks = json_array();
	int64_t left_ms = RUN_WAIT_MS;
	autostrbuf late = { 0 };
	const json_t *q;
	size_t i;

	if (args_duration(cli->args, "wait", &left_ms, err) == -1)
		return -1;
	json_array_foreach(queued, i, q) {
		autofree char *id = action_id(q, "id");
		json_t *task = NULL;
		int rc;

		cli_say(cli, "Waiting for task %s...", id);
		rc = action_wait(cli, id, &left_ms, &task, err);
		if (rc == -1)
			return -1;
		if (rc == 1)
			strbuf_addf(&late, "%sunit %s",
			    late.len > 0 ? ", " : "", json_text(q, "unit", ""));
		else
			json_array_append(tasks, task);
		json_decref(task);
	}
	if (json_array_size(tasks) > 0 && run_emit(cli, tasks, err) == -1)
		return -1;
	if (late.len > 0)
		return error_set(err, ERROR_TIMEOUT,
		    "timed out waiting for results from: %s",
		    strbuf_cstr(&late));
	return run_check(cli, tasks, err);
}

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
run_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "actions");
	json_auto_t *reply = NULL;
	const json_t *tasks;
	json_t *body;

	if (args_check_format(args, "plain|yaml|json", err) == -1)
		return -1;
	body = action_body(args, err);
	if (body == NULL)
		return -1;
	if (cli_post(cli, path, body, &reply, err) == -1)
		return run_refused(err);
	tasks = json_child(reply, "tasks", JSON_ARRAY);
	if (args_has(args, "background"))
		return run_background(cli, reply, tasks);
	run_announce(cli, reply, tasks);
	return run_wait(cli, tasks, err);
}
