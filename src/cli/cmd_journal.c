/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/table.h"
#include "cli/timetext.h"

#define JOURNAL_LIMIT 100

static const struct flag journal_flags[] = {
	{ "limit", NULL, 'n', FLAG_VALUE,
	    "How many of the newest entries to show (100 by default)" },
	{ "kind", NULL, 0, FLAG_VALUE,
	    "Only request, hook, action, service, forced or removed" },
	{ "result", NULL, 0, FLAG_VALUE,
	    "Only ok, failed, deferred, skipped, ended or restarted" },
	{ "user", NULL, 0, FLAG_VALUE,
	    "Only what this user asked for, and the hooks of that" },
	{ "since", NULL, 0, FLAG_VALUE, "Only of the last e.g. 10m or 1h30m" },
	{ "of-controller", NULL, 0, FLAG_SWITCH,
	    "Of no model, but of what was asked of the controller" },
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int journal_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_journal = {
	.name = "journal",
	.args = "[<application, unit or relation id>]",
	.summary = "Shows what happened, by whom or what, the oldest first.",
	.details =
	    "Each operation has a line: who asked for it, what it ran because\n"
	    "of, how long it took, and how it ended. A request is one commit\n"
	    "and takes no time of its own; the hooks that follow from it are\n"
	    "lines by themselves, under the name of who asked. An application\n"
	    "is shown with its units and its relations.\n"
	    "\n"
	    "The controller has a journal of its own, --of-controller: which models\n"
	    "came and went, clouds and credentials.",
	.flags = journal_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = journal_run,
};

/* "relate", "hook config-changed", "action get-password", "service postgres". */
static char *
journal_operation(const json_t *entry)
{
	const char *kind = json_text(entry, "kind", "");
	const char *name = json_text(entry, "name", "");

	if (strcmp(kind, "request") == 0)
		return xstrdup(name);
	return xasprintf("%s%s%s", kind, name[0] != '\0' ? " " : "", name);
}

/* A user without a name has a number. */
static char *
journal_who(const json_t *entry)
{
	const char *user = json_text(entry, "user", NULL);

	if (user != NULL)
		return xstrdup(user);
	if (json_object_get(entry, "uid") == NULL)
		return xstrdup("-");
	return xasprintf("uid %" PRId64, json_int(entry, "uid", 0));
}

static char *
journal_duration(const json_t *entry)
{
	int64_t ms = json_int(entry, "ms", -1);

	if (ms < 0)
		return xstrdup("-");
	if (ms < 1000)
		return xasprintf("%" PRId64 "ms", ms);
	return xasprintf("%" PRId64 ".%" PRId64 "s", ms / 1000,
	    ms % 1000 / 100);
}

static char *
journal_result(const json_t *entry)
{
	const char *result = json_text(entry, "result", "");
	const char *message = json_text(entry, "message", "");

	return xasprintf("%s%s%s", result,
	    result[0] != '\0' && message[0] != '\0' ? ": " : "", message);
}

static void
journal_row(struct table *t, const json_t *entry)
{
	autofree char *operation = journal_operation(entry);
	autofree char *who = journal_who(entry);
	autofree char *duration = journal_duration(entry);
	autofree char *result = journal_result(entry);
	char time[TIMETEXT_SIZE];

	timetext(json_text(entry, "time", NULL), TIMETEXT_PLAIN, time);
	table_row(t, time, json_text(entry, "subject", ""), operation, who,
	    json_text(entry, "cause", "-"), duration, result);
}

static void
journal_render(const json_t *entries, struct strbuf *sb)
{
	autotable t = { 0 };
	json_t *entry;
	size_t i;

	table_row(&t, "Time", "Subject", "Operation", "By", "Because", "Took",
	    "Result");
	json_array_foreach(entries, i, entry)
		journal_row(&t, entry);
	table_render(&t, TABLE_PLAIN, sb);
}

/* "&kind=hook" for a flag that is given. */
static void
journal_add_filter(const struct args *args, const char *flag,
    struct strbuf *query)
{
	autofree char *value = client_encode(args_text(args, flag, ""));

	if (args_has(args, flag))
		strbuf_addf(query, "&%s=%s", flag, value);
}

static int
journal_query(const struct args *args, struct strbuf *query, struct error *err)
{
	autofree char *subject = client_encode(args->n > 0 ? args->v[0] : "");
	int64_t limit = JOURNAL_LIMIT, age = 0;

	if (args_int(args, "limit", 1, &limit, err) == -1 ||
	    args_duration(args, "since", &age, err) == -1)
		return -1;
	strbuf_addf(query, "journal?limit=%" PRId64, limit);
	if (args->n > 0)
		strbuf_addf(query, "&subject=%s", subject);
	if (age > 0)
		strbuf_addf(query, "&age=%" PRId64, age);
	journal_add_filter(args, "kind", query);
	journal_add_filter(args, "result", query);
	journal_add_filter(args, "user", query);
	return 0;
}

static int
journal_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	autofree char *path = NULL;
	json_auto_t *reply = NULL;
	autostrbuf query = { 0 };
	autostrbuf sb = { 0 };
	const json_t *entries;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    journal_query(args, &query, err) == -1)
		return -1;
	path = args_has(args, "of-controller") ?
	    xasprintf("/v1/%s", strbuf_cstr(&query)) :
	    cli_path(cli, "%s", strbuf_cstr(&query));
	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	entries = json_child(reply, "entries", JSON_ARRAY);
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, entries, format, err);
	journal_render(entries, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
