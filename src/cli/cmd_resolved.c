/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag resolved_flags[] = {
	{ "all", NULL, 0, FLAG_SWITCH, "All units that are in error" },
	{ "no-retry", NULL, 0, FLAG_SWITCH,
	    "Go on as if the failed hook had succeeded" },
	PLAN_FLAG,
	{ 0 },
};

static int resolved_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_resolved = {
	.name = "resolved",
	.aliases = { "resolve" },
	.args = "[<unit> ...]",
	.summary = "Marks units in error as resolved: their hook runs again.",
	.details = "",
	.flags = resolved_flags,
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_EXISTING,
	.run = resolved_run,
};

static int
resolved_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "units/resolved");
	json_auto_t *units = json_array();

	if (args->n == 0 && !args_has(args, "all"))
		return error_set(err, ERROR_USAGE, "no unit specified");
	if (args->n > 0 && args_has(args, "all"))
		return error_set(err, ERROR_USAGE,
		    "specify unit names or --all, not both");
	for (int i = 0; i < args->n; i++) {
		if (!action_is_unit(args->v[i]))
			return error_set(err, ERROR_USAGE,
			    "unit name \"%s\" not valid", args->v[i]);
		json_array_append_new(units, json_string(args->v[i]));
	}
	return plan_post(cli, path,
	    json_pack("{s:O, s:b, s:b}", "units", units, "all",
		(int)args_has(args, "all"), "retry",
		(int)!args_has(args, "no-retry")),
	    err);
}
