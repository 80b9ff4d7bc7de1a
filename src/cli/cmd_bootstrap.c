/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/text.h"

static const struct flag bootstrap_flags[] = {
	{ "no-switch", NULL, 0, FLAG_SWITCH,
	    "Accepted; a machine has one controller" },
	{ 0 },
};

static int bootstrap_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_bootstrap = {
	.name = "bootstrap",
	.args = "[<cloud>[/<region>] [<controller name>]]",
	.summary = "Creates the controller of this machine.",
	.details = "The cloud is localhost: units run on this machine. The "
		   "verbs that need a\ncontroller create one too, named "
		   "overlord.",
	.flags = bootstrap_flags,
	.min_args = 0,
	.max_args = 2,
	.need = CMD_STARTING,
	.run = bootstrap_run,
};

static int
bootstrap_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *place = args->n > 0 ? args->v[0] : "localhost";
	autofree char *cloud = text_part(place, strcspn(place, "/"));
	const char *region = strchr(place, '/');
	autofree char *default_name = xasprintf("%s-%s", cloud,
	    region != NULL ? region + 1 : cloud);
	const char *name = args->n > 1 ? args->v[1] : default_name;
	json_auto_t *reply = NULL;

	if (cli_post(cli, "/v1/controller",
		json_pack("{s:s, s:s}", "name", name, "cloud", cloud), &reply,
		err) == -1)
		return -1;
	cli_say(cli, "Creating %s controller \"%s\" on %s/%s",
	    strcmp(cli->prog, "juju") == 0 ? "Juju" : "Tenon", name, cloud,
	    region != NULL ? region + 1 : cloud);
	cli_say(cli,
	    "Bootstrap complete, controller \"%s\" is now available\n\n"
	    "Now you can run\n\t%s add-model <model-name>\n"
	    "to create a new model to deploy workloads.",
	    json_text(reply, "name", name), cli->prog);
	return 0;
}
