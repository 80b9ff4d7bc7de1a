/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag info_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int info_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_info = {
	.name = "info",
	.args = "<charm>",
	.summary = "Shows what is known of a built-in charm.",
	.details = "",
	.flags = info_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "expected a charm or bundle name",
	.need = CMD_STARTING,
	.run = info_run,
};

static int
info_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *reply = NULL;
	const json_t *charm;
	size_t i;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    cli_get(cli, "/v1/charms", &reply, err) == -1)
		return -1;
	json_array_foreach(json_child(reply, "charms", JSON_ARRAY), i, charm) {
		if (strcmp(json_text(charm, "name", ""), args->v[0]) == 0)
			return cli_emit(cli, charm,
			    args_text(args, "format", "yaml"), err);
	}
	return error_set(err, ERROR_NOT_FOUND,
	    "No charm or bundle with name '%s'.", args->v[0]);
}
