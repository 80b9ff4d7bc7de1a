/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/removal.h"

static int remove_application_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_remove_application = {
	.name = "remove-application",
	.args = "<application> [...]",
	.summary = "Removes applications with their units and relations.",
	.details = "The data of the units is left where it is, and shown, "
		   "unless it is to be\ndestroyed.",
	.flags = removal_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no application specified",
	.need = CMD_EXISTING,
	.run = remove_application_run,
};

static int
remove_application(struct cli *cli, const char *name, bool dry,
    struct error *err)
{
	autofree char *path = cli_app_path(cli, name, "remove");
	json_auto_t *reply = NULL;
	json_t *body = removal_body(cli->args, dry, err);

	if (body == NULL)
		return -1;
	if (cli_post(cli, path, body, &reply, err) == -1)
		return error_wrap(err, "removing application %s failed", name);
	cli_print("will remove application %s\n", name);
	removal_tell(cli, reply, "- ");
	return 0;
}

/* One that fails does not keep the others from being removed. */
static int
remove_applications(struct cli *cli, bool dry, struct error *err)
{
	const struct args *args = cli->args;
	int rc = 0;

	for (int i = 0; i < args->n; i++) {
		if (remove_application(cli, args->v[i], dry, err) == 0)
			continue;
		if (i == args->n - 1)
			return -1;
		cli_error(cli, err);
		rc = 1;
	}
	return rc;
}

static int
remove_application_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	(void)args;
	return removal_run(cli, remove_applications, err);
}
