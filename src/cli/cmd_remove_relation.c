/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag remove_relation_flags[] = {
	{ "force", NULL, 0, FLAG_SWITCH,
	    "Remove even where a hook fails or does not end" },
	{ "wait", NULL, 0, FLAG_SWITCH,
	    "Return when access is revoked (the default)" },
	{ "no-wait", NULL, 0, FLAG_SWITCH,
	    "Return at once; access is revoked soon after" },
	{ "timeout", NULL, 0, FLAG_VALUE, "Give up waiting after this" },
	PLAN_FLAG,
	{ 0 },
};

static int remove_relation_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_remove_relation = {
	.name = "remove-relation",
	.args =
	    "<application>[:<endpoint>] <application or SAAS>[:<endpoint>] | "
	    "<relation id>",
	.summary = "Removes the relation between two applications.",
	.details = "Returns when every unit has left the relation: the access "
		   "it gave is\nrevoked then. Interrupting the wait does not "
		   "stop the removal.",
	.flags = remove_relation_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "a relation must involve two applications",
	.need = CMD_EXISTING,
	.run = remove_relation_run,
};

static json_t *
remove_relation_what(const struct args *args, struct error *err)
{
	const char *word = args->v[0];

	if (args->n == 2)
		return json_pack("{s:[s, s]}", "endpoints", word, args->v[1]);
	if (word[strspn(word, "0123456789")] != '\0' || strlen(word) > 18) {
		error_set(err, ERROR_USAGE, "relation ID \"%s\" not valid",
		    word);
		return NULL;
	}
	return json_pack("{s:I}", "id", (json_int_t)strtoll(word, NULL, 10));
}

static int
remove_relation_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "relations/remove");
	json_auto_t *reply = NULL;
	int64_t timeout_ms = 0;
	json_t *body;

	if (args_duration(args, "timeout", &timeout_ms, err) == -1)
		return -1;
	body = remove_relation_what(args, err);
	if (body == NULL)
		return -1;
	json_object_set_new(body, "wait",
	    json_boolean(!args_has(args, "no-wait")));
	if (args_has(args, "force"))
		json_object_set_new(body, "force", json_true());
	if (timeout_ms > 0)
		json_object_set_new(body, "timeout", json_integer(timeout_ms));
	plan_ask(args, body);
	if (cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	cli_say_messages(cli, reply);
	plan_tell(cli, reply);
	return 0;
}
