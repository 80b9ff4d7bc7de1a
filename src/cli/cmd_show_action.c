/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/emit.h"

static const struct flag show_action_flags[] = {
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_action_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_action = {
	.name = "show-action",
	.args = "<application> <action>",
	.summary = "Shows what an action does, and its parameters.",
	.details = "The parameters are shown with their schema, as YAML.",
	.flags = show_action_flags,
	.min_args = 2,
	.max_args = 2,
	.missing = "no application or action name specified",
	.need = CMD_EXISTING,
	.run = show_action_run,
};

static void
show_action_render(const json_t *action, struct strbuf *sb)
{
	const char *description = json_text(action, "description", "");
	json_auto_t *params = emit_sorted(
	    json_child(action, "params", JSON_OBJECT));
	const json_t *required = json_child(action, "required", JSON_ARRAY);
	const json_t *name;
	size_t i;

	strbuf_addf(sb, "%s\n",
	    description[0] != '\0' ? description : "No description");
	if (json_object_size(params) == 0)
		return;
	strbuf_adds(sb, "\nArguments\n");
	emit_yaml(params, sb);
	json_array_foreach(required, i, name)
		strbuf_addf(sb, "%s%s", i == 0 ? "\nRequired: " : ", ",
		    json_string_value(name));
	if (json_array_size(required) > 0)
		strbuf_addc(sb, '\n');
}

static int
show_action_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_app_path(cli, args->v[0], "actions");
	json_auto_t *reply = NULL;
	autostrbuf sb = { 0 };
	json_t *action;

	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	action = json_child(json_child(reply, "actions", JSON_OBJECT),
	    args->v[1], JSON_OBJECT);
	if (action == NULL) {
		error_set(err, ERROR_NOT_FOUND, "unknown action \"%s\"",
		    args->v[1]);
		return error_hint(err,
		    "\"%s actions %s\" lists those of the application",
		    cli->prog, args->v[0]);
	}
	show_action_render(action, &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
