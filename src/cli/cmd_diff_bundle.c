/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/bundle.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/emit.h"

static const struct flag diff_bundle_flags[] = {
	{ "overlay", NULL, 0, FLAG_VALUE,
	    "A bundle to put on top of it; may be given several times" },
	{ "map-machines", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ 0 },
};

static int diff_bundle_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_diff_bundle = {
	.name = "diff-bundle",
	.args = "<bundle file or directory>",
	.summary = "Compares a bundle with the model.",
	.details =
	    "What differs is shown with both values; {} means that nothing "
	    "does. Options that\nthe bundle does not mention are compared with "
	    "their defaults. What else it does\nnot say of an application, as its "
	    "channel or its trust, is not compared.",
	.flags = diff_bundle_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no bundle specified",
	.need = CMD_EXISTING,
	.run = diff_bundle_run,
};

static int
diff_bundle_run(struct cli *cli, const struct args *args, struct error *err)
{
	json_auto_t *bundle = bundle_read(args->v[0], args, err);
	json_auto_t *model = NULL, *diff = NULL;
	autostrbuf sb = { 0 };

	if (bundle == NULL || (model = bundle_of_model(cli, err)) == NULL)
		return -1;
	diff = bundle_diff(bundle, model);
	emit_yaml(diff, &sb);
	cli_print("%s", strbuf_cstr(&sb));
	return 0;
}
