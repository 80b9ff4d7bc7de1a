/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"

static const struct flag add_model_flags[] = {
	{ "credential", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "no-switch", NULL, 0, FLAG_SWITCH,
	    "Do not make it the current model" },
	{ "controller", NULL, 'c', FLAG_VALUE,
	    "Accepted; a machine has one controller" },
	{ 0 },
};

static int add_model_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_add_model = {
	.name = "add-model",
	.args = "<model name> [<cloud>[/<region>]]",
	.summary = "Adds a model and makes it the current one.",
	.details = "",
	.flags = add_model_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "model name is required",
	.need = CMD_CREATING,
	.run = add_model_run,
};

static int
add_model_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *reply = NULL;

	if (cli_post(cli, "/v1/models",
		json_pack("{s:s, s:b}", "name", args->v[0], "switch",
		    (int)!args_has(args, "no-switch")),
		&reply, err) == -1)
		return -1;
	cli_say(cli,
	    "Added '%s' model on %s/%s with credential '%s' for user '%s'",
	    json_text(reply, "name", args->v[0]),
	    json_text(reply, "cloud", "localhost"),
	    json_text(reply, "region", "localhost"),
	    json_text(reply, "cloud", "localhost"),
	    json_text(reply, "owner", "admin"));
	return 0;
}
