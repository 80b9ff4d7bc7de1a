/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "cli/cmd.h"
#include "cli/complete.h"
#include "cli/text.h"
#include "cli/usage.h"

/* ---- where we are ---- */

static const struct flag *
find_flag(const struct cmd *cmd, const char *word)
{
	const struct flag *const lists[] = { cmd->flags, cmd_global_flags };

	if (word[0] != '-' || strchr(word, '=') != NULL)
		return NULL;
	for (size_t i = 0; i < nitems(lists); i++) {
		for (const struct flag *f = lists[i];
		     f != NULL && f->name != NULL; f++) {
			if (word[1] == '-' ?
				strcmp(f->name, word + 2) == 0 :
				word[1] == f->letter && word[2] == '\0')
				return f;
		}
	}
	return NULL;
}

/* The flag whose value comes next, if the word before is one. */
static const struct flag *
open_flag(const struct cmd *cmd, const char *before)
{
	const struct flag *flag = find_flag(cmd, before);

	return flag != NULL && flag->kind == FLAG_VALUE ? flag : NULL;
}

/* Of what was given before: an error in it is not ours to tell. */
static void
read_before(struct complete_line *line, const char *const *words, size_t n)
{
	char **before = xcalloc(n + 1, sizeof *before);
	struct error ignored = { 0 };

	for (size_t i = 0; i < n; i++)
		memcpy(&before[i], &words[i], sizeof before[i]);
	(void)args_parse(&line->args, line->cmd, before, &ignored);
	line->args.rest = NULL;
	free(before);
}

void
complete_read(struct complete_line *line, const char *const *words)
{
	size_t n = 0;

	*line = (struct complete_line){ .word = "" };
	while (words[n] != NULL)
		n++;
	if (n > 0)
		line->word = words[n - 1];
	line->cmd = n > 1 ? cmd_lookup(words[0]) : NULL;
	line->is_verb = n <= 1;
	if (line->cmd == NULL)
		return;
	if (n > 2)
		line->flag = open_flag(line->cmd, words[n - 2]);
	read_before(line, words + 1, n - 2 - (line->flag != NULL));
}

void
complete_release(struct complete_line *line)
{
	args_release(&line->args);
}

/* ---- what may come ---- */

static void
offer(const struct complete_line *line, const char *text, const char *help,
    struct strbuf *sb)
{
	if (*text == '\0' || strncmp(text, line->word, strlen(line->word)) != 0)
		return;
	strbuf_adds(sb, text);
	if (help[0] != '\0')
		strbuf_addf(sb, "\t%s", help);
	strbuf_addc(sb, '\n');
}

static void
offer_verbs(const struct complete_line *line, struct strbuf *sb)
{
	for (const struct cmd *const *cmd = cmd_table; *cmd != NULL; cmd++) {
		if ((*cmd)->is_hidden)
			continue;
		offer(line, (*cmd)->name, (*cmd)->summary, sb);
		for (size_t i = 0; i < CMD_ALIASES_MAX; i++)
			if ((*cmd)->aliases[i] != NULL)
				offer(line, (*cmd)->aliases[i], (*cmd)->summary,
				    sb);
	}
}

static void
offer_flags(const struct complete_line *line, const struct flag *flags,
    struct strbuf *sb)
{
	for (; flags != NULL && flags->name != NULL; flags++) {
		autofree char *text = xasprintf("--%s", flags->name);

		if (cmd_flag_works(flags))
			offer(line, text, flags->help, sb);
	}
}

static bool
is_repeated(const struct strv *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(names->v[i], names->v[n]) == 0)
			return true;
	return false;
}

static void
offer_names(struct cli *cli, const struct complete_line *line, const char *kind,
    struct strbuf *sb)
{
	autostrv names = { 0 };

	complete_names(cli, line, kind, &names);
	for (size_t i = 0; i < names.n; i++)
		if (!is_repeated(&names, i))
			offer(line, names.v[i], "", sb);
}

/* "yaml (default) or json; ...": the words of a help text that are values. */
static void
offer_formats(const struct complete_line *line, const char *help,
    struct strbuf *sb)
{
	static const char separators[] = " ,;()";
	static const char *const others[] = { "", "or", "default" };
	size_t i;

	while (*help != '\0' && *help != ';') {
		size_t n = strcspn(help, separators);
		autofree char *word = text_part(help, n);

		for (i = 0; i < nitems(others); i++)
			if (strcmp(word, others[i]) == 0)
				break;
		if (i == nitems(others))
			offer(line, word, "", sb);
		help += n + (help[n] != '\0' && help[n] != ';');
	}
}

/* What is a file, too, if it is written as a path. */
static bool
may_be_file(const char *kind)
{
	static const char *const kinds[] = { "<charm, directory or bundle>",
		"<charm option>", "<destination>", "<model option>", "<option>",
		"<source>" };

	for (size_t i = 0; i < nitems(kinds); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static bool
is_file(const struct complete_line *line, const char *kind)
{
	static const char *const files[] = { COMPLETE_FILES, "<file>",
		"<bundle file or directory>" };

	for (size_t i = 0; i < nitems(files); i++)
		if (strcmp(kind, files[i]) == 0)
			return true;
	return line->word[0] != '\0' && strchr("./~", line->word[0]) != NULL &&
	    may_be_file(kind);
}

/* One kind of names, or words with "|" between them. */
static void
offer_kind(struct cli *cli, const struct complete_line *line, const char *kind,
    struct strbuf *sb)
{
	bool is_place = strcmp(kind, "<source>") == 0 ||
	    strcmp(kind, "<destination>") == 0;
	size_t before = sb->len;

	if (is_file(line, kind)) {
		strbuf_adds(sb, COMPLETE_FILES "\n");
	} else if (kind[0] == '<') {
		offer_names(cli, line, kind, sb);
		if (sb->len == before && is_place)
			strbuf_adds(sb, COMPLETE_FILES "\n");
	} else {
		for (const char *p = kind; *p != '\0'; p += strspn(p, "|")) {
			autofree char *word = text_part(p, strcspn(p, "|"));

			offer(line, word, "", sb);
			p += strlen(word);
		}
	}
}

static void
offer_values(struct cli *cli, const struct complete_line *line,
    struct strbuf *sb)
{
	const char *name = line->flag->name;
	const char *kind = complete_value_kind(line->cmd, name);

	if (kind != NULL)
		offer_kind(cli, line, kind, sb);
	else if (strcmp(name, "format") == 0)
		offer_formats(line, line->flag->help, sb);
}

static void
offer_arguments(struct cli *cli, const struct complete_line *line,
    struct strbuf *sb)
{
	autostrv kinds = { 0 };

	usage_at(line->cmd->args, line->args.n > 0 ? line->args.v[0] : NULL,
	    (size_t)line->args.n, &kinds);
	for (size_t i = 0; i < kinds.n; i++)
		offer_kind(cli, line, kinds.v[i], sb);
}

void
complete_words(struct cli *cli, const struct complete_line *line,
    struct strbuf *sb)
{
	if (line->is_verb) {
		offer_verbs(line, sb);
	} else if (line->cmd == NULL) {
		return;
	} else if (line->flag != NULL) {
		offer_values(cli, line, sb);
	} else if (line->word[0] == '-') {
		offer_flags(line, line->cmd->flags, sb);
		offer_flags(line, cmd_global_flags, sb);
	} else {
		offer_arguments(cli, line, sb);
	}
}
