/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag switch_flags[] = {
	PLAN_FLAG,
	{ 0 },
};

static int switch_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_switch = {
	.name = "switch",
	.args = "[<controller>|<model>|<controller>:<model>|-]",
	.summary = "Shows or selects the current model.",
	.details = "- is the model that was current before this one.",
	.flags = switch_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = switch_run,
};

/* "overlord:admin/tutorial", or "overlord" without a model. */
static char *
switch_name(const char *controller, const char *model)
{
	if (model == NULL)
		return xstrdup(controller);
	return xasprintf("%s:admin/%s", controller, model);
}

static int
switch_to(struct cli *cli, const char *controller, const char *word,
    struct error *err)
{
	autofree char *path = NULL, *from = NULL, *to = NULL;
	json_auto_t *reply = NULL;

	if (cli_use_model(cli, word, err) == -1)
		return -1;
	path = cli_path(cli, "switch");
	if (cli_post(cli, path, json_object(), &reply, err) == -1) {
		if (err->code != ERROR_NOT_FOUND)
			return -1;
		error_set(err, ERROR_NOT_FOUND,
		    "\"%s\" is not the name of a model or controller", word);
		return error_hint(err, "\"tenon models\" lists the models");
	}
	if (plan_is_told(cli, reply))
		return 0;
	from = switch_name(controller, json_text(reply, "previous", NULL));
	to = switch_name(controller, json_text(reply, "current", NULL));
	if (strcmp(from, to) == 0)
		cli_say(cli, "%s (no change)", to);
	else
		cli_say(cli, "%s -> %s", from, to);
	return 0;
}

/* What names a model for each command would make the switch be of no effect. */
static int
switch_is_overridden(struct error *err)
{
	const char *variable, *model = cli_environment_model(&variable);

	if (model == NULL)
		return 0;
	error_set(err, ERROR_CONFLICT,
	    "cannot switch when %s is overriding the model (set to \"%s\")",
	    variable, model);
	return error_hint(err, "\"unset %s\" lets the current model count",
	    variable);
}

static int
switch_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *root = NULL, *models = NULL;
	const char *controller, *current, *word;
	autofree char *name = NULL;

	if (cli_controller(cli, &root, err) == -1 ||
	    cli_get(cli, "/v1/models", &models, err) == -1)
		return -1;
	controller = json_text(json_child(root, "controller", JSON_OBJECT),
	    "name", "");
	current = json_text(models, "current", NULL);
	name = switch_name(controller, current);
	if (args->n == 0) {
		cli_print("%s\n", name);
		return 0;
	}
	if (switch_is_overridden(err) == -1)
		return -1;
	word = args->v[0];
	if (strcmp(word, controller) == 0) {
		cli_say(cli, "%s (no change)", name);
		return 0;
	}
	if (strcmp(word, "-") == 0)
		word = json_text(models, "previous", NULL);
	if (word == NULL) {
		error_set(err, ERROR_NOT_FOUND, "no previous model");
		return error_hint(err, "\"tenon models\" lists them");
	}
	return switch_to(cli, controller, word, err);
}
