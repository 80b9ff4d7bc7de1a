/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag relate_flags[] = {
	{ "via", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "wait", NULL, 0, FLAG_SWITCH,
	    "Show progress and return when their units have settled" },
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

/* The two, first one that is of the model; the other may be SAAS. */
static void
relate_sides(const json_t *reply, const char *sides[static 2])
{
	sides[0] = json_text(reply, "application", NULL);
	sides[1] = json_text(reply, "requirer", "");
	if (sides[0] != NULL && strcmp(sides[0], sides[1]) == 0)
		sides[1] = json_text(reply, "provider", "");
}

static int
relate_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "relations");
	const char *sides[] = { NULL, NULL, NULL };
	json_auto_t *reply = NULL;
	json_t *body = json_pack("{s:[s, s]}", "endpoints", args->v[0],
	    args->v[1]);

	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	relate_sides(reply, sides);
	return plan_or_wait(cli, reply, sides, err);
}
