/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/names.h"
#include "cli/plan.h"
#include "cli/removal.h"

static const struct flag remove_machine_flags[] = {
	{ "force", NULL, 0, FLAG_SWITCH, "Remove the unit on it too" },
	{ "destroy-storage", NULL, 0, FLAG_SWITCH,
	    "With --force: destroy the unit's data too" },
	{ "wait", NULL, 0, FLAG_SWITCH, "Return when the unit is gone" },
	{ "no-wait", NULL, 0, FLAG_SWITCH, "Do not wait (the default)" },
	{ "timeout", NULL, 0, FLAG_VALUE, "With --wait: give up after this" },
	PLAN_FLAG,
	{ "no-prompt", "yes", 'y', FLAG_SWITCH, "Do not ask for confirmation" },
	{ "keep-instance", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ 0 },
};

static int remove_machine_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_remove_machine = {
	.name = "remove-machine",
	.args = "<machine> [...]",
	.summary = "Removes machines, with --force also the units on them.",
	.details = "A machine with a unit goes with it: see the remove-unit "
		   "command. --force removes\nsuch a unit as that command does "
		   "with --force.",
	.flags = remove_machine_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no machines specified",
	.need = CMD_EXISTING,
	.run = remove_machine_run,
};

/* The unit on the machine, owned by the caller; or NULL. */
static char *
find_unit(const json_t *status, const char *machine)
{
	const json_t *app, *unit;
	const char *app_name, *name;

	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    app_name, app) {
		json_object_foreach(json_child(app, "units", JSON_OBJECT), name,
		    unit) {
			if (strcmp(json_text(unit, "machine", ""), machine) ==
			    0)
				return xstrdup(name);
		}
	}
	return NULL;
}

/* With its unit, if that may go too. */
static int
remove_occupied(struct cli *cli, const char *machine, const char *unit,
    bool dry, struct error *err)
{
	autofree char *path = cli_path(cli, "units/remove");
	json_auto_t *reply = NULL;
	json_t *body = removal_body(cli->args, dry, err);

	if (body == NULL)
		return -1;
	json_object_set_new(body, "units", json_pack("[s]", unit));
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	cli_print("will remove machine %s\n", machine);
	removal_tell(cli, reply, "- ");
	return 0;
}

static int
remove_empty(struct cli *cli, const char *machine, bool dry, struct error *err)
{
	autofree char *path = cli_path(cli, "machines/remove");
	json_auto_t *reply = NULL;
	json_t *body = json_pack("{s:[s], s:b}", "machines", machine, "dry-run",
	    (int)dry);

	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	cli_print("will remove machine %s\n", machine);
	return 0;
}

static int
remove_machine(struct cli *cli, const char *machine, bool dry,
    struct error *err)
{
	autofree char *path = cli_path(cli, "status?relations=false");
	json_auto_t *status = NULL;
	autofree char *unit = NULL;
	int rc;

	if (cli_get(cli, path, &status, err) == -1)
		return -1;
	if (args_has(cli->args, "force"))
		unit = find_unit(status, machine);
	rc = unit != NULL ? remove_occupied(cli, machine, unit, dry, err) :
			    remove_empty(cli, machine, dry, err);
	return rc == 0 ? 0 :
			 error_wrap(err, "removing machine %s failed", machine);
}

/* One that fails does not keep the others from being removed. */
static int
remove_machines(struct cli *cli, bool dry, struct error *err)
{
	const struct args *args = cli->args;
	int rc = 0;

	for (int i = 0; i < args->n; i++) {
		if (remove_machine(cli, args->v[i], dry, err) == 0)
			continue;
		if (i == args->n - 1)
			return -1;
		cli_error(cli, err);
		rc = 1;
	}
	return rc;
}

static int
remove_machine_run(struct cli *cli, const struct args *args, struct error *err)
{
	if (names_check("machine", args->v, names_is_machine, err) == -1)
		return -1;
	return removal_run(cli, remove_machines, err);
}
