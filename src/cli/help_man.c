/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/strbuf.h"
#include "cli/cmd.h"
#include "cli/help.h"

static const char man_head[] =
    ".\\\" SPDX-License-Identifier: Apache-2.0\n"
    ".\\\" Made from the table of commands; do not edit.\n"
    ".Dd November 22, 2026\n"
    ".Dt TENON 1\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm tenon\n"
    ".Nd operate PostgreSQL clusters and join applications to them\n"
    ".Sh SYNOPSIS\n"
    ".Nm\n"
    ".Ar command\n"
    ".Op Ar options\n"
    ".Op Ar arguments\n"
    ".Sh DESCRIPTION\n"
    ".Nm\n"
    "asks\n"
    ".Xr tenond 8\n"
    "to deploy applications, to relate them, and to run their actions.\n"
    "Where no controller answers, the first command that needs one starts\n"
    "it.\n"
    ".Pp\n"
    "Data goes to standard output, information to standard error.\n"
    "Options may stand before, between and behind arguments;\n"
    ".Fl Fl\n"
    "ends them.\n"
    "Durations are written as 250ms, 90s or 1m30s.\n"
    "Called by the name of a symbolic link,\n"
    ".Nm\n"
    "speaks of itself by that name.\n"
    ".Sh COMMANDS\n";

static const char man_tail[] =
    ".Sh ENVIRONMENT\n"
    ".Bl -tag -width TENON_MODEL\n"
    ".It Ev TENON_HOME\n"
    "The state directory.\n"
    "Without it:\n"
    ".Pa /var/lib/tenon\n"
    "for root,\n"
    ".Pa $XDG_DATA_HOME/tenon\n"
    "for others.\n"
    ".It Ev TENON_MODEL , JUJU_MODEL\n"
    "The model for commands without\n"
    ".Fl Fl model .\n"
    ".It Ev NO_COLOR\n"
    "If it is not empty,\n"
    ".Cm status\n"
    "uses no colours.\n"
    ".It Ev JUJU_STATUS_ISO_TIME\n"
    "If it is\n"
    ".Dq true ,\n"
    ".Cm status\n"
    "shows times in UTC.\n"
    ".It Ev TENON_COMPAT\n"
    "Whose output to print: 3 for that of Juju 3, 2 for that of Juju 2.9\n"
    "alone.\n"
    "Without it tables are those of 2.9, and JSON has what clients of both\n"
    "read; in\n"
    ".Cm status\n"
    "the relations of an application are then objects, as in 3, and not\n"
    "names.\n"
    ".El\n"
    ".Sh EXIT STATUS\n"
    "0 on success, 1 when a command fails, 2 for wrong options or\n"
    "arguments.\n"
    "Errors are written to standard error and begin with\n"
    ".Dq ERROR .\n"
    ".Sh EXAMPLES\n"
    "A cluster of two, and a user with a database of its own:\n"
    ".Bd -literal -offset indent\n"
    "tenon add-model tutorial\n"
    "tenon deploy postgresql -n 2 --wait\n"
    "tenon deploy data-integrator --config database-name=test-database\n"
    "tenon relate data-integrator postgresql\n"
    "tenon run-action data-integrator/leader get-credentials --wait\n"
    ".Ed\n"
    ".Sh SEE ALSO\n"
    ".Xr psql 1 ,\n"
    ".Xr tenon-charm 7 ,\n"
    ".Xr tenond 8\n";

/* A text line: no request at its start, no escape inside. */
static void
man_text(const char *text, struct strbuf *sb)
{
	bool at_start = true;

	for (; *text != '\0'; text++) {
		if (at_start && (*text == '.' || *text == '\''))
			strbuf_adds(sb, "\\&");
		at_start = *text == '\n';
		if (text[0] == '\n' && text[1] == '\n') {
			strbuf_adds(sb, "\n.Pp");
			continue;
		}
		if (*text == '\\')
			strbuf_adds(sb, "\\e");
		else if (*text == '-')
			strbuf_adds(sb, "\\-");
		else
			strbuf_addc(sb, *text);
		/* A sentence ends its line in mdoc. */
		if (*text == '.' && text[1] == ' ') {
			strbuf_addc(sb, '\n');
			at_start = true;
			text++;
		}
	}
	strbuf_addc(sb, '\n');
}

static void
man_flag(const struct flag *flag, struct strbuf *sb)
{
	strbuf_adds(sb, ".It ");
	if (flag->letter != 0)
		strbuf_addf(sb, "Fl %c , ", flag->letter);
	strbuf_addf(sb, "Fl Fl %s", flag->name);
	if (flag->alias != NULL)
		strbuf_addf(sb, " , Fl Fl %s", flag->alias);
	if (flag->kind == FLAG_VALUE)
		strbuf_adds(sb, " Ar value");
	if (flag->kind == FLAG_OPTIONAL)
		strbuf_adds(sb, " Ns Op = Ns Ar value");
	strbuf_addc(sb, '\n');
	man_text(flag->help, sb);
	/* The help in the table goes without its full stop. */
	strbuf_truncate(sb, sb->len - 1);
	strbuf_adds(sb, ".\n");
}

static void
man_flags(const struct flag *flags, struct strbuf *sb)
{
	if (flags == NULL || flags->name == NULL)
		return;
	strbuf_adds(sb, ".Bl -tag -width Ds\n");
	for (; flags->name != NULL; flags++)
		man_flag(flags, sb);
	strbuf_adds(sb, ".El\n");
}

static void
man_verb(const struct cmd *cmd, struct strbuf *sb)
{
	strbuf_addf(sb, ".Ss %s\n.D1 Nm tenon Cm %s Oo Ar options Oc%s",
	    cmd->name, cmd->name, cmd->args[0] != '\0' ? " No " : "");
	/* Punctuation of its own would be set apart by mdoc. */
	for (const char *p = cmd->args; *p != '\0'; p++) {
		if (strchr("[]|()", *p) != NULL)
			strbuf_adds(sb, "\\&");
		strbuf_addc(sb, *p);
	}
	strbuf_addc(sb, '\n');
	man_text(cmd->summary, sb);
	if (cmd->details[0] != '\0') {
		strbuf_adds(sb, ".Pp\n");
		man_text(cmd->details, sb);
	}
	if (cmd->aliases[0] != NULL) {
		strbuf_adds(sb, ".Pp\nAlso known as\n");
		for (size_t i = 0;
		     i < CMD_ALIASES_MAX && cmd->aliases[i] != NULL; i++)
			strbuf_addf(sb, ".Cm %s%s\n", cmd->aliases[i],
			    i + 1 < CMD_ALIASES_MAX &&
				    cmd->aliases[i + 1] != NULL ?
				" ," :
				" .");
	}
	man_flags(cmd->flags, sb);
}

void
help_man(struct strbuf *sb)
{
	strbuf_adds(sb, man_head);
	strbuf_adds(sb, "Every command has these options:\n");
	man_flags(cmd_global_flags, sb);
	for (const struct cmd *const *cmd = cmd_table; *cmd != NULL; cmd++) {
		if (!(*cmd)->is_hidden)
			man_verb(*cmd, sb);
	}
	strbuf_adds(sb, man_tail);
}
