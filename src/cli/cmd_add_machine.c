/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/charm_words.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag add_machine_flags[] = {
	{ "num-machines", NULL, 'n', FLAG_VALUE, "Number of machines to add" },
	PLAN_FLAG,
	{ "base", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "series", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "constraints", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "disks", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "private-key", NULL, 0, FLAG_VALUE, FLAG_ABSENT },
	{ "public-key", NULL, 0, FLAG_VALUE, FLAG_ABSENT },
	{ 0 },
};

static int add_machine_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_add_machine = {
	.name = "add-machine",
	.args = "",
	.summary = "Adds machines that wait for a unit.",
	.details =
	    "A machine is an address of this host that is kept for one unit. "
	    "Units get one\nof their own anyway; with --to of the deploy and "
	    "add-unit commands they take\none that is there. It goes with its "
	    "unit, or with the remove-machine command.",
	.flags = add_machine_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = add_machine_run,
};

static int
add_machine_refuse_target(const char *target, struct error *err)
{
	error_set(err, ERROR_INVALID, "cannot add a machine at \"%s\"", target);
	return error_hint(err, "all machines are on this host: give no target");
}

static int
add_machine_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "machines");
	json_auto_t *reply = NULL;
	int64_t machines = 1;
	json_t *body, *number;
	size_t i;

	if (args->n > 0)
		return add_machine_refuse_target(args->v[0], err);
	if (args_int(args, "num-machines", 1, &machines, err) == -1 ||
	    charm_words_check(cli, args, err) == -1)
		return -1;
	body = json_pack("{s:I}", "machines", (json_int_t)machines);
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	json_array_foreach(json_child(reply, "machines", JSON_ARRAY), i,
	    number) {
		if (args_has(args, "dry-run"))
			cli_print("machine %s would be created\n",
			    json_string_value(number));
		else
			cli_say(cli, "created machine %s",
			    json_string_value(number));
	}
	cli_say_messages(cli, reply);
	return 0;
}
