/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/secret.h"

static const struct flag show_secret_flags[] = {
	{ "reveal", NULL, 0, FLAG_SWITCH, "Show what is in it" },
	{ "revision", NULL, 'r', FLAG_VALUE, "That of this revision" },
	{ "revisions", NULL, 0, FLAG_SWITCH, "List its revisions" },
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ 0 },
};

static int show_secret_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_show_secret = {
	.name = "show-secret",
	.args = "<secret>",
	.summary = "Shows a secret, by its name or its ID.",
	.details = "What is in it is shown to administrators, with --reveal; "
		   "that is noted in the\njournal.",
	.flags = show_secret_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "missing secret URI or name",
	.need = CMD_EXISTING,
	.run = show_secret_run,
};

static int
show_secret_check(const struct args *args, int64_t *revision, struct error *err)
{
	if (args_check_format(args, "yaml|json", err) == -1 ||
	    args_int(args, "revision", 1, revision, err) == -1)
		return -1;
	if (*revision > 0 && args_has(args, "revisions"))
		return error_set(err, ERROR_USAGE,
		    "specify either --revisions or --revision but not both");
	return 0;
}

/* Owned by the caller. */
static char *
show_secret_path(const struct cli *cli, int64_t revision)
{
	const char *reveal = args_has(cli->args, "reveal") ? "?reveal=true" :
							     "";
	autofree char *query = revision > 0 ?
	    xasprintf("%s%srevision=%lld", reveal, *reveal != '\0' ? "&" : "?",
		(long long)revision) :
	    xstrdup(reveal);

	return secret_path(cli, cli->args->v[0], query);
}

/* JSON has Go's name around the keys, YAML has not. */
static void
put_content(json_t *document, json_t *content, const char *format)
{
	if (strcmp(format, "json") == 0)
		json_object_set_new(document, "content",
		    json_pack("{s:O}", "Data", content));
	else
		json_object_set(document, "content", content);
}

static int
show_secret_run(struct cli *cli, const struct args *args, struct error *err)
{
	const char *format = args_text(args, "format", "yaml");
	json_auto_t *reply = NULL, *all = NULL;
	autofree char *path = NULL;
	int64_t revision = 0;
	json_t *document;

	if (show_secret_check(args, &revision, err) == -1)
		return -1;
	path = show_secret_path(cli, revision);
	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	document = secret_document(reply, json_text(reply, "model-uuid", ""));
	if (args_has(args, "reveal"))
		put_content(document, json_object_get(reply, "content"),
		    format);
	if (revision > 0 || args_has(args, "revisions"))
		json_object_set_new(document, "revisions",
		    secret_revisions(reply, revision));
	all = json_pack("{s:o}", json_text(reply, "id", ""), document);
	return cli_emit_ordered(cli, all, format, err);
}
