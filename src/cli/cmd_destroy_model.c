/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag destroy_model_flags[] = {
	{ "no-prompt", "yes", 'y', FLAG_SWITCH, "Do not ask for confirmation" },
	{ "destroy-storage", NULL, 0, FLAG_SWITCH,
	    "Destroy the data too, also of units removed before" },
	{ "release-storage", NULL, 0, FLAG_SWITCH,
	    "Leave the data where it is (the default)" },
	{ "force", NULL, 0, FLAG_SWITCH,
	    "Destroy even where a hook fails or does not end" },
	{ "no-wait", NULL, 0, FLAG_SWITCH,
	    "Accepted for compatibility, with --force" },
	{ "timeout", NULL, 't', FLAG_VALUE, "Give up waiting after this" },
	PLAN_FLAG,
	{ 0 },
};

static int destroy_model_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_destroy_model = {
	.name = "destroy-model",
	.args = "<model name>",
	.summary = "Destroys a model with its applications and machines.",
	.details = "Returns when it is gone.",
	.flags = destroy_model_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no model specified",
	.need = CMD_EXISTING,
	.run = destroy_model_run,
};

static json_t *
destroy_model_body(const struct args *args, int64_t timeout_ms)
{
	json_t *body = json_pack("{s:b, s:b}", "destroy-storage",
	    (int)args_has(args, "destroy-storage"), "force",
	    (int)args_has(args, "force"));

	if (timeout_ms > 0)
		json_object_set_new(body, "timeout", json_integer(timeout_ms));
	return body;
}

static char *
destroy_model_warning(const char *name, const json_t *model)
{
	return xasprintf(
	    "WARNING! This command will destroy the \"%s\" model.\n"
	    "It holds %lld machine(s), %lld application(s) and %lld unit(s).",
	    name, (long long)json_int(model, "machines", 0),
	    (long long)json_int(model, "applications", 0),
	    (long long)json_int(model, "units", 0));
}

static int
destroy_model_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *model = NULL, *reply = NULL;
	autofree char *path = NULL, *destroy = NULL, *warning = NULL;
	int64_t timeout_ms = 0;

	if (args_duration(args, "timeout", &timeout_ms, err) == -1)
		return -1;
	if (cli_use_model(cli, args->v[0], err) == -1)
		return -1;
	path = cli_path(cli, "%s", "");
	destroy = cli_path(cli, "destroy");
	if (cli_get(cli, path, &model, err) == -1)
		return -1;
	warning = destroy_model_warning(json_text(model, "name", ""), model);
	if (!args_has(args, "no-prompt") && !args_has(args, "dry-run") &&
	    cli_confirm_destroying(cli, warning, "model",
		json_text(model, "name", ""), err) == -1)
		return -1;
	if (!args_has(args, "dry-run"))
		cli_say(cli, "Destroying model");
	if (cli_post(cli, destroy, destroy_model_body(args, timeout_ms), &reply,
		err) == -1)
		return -1;
	cli_say_messages(cli, reply);
	if (plan_is_told(cli, reply))
		return 0;
	cli_say(cli, "Model destroyed.");
	return 0;
}
