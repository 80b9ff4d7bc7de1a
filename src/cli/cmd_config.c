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

static const struct flag config_flags[] = {
	{ "reset", NULL, 0, FLAG_VALUE,
	    "Options to set back to their default, separated by commas" },
	{ "file", NULL, 0, FLAG_VALUE,
	    "A YAML file with options to set; - for standard input" },
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "color", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "no-color", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "wait", NULL, 0, FLAG_SWITCH,
	    "Return when the units have taken in the change" },
	{ "timeout", NULL, 0, FLAG_VALUE, "With --wait: give up after this" },
	PLAN_FLAG,
	{ 0 },
};

static int config_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_config = {
	.name = "config",
	.args = "<application> [<option> | <option>=<value> ...]",
	.summary = "Gets, sets or resets options of an application.",
	.details = "Without an option all are shown; with one, its value. "
		   "A value @file is\nread from that file.",
	.flags = config_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no application name specified",
	.need = CMD_EXISTING,
	.run = config_run,
};

static int
config_set(struct cli *cli, json_t *set, json_t *reset, struct error *err)
{
	const char *app = cli->args->v[0];
	autofree char *path = cli_app_path(cli, app, "config");
	json_auto_t *reply = NULL;
	json_t *body = json_pack("{s:O, s:O}", "set", set, "reset", reset);

	plan_ask(cli->args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	return plan_or_wait(cli, reply, (const char *const[]){ app, NULL },
	    err);
}

static int
config_show_one(const struct cli *cli, const json_t *reply, const char *key,
    struct error *err)
{
	static const char *const groups[] = { "settings",
		"application-config" };
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < nitems(groups); i++) {
		const json_t *option = json_child(json_child(reply, groups[i],
						      JSON_OBJECT),
		    key, JSON_OBJECT);
		const json_t *value = json_object_get(option, "value");
		autofree char *text = NULL;

		if (option == NULL)
			continue;
		if (value != NULL && !json_is_string(value))
			text = json_dumps(value, JSON_ENCODE_ANY);
		strbuf_addf(&sb, "%s\n",
		    text != NULL ? text : json_text(option, "value", ""));
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	error_set(err, ERROR_NOT_FOUND,
	    "key \"%s\" not found in \"%s\" application config or charm "
	    "settings.",
	    key, cli->args->v[0]);
	return error_hint(err, "\"tenon config %s\" shows those there are",
	    cli->args->v[0]);
}

static int
config_show(struct cli *cli, const char *key, struct error *err)
{
	autofree char *path = cli_app_path(cli, cli->args->v[0], "config");
	json_auto_t *reply = NULL;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	if (key != NULL)
		return config_show_one(cli, reply, key, err);
	return cli_emit(cli, reply, args_text(cli->args, "format", "yaml"),
	    err);
}

static int
config_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *set = json_object(), *reset = json_array();
	const char *file = args_text(args, "file", NULL);
	int shown;

	if (args_check_format(args, "yaml|json", err) == -1)
		return -1;
	if (file != NULL && settings_add_file(set, file, args->v[0], err) == -1)
		return -1;
	shown = settings_collect(args, 1, set, reset, err);
	if (shown == -1)
		return -1;
	if (json_object_size(set) + json_array_size(reset) > 0)
		return config_set(cli, set, reset, err);
	return config_show(cli, shown > 0 ? args->v[1] : NULL, err);
}
