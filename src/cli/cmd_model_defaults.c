/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/settings.h"
#include "cli/table.h"

static const struct flag model_defaults_flags[] = {
	{ "reset", NULL, 0, FLAG_VALUE,
	    "Options that get their own default back, separated by commas" },
	{ "file", NULL, 0, FLAG_VALUE,
	    "A YAML file with options to set; - for standard input" },
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "controller", NULL, 'c', FLAG_VALUE,
	    "The controller; a machine has one" },
	{ "cloud", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "region", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "ignore-read-only-fields", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

static int model_defaults_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_model_defaults = {
	.name = "model-defaults",
	.aliases = { "model-default" },
	.args = "[<model option> | <model option>=<value> ...]",
	.summary = "Gets, sets or resets what options models have by default.",
	.details = "It counts for every model that does not say otherwise with "
		   "\"tenon\nmodel-config\".",
	.flags = model_defaults_flags,
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_EXISTING,
	.run = model_defaults_run,
};

static void
model_defaults_cell(struct table *t, const json_t *value)
{
	autofree char *text = value == NULL ? xstrdup("-") :
	    json_is_string(value) ? xstrdup(json_string_value(value)) :
				    json_dumps(value, JSON_ENCODE_ANY);

	table_cell(t, text, COLOUR_NONE);
}

static void
model_defaults_render(json_t *defaults, struct strbuf *sb)
{
	autotable t = { 0 };
	const char *name;
	json_t *row;

	table_row(&t, "Attribute", "Default", "Controller");
	json_object_foreach(defaults, name, row) {
		table_cell(&t, name, COLOUR_NONE);
		model_defaults_cell(&t, json_object_get(row, "default"));
		model_defaults_cell(&t, json_object_get(row, "controller"));
		table_end_row(&t);
	}
	table_render(&t, TABLE_PLAIN, sb);
}

/* As Juju has it, which has no place for a description here. */
static json_t *
model_defaults_document(json_t *defaults)
{
	json_t *document = json_object(), *row;
	const char *name;

	json_object_foreach(defaults, name, row) {
		json_t *about = json_copy(row);

		(void)json_object_del(about, "description");
		json_object_set_new(document, name, about);
	}
	return document;
}

static int
model_defaults_show(struct cli *cli, const char *key, struct error *err)
{
	const char *format = args_text(cli->args, "format", "tabular");
	json_auto_t *reply = NULL, *document = NULL;
	autostrbuf sb = { 0 };
	json_t *defaults;

	if (cli_get(cli, "/v1/model-defaults", &reply, err) == -1)
		return -1;
	defaults = json_child(reply, "defaults", JSON_OBJECT);
	if (key != NULL && json_object_get(defaults, key) == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "there are no default model values for \"%s\"", key);
		return error_hint(err,
		    "\"tenon model-defaults\" shows those there are");
	}
	if (key != NULL) {
		json_t *one = json_pack("{s:O}", key,
		    json_object_get(defaults, key));

		json_object_set_new(reply, "defaults", one);
		defaults = one;
	}
	if (strcmp(format, "tabular") == 0) {
		model_defaults_render(defaults, &sb);
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	document = model_defaults_document(defaults);
	return cli_emit(cli, document, format, err);
}

static int
model_defaults_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *set = json_object(), *reset = json_array();
	const char *file = args_text(args, "file", NULL);
	int shown;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_check_controller(cli, args_text(args, "controller", NULL),
		err) == -1)
		return -1;
	if (file != NULL && settings_add_file(set, file, NULL, err) == -1)
		return -1;
	shown = settings_collect(args, 0, set, reset, err);
	if (shown == -1)
		return -1;
	if (json_object_size(set) + json_array_size(reset) == 0)
		return model_defaults_show(cli, shown > 0 ? args->v[0] : NULL,
		    err);
	return plan_post(cli, "/v1/model-defaults",
	    json_pack("{s:O, s:O}", "set", set, "reset", reset), err);
}
