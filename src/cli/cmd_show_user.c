/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/people.h"

static const struct flag show_user_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "controller", NULL, 'c', FLAG_VALUE,
	    "The controller; a machine has one" },
	{ "exact-time", NULL, 0, FLAG_SWITCH,
	    "Show when they last asked for something to the second" },
	{ 0 },
};

static int show_user_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_user = {
	.name = "show-user",
	.args = "[<user name>]",
	.summary = "Shows a user and the user's role.",
	.details = "Without a name, who asks.",
	.flags = show_user_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = show_user_run,
};

static json_t *
show_user_document(const struct args *args, const json_t *user)
{
	const char *name = json_text(user, "name", "");
	autofree char *last = people_last(args, user, NULL);

	return json_pack("{s:s, s:s, s:s, s:s}", "user-name", name,
	    "display-name", name, "access", json_text(user, "role", ""),
	    "last-connection", last);
}

static int
show_user_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *reply = NULL, *root = NULL, *document = NULL;
	const json_t *user;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    cli_check_controller(cli, args_text(args, "controller", NULL),
		err) == -1 ||
	    cli_controller(cli, &root, err) == -1 ||
	    cli_get(cli, "/v1/users", &reply, err) == -1)
		return -1;
	user = people_find(reply, args->n > 0 ? args->v[0] : NULL);
	if (user == NULL) {
		error_set(err, ERROR_NOT_FOUND, "user \"%s\" has no role",
		    args->v[0]);
		return error_hint(err,
		    "roles are given in %s/access.yaml; \"tenon users\" lists "
		    "who has one",
		    json_text(root, "home", ""));
	}
	document = show_user_document(args, user);
	return cli_emit(cli, document, args_text(args, "format", "yaml"), err);
}
