/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/complete.h"

static int complete_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_complete = {
	.name = "__complete",
	.args = "-- [<word> ...]",
	.summary = "Tells a shell what may come next.",
	.details = "",
	.min_args = 0,
	.max_args = CMD_ANY_ARGS,
	.need = CMD_OFFLINE,
	.is_hidden = true,
	.run = complete_run,
};

static int
complete_run(struct cli *cli, const struct args *args, struct error *err)
{
	static const char *const none[] = { NULL };
	struct complete_line line;
	autostrbuf sb = { 0 };

	(void)err;
	complete_read(&line, args->n > 0 ? args->v : none);
	if (line.cmd != NULL && args_text(&line.args, "model", NULL) != NULL)
		cli_set_model(cli, args_text(&line.args, "model", NULL));
	complete_words(cli, &line, &sb);
	cli_print("%s", strbuf_cstr(&sb));
	complete_release(&line);
	return 0;
}
