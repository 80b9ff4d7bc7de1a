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

static const struct flag model_config_flags[] = {
	{ "reset", NULL, 0, FLAG_VALUE,
	    "Options to set back to their default, separated by commas" },
	{ "file", NULL, 0, FLAG_VALUE,
	    "A YAML file with options to set; - for standard input" },
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "ignore-read-only-fields", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

static int model_config_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_model_config = {
	.name = "model-config",
	.args = "[<model option> | <model option>=<value> ...]",
	.summary = "Gets, sets or resets options of a model.",
	.details =
	    "Without an option all are shown; with one, its value. "
	    "\"tenon\nmodel-defaults\" sets them for all models.\n\n"
	    "  automatically-retry-hooks    whether a failed hook is tried again "
	    "by itself\n"
	    "  http-proxy, ...              what hooks find in their "
	    "environment\n"
	    "  juju-http-proxy, ...         the same, as JUJU_CHARM_HTTP_PROXY, "
	    "...\n"
	    "  logging-config               what \"tenon debug-log\" shows "
	    "without --level\n"
	    "  mode                         requires-prompts: verbs that remove "
	    "ask before\n"
	    "  update-status-hook-interval  how often update-status runs in "
	    "units of charms\n"
	    "                               that are run once per hook\n\n"
	    "Options of Juju about clouds, containers and agents are kept for "
	    "programs that\nset them, and change nothing.",
	.flags = model_config_flags,
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_EXISTING,
	.run = model_config_run,
};

static int
model_config_set(struct cli *cli, json_t *set, json_t *reset, struct error *err)
{
	autofree char *path = cli_path(cli, "config");

	return plan_post(cli, path,
	    json_pack("{s:O, s:O}", "set", set, "reset", reset), err);
}

/* A value as a person writes it; owned by the caller. */
static char *
model_config_text(const json_t *option)
{
	const json_t *value = json_object_get(option, "value");

	return json_is_string(value) ? xstrdup(json_string_value(value)) :
				       json_dumps(value, JSON_ENCODE_ANY);
}

static int
model_config_show_one(const struct cli *cli, const json_t *reply,
    const char *key, struct error *err)
{
	const json_t *config = json_child(reply, "config", JSON_OBJECT);
	const json_t *option = json_child(config, key, JSON_OBJECT);
	autofree char *text = NULL;
	autostrbuf sb = { 0 };

	if (option == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "key \"%s\" not found in \"%s\" model", key,
		    json_text(reply, "model", ""));
		return error_hint(err,
		    "\"tenon model-config\" shows those there are");
	}
	text = model_config_text(option);
	strbuf_addf(&sb, "%s\n", text);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}

static void
model_config_render(json_t *config, struct strbuf *sb)
{
	autotable t = { 0 };
	const char *name;
	json_t *option;

	table_row(&t, "Attribute", "From", "Value");
	json_object_foreach(config, name, option) {
		autofree char *text = model_config_text(option);

		table_row(&t, name, json_text(option, "source", ""), text);
	}
	table_render(&t, TABLE_PLAIN, sb);
}

/* Juju has no names of its own for these in JSON, so Go's are seen there. */
static json_t *
model_config_document(json_t *config, const char *format)
{
	const char *value = strcmp(format, "json") == 0 ? "Value" : "value";
	const char *source = strcmp(format, "json") == 0 ? "Source" : "source";
	json_t *document = json_object(), *option;
	const char *name;

	json_object_foreach(config, name, option)
		json_object_set_new(document, name,
		    json_pack("{s:O, s:s}", value,
			json_object_get(option, "value"), source,
			json_text(option, "source", "")));
	return document;
}

static int
model_config_show(struct cli *cli, const char *key, struct error *err)
{
	const char *format = args_text(cli->args, "format", "tabular");
	autofree char *path = cli_path(cli, "config");
	json_auto_t *reply = NULL, *document = NULL;
	json_t *config;
	autostrbuf sb = { 0 };

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	if (key != NULL)
		return model_config_show_one(cli, reply, key, err);
	config = json_child(reply, "config", JSON_OBJECT);
	if (strcmp(format, "tabular") == 0) {
		model_config_render(config, &sb);
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	document = model_config_document(config, format);
	return cli_emit_ordered(cli, document, format, err);
}

static int
model_config_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *set = json_object(), *reset = json_array();
	const char *file = args_text(args, "file", NULL);
	int shown;

	if (args_check_format(args, "tabular|yaml|json", err) == -1)
		return -1;
	if (file != NULL && settings_add_file(set, file, NULL, err) == -1)
		return -1;
	shown = settings_collect(args, 0, set, reset, err);
	if (shown == -1)
		return -1;
	if (json_object_size(set) + json_array_size(reset) > 0)
		return model_config_set(cli, set, reset, err);
	return model_config_show(cli, shown > 0 ? args->v[0] : NULL, err);
}
