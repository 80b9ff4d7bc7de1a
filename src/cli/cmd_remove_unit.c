/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/names.h"
#include "cli/removal.h"

static const struct flag remove_unit_flags[] = {
	{ "num-units", NULL, 0, FLAG_VALUE,
	    "With an application: so many of its units, the newest first" },
	REMOVAL_FLAGS,
	{ 0 },
};

static int remove_unit_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_remove_unit = {
	.name = "remove-unit",
	.args = "<unit> [...]",
	.summary = "Removes one or more units from an application.",
	.details = "All of the units are removed, or none of them when one "
		   "of the names is\nwrong. Numbers of units and machines are "
		   "not used again.\n\n"
		   "With --num-units an application is named in place of its "
		   "units; its leader is\nthe last to go.",
	.flags = remove_unit_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no units specified",
	.need = CMD_EXISTING,
	.run = remove_unit_run,
};

/* "x/2" before "x/10", so that the newest are last. */
static int
compare_units(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return (int)(json_int(*x, "number", 0) - json_int(*y, "number", 0));
}

/* Those that live, but for the leader, who comes first: is spared longest. */
static json_t *
list_units(const json_t *application)
{
	json_t *units = json_child(application, "units", JSON_OBJECT), *unit;
	const json_t **sorted = xcalloc(json_object_size(units) + 1,
	    sizeof(const json_t *));
	json_t *list = json_array();
	const char *name;
	size_t n = 0;

	json_object_foreach(units, name, unit) {
		if (strcmp(json_text(unit, "life", ""), "alive") != 0)
			continue;
		json_put_text(unit, "name", name);
		sorted[n++] = unit;
	}
	qsort(sorted, n, sizeof(const json_t *), compare_units);
	for (size_t i = 0; i < n; i++) {
		json_t *text = json_string(json_text(sorted[i], "name", ""));

		json_array_insert_new(list,
		    json_bool(sorted[i], "leader", false) ? 0 : i, text);
	}
	free(sorted);
	return list;
}

/* The newest of an application, as many as --num-units says. NULL: an error. */
static json_t *
choose_units(struct cli *cli, const char *name, struct error *err)
{
	autofree char *path = cli_path(cli, "status?relations=false");
	json_auto_t *status = NULL, *all = NULL;
	json_t *application, *chosen;
	int64_t wanted = 1;
	size_t n;

	if (args_int(cli->args, "num-units", 1, &wanted, err) == -1 ||
	    cli_get(cli, path, &status, err) == -1)
		return NULL;
	application = json_child(json_child(status, "applications",
				     JSON_OBJECT),
	    name, JSON_OBJECT);
	if (application == NULL) {
		(void)missing_application(name, err);
		return NULL;
	}
	all = list_units(application);
	n = json_array_size(all);
	if ((uint64_t)wanted > n) {
		error_set(err, ERROR_INVALID,
		    "cannot remove %lld unit%s of \"%s\": it has %zu",
		    (long long)wanted, wanted == 1 ? "" : "s", name, n);
		(void)error_hint(err, "\"tenon status %s\" shows them", name);
		return NULL;
	}
	chosen = json_array();
	for (size_t i = n; i > n - (size_t)wanted; i--)
		json_array_append(chosen, json_array_get(all, i - 1));
	return chosen;
}

static json_t *
named_units(const struct args *args)
{
	json_t *units = json_array();

	for (int i = 0; i < args->n; i++)
		json_array_append_new(units, json_string(args->v[i]));
	return units;
}

/* NULL: an error. */
static json_t *
wanted_units(struct cli *cli, struct error *err)
{
	const struct args *args = cli->args;

	return args_has(args, "num-units") ?
	    choose_units(cli, args->v[0], err) :
	    named_units(args);
}

static int
remove_units(struct cli *cli, bool dry, struct error *err)
{
	autofree char *path = cli_path(cli, "units/remove");
	json_auto_t *reply = NULL;
	json_t *units = wanted_units(cli, err), *body;

	if (units == NULL)
		return -1;
	body = removal_body(cli->args, dry, err);
	if (body == NULL) {
		json_decref(units);
		return -1;
	}
	json_object_set_new(body, "units", units);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	removal_tell(cli, reply, "");
	return 0;
}

static int
check_names(const struct args *args, struct error *err)
{
	if (args_has(args, "num-units"))
		return args->n == 1 && names_is_application(args->v[0]) ?
		    0 :
		    error_set(err, ERROR_USAGE,
			"--num-units goes with the name of one application");
	for (int i = 0; i < args->n; i++) {
		if (!action_is_unit(args->v[i]))
			return error_set(err, ERROR_USAGE,
			    "invalid unit name \"%s\"", args->v[i]);
	}
	return 0;
}

static int
remove_unit_run(struct cli *cli, const struct args *args, struct error *err)
{
	if (check_names(args, err) == -1)
		return -1;
	return removal_run(cli, remove_units, err);
}
