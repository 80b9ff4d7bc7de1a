/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/operation.h"
#include "cli/table.h"
#include "cli/text.h"

#define OPERATIONS_LIMIT     50
#define OPERATIONS_TASKS_MAX 5 /* Whose ids a line of the table names. */

static const struct flag operations_flags[] = {
	{ "actions", NULL, 0, FLAG_VALUE, "Only of these actions, as a,b" },
	{ "applications", "apps", 0, FLAG_VALUE,
	    "Only on units of these applications" },
	{ "units", NULL, 0, FLAG_VALUE, "Only on these units" },
	{ "machines", NULL, 0, FLAG_VALUE, "Only on these machines" },
	{ "status", NULL, 0, FLAG_VALUE,
	    "Only in one of these states, as pending,running" },
	{ "limit", NULL, 0, FLAG_VALUE,
	    "How many to show at most (50 by default, 0 for all)" },
	{ "offset", NULL, 0, FLAG_VALUE,
	    "How many of the newest to leave out" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "format", NULL, 0, FLAG_VALUE, "plain (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int operations_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_operations = {
	.name = "operations",
	.aliases = { "list-operations" },
	.args = "",
	.summary = "Lists the operations: actions and commands that were run.",
	.details = "The newest ones are shown, the oldest of them first.",
	.flags = operations_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = operations_run,
};

/* ---- which ones ---- */

/* Is the word, of that length, in "a,b"? Everything is in NULL. */
static bool
list_has(const char *list, const char *word, size_t len)
{
	if (list == NULL)
		return true;
	for (size_t n; *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		if (n == len && strncmp(list, word, len) == 0)
			return true;
	}
	return false;
}

static bool
list_has_text(const char *list, const char *word)
{
	return list_has(list, word, strlen(word));
}

static int
check_states(const char *asked, struct error *err)
{
	static const char known[] =
	    "pending,running,completed,failed,cancelled,aborted";

	for (size_t n; asked[0] != '\0'; asked += n + (asked[n] == ',')) {
		n = strcspn(asked, ",");
		if (list_has(known, asked, n))
			continue;
		error_set(err, ERROR_USAGE, "no operation is \"%.*s\"", (int)n,
		    asked);
		return error_hint(err, "it is one of %s", known);
	}
	return 0;
}

/* Is any of its tasks on what was asked for? */
static bool
operation_is_on(const json_t *operation, const struct args *args)
{
	const char *apps = args_text(args, "applications", NULL);
	const char *units = args_text(args, "units", NULL);
	const char *machines = args_text(args, "machines", NULL);
	const json_t *task;
	size_t i;

	if (apps == NULL && units == NULL && machines == NULL)
		return true;
	json_array_foreach(json_child(operation, "tasks", JSON_ARRAY), i,
	    task) {
		const char *unit = json_text(task, "unit", "");
		const char *machine = json_text(task, "machine", NULL);
		size_t len = strcspn(unit, "/");
		bool is_unit = machine == NULL;

		if ((apps != NULL && is_unit && list_has(apps, unit, len)) ||
		    (units != NULL && is_unit && list_has_text(units, unit)) ||
		    (machines != NULL && !is_unit &&
			list_has_text(machines, machine)))
			return true;
	}
	return false;
}

static bool
operation_is_wanted(const json_t *operation, const struct args *args)
{
	return list_has_text(args_text(args, "actions", NULL),
		   json_text(operation, "action", "")) &&
	    list_has_text(args_text(args, "status", NULL),
		json_text(operation, "status", "")) &&
	    operation_is_on(operation, args);
}

/* The newest that are wanted, the oldest of them first. */
static json_t *
operations_select(const json_t *all, const struct args *args, int64_t limit,
    int64_t offset)
{
	json_t *chosen = json_array();

	for (size_t i = json_array_size(all); i-- > 0;) {
		json_t *operation = json_array_get(all, i);

		if (!operation_is_wanted(operation, args) || offset-- > 0)
			continue;
		json_array_insert(chosen, 0, operation);
		if (limit > 0 && json_array_size(chosen) == (size_t)limit)
			break;
	}
	return chosen;
}

/* ---- how they are shown ---- */

static char *
operation_task_ids(const json_t *operation)
{
	const json_t *tasks = json_child(operation, "tasks", JSON_ARRAY), *task;
	autostrbuf sb = { 0 };
	size_t i;

	json_array_foreach(tasks, i, task) {
		autofree char *id = action_id(task, "id");

		if (i == OPERATIONS_TASKS_MAX) {
			strbuf_adds(&sb, "...");
			break;
		}
		strbuf_addf(&sb, "%s%s", i > 0 ? "," : "", id);
	}
	return xstrdup(strbuf_cstr(&sb));
}

static void
operations_render(const json_t *operations, enum timetext_form form,
    struct strbuf *sb)
{
	autotable t = { 0 };
	const json_t *o;
	size_t i;

	table_row(&t, "ID", "Status", "Started", "Finished", "Task IDs",
	    "Summary");
	table_align_right(&t, 0);
	json_array_foreach(operations, i, o) {
		autofree char *id = action_id(o, "id");
		autofree char *tasks = operation_task_ids(o);
		char started[TIMETEXT_SIZE], completed[TIMETEXT_SIZE];

		timetext(json_text(o, "started", NULL), form, started);
		timetext(json_text(o, "completed", NULL), form, completed);
		table_row(&t, id, json_text(o, "status", ""), started,
		    completed, tasks, json_text(o, "summary", ""));
	}
	table_render(&t, TABLE_PLAIN, sb);
}

static json_t *
operations_document(const json_t *operations, enum action_times times)
{
	json_t *document = json_object();
	const json_t *o;
	size_t i;

	json_array_foreach(operations, i, o) {
		autofree char *id = action_id(o, "id");

		json_object_set_new(document, id, operation_document(o, times));
	}
	return document;
}

static int
operations_emit(const struct cli *cli, const json_t *operations,
    struct error *err)
{
	const char *format = args_text(cli->args, "format", "plain");
	bool is_utc = args_has(cli->args, "utc");
	json_auto_t *document = NULL;
	autostrbuf sb = { 0 };

	if (strcmp(format, "plain") == 0) {
		operations_render(operations,
		    is_utc ? TIMETEXT_ISO_UTC : TIMETEXT_ISO, &sb);
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	document = operations_document(operations,
	    is_utc ? ACTION_UTC : ACTION_LOCAL);
	return operation_emit(cli, document, format, err);
}

static int
operations_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "operations");
	json_auto_t *reply = NULL, *chosen = NULL;
	int64_t limit = OPERATIONS_LIMIT, offset = 0;

	if (args_check_format(args, "plain|yaml|json", err) == -1 ||
	    args_int(args, "limit", 0, &limit, err) == -1 ||
	    args_int(args, "offset", 0, &offset, err) == -1 ||
	    check_states(args_text(args, "status", ""), err) == -1 ||
	    cli_get(cli, path, &reply, err) == -1)
		return -1;
	chosen = operations_select(json_child(reply, "operations", JSON_ARRAY),
	    args, limit, offset);
	if (json_array_size(chosen) == 0) {
		cli_say(cli, "no matching operations");
		return 0;
	}
	return operations_emit(cli, chosen, err);
}
