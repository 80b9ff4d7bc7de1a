/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/names.h"
#include "cli/show.h"
#include "cli/status.h"

static const struct flag show_application_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_application_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_show_application = {
	.name = "show-application",
	.args = "<application> ...",
	.summary = "Shows applications.",
	.details = "",
	.flags = show_application_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "an application name must be supplied",
	.need = CMD_EXISTING,
	.run = show_application_run,
};

static int
show_application_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	json_auto_t *all = json_object();

	if (args_check_format(args, "yaml|json", err) == -1 ||
	    names_check("application", args->v, names_is_application, err) ==
		-1)
		return -1;
	for (int i = 0; i < args->n; i++) {
		autofree char *path = cli_app_path(cli, args->v[i], "");
		json_auto_t *app = NULL;

		if (cli_get(cli, path, &app, err) == -1)
			return -1;
		json_object_set_new(all, args->v[i],
		    show_application(app, status_era()));
	}
	return cli_emit_ordered(cli, all, args_text(args, "format", "yaml"),
	    err);
}
