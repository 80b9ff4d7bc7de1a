/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/settings.h"

static const struct flag add_model_flags[] = {
	{ "config", NULL, 0, FLAG_VALUE,
	    "An option as key=value, or a YAML file with some" },
	{ "credential", NULL, 0, FLAG_VALUE,
	    "The credential it shows, of those of \"list-credentials\"" },
	{ "owner", NULL, 0, FLAG_VALUE, "The owner, which is admin" },
	{ "no-switch", NULL, 0, FLAG_SWITCH,
	    "Do not make it the current model" },
	{ "controller", NULL, 'c', FLAG_VALUE,
	    "The controller; a machine has one" },
	{ "target-controller", NULL, 0, FLAG_VALUE, "The same" },
	PLAN_FLAG,
	{ 0 },
};

static int add_model_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_add_model = {
	.name = "add-model",
	.args = "<model name> [<cloud>[/<region>]]",
	.summary = "Adds a model and makes it the current one.",
	.details =
	    "The cloud is localhost, this machine. Options are those of \"tenon\n"
	    "model-config\".",
	.flags = add_model_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "model name is required",
	.need = CMD_CREATING,
	.run = add_model_run,
};

static json_t *
add_model_body(const struct args *args, json_t *config)
{
	json_t *body = json_pack("{s:s, s:b, s:O}", "name", args->v[0],
	    "switch", (int)!args_has(args, "no-switch"), "config", config);

	if (args->n > 1)
		json_put_text(body, "cloud", args->v[1]);
	json_put_text(body, "credential", args_text(args, "credential", NULL));
	json_put_text(body, "owner", args_text(args, "owner", NULL));
	return body;
}

static int
add_model_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *config = json_object(), *reply = NULL;

	if (cli_check_controller(cli, args_text(args, "controller", NULL),
		err) == -1 ||
	    cli_check_controller(cli,
		args_text(args, "target-controller", NULL), err) == -1 ||
	    settings_collect_flag(args, "config", config, err) == -1 ||
	    cli_post(cli, "/v1/models", add_model_body(args, config), &reply,
		err) == -1)
		return -1;
	if (plan_is_told(cli, reply))
		return 0;
	cli_say(cli,
	    "Added '%s' model on %s/%s with credential '%s' for user '%s'",
	    json_text(reply, "name", args->v[0]),
	    json_text(reply, "cloud", "localhost"),
	    json_text(reply, "region", "localhost"),
	    json_text(reply, "credential", "localhost"),
	    json_text(reply, "owner", "admin"));
	return 0;
}
