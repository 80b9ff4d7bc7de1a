/* SPDX-License-Identifier: Apache-2.0 */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag consume_flags[] = {
	PLAN_FLAG,
	{ 0 },
};

static int consume_run(struct cli *, const struct args *, struct error *);
static int remove_saas_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_consume = {
	.name = "consume",
	.args = "<offer URL> [<name>]",
	.summary = "Makes an offer of another model usable in this one.",
	.details = "The URL is [<controller>:][<user>/]<model>.<offer>; "
		   "\"tenon find-offers\" lists\nthem. By the offer's name, or "
		   "by another that is given, applications of this\nmodel can "
		   "then be related to it.",
	.flags = consume_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no remote offer specified",
	.need = CMD_EXISTING,
	.run = consume_run,
};

const struct cmd cmd_remove_saas = {
	.name = "remove-saas",
	.aliases = { "remove-consumed-application" },
	.args = "<SAAS> ...",
	.summary = "Removes what was consumed.",
	.details = "Its relations are removed first; access is taken back "
		   "before the command\nreturns.",
	.flags = consume_flags,
	.min_args = 1,
	.max_args = CMD_ANY_ARGS,
	.missing = "no saas application names specified",
	.need = CMD_EXISTING,
	.run = remove_saas_run,
};

static int
consume_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "saas");
	json_t *body = json_pack("{s:s}", "offer", args->v[0]);
	json_auto_t *reply = NULL;

	if (args->n > 1)
		json_put_text(body, "alias", args->v[1]);
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	if (json_object_get(reply, "plan") != NULL)
		return plan_or_wait(cli, reply, NULL, err);
	cli_say(cli, "Added %s as %s", json_text(reply, "url", ""),
	    json_text(reply, "alias", ""));
	return 0;
}

static int
remove_saas_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "saas/remove");

	for (int i = 0; i < args->n; i++) {
		json_t *body = json_pack("{s:s}", "name", args->v[i]);
		json_auto_t *reply = NULL;

		plan_ask(args, body);
		if (cli_post(cli, path, body, &reply, err) == -1)
			return -1;
		cli_say_messages(cli, reply);
		if (plan_or_wait(cli, reply, NULL, err) == -1)
			return -1;
	}
	return 0;
}
