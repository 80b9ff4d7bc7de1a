/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/help.h"
#include "base/strbuf.h"
#include "cli/cmd.h"
#include "cli/table.h"

static void
help_flags(const struct flag *flags, struct strbuf *sb)
{
	for (; flags != NULL && flags->name != NULL; flags++) {
		if (!cmd_flag_works(flags))
			continue;
		if (flags->letter != 0)
			strbuf_addf(sb, "-%c, ", flags->letter);
		strbuf_addf(sb, "--%s", flags->name);
		if (flags->alias != NULL)
			strbuf_addf(sb, ", --%s", flags->alias);
		if (flags->kind == FLAG_VALUE)
			strbuf_adds(sb, " <value>");
		if (flags->kind == FLAG_OPTIONAL)
			strbuf_adds(sb, "[=<value>]");
		strbuf_addf(sb, "\n    %s\n", flags->help);
	}
}

/* The rest, in one go: nobody reads help to find what does nothing. */
static void
help_compatible(const struct flag *flags, struct strbuf *sb)
{
	const char *before = FLAG_COMPATIBLE ":\n    ";

	for (; flags->name != NULL; flags++) {
		if (cmd_flag_works(flags))
			continue;
		strbuf_addf(sb, "%s--%s", before, flags->name);
		before = ", ";
	}
	strbuf_addc(sb, '\n');
}

void
help_verb(const struct cmd *cmd, const char *prog, struct strbuf *sb)
{
	autostrbuf flags = { 0 };

	strbuf_addf(sb, "Usage: %s%s%s [options]%s%s\n", prog,
	    prog[0] != '\0' ? " " : "", cmd->name,
	    cmd->args[0] != '\0' ? " " : "", cmd->args);
	strbuf_addf(sb, "\nSummary:\n%s\n", cmd->summary);
	/* All it has may be accepted for compatibility only. */
	if (cmd->flags != NULL)
		help_flags(cmd->flags, &flags);
	if (flags.len > 0)
		strbuf_addf(sb, "\nOptions:\n%s", strbuf_cstr(&flags));
	/* A hook tool, which is a program by itself, has a context instead. */
	if (prog[0] != '\0') {
		strbuf_adds(sb, "\nGlobal options:\n");
		help_flags(cmd_global_flags, sb);
		help_compatible(cmd_global_flags, sb);
	}
	if (cmd->details[0] != '\0')
		strbuf_addf(sb, "\nDetails:\n%s\n", cmd->details);
	if (cmd->aliases[0] == NULL)
		return;
	strbuf_adds(sb, "\nAliases: ");
	for (size_t i = 0; i < CMD_ALIASES_MAX && cmd->aliases[i] != NULL; i++)
		strbuf_addf(sb, "%s%s", i > 0 ? ", " : "", cmd->aliases[i]);
	strbuf_addc(sb, '\n');
}

void
help_commands(const char *prog, struct strbuf *sb)
{
	autotable t = { 0 };

	for (const struct cmd *const *cmd = cmd_table; *cmd != NULL; cmd++) {
		if ((*cmd)->is_hidden)
			continue;
		table_cell(&t, "", COLOUR_NONE);
		table_cell(&t, (*cmd)->name, COLOUR_NONE);
		table_cell(&t, (*cmd)->summary, COLOUR_NONE);
		table_end_row(&t);
	}
	table_render(&t, TABLE_PLAIN, sb);
	strbuf_addf(sb,
	    "\n\"%s <command> --help\" tells about one of them, \"%s help "
	    "topics\" lists what else\nthere is to read.\n",
	    prog, prog);
}

void
help_overview(const char *prog, struct strbuf *sb)
{
	strbuf_addf(sb,
	    "Tenon operates PostgreSQL clusters and joins applications to "
	    "them.\n\n"
	    "Usage: %s <command> [options] [arguments]\n\n"
	    "A first cluster:\n\n"
	    "    %s add-model tutorial\n"
	    "    %s deploy postgresql -n 2 --wait\n"
	    "    %s status\n\n"
	    "Commands:\n\n",
	    prog, prog, prog, prog);
	help_commands(prog, sb);
}
