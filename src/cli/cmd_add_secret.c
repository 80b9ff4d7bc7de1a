/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/secret.h"

static const struct flag add_secret_flags[] = {
	SECRET_FILE_FLAG,
	{ "info", NULL, 0, FLAG_VALUE, "What it is for" },
	PLAN_FLAG,
	{ 0 },
};

static int add_secret_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_add_secret = {
	.name = "add-secret",
	.args = "<name> [<key>=<value> ...]",
	.summary = "Adds a secret that applications can be granted.",
	.details = SECRET_CONTENT_DETAILS
	"\n\nThe answer is its URI, which is what an option of an application "
	"and secret-get\ntake. Nobody can read it until grant-secret.",
	.flags = add_secret_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "missing secret name",
	.need = CMD_EXISTING,
	.run = add_secret_run,
};

static int
add_secret_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "secrets");
	json_auto_t *reply = NULL;
	json_t *content = secret_content(args, 1, err), *body;

	if (content == NULL)
		return -1;
	if (json_object_size(content) == 0) {
		json_decref(content);
		error_set(err, ERROR_USAGE, "missing secret value or filename");
		return error_hint(err,
		    "give it <key>=<value>, or --file - to have it read from "
		    "standard input");
	}
	body = json_pack("{s:s, s:o}", "name", args->v[0], "content", content);
	json_put_text(body, "info", args_text(args, "info", NULL));
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	plan_tell(cli, reply);
	if (!args_has(args, "dry-run"))
		cli_print("%s\n", json_text(reply, "uri", ""));
	return 0;
}
