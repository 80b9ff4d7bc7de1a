/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/timetext.h"

static const struct flag show_controller_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_controller_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_show_controller = {
	.name = "show-controller",
	.args = "[<controller name>]",
	.summary = "Shows where the controller is and since when.",
	.details = "",
	.flags = show_controller_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = show_controller_run,
};

static json_t *
show_controller_details(const struct cli *cli, const json_t *root)
{
	const json_t *c = json_child(root, "controller", JSON_OBJECT);
	char created[TIMETEXT_SIZE];
	json_t *details;

	timetext(json_text(c, "created", NULL), TIMETEXT_SINCE, created);
	details = json_pack("{s:s, s:[s], s:s, s:s, s:s, s:s, s:I, s:s}",
	    "controller-uuid", json_text(c, "uuid", ""), "api-endpoints",
	    cli->socket, "cloud", json_text(c, "cloud", ""), "region",
	    json_text(c, "region", ""), "agent-version",
	    json_text(root, "version", ""), "state-directory",
	    json_text(root, "home", ""), "pid",
	    (json_int_t)json_int(root, "pid", 0), "created", created);
	return details;
}

static int
show_controller_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *root = NULL, *document = NULL;
	const char *name;

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    cli_controller(cli, &root, err) == -1)
		return -1;
	name = json_text(json_child(root, "controller", JSON_OBJECT), "name",
	    "");
	if (args->n > 0 && strcmp(args->v[0], name) != 0) {
		error_set(err, ERROR_NOT_FOUND, "controller \"%s\" not found",
		    args->v[0]);
		return error_hint(err, "the one of this host is \"%s\"", name);
	}
	document = json_pack("{s:{s:o}}", name, "details",
	    show_controller_details(cli, root));
	return cli_emit(cli, document, args_text(args, "format", "yaml"), err);
}
