/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for an operation, and showing what came of its tasks. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/operation.h"

/* The machine if that was asked for, else the unit. */
static const char *
task_name(const json_t *task)
{
	return json_text(task, "machine", json_text(task, "unit", ""));
}

static const char *
task_kind(const json_t *task)
{
	return json_text(task, "machine", NULL) != NULL ? "machine" : "unit";
}

static char *
task_tag(const json_t *task)
{
	const char *machine = json_text(task, "machine", NULL);

	return machine != NULL ? xasprintf("machine-%s", machine) :
				 action_unit_tag(json_text(task, "unit", ""));
}

static void
operation_announce(const struct cli *cli, const json_t *reply,
    const json_t *tasks)
{
	autofree char *operation = action_id(reply, "operation");
	size_t n = json_array_size(tasks), i;
	const json_t *task;

	cli_say(cli, "Running operation %s with %zu task%s", operation, n,
	    n == 1 ? "" : "s");
	json_array_foreach(tasks, i, task) {
		autofree char *id = action_id(task, "id");
		autofree char *tag = task_tag(task);

		cli_say(cli, "  - task %s on %s", id, tag);
	}
	cli_say(cli, "%s", "");
}

static int
operation_background(const struct cli *cli, const json_t *reply,
    const json_t *tasks)
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

/* What a command wrote, to where it wrote it. */
static int
show_output(const struct cli *cli, const json_t *task, struct error *err)
{
	const json_t *results = json_child(task, "results", JSON_OBJECT);

	(void)fputs(json_text(results, "stderr", ""), stderr);
	return cli_emit_text(cli, json_text(results, "stdout", ""), err);
}

static void
add_output(const json_t *task, struct strbuf *sb)
{
	const json_t *results = json_child(task, "results", JSON_OBJECT);

	strbuf_adds(sb, json_text(results, "stdout", ""));
	strbuf_adds(sb, json_text(results, "stderr", ""));
}

/* As Juju 2.9 has it: a list, what is usual is left out. */
static json_t *
output_document(const json_t *task)
{
	const json_t *results = json_child(task, "results", JSON_OBJECT);
	bool is_machine = json_text(task, "machine", NULL) != NULL;
	const char *errors = json_text(results, "stderr", "");
	int64_t code = action_return_code(task);
	json_t *document = json_object();

	json_put_text(document, is_machine ? "MachineId" : "UnitId",
	    task_name(task));
	json_put_text(document, "Stdout", json_text(results, "stdout", ""));
	if (errors[0] != '\0')
		json_put_text(document, "Stderr", errors);
	if (code != 0)
		json_object_set_new(document, "ReturnCode", json_integer(code));
	return document;
}

static json_t *
tasks_document(const struct cli *cli, const json_t *tasks,
    const struct operation_style *style)
{
	enum action_times times = args_has(cli->args, "utc") ? ACTION_UTC :
							       ACTION_LOCAL;
	bool is_list = style->kind == OPERATION_LIST;
	json_t *document = is_list ? json_array() : json_object();
	const json_t *task;
	size_t i;

	json_array_foreach(tasks, i, task) {
		if (is_list)
			json_array_append_new(document, output_document(task));
		else
			json_object_set_new(document, task_name(task),
			    action_document3(task, times));
	}
	return document;
}

static int
operation_show(const struct cli *cli, const json_t *tasks,
    const struct operation_style *style, struct error *err)
{
	const char *format = args_text(cli->args, "format", "plain");
	json_auto_t *document = NULL;
	autostrbuf sb = { 0 };
	const json_t *task;
	size_t i;

	if (strcmp(format, "plain") != 0) {
		document = tasks_document(cli, tasks, style);
		return cli_emit(cli, document, format, err);
	}
	if (style->kind != OPERATION_RESULTS && json_array_size(tasks) == 1)
		return show_output(cli, json_array_get(tasks, 0), err);
	json_array_foreach(tasks, i, task) {
		if (json_array_size(tasks) > 1)
			strbuf_addf(&sb, "%s:\n", task_name(task));
		if (style->kind == OPERATION_RESULTS)
			action_plain(task, &sb);
		else
			add_output(task, &sb);
	}
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}

/* The tasks whose program ended badly, as the error Juju makes of them. */
static int
operation_check(const struct cli *cli, const json_t *tasks, struct error *err)
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
operation_wait(struct cli *cli, const json_t *queued,
    const struct operation_style *style, struct error *err)
{
	json_auto_t *tasks = json_array();
	int64_t left_ms = style->wait_ms;
	autostrbuf late = { 0 };
	const json_t *q;
	size_t i;

	json_array_foreach(queued, i, q) {
		autofree char *id = action_id(q, "id");
		json_t *task = NULL;
		int rc;

		if (style->kind != OPERATION_LIST)
			cli_say(cli, "Waiting for task %s...", id);
		rc = action_wait(cli, id, &left_ms, &task, err);
		if (rc == -1)
			return -1;
		if (rc == 1)
			strbuf_addf(&late, "%s%s %s", late.len > 0 ? ", " : "",
			    task_kind(q), task_name(q));
		else
			json_array_append(tasks, task);
		json_decref(task);
	}
	if (json_array_size(tasks) > 0 &&
	    operation_show(cli, tasks, style, err) == -1)
		return -1;
	if (late.len > 0)
		return error_set(err, ERROR_TIMEOUT,
		    "timed out waiting for results from: %s",
		    strbuf_cstr(&late));
	return operation_check(cli, tasks, err);
}

int
operation_finish(struct cli *cli, const json_t *reply,
    const struct operation_style *style, struct error *err)
{
	const json_t *tasks = json_child(reply, "tasks", JSON_ARRAY);

	if (args_has(cli->args, "background"))
		return operation_background(cli, reply, tasks);
	if (style->kind != OPERATION_LIST)
		operation_announce(cli, reply, tasks);
	return operation_wait(cli, tasks, style, err);
}
