/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/clouds.h"
#include "cli/cmds.h"
#include "cli/table.h"

static const struct flag list_credentials_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "tabular (default), yaml or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "show-secrets", NULL, 0, FLAG_SWITCH, "Show all of them" },
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ 0 },
};

static const struct flag show_credential_flags[] = {
	{ "format", NULL, 0, FLAG_VALUE, "yaml (default) or json" },
	{ "output", NULL, 'o', FLAG_VALUE, "Write to this file" },
	{ "show-secrets", NULL, 0, FLAG_SWITCH, "Show all of them" },
	{ "client", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "controller", NULL, 'c', FLAG_VALUE, FLAG_COMPATIBLE },
	{ 0 },
};

static int list_credentials_run(struct cli *, const struct args *,
    struct error *);

const struct cmd cmd_list_credentials = {
	.name = "list-credentials",
	.args = "[<cloud>]",
	.summary = "Lists the credentials for clouds.",
	.details =
	    "They are kept for programs that add them; units run on this machine, which\n"
	    "needs none. What applications need to reach a database is shown by \"tenon\n"
	    "credentials\".",
	.flags = list_credentials_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_EXISTING,
	.run = list_credentials_run,
};

const struct cmd cmd_show_credential = {
	.name = "show-credential",
	.aliases = { "show-credentials" },
	.args = "[<cloud>] [<credential name>]",
	.summary = "Shows credentials for clouds.",
	.details = "",
	.flags = show_credential_flags,
	.min_args = 0,
	.max_args = 2,
	.need = CMD_EXISTING,
	.run = list_credentials_run,
};

/* What is no word of its form may be a password. */
static json_t *
credential_shown(const json_t *credential, const struct args *args)
{
	json_t *shown;

	if (args_has(args, "show-secrets"))
		return json_deep_copy(credential);
	shown = json_object();
	json_put_text(shown, "auth-type",
	    json_text(credential, "auth-type", ""));
	return shown;
}

/* {cloud: {name: credential}} of what the arguments name. */
static json_t *
credentials_chosen(json_t *all, const struct args *args)
{
	json_t *chosen = json_object(), *names, *credential;
	const char *cloud, *name;

	json_object_foreach(all, cloud, names) {
		json_t *few = json_object();

		if (args->n > 0 && strcmp(args->v[0], cloud) != 0) {
			json_decref(few);
			continue;
		}
		json_object_foreach(names, name, credential) {
			if (args->n < 2 || strcmp(args->v[1], name) == 0)
				json_object_set_new(few, name,
				    credential_shown(credential, args));
		}
		if (json_object_size(few) > 0)
			json_object_set(chosen, cloud, few);
		json_decref(few);
	}
	return chosen;
}

static void
list_credentials_render(json_t *chosen, struct strbuf *sb)
{
	json_t *names, *credential;
	const char *cloud, *name;
	autotable t = { 0 };

	table_row(&t, "Cloud", "Credentials");
	json_object_foreach(chosen, cloud, names) {
		autostrbuf list = { 0 };

		json_object_foreach(names, name, credential)
			strbuf_addf(&list, "%s%s", list.len > 0 ? ", " : "",
			    name);
		table_row(&t, cloud, strbuf_cstr(&list));
	}
	table_render(&t, TABLE_PLAIN, sb);
}

static int
list_credentials_none(const struct args *args, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "no credential%s%s%s%s",
	    args->n > 1 ? " " : "", args->n > 1 ? args->v[1] : "",
	    args->n > 0 ? " for cloud " : "", args->n > 0 ? args->v[0] : "");
	return error_hint(err,
	    "\"tenon list-credentials\" lists those there "
	    "are");
}

static int
list_credentials_run(struct cli *cli, const struct args *args,
    struct error *err)
{
	bool is_list = cli->cmd == &cmd_list_credentials;
	const char *format = args_text(args, "format",
	    is_list ? "tabular" : "yaml");
	json_auto_t *reply = NULL, *chosen = NULL, *document = NULL;
	autostrbuf sb = { 0 };

	if (args_check_format(args, is_list ? "tabular|yaml|json" : "yaml|json",
		err) == -1 ||
	    clouds_get(cli, "/v1/credentials", &reply, err) == -1)
		return -1;
	chosen = credentials_chosen(json_child(reply, "credentials",
					JSON_OBJECT),
	    args);
	if (json_object_size(chosen) == 0)
		return list_credentials_none(args, err);
	if (strcmp(format, "tabular") == 0) {
		list_credentials_render(chosen, &sb);
		return cli_emit_text(cli, strbuf_cstr(&sb), err);
	}
	document = json_pack("{s:O}", "controller-credentials", chosen);
	return cli_emit(cli, document, format, err);
}
