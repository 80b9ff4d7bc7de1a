/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/people.h"

static const struct flag whoami_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int whoami_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_whoami = {
	.name = "whoami",
	.args = "",
	.summary = "Shows the controller, the current model and the user.",
	.details =
	    "The user is the account that asks, and what it may do its role: viewer,\n"
	    "operator or admin.",
	.flags = whoami_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = whoami_run,
};

static int
whoami_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	json_auto_t *root = NULL, *models = NULL, *users = NULL;
	json_auto_t *document = NULL;
	autofree char *text = NULL;
	const char *controller, *model, *user, *role;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_controller(cli, &root, err) == -1 ||
	    cli_get(cli, "/v1/models", &models, err) == -1 ||
	    cli_get(cli, "/v1/users", &users, err) == -1)
		return -1;
	controller = json_text(json_child(root, "controller", JSON_OBJECT),
	    "name", "");
	model = json_text(models, "current", NULL);
	user = json_text(people_find(users, NULL), "name", "");
	role = json_text(people_find(users, NULL), "role", "");
	if (strcmp(format, "tabular") == 0) {
		text = xasprintf("Controller:  %s\nModel:       %s\n"
				 "User:        %s\nAccess:      %s\n",
		    controller, model != NULL ? model : "<no-current-model>",
		    user, role);
		return cli_emit_text(cli, text, err);
	}
	document = json_pack("{s:s, s:s, s:s}", "controller", controller,
	    "user", user, "access", role);
	json_put_text(document, "model", model);
	return cli_emit(cli, document, format, err);
}
