/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/removal.h"

static int remove_unit_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_remove_unit = {
	.name = "remove-unit",
	.args = "<unit> [...]",
	.summary = "Removes one or more units from an application.",
	.details = "All of the units are removed, or none of them when one "
		   "of the names is\nwrong. Numbers of units and machines are "
		   "not used again.",
	.flags = removal_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no units specified",
	.need = CMD_EXISTING,
	.run = remove_unit_run,
};

static int
remove_unit_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "units/remove");
	json_auto_t *reply = NULL;
	json_t *units = json_array(), *body;

	for (int i = 0; i < args->n; i++) {
		json_array_append_new(units, json_string(args->v[i]));
		if (action_is_unit(args->v[i]))
			continue;
		json_decref(units);
		return error_set(err, ERROR_USAGE, "invalid unit name \"%s\"",
		    args->v[i]);
	}
	body = removal_body(args, err);
	if (body == NULL) {
		json_decref(units);
		return -1;
	}
	json_object_set_new(body, "units", units);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	removal_tell(cli, reply, "");
	return 0;
}
