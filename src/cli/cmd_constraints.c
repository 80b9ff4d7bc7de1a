/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/constraint.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag constraints_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE,
	    "constraints (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int constraints_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_constraints = {
	.name = "constraints",
	.aliases = { "get-constraints" },
	.args = "<application>",
	.summary = "Shows the constraints of an application.",
	.details = "They are kept for programs that set them. Every unit is on "
		   "this host, so none\nchooses a machine.",
	.flags = constraints_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = constraints_run,
};

const struct cmd cmd_model_constraints = {
	.name = "model-constraints",
	.aliases = { "get-model-constraints" },
	.args = "",
	.summary = "Shows the constraints of a model.",
	.details = "They are kept for programs that set them. Every unit is on "
		   "this host, so none\nchooses a machine.",
	.flags = constraints_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = constraints_run,
};

static int
constraints_emit_line(const struct cli *cli, const json_t *constraints,
    struct error *err)
{
	autofree char *line = constraints_format(constraints);
	autofree char *text = xasprintf("%s%s", line,
	    line[0] != '\0' ? "\n" : "");

	return cli_emit_text(cli, text, err);
}

static int
constraints_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "constraints");
	autofree char *path = args->n > 0 ?
	    cli_app_path(cli, args->v[0], "constraints") :
	    cli_path(cli, "constraints");
	json_auto_t *reply = NULL;
	json_t *constraints;

	if (args_check_format(args, "constraints|yaml|json", err) == -1 ||
	    cli_get(cli, path, &reply, err) == -1)
		return -1;
	constraints = json_child(reply, "constraints", JSON_OBJECT);
	if (strcmp(format, "constraints") == 0)
		return constraints_emit_line(cli, constraints, err);
	return cli_emit(cli, constraints, format, err);
}
