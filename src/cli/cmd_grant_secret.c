/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/secret.h"
#include "cli/text.h"

static const struct flag grant_secret_flags[] = {
	PLAN_FLAG,
	{ 0 },
};

static int grant_run(struct cli *, const struct args *, struct error *);
static int revoke_run(struct cli *, const struct args *, struct error *);

#define GRANT_ARGS    "<secret> <application>[,...]"
#define GRANT_MISSING "missing secret URI or name, or application"

const struct cmd cmd_grant_secret = {
	.name = "grant-secret",
	.args = GRANT_ARGS,
	.summary = "Lets all units of applications read a secret.",
	.details = "Units of applications that have the secret in an option "
		   "run config-changed.",
	.flags = grant_secret_flags,
	.min_args = 2,
	.max_args = 2,
	.missing = GRANT_MISSING,
	.need = CMD_EXISTING,
	.run = grant_run,
};

const struct cmd cmd_revoke_secret = {
	.name = "revoke-secret",
	.args = GRANT_ARGS,
	.summary = "Lets units of applications read a secret no more.",
	.details = "What they have read they may still know: update-secret "
		   "gives it new content.",
	.flags = grant_secret_flags,
	.min_args = 2,
	.max_args = 2,
	.missing = GRANT_MISSING,
	.need = CMD_EXISTING,
	.run = revoke_run,
};

/* The names between commas; a new array. */
static json_t *
split(const char *names)
{
	json_t *list = json_array();

	while (*names != '\0') {
		size_t n = strcspn(names, ",");
		autofree char *name = text_part(names, n);

		if (n > 0)
			json_array_append_new(list, json_string(name));
		names += n + (names[n] == ',');
	}
	return list;
}

static int
change(struct cli *cli, const char *verb, struct error *err)
{
	autofree char *path = secret_path(cli, cli->args->v[0], verb);
	json_auto_t *reply = NULL;
	json_t *body = json_pack("{s:o}", "applications",
	    split(cli->args->v[1]));

	plan_ask(cli->args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	plan_tell(cli, reply);
	cli_say_messages(cli, reply);
	return 0;
}

static int
grant_run(struct cli *cli, const struct args *args, struct error *err)
{
	(void)args;
	return change(cli, "/grant", err);
}

static int
revoke_run(struct cli *cli, const struct args *args, struct error *err)
{
	(void)args;
	return change(cli, "/revoke", err);
}
