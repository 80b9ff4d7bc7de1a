/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/emit.h"
#include "cli/names.h"
#include "cli/show.h"

static const struct flag show_unit_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "endpoint", NULL, 0, FLAG_VALUE,
	    "Show only the relations of this endpoint" },
	{ "related-unit", NULL, 0, FLAG_VALUE,
	    "Show only what this unit says in them" },
	{ "app", NULL, 0, FLAG_SWITCH,
	    "Show only what applications say in them" },
	{ "reveal", NULL, 0, FLAG_SWITCH,
	    "Show the passwords that the units share among themselves" },
	{ 0 },
};

static int show_unit_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_unit = {
	.name = "show-unit",
	.args = "<unit> ...",
	.summary = "Shows units and what is said in their relations.",
	.details = "x/leader stands for the unit of x that leads. Passwords in "
		   "relations are shown,\nand so this needs the role operator.",
	.flags = show_unit_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "an unit name must be supplied",
	.need = CMD_EXISTING,
	.run = show_unit_run,
};

static int
show_unit_add(struct cli *cli, const char *name, json_t *all, struct error *err)
{
	const struct show_choice choice = {
		.endpoint = args_text(cli->args, "endpoint", NULL),
		.related_unit = args_text(cli->args, "related-unit", NULL),
		.parts = args_has(cli->args, "app") ? SHOW_APPLICATION_DATA :
						      SHOW_ALL,
		.secrets = args_has(cli->args, "reveal") ? SHOW_REVEALED :
							   SHOW_HIDDEN,
	};
	autofree char *encoded = client_encode(name);
	autofree char *path = cli_path(cli, "units/%s", encoded);
	json_auto_t *unit = NULL;

	if (cli_get(cli, path, &unit, err) == -1)
		return -1;
	json_object_set_new(all, json_text(unit, "unit", name),
	    show_unit(unit, &choice));
	return 0;
}

static int
show_unit_check(const struct args *args, struct error *err)
{
	const char *related[] = { args_text(args, "related-unit", NULL), NULL };

	if (args_check_format(args, "yaml|json", err) == -1)
		return -1;
	if (names_check("related unit", related, action_is_unit, err) == -1)
		return -1;
	return names_check("unit", args->v, action_is_unit_or_leader, err);
}

static int
show_unit_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *all = json_object();

	if (show_unit_check(args, err) == -1)
		return -1;
	for (int i = 0; i < args->n; i++) {
		if (show_unit_add(cli, args->v[i], all, err) == -1)
			return -1;
	}
	return cli_emit_ordered(cli, all, args_text(args, "format", "yaml"),
	    err);
}
