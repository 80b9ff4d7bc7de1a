/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/table.h"

static const struct flag find_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int find_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_find = {
	.name = "find",
	.args = "[<text>]",
	.summary = "Lists the built-in charms, or those with a text in them.",
	.details = "",
	.flags = find_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_STARTING,
	.run = find_run,
};

static json_t *
find_matching(const json_t *reply, const char *text)
{
	json_t *found = json_array(), *charm;
	size_t i;

	json_array_foreach(json_child(reply, "charms", JSON_ARRAY), i, charm) {
		if (strcasestr(json_text(charm, "name", ""), text) != NULL ||
		    strcasestr(json_text(charm, "summary", ""), text) != NULL)
			json_array_append(found, charm);
	}
	return found;
}

static void
find_render(const json_t *charms, struct strbuf *sb)
{
	autotable t = { 0 };
	const json_t *charm;
	size_t i;

	table_row(&t, "Name", "Revision", "Summary");
	table_align_right(&t, 1);
	json_array_foreach(charms, i, charm) {
		char revision[24];

		(void)snprintf(revision, sizeof revision, "%lld",
		    (long long)json_int(charm, "revision", 0));
		table_row(&t, json_text(charm, "name", ""), revision,
		    json_text(charm, "summary", ""));
	}
	table_render(&t, TABLE_PLAIN, sb);
}

static int
find_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	const char *text = args->n > 0 ? args->v[0] : "";
	json_auto_t *reply = NULL, *found = NULL;
	autostrbuf sb = { 0 };

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_get(cli, "/v1/charms", &reply, err) == -1)
		return -1;
	found = find_matching(reply, text);
	if (json_array_size(found) == 0) {
		cli_say(cli, "No matching charms for \"%s\"", text);
		return 0;
	}
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, found, format, err);
	find_render(found, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
