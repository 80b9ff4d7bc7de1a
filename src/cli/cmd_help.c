/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/near.h"
#include "base/strbuf.h"
#include "cli/absent.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/cmds.h"
#include "cli/help.h"
#include "cli/topics.h"

static const struct flag help_flags[] = {
	{ "man", NULL, 0, FLAG_SWITCH, "Write the manual page, in mdoc" },
	{ 0 },
};

static int help_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_help = {
	.name = "help",
	.args = "[<command>|<topic>]",
	.summary = "Shows help on a command or a topic.",
	.details = "\"tenon help topics\" lists the topics, \"tenon help "
		   "commands\" the commands.",
	.flags = help_flags,
	.min_args = 0,
	.max_args = 1,
	.need = CMD_OFFLINE,
	.run = help_run,
};

static const struct {
	const char *name;
	void (*show)(const char *prog, struct strbuf *);
} help_lists[] = {
	{ "topics", topics_list },
	{ "commands", help_commands },
};

/* Whether there is such a list or topic. */
static bool
help_topic(const struct cli *cli, const char *name, struct strbuf *sb)
{
	const struct topic *topic = topic_find(name);

	for (size_t i = 0; i < nitems(help_lists); i++) {
		if (strcmp(help_lists[i].name, name) == 0) {
			help_lists[i].show(cli->prog, sb);
			return true;
		}
	}
	if (topic != NULL)
		topic_show(topic, sb);
	return topic != NULL;
}

/* A command rather than a topic; or NULL. */
static const char *
help_suggest(const char *name)
{
	const char *command = cmd_suggest(name);
	struct near near;

	if (command != NULL)
		return command;
	near_start(&near, name);
	for (size_t i = 0; i < topic_count; i++)
		near_consider(&near, topics[i].name);
	return near.found;
}

static int
help_unknown(const struct cli *cli, const char *name, struct error *err)
{
	const struct absent *absent = absent_lookup(name);
	const char *meant = help_suggest(name);

	if (absent != NULL)
		return absent_refuse(absent, cli->prog, err);
	error_set(err, ERROR_USAGE, "unknown command or topic for %s", name);
	if (meant != NULL)
		return error_hint(err, "did you mean \"tenon help %s\"?",
		    meant);
	return error_hint(err,
	    "\"tenon help topics\" and \"tenon help commands\" list them");
}

static int
help_run(struct cli *cli, const struct args *args, struct error *err)
{
	const struct cmd *cmd;
	autostrbuf sb = { 0 };

	if (args_has(args, "man")) {
		help_man(&sb);
	} else if (args->n == 0) {
		help_overview(cli->prog, &sb);
	} else {
		cmd = cmd_lookup(args->v[0]);
		if (cmd != NULL)
			help_verb(cmd, cli->prog, &sb);
		else if (!help_topic(cli, args->v[0], &sb))
			return help_unknown(cli, args->v[0], err);
	}
	return cli_emit_text(cli, strbuf_cstr(&sb), err);
}
