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
#include "cli/people.h"
#include "cli/table.h"

static const struct flag controllers_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "refresh", NULL, 0, FLAG_SWITCH, "Accepted; it is always fresh" },
	{ 0 },
};

static int controllers_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_controllers = {
	.name = "controllers",
	.aliases = { "list-controllers" },
	.args = "",
	.summary = "Lists the controllers: the one of this machine.",
	.details = "",
	.flags = controllers_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = controllers_run,
};

static void
controllers_render(const json_t *root, const json_t *me, const char *model,
    struct strbuf *sb)
{
	const json_t *c = json_child(root, "controller", JSON_OBJECT);
	autofree char *name = xasprintf("%s*", json_text(c, "name", ""));
	autofree char *place = xasprintf("%s/%s", json_text(c, "cloud", ""),
	    json_text(c, "region", ""));
	autotable t = { 0 };
	char models[24];

	(void)snprintf(models, sizeof models, "%lld",
	    (long long)json_int(root, "models", 0));
	table_row(&t, "Controller", "Model", "User", "Access", "Cloud/Region",
	    "Models", "Nodes", "HA", "Version");
	for (unsigned i = 5; i < 8; i++)
		table_align_right(&t, i);
	table_row(&t, name, model != NULL ? model : "-",
	    json_text(me, "name", ""), json_text(me, "role", ""), place, models,
	    "1", "none", json_text(root, "version", ""));
	table_render(&t, TABLE_PLAIN, sb);
}

static json_t *
controllers_document(const json_t *root, const json_t *me, const char *model)
{
	const json_t *c = json_child(root, "controller", JSON_OBJECT);
	const char *name = json_text(c, "name", "");
	json_t *row = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "uuid",
	    json_text(c, "uuid", ""), "user", json_text(me, "name", ""),
	    "access", json_text(me, "role", ""), "cloud",
	    json_text(c, "cloud", ""), "region", json_text(c, "region", ""),
	    "agent-version", json_text(root, "version", ""), "model-count",
	    (json_int_t)json_int(root, "models", 0));

	json_put_text(row, "current-model", model);
	return json_pack("{s:{s:o}, s:s}", "controllers", name, row,
	    "current-controller", name);
}

static int
controllers_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	json_auto_t *root = NULL, *models = NULL, *users = NULL;
	json_auto_t *document = NULL;
	const json_t *me;
	autostrbuf sb = { 0 };
	const char *model;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_controller(cli, &root, err) == -1 ||
	    cli_get(cli, "/v1/models", &models, err) == -1 ||
	    cli_get(cli, "/v1/users", &users, err) == -1)
		return -1;
	me = people_find(users, NULL);
	model = json_text(models, "current", NULL);
	if (strcmp(format, "tabular") != 0) {
		document = controllers_document(root, me, model);
		return cli_emit(cli, document, format, err);
	}
	controllers_render(root, me, model, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
