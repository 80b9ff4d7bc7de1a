/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/text.h"
#include "cli/topics.h"

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

/* What is shown as it is: a paragraph that is indented. */
static const char *
man_example(const char *text, struct strbuf *sb)
{
	strbuf_adds(sb, ".Bd -literal -offset indent\n");
	while (*text == ' ') {
		size_t n = strcspn(text, "\n");

		strbuf_addn(sb, text + 2, n - 2);
		strbuf_addc(sb, '\n');
		text += n + (text[n] == '\n');
	}
	strbuf_adds(sb, ".Ed\n");
	return text;
}

static void
man_topic_text(const char *text, struct strbuf *sb)
{
	while (*text != '\0') {
		const char *end = strstr(text, "\n\n");
		size_t n = end != NULL ? (size_t)(end - text) : strlen(text);
		autofree char *part = text_part(text, n);

		if (*text == ' ') {
			text = man_example(text, sb);
			text += *text == '\n';
			if (*text != '\0')
				strbuf_adds(sb, ".Pp\n");
			continue;
		}
		man_text(part, sb);
		text += n;
		text += strspn(text, "\n");
		if (*text != '\0' && *text != ' ')
			strbuf_adds(sb, ".Pp\n");
	}
}

/* Variables and exit codes have sections of their own in every manual. */
static const char *
man_section(const struct topic *topic)
{
	static const char *const own[][2] = {
		{ "environment", "ENVIRONMENT" },
		{ "exit-codes", "EXIT STATUS" },
	};

	for (size_t i = 0; i < nitems(own); i++) {
		if (strcmp(topic->name, own[i][0]) == 0)
			return own[i][1];
	}
	return NULL;
}

static void
man_topic(const struct topic *topic, struct strbuf *sb)
{
	const struct topic_entry *entry = topic->entries;

	if (man_section(topic) != NULL)
		strbuf_addf(sb, ".Sh %s\n", man_section(topic));
	else
		strbuf_addf(sb, ".Ss %s\n", topic->summary);
	man_topic_text(topic->text, sb);
	if (entry == NULL)
		return;
	strbuf_adds(sb, ".Bl -tag -width Ds\n");
	for (; entry->word != NULL; entry++) {
		strbuf_addf(sb, ".It %s\n", entry->word);
		man_text(entry->meaning, sb);
	}
	strbuf_adds(sb, ".El\n");
}

static void
man_topics(struct strbuf *sb)
{
	strbuf_adds(sb,
	    ".Sh TOPICS\n.Nm tenon Cm help Ar topic\nshows these, too.\n");
	for (size_t i = 0; i < topic_count; i++) {
		if (man_section(&topics[i]) == NULL)
			man_topic(&topics[i], sb);
	}
	for (size_t i = 0; i < topic_count; i++) {
		if (man_section(&topics[i]) != NULL)
			man_topic(&topics[i], sb);
	}
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
	man_topics(sb);
	strbuf_adds(sb, man_tail);
}
