/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/emit.h"
#include "cli/table.h"
#include "cli/text.h"

static const struct flag actions_flags[] = {
	{ "schema", NULL, 0, FLAG_SWITCH, "Show the parameters too, as YAML" },
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int actions_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_actions = {
	.name = "actions",
	.aliases = { "list-actions" },
	.args = "<application>",
	.summary = "Lists the actions of an application.",
	.details = "",
	.flags = actions_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = actions_run,
};

static void
actions_render(json_t *actions, struct strbuf *sb)
{
	autotable t = { 0 };
	const char *name;
	json_t *action;

	table_row(&t, "Action", "Description");
	json_object_foreach(actions, name, action) {
		const char *text = json_text(action, "description", "");
		autofree char *line = text_part(text, strcspn(text, "\n"));

		table_row(&t, name, line[0] != '\0' ? line : "No description");
	}
	table_render(&t, TABLE_PLAIN, sb);
}

/* name: description, or with --schema all that is known. */
static json_t *
actions_document(json_t *actions, const struct args *args)
{
	json_t *document, *action;
	const char *name;

	if (args_has(args, "schema"))
		return json_incref(actions);
	document = json_object();
	json_object_foreach(actions, name, action)
		json_put_text(document, name,
		    json_text(action, "description", "No description"));
	return document;
}

static int
actions_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format",
	    args_has(args, "schema") ? "yaml" : "tabular");
	autofree char *path = cli_app_path(cli, args->v[0], "actions");
	json_auto_t *reply = NULL, *sorted = NULL, *document = NULL;
	autostrbuf sb = { 0 };

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_get(cli, path, &reply, err) == -1)
		return -1;
	sorted = emit_sorted(json_child(reply, "actions", JSON_OBJECT));
	if (json_object_size(sorted) == 0) {
		cli_say(cli, "No actions defined for %s.", args->v[0]);
		return 0;
	}
	if (strcmp(format, "tabular") != 0) {
		document = actions_document(sorted, args);
		return cli_emit(cli, document, format, err);
	}
	actions_render(sorted, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
