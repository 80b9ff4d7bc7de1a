/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/secret.h"

static const struct flag remove_secret_flags[] = {
	{ "revision", NULL, 0, FLAG_VALUE, "Only this revision" },
	PLAN_FLAG,
	{ 0 },
};

static int remove_secret_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_remove_secret = {
	.name = "remove-secret",
	.args = "<secret>",
	.summary = "Removes a secret, or one of its revisions.",
	.details =
	    "Units that have read it are named, and so are options that name "
	    "it: --dry-run\ntells them before. It cannot be taken back. The "
	    "latest of several revisions is not\nremoved by itself.",
	.flags = remove_secret_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "missing secret URI or name",
	.need = CMD_EXISTING,
	.run = remove_secret_run,
};

static int
remove_secret_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = secret_path(cli, args->v[0], "/remove");
	json_auto_t *reply = NULL;
	json_t *body;
	int64_t revision = 0;

	if (args_int(args, "revision", 1, &revision, err) == -1)
		return -1;
	body = json_object();
	if (revision > 0)
		json_object_set_new(body, "revision", json_integer(revision));
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	plan_tell(cli, reply);
	cli_say_messages(cli, reply);
	return 0;
}
