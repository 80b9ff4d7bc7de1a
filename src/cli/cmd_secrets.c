/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/secret.h"
#include "cli/table.h"
#include "cli/timetext.h"

static const struct flag secrets_flags[] = {
	{ "owner", NULL, 0, FLAG_VALUE,
	    "Only those of this application, unit or model" },
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int secrets_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_secrets = {
	.name = "secrets",
	.aliases = { "list-secrets" },
	.args = "",
	.summary = "Lists the secrets of a model, without what is in them.",
	.details =
	    "Those of users, which belong to the model, and those of charms.",
	.flags = secrets_flags,
	.min_args = 0,
	.max_args = 0,
	.need = CMD_EXISTING,
	.run = secrets_run,
};

static void
secrets_row(struct table *t, const json_t *secret)
{
	char revision[24], updated[TIMETEXT_SIZE];

	(void)snprintf(revision, sizeof revision, "%lld",
	    (long long)json_int(secret, "revision", 0));
	table_row(t, json_text(secret, "id", ""),
	    json_text(secret, "name", "-"), secret_owner(secret),
	    json_text(secret, "rotation", "never"), revision,
	    timetext_ago(json_text(secret, "updated", ""), updated));
}

static int
secrets_tabular(const struct cli *cli, const json_t *secrets, struct error *err)
{
	const json_t *secret;
	autotable t = { 0 };
	autostrbuf sb = { 0 };
	size_t i;

	table_row(&t, "ID", "Name", "Owner", "Rotation", "Revision",
	    "Last updated");
	table_align_right(&t, 4);
	json_array_foreach(secrets, i, secret)
		secrets_row(&t, secret);
	table_render(&t, TABLE_PLAIN, &sb);
	if (cli_emit_text(cli, strbuf_cstr(&sb), err) == -1)
		return -1;
	if (json_array_size(secrets) > 0)
		return 0;
	if (args_has(cli->args, "owner"))
		cli_say(cli, "\nThat owner has no secrets.");
	else
		cli_say(cli,
		    "\nThere are no secrets. Add one with \"%s add-secret\".",
		    cli->prog);
	return 0;
}

static json_t *
secrets_document(const json_t *secrets, const char *model_uuid)
{
	json_t *document = json_object();
	const json_t *secret;
	size_t i;

	json_array_foreach(secrets, i, secret)
		json_object_set_new(document, json_text(secret, "id", ""),
		    secret_document(secret, model_uuid));
	return document;
}

/* Owned by the caller. */
static char *
secrets_path(const struct cli *cli)
{
	const char *owner = args_text(cli->args, "owner", NULL);
	autofree char *name = owner != NULL ? client_encode(owner) : NULL;

	return owner != NULL ? cli_path(cli, "secrets?owner=%s", name) :
			       cli_path(cli, "secrets");
}

static int
secrets_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "tabular");
	autofree char *path = secrets_path(cli);
	json_auto_t *reply = NULL, *document = NULL;
	const json_t *secrets;

	if (args_check_format(args, "tabular|yaml|json", err) == -1 ||
	    cli_get(cli, path, &reply, err) == -1)
		return -1;
	secrets = json_child(reply, "secrets", JSON_ARRAY);
	if (strcmp(format, "tabular") == 0)
		return secrets_tabular(cli, secrets, err);
	document = secrets_document(secrets,
	    json_text(reply, "model-uuid", ""));
	return cli_emit_ordered(cli, document, format, err);
}
