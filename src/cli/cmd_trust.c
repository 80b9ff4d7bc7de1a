/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag trust_flags[] = {
	{ "remove", NULL, 0, FLAG_SWITCH, "Take the trust away" },
	{ "scope", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

static int trust_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_trust = {
	.name = "trust",
	.args = "<application>",
	.summary = "Marks an application as trusted.",
	.details =
	    "It is noted, and shown by config. There are no credentials of a "
	    "cloud on this\nhost that a charm could be given.",
	.flags = trust_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = trust_run,
};

static int
trust_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_app_path(cli, args->v[0], "trust");

	return plan_post(cli, path,
	    json_pack("{s:b}", "trusted", (int)!args_has(args, "remove")), err);
}
