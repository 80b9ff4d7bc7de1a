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
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int journal_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_journal = {
	.name = "journal",
	.args = "[<unit or application>]",
	.summary = "Shows what happened, by whom or what, the oldest first.",
	.details = "",
	.flags = journal_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = journal_run,
};

/* Members that have columns of their own. */
static bool
journal_is_column(const char *key)
{
	static const char *const columns[] = { "id", "time", "subject",
		"kind" };

	for (size_t i = 0; i < nitems(columns); i++) {
		if (strcmp(key, columns[i]) == 0)
			return true;
	}
	return false;
}

static void
journal_row(struct table *t, json_t *entry)
{
	char time[TIMETEXT_SIZE];
	autostrbuf rest = { 0 };
	const char *key;
	json_t *value;

	json_object_foreach(entry, key, value) {
		autofree char *text = NULL;

		if (journal_is_column(key))
			continue;
		if (!json_is_string(value))
			text = json_dumps(value,
			    JSON_ENCODE_ANY | JSON_COMPACT);
		strbuf_addf(&rest, "%s%s=%s", rest.len > 0 ? " " : "", key,
		    text != NULL ? text : json_string_value(value));
	}
	timetext(json_text(entry, "time", NULL), TIMETEXT_PLAIN, time);
	table_row(t, time, json_text(entry, "subject", ""),
	    json_text(entry, "kind", ""), strbuf_cstr(&rest));
}

static void
journal_render(const json_t *entries, struct strbuf *sb)
{
	autotable t = { 0 };
	json_t *entry;
	size_t i;

	table_row(&t, "Time", "Subject", "Kind", "Details");
	json_array_foreach(entries, i, entry)
		journal_row(&t, entry);
	table_render(&t, TABLE_PLAIN, sb);
}

static int
journal_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	autofree char *subject = client_encode(args->n > 0 ? args->v[0] : "");
	autofree char *path = NULL;
	json_auto_t *reply = NULL;
	int64_t limit = JOURNAL_LIMIT;
	autostrbuf sb = { 0 };
	const json_t *entries;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    args_int(args, "limit", 1, &limit, err) == -1)
		return -1;
	path = cli_path(cli, "journal?limit=%" PRId64 "%s%s", limit,
	    subject[0] != '\0' ? "&subject=" : "", subject);
	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	entries = json_child(reply, "entries", JSON_ARRAY);
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, entries, format, err);
	journal_render(entries, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
