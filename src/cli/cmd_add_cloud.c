/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/clouds.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag add_cloud_flags[] = {
	{ "file", NULL, 'f', FLAG_VALUE,
	    "A YAML file that defines it; - for standard input" },
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ "credential", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "force", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "target-controller", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

static const struct flag remove_cloud_flags[] = {
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ "target-controller", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

#define CLOUD_FORM                                              \
	"The file has the form of Juju's:\n"                    \
	"  clouds:\n    <cloud name>:\n      type: openstack\n" \
	"      regions: {...}"

static int add_cloud_run(struct cli *, const struct args *, struct error *);

static int remove_cloud_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_add_cloud = {
	.name = "add-cloud",
	.args = "<cloud name> [<file>]",
	.summary = "Keeps the definition of a cloud.",
	.details =
	    "For programs that add one; units run on this machine, and \"tenon "
	    "bootstrap\"\ntakes no other cloud. What is kept goes with the "
	    "controller.\n\n" CLOUD_FORM,
	.flags = add_cloud_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no cloud specified",
	.need = CMD_STARTING,
	.run = add_cloud_run,
};

const struct cmd cmd_update_cloud = {
	.name = "update-cloud",
	.args = "<cloud name> [<file>]",
	.summary = "Replaces the definition of a cloud that was added.",
	.details = CLOUD_FORM,
	.flags = add_cloud_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no cloud specified",
	.need = CMD_EXISTING,
	.run = add_cloud_run,
};

const struct cmd cmd_remove_cloud = {
	.name = "remove-cloud",
	.args = "<cloud name>",
	.summary = "Forgets the definition of a cloud that was added.",
	.details = "",
	.flags = remove_cloud_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no cloud specified",
	.need = CMD_EXISTING,
	.run = remove_cloud_run,
};

static int
add_cloud_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_t *definition = clouds_definition(cli, "clouds", args->v[0], 1,
	    err);
	bool update = cli->cmd == &cmd_update_cloud;
	json_auto_t *reply = NULL;

	if (definition == NULL ||
	    cli_post(cli, "/v1/clouds",
		json_pack("{s:s, s:o, s:b}", "name", args->v[0], "definition",
		    definition, "update", (int)update),
		&reply, err) == -1)
		return -1;
	if (plan_is_told(cli, reply))
		return 0;
	cli_say(cli,
	    "Cloud \"%s\" %s; it is kept, and units run on this machine",
	    args->v[0], update ? "updated" : "added");
	return 0;
}

static int
remove_cloud_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *reply = NULL;

	if (cli_post(cli, "/v1/clouds/remove",
		json_pack("{s:s}", "name", args->v[0]), &reply, err) == -1)
		return -1;
	if (!plan_is_told(cli, reply))
		cli_say(cli, "Removed details of cloud \"%s\"", args->v[0]);
	return 0;
}
