/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/clouds.h"
#include "cli/cmds.h"
#include "cli/plan.h"

static const struct flag add_credential_flags[] = {
	{ "file", NULL, 'f', FLAG_VALUE,
	    "A YAML file that defines it; - for standard input" },
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ "region", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "replace", NULL, 0, FLAG_SWITCH, "Those that exist, too" },
	{ "force", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

static const struct flag remove_credential_flags[] = {
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ "force", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	PLAN_FLAG,
	{ 0 },
};

#define CREDENTIAL_FORM                                            \
	"The file has the form of Juju's:\n"                       \
	"  credentials:\n    <cloud>:\n      <credential name>:\n" \
	"        auth-type: userpass\n        username: ..."

static int add_credential_run(struct cli *, const struct args *,
    struct error *);

static int remove_credential_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_add_credential = {
	.name = "add-credential",
	.args = "<cloud>",
	.summary = "Keeps credentials for a cloud.",
	.details =
	    "They are kept sealed, for programs that add them, and go with the "
	    "controller;\nunits run on this machine, which needs none.\n\n" CREDENTIAL_FORM,
	.flags = add_credential_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no cloud specified",
	.need = CMD_STARTING,
	.run = add_credential_run,
};

const struct cmd cmd_update_credential = {
	.name = "update-credential",
	.aliases = { "update-credentials" },
	.args = "<cloud> [<credential name>]",
	.summary = "Replaces credentials for a cloud.",
	.details = CREDENTIAL_FORM,
	.flags = add_credential_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no cloud specified",
	.need = CMD_EXISTING,
	.run = add_credential_run,
};

const struct cmd cmd_remove_credential = {
	.name = "remove-credential",
	.args = "<cloud> <credential name>",
	.summary = "Forgets a credential for a cloud.",
	.details =
	    "One that a model was added with stays as long as the model.",
	.flags = remove_credential_flags,
	.min_args = 2,
	.max_args = 2,
	.missing = "a cloud and a credential name are required",
	.need = CMD_EXISTING,
	.run = remove_credential_run,
};

static int
credential_post(struct cli *cli, const char *name, json_t *definition,
    struct error *err)
{
	const char *cloud = cli->args->v[0];
	bool update = cli->cmd == &cmd_update_credential ||
	    args_has(cli->args, "replace");
	json_auto_t *reply = NULL;

	if (cli_post(cli, "/v1/credentials",
		json_pack("{s:s, s:s, s:O, s:b}", "cloud", cloud, "name", name,
		    "definition", definition, "update", (int)update),
		&reply, err) == -1)
		return -1;
	if (plan_is_told(cli, reply))
		return 0;
	cli_say(cli,
	    "Credential \"%s\" for cloud \"%s\" %s; it is kept, and units run "
	    "on this machine",
	    name, cloud, update ? "updated" : "added");
	return 0;
}

/* "default-region" and "default-credential" stand between them. */
static int
add_credential_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *only = args->n > 1 ? args->v[1] : NULL, *name;
	json_auto_t *names = clouds_definition(cli, "credentials", args->v[0],
	    2, err);
	json_t *definition;
	int n = 0;

	if (names == NULL)
		return -1;
	json_object_foreach(names, name, definition) {
		if (!json_is_object(definition) ||
		    (only != NULL && strcmp(only, name) != 0))
			continue;
		if (credential_post(cli, name, definition, err) == -1)
			return -1;
		n++;
	}
	if (n > 0)
		return 0;
	return error_set(err, ERROR_INVALID,
	    "the file has no credential%s%s for cloud %s",
	    only != NULL ? " " : "", only != NULL ? only : "", args->v[0]);
}

static int
remove_credential_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	json_auto_t *reply = NULL;

	if (cli_post(cli, "/v1/credentials/remove",
		json_pack("{s:s, s:s}", "cloud", args->v[0], "name",
		    args->v[1]),
		&reply, err) == -1)
		return -1;
	if (!plan_is_told(cli, reply))
		cli_say(cli, "Credential \"%s\" for cloud \"%s\" removed.",
		    args->v[1], args->v[0]);
	return 0;
}
