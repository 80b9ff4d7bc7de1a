/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag relate_flags[] = {
	{ "via", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "wait", NULL, 0, FLAG_SWITCH,
	    "Show progress and return when the units have settled" },
	{ "timeout", NULL, 0, FLAG_VALUE, "With --wait: give up after this" },
	PLAN_FLAG,
	{ 0 },
};

static int relate_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_relate = {
	.name = "relate",
	.aliases = { "integrate", "add-relation" },
	.args = "<application>[:<endpoint>] <application or SAAS>[:<endpoint>]",
	.summary = "Relates two applications.",
	.details = "The order of the applications does not matter. An endpoint "
		   "is only needed\nwhere more than one pair of endpoints "
		   "fits. The second may be an offer of\nanother model, as "
		   "admin/db.postgresql.",
	.flags = relate_flags,
	.min_args = 2,
	.max_args = 2,
	.missing = "a relation must involve two applications",
	.need = CMD_EXISTING,
	.run = relate_run,
};

static int
relate_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "relations");
	json_auto_t *reply = NULL;
	json_t *body = json_pack("{s:[s, s]}", "endpoints", args->v[0],
	    args->v[1]);

	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	return plan_or_wait(cli, reply, NULL, err);
}
