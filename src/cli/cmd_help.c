/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/strbuf.h"
#include "cli/absent.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/help.h"

static const struct flag help_flags[] = {
	{ "man", NULL, 0, FLAG_SWITCH, "Write the manual page, in mdoc" },
	{ 0 },
};

static int help_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_help = {
	.name = "help",
	.args = "[<command>]",
	.summary = "Shows help on a command.",
	.details = "",
	.flags = help_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_OFFLINE,
	.run = help_run,
};

static int
help_unknown(const struct cli *cli, const char *name, struct error *err)
{
	const struct absent *absent = absent_lookup(name);

	if (absent != NULL)
		return absent_refuse(absent, cli->prog, err);
	return error_set(err, ERROR_USAGE, "unknown command or topic for %s",
	    name);
}

static int
help_run(struct cli *cli, const struct args *args, struct error *err)
{
	const struct cmd *cmd;
	autostrbuf sb = { 0 };

	if (args_has(args, "man")) {
		help_man(&sb);
	} else if (args->n == 0) {
		help_overview(cli->prog, &sb);
	} else {
		cmd = cmd_lookup(args->v[0]);
		if (cmd == NULL)
			return help_unknown(cli, args->v[0], err);
		help_verb(cmd, cli->prog, &sb);
	}
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
