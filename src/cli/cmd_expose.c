/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag expose_flags[] = {
	{ "endpoints", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "to-spaces", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "to-cidrs", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

static int expose_run(struct cli *, const struct args *, struct error *);
static int unexpose_run(struct cli *, const struct args *, struct error *);

#define EXPOSE_DETAILS                                                         \
	"It is noted, and shown in the status. Applications of this host can " \
	"be reached\nwhether they are exposed or not, and nothing outside "    \
	"reaches them either way."

const struct cmd cmd_expose = {
	.name = "expose",
	.args = "<application>",
	.summary = "Marks an application as exposed.",
	.details = EXPOSE_DETAILS,
	.flags = expose_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = expose_run,
};

const struct cmd cmd_unexpose = {
	.name = "unexpose",
	.args = "<application>",
	.summary = "Takes the mark of being exposed from an application.",
	.details = EXPOSE_DETAILS,
	.flags = expose_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = unexpose_run,
};

static int
expose(struct cli *cli, const char *application, json_t *stolen_body,
    struct error *err)
{
	autofree char *path = cli_app_path(cli, application, "expose");

	return plan_post(cli, path, stolen_body, err);
}

static int
expose_run(struct cli *cli, const struct args *args, struct error *err)
{
	return expose(cli, args->v[0], json_pack("{s:b}", "exposed", 1), err);
}

static int
unexpose_run(struct cli *cli, const struct args *args, struct error *err)
{
	return expose(cli, args->v[0], json_pack("{s:b}", "exposed", 0), err);
}
