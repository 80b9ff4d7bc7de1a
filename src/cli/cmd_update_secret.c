/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/secret.h"

static const struct flag update_secret_flags[] = {
	SECRET_FILE_FLAG,
	{ "auto-prune", NULL, 0, FLAG_SWITCH,
	    "Remove each revision when nobody reads it any more" },
	{ "name", NULL, 0, FLAG_VALUE, "What to call it from now on" },
	{ "info", NULL, 0, FLAG_VALUE, "What it is for" },
	PLAN_FLAG,
	{ 0 },
};

static int update_secret_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_update_secret = {
	.name = "update-secret",
	.args = "<secret> [<key>=<value> ...]",
	.summary = "Gives a secret new content, or another name.",
	.details =
	    "New content is all that the secret then has, and makes a new "
	    "revision. Units that\nhave read it run the hook secret-changed; "
	    "they stay at their revision until they\nask for the latest. "
	    "Revisions are kept until they are removed, or with "
	    "--auto-prune.\n\n" SECRET_CONTENT_DETAILS,
	.flags = update_secret_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "missing secret URI or name",
	.need = CMD_EXISTING,
	.run = update_secret_run,
};

static int
update_secret_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = secret_path(cli, args->v[0], "/update");
	json_auto_t *reply = NULL, *content = secret_content(args, 1, err);
	json_t *body;

	if (content == NULL)
		return -1;
	body = json_object();
	if (json_object_size(content) > 0)
		json_object_set(body, "content", content);
	json_put_text(body, "name", args_text(args, "name", NULL));
	json_put_text(body, "info", args_text(args, "info", NULL));
	if (args_has(args, "auto-prune"))
		json_object_set_new(body, "auto-prune", json_true());
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	plan_tell(cli, reply);
	return 0;
}
