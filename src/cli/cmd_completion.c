/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/complete.h"

static int completion_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_completion = {
	.name = "completion",
	.args = "bash|zsh|fish",
	.summary = "Writes the completion for a shell.",
	.details =
	    "It completes commands, options and the names that live in the "
	    "model. To try\nit in this shell:\n\n"
	    "    . <(tenon completion bash)        # bash, zsh\n"
	    "    tenon completion fish | source    # fish\n\n"
	    "An installed tenon brings its completions with it.",
	.min_args = 1,
	.max_args = 1,
	.missing = "no shell specified: bash, zsh or fish",
	.need = CMD_OFFLINE,
	.run = completion_run,
};

static int
completion_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *script = complete_script(args->v[0]);

	(void)cli;
	if (script == NULL) {
		error_set(err, ERROR_USAGE,
		    "no completion for the shell \"%s\"", args->v[0]);
		return error_hint(err, "there is one for bash, zsh and fish");
	}
	cli_print("%s", script);
	return 0;
}
