/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/people.h"
#include "cli/table.h"

static const struct flag users_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "controller", NULL, 'c', FLAG_VALUE,
	    "The controller; a machine has one" },
	{ "all", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "exact-time", NULL, 0, FLAG_SWITCH,
	    "Show when they last asked for something to the second" },
	{ 0 },
};

static int users_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_users = {
	.name = "users",
	.aliases = { "list-users" },
	.args = "[<model name>]",
	.summary = "Lists who has a role in the controller.",
	.details =
	    "Users are accounts of this machine: the owner, root, and those to whom\n"
	    "access.yaml in the state directory gives a role, by themselves or by a group. A\n"
	    "role counts for all models. The one who asks is marked with an asterisk.\n"
	    "Connections are counted from the start of tenond on, those with a model that is\n"
	    "named from the model's beginning.",
	.flags = users_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = users_run,
};

/* A group does not come by itself. */
static void
users_row(struct table *t, const json_t *user, const char *me)
{
	const char *name = json_text(user, "user-name", "");
	bool is_user = strcmp(json_text(user, "kind", ""), "user") == 0;
	autofree char *shown = xasprintf("%s%s%s", is_user ? "" : "group ",
	    name, is_user && strcmp(name, me) == 0 ? "*" : "");

	table_row(t, shown, json_text(user, "access", ""),
	    is_user ? json_text(user, "last-connection", "") : "-");
}

static void
users_render(const json_t *root, const json_t *document, const char *me,
    struct strbuf *sb)
{
	const json_t *user;
	autotable t = { 0 };
	size_t i;

	strbuf_addf(sb, "Controller: %s\n\n",
	    json_text(json_child(root, "controller", JSON_OBJECT), "name", ""));
	table_row(&t, "Name", "Access", "Last connection");
	json_array_foreach(document, i, user)
		users_row(&t, user, me);
	table_render(&t, TABLE_PLAIN, sb);
}

static json_t *
users_document(const struct args *args, const json_t *reply,
    const json_t *model)
{
	json_t *list = json_array();
	const json_t *user;
	size_t i;

	json_array_foreach(json_child(reply, "users", JSON_ARRAY), i, user) {
		autofree char *last = people_last(args, user, model);

		json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s}", "user-name",
			json_text(user, "name", ""), "kind",
			json_text(user, "kind", ""), "access",
			json_text(user, "role", ""), "last-connection", last));
	}
	return list;
}

static int
users_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	json_auto_t *root = NULL, *reply = NULL, *document = NULL;
	json_auto_t *model = NULL;
	autostrbuf sb = { 0 };

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_check_controller(cli, args_text(args, "controller", NULL),
		err) == -1 ||
	    cli_controller(cli, &root, err) == -1)
		return -1;
	if (args->n > 0) {
		autofree char *path = NULL;

		if (cli_use_model(cli, args->v[0], err) == -1)
			return -1;
		path = cli_path(cli, "%s", "");
		if (cli_get(cli, path, &model, err) == -1)
			return -1;
	}
	if (cli_get(cli, "/v1/users", &reply, err) == -1)
		return -1;
	document = users_document(args, reply, model);
	if (strcmp(format, "tabular") != 0)
		return cli_emit(cli, document, format, err);
	users_render(root, document,
	    json_text(json_child(reply, "me", JSON_OBJECT), "name", ""), &sb);
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
