/* SPDX-License-Identifier: Apache-2.0 */

#include "base/mem.h"
#include "cli/args.h"
#include "cli/charm_words.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag add_unit_flags[] = {
	{ "num-units", NULL, 'n', FLAG_VALUE, "Number of units to add" },
	{ "to", NULL, 0, FLAG_VALUE,
	    "Empty machines to use first, as 0,3: see add-machine" },
	{ "attach-storage", NULL, 0, FLAG_VALUE, FLAG_ABSENT },
	{ "wait", NULL, 0, FLAG_SWITCH,
	    "Show progress and return when the units have settled" },
	{ "timeout", NULL, 0, FLAG_VALUE, "With --wait: give up after this" },
	PLAN_FLAG,
	{ 0 },
};

static int add_unit_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_add_unit = {
	.name = "add-unit",
	.args = "<application>",
	.summary = "Adds one or more units to a deployed application.",
	.details = "",
	.flags = add_unit_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application specified",
	.need = CMD_EXISTING,
	.run = add_unit_run,
};

static int
add_unit_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_app_path(cli, args->v[0], "units");
	json_auto_t *reply = NULL;
	int64_t units = 1;
	json_t *body;

	if (args_int(args, "num-units", 1, &units, err) == -1 ||
	    charm_words_check(cli, args, err) == -1)
		return -1;
	body = json_pack("{s:I}", "units", (json_int_t)units);
	charm_words_to(args, body);
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	cli_say_messages(cli, reply);
	return plan_or_wait(cli, reply,
	    (const char *const[]){ args->v[0], NULL }, err);
}
