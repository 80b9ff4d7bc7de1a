/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/charm_words.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/plan.h"
#include "cli/table.h"

static const struct flag refresh_flags[] = {
	{ "path", NULL, 0, FLAG_VALUE, "The same charm, from this directory" },
	{ "switch", NULL, 0, FLAG_VALUE,
	    "Another charm: a built-in one, or a directory" },
	{ "channel", NULL, 0, FLAG_VALUE,
	    "Channel to follow from now on; a risk alone keeps the track" },
	{ "revision", NULL, 0, FLAG_VALUE, "Only if this is the revision" },
	{ "config", NULL, 0, FLAG_VALUE,
	    "An option as key=value or key=@file, or a YAML file of options" },
	{ "trust", NULL, 0, FLAG_SWITCH,
	    "Give the application access to the credentials of the cloud" },
	{ "wait", NULL, 0, FLAG_SWITCH,
	    "Show progress and return when the units have settled" },
	{ "timeout", NULL, 0, FLAG_VALUE, "With --wait: give up after this" },
	PLAN_FLAG,
	{ "base", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "bind", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "force", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "force-base", "force-series", 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "force-units", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ "storage", NULL, 0, FLAG_VALUE, FLAG_COMPATIBLE },
	{ "resource", NULL, 0, FLAG_VALUE, FLAG_ABSENT },
	{ 0 },
};

static int refresh_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_refresh = {
	.name = "refresh",
	.aliases = { "upgrade-charm" },
	.args = "<application>",
	.summary = "Gives an application a newer charm.",
	.details =
	    "A charm in a directory is read again; it runs from there, so its "
	    "programs are\nthe new ones at once, and what it says of options, "
	    "endpoints and actions from\nnow on. Each unit runs upgrade-charm, "
	    "then config-changed, also one in error.\n\n"
	    "A built-in charm is new when tenon has been upgraded and tenond "
	    "restarted.\n\n"
	    "A charm that cannot be read, or without the endpoint of a relation "
	    "that there\nis, is refused, and nothing has changed. To go back, "
	    "refresh to the old\ndirectory.\n\n"
	    "--base, --bind and --storage have no effect, --resource is "
	    "refused; the deploy\ncommand says why.",
	.flags = refresh_flags,
	.min_args = 1,
	.max_args = 1,
	.missing = "no application specified",
	.need = CMD_EXISTING,
	.run = refresh_run,
};

/* ---- what is asked for ---- */

static int
refresh_check_flags(const struct args *args, struct error *err)
{
	static const char *const pairs[][2] = {
		{ "switch", "path" },
		{ "path", "revision" },
		{ "switch", "revision" },
	};

	for (size_t i = 0; i < nitems(pairs); i++) {
		if (args_has(args, pairs[i][0]) && args_has(args, pairs[i][1]))
			return error_set(err, ERROR_USAGE,
			    "--%s and --%s are mutually exclusive", pairs[i][0],
			    pairs[i][1]);
	}
	return 0;
}

/* --path is a directory, however it is written. */
static int
refresh_put_charm(const struct args *args, json_t *body, struct error *err)
{
	const char *path = args_text(args, "path", NULL);
	const char *other = args_text(args, "switch", NULL);
	autofree char *local = path != NULL ? xasprintf("local:%s", path) :
					      NULL;
	autofree char *charm = NULL;

	if (path == NULL && other == NULL)
		return 0;
	charm = charm_word(local != NULL ? local : other, err);
	json_put_text(body, "charm", charm);
	if (other != NULL)
		json_object_set_new(body, "switch", json_true());
	return charm != NULL ? 0 : -1;
}

static json_t *
refresh_body(const struct args *args, struct error *err)
{
	json_auto_t *body = json_object();
	json_t *config = json_object();
	int64_t revision = -1;

	json_object_set_new(body, "config", config);
	if (refresh_put_charm(args, body, err) == -1 ||
	    charm_words_config(args, args->v[0], config, err) == -1 ||
	    args_int(args, "revision", 0, &revision, err) == -1)
		return NULL;
	json_put_text(body, "channel", args_text(args, "channel", NULL));
	if (revision >= 0)
		json_object_set_new(body, "revision", json_integer(revision));
	if (args_has(args, "trust"))
		json_object_set_new(body, "trust", json_true());
	plan_ask(args, body);
	return json_incref(body);
}

/* ---- what has come of it ---- */

/* Owned by the caller. */
static char *
refresh_name(const json_t *reply)
{
	const char *channel = json_text(reply, "channel", "");

	return xasprintf("%s charm \"%s\", revision %lld%s%s",
	    json_text(reply, "source", ""), json_text(reply, "charm", ""),
	    (long long)json_int(reply, "revision", 0),
	    channel[0] != '\0' ? " in channel " : "", channel);
}

static void
refresh_tell(const struct cli *cli, const json_t *reply)
{
	const json_t *changes = json_child(reply, "changes", JSON_ARRAY);
	autofree char *name = refresh_name(reply);
	const json_t *change;
	size_t i;

	if (json_bool(reply, "refreshed", false))
		cli_say(cli, "Added %s, to the model", name);
	else
		cli_say(cli, "charm \"%s\": already up-to-date",
		    json_text(reply, "charm", ""));
	json_array_foreach(changes, i, change)
		cli_say(cli, "%s %s \"%s\"", json_text(change, "change", ""),
		    json_text(change, "kind", ""),
		    json_text(change, "name", ""));
	cli_say_messages(cli, reply);
}

static void
refresh_foretell(const struct cli *cli, const json_t *reply)
{
	const json_t *changes = json_child(reply, "changes", JSON_ARRAY);
	autofree char *name = refresh_name(reply);
	autotable t = { 0 };
	autostrbuf sb = { 0 };
	const json_t *change;
	size_t i;

	if (json_bool(reply, "refreshed", false))
		cli_print("\"%s\" would be refreshed to %s\n\n",
		    json_text(reply, "application", ""), name);
	else
		cli_print("charm \"%s\": already up-to-date\n",
		    json_text(reply, "charm", ""));
	table_row(&t, "Change", "What", "Name");
	json_array_foreach(changes, i, change)
		table_row(&t, json_text(change, "change", ""),
		    json_text(change, "kind", ""),
		    json_text(change, "name", ""));
	table_render(&t, TABLE_PLAIN, &sb);
	if (json_array_size(changes) > 0)
		cli_print("%s\n", strbuf_cstr(&sb));
	cli_say_messages(cli, reply);
}

static int
refresh_run(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_app_path(cli, args->v[0], "refresh");
	json_auto_t *reply = NULL;
	json_t *body;

	if (refresh_check_flags(args, err) == -1 ||
	    charm_words_check(cli, args, err) == -1)
		return -1;
	body = refresh_body(args, err);
	if (body == NULL || cli_post(cli, path, body, &reply, err) == -1)
		return -1;
	if (args_has(args, "dry-run"))
		refresh_foretell(cli, reply);
	else
		refresh_tell(cli, reply);
	return plan_or_wait(cli, reply,
	    (const char *const[]){ args->v[0], NULL }, err);
}
