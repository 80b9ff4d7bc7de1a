/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/names.h"
#include "cli/status.h"

static const struct flag show_machine_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default), json or tabular" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "color", NULL, 0, FLAG_SWITCH,
	    "Use colours even without a terminal" },
	{ 0 },
};

static const struct flag machines_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "utc", NULL, 0, FLAG_SWITCH, "Show times in UTC" },
	{ "color", NULL, 0, FLAG_SWITCH,
	    "Use colours even without a terminal" },
	{ 0 },
};

static int show_machine_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_machine = {
	.name = "show-machine",
	.args = "[<machine> ...]",
	.summary = "Shows machines, all of them without arguments.",
	.details = "",
	.flags = show_machine_flags,
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_EXISTING,
	.run = show_machine_run,
};

const struct cmd cmd_machines = {
	.name = "machines",
	.aliases = { "list-machines" },
	.args = "",
	.summary = "Lists the machines of a model.",
	.details = "Most come and go with their units; the add-machine "
		   "command makes empty ones.",
	.flags = machines_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = show_machine_run,
};

/* How it is printed if nobody says. */
static const char *
show_machine_format(const struct cli *cli)
{
	return args_text(cli->args, "format",
	    cli->cmd == &cmd_machines ? "tabular" : "yaml");
}

/* Those asked for, in the order of the model. A new reference, or NULL. */
static json_t *
show_machine_choose(const struct args *args, json_t *all, struct error *err)
{
	json_t *chosen = json_object(), *machine;
	const char *id;

	for (int i = 0; i < args->n; i++) {
		if (json_object_get(all, args->v[i]) != NULL)
			continue;
		json_decref(chosen);
		(void)missing_machine(args->v[i], err);
		return NULL;
	}
	json_object_foreach(all, id, machine) {
		bool wanted = args->n == 0;

		for (int i = 0; i < args->n; i++)
			wanted = wanted || strcmp(args->v[i], id) == 0;
		if (wanted)
			json_object_set(chosen, id, machine);
	}
	return chosen;
}

static int
show_machine_emit(struct cli *cli, const json_t *status, json_t *machines,
    struct error *err)
{
	const char *format = show_machine_format(cli);
	const json_t *model = json_child(status, "model", JSON_OBJECT);
	unsigned flags = status_flags(cli->args);
	json_auto_t *document = NULL;
	autostrbuf sb = { 0 };
	json_t *documents, *machine;
	const char *id;

	if (strcmp(format, "tabular") == 0) {
		status_machines(machines, flags, &sb);
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	documents = json_object();
	json_object_foreach(machines, id, machine)
		json_object_set_new(documents, id,
		    status_machine_document(status, machine, flags));
	document = json_pack("{s:s, s:o}", "model",
	    json_text(model, "name", ""), "machines", documents);
	return cli_emit_ordered(cli, document, format, err);
}

static int
show_machine_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "status?relations=false");
	json_auto_t *status = NULL, *machines = NULL;

	if (args_check_format(args, "yaml|json|tabular", err) == -1 ||
	    names_check("machine", args->v, names_is_machine, err) == -1 ||
	    cli_get(cli, path, &status, err) == -1)
		return -1;
	machines = show_machine_choose(args,
	    json_child(status, "machines", JSON_OBJECT), err);
	if (machines == NULL)
		return -1;
	return show_machine_emit(cli, status, machines, err);
}
