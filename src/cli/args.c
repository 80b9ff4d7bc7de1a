/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/cmd.h"

/* A name of a flag as typed: `len` bytes, without the dashes. */
struct args_word {
	const char *name;
	size_t len;
	const char *value; /* Behind "=", or NULL. */
	const char *dashes;
};

static bool
args_names(const char *name, const struct args_word *word)
{
	return name != NULL && strlen(name) == word->len &&
	    memcmp(name, word->name, word->len) == 0;
}

static const struct flag *
args_find_in(const struct flag *flags, const struct args_word *word)
{
	bool is_letter = word->dashes[1] == '\0';

	for (; flags != NULL && flags->name != NULL; flags++) {
		if (is_letter ? flags->letter == word->name[0] :
				args_names(flags->name, word) ||
			    args_names(flags->alias, word))
			return flags;
	}
	return NULL;
}

static void
args_add_flag(struct args *args, const struct flag *flag, const char *value)
{
	args->flags = xrealloc(args->flags,
	    (args->nflags + 1) * sizeof *args->flags);
	args->flags[args->nflags++] = (struct args_flag){ flag, value };
}

static void
args_add_word(struct args *args, const char *word)
{
	args->v = xrealloc(args->v, (size_t)(args->n + 2) * sizeof *args->v);
	args->v[args->n++] = word;
	args->v[args->n] = NULL;
}

static int
args_check_switch(const struct args_word *word, struct error *err)
{
	if (word->value == NULL || strcmp(word->value, "true") == 0 ||
	    strcmp(word->value, "false") == 0)
		return 0;
	return error_set(err, ERROR_USAGE,
	    "invalid boolean value \"%s\" for %s%.*s", word->value,
	    word->dashes, (int)word->len, word->name);
}

/* Returns how many of the following words the flag has taken, or -1. */
static int
args_take(struct args *args, const struct flag *flag,
    const struct args_word *word, const char *following, struct error *err)
{
	switch (flag->kind) {
	case FLAG_SWITCH:
		if (args_check_switch(word, err) == -1)
			return -1;
		args_add_flag(args, flag,
		    word->value != NULL ? word->value : "true");
		return 0;
	case FLAG_OPTIONAL:
		args_add_flag(args, flag,
		    word->value != NULL ? word->value : "");
		return 0;
	case FLAG_REST:
		if (word->value != NULL)
			return error_set(err, ERROR_USAGE,
			    "option %s%.*s takes the words that follow, not "
			    "\"=%s\"",
			    word->dashes, (int)word->len, word->name,
			    word->value);
		break;
	case FLAG_VALUE:
		break;
	}
	if (word->value != NULL) {
		args_add_flag(args, flag, word->value);
		return 0;
	}
	if (following == NULL)
		return error_set(err, ERROR_USAGE,
		    "option needs an argument: %s%.*s", word->dashes,
		    (int)word->len, word->name);
	args_add_flag(args, flag, following);
	return 1;
}

static const struct flag *
args_find(const struct cmd *cmd, const struct args_word *word)
{
	const struct flag *flag = args_find_in(cmd->flags, word);

	return flag != NULL ? flag : args_find_in(cmd_global_flags, word);
}

static int
args_unknown(const struct args_word *word, struct error *err)
{
	return error_set(err, ERROR_USAGE,
	    "option provided but not defined: %s%.*s", word->dashes,
	    (int)word->len, word->name);
}

static int
args_long(struct args *args, const struct cmd *cmd, const char *text,
    const char *following, struct error *err)
{
	struct args_word word = { .name = text + 2, .dashes = "--" };
	const struct flag *flag;

	word.len = strcspn(word.name, "=");
	if (word.name[word.len] == '=')
		word.value = word.name + word.len + 1;
	flag = args_find(cmd, &word);
	if (flag == NULL)
		return args_unknown(&word, err);
	return args_take(args, flag, &word, following, err);
}

/* -n 2, -n2, -n=2, and switches together: -yB. */
static int
args_short(struct args *args, const struct cmd *cmd, const char *text,
    const char *following, struct error *err)
{
	struct args_word word = { .len = 1, .dashes = "-" };
	const struct flag *flag;

	for (const char *p = text + 1; *p != '\0'; p++) {
		word.name = p;
		flag = args_find(cmd, &word);
		if (flag == NULL)
			return args_unknown(&word, err);
		if (flag->kind == FLAG_SWITCH && p[1] != '=') {
			args_add_flag(args, flag, "true");
			continue;
		}
		if (p[1] != '\0')
			word.value = p + 1 + (p[1] == '=');
		return args_take(args, flag, &word, following, err);
	}
	return 0;
}

static int
args_check_count(const struct args *args, const struct cmd *cmd,
    struct error *err)
{
	autostrbuf sb = { 0 };

	if (args_has(args, "help"))
		return 0;
	if (args->n < cmd->min_args)
		return error_set(err, ERROR_USAGE, "%s", cmd->missing);
	if (cmd->max_args == CMD_ANY_ARGS || args->n <= cmd->max_args)
		return 0;
	for (int i = cmd->max_args; i < args->n; i++)
		strbuf_addf(&sb, "%s\"%s\"", sb.len > 0 ? " " : "", args->v[i]);
	return error_set(err, ERROR_USAGE, "unrecognized args: [%s]",
	    strbuf_cstr(&sb));
}

/* Everything behind it belongs to another program. */
static bool
args_last_is_rest(const struct args *args)
{
	return args->nflags > 0 &&
	    args->flags[args->nflags - 1].flag->kind == FLAG_REST;
}

int
args_parse(struct args *args, const struct cmd *cmd, char *const *words,
    struct error *err)
{
	int taken;

	for (; *words != NULL; words++) {
		const char *word = *words;

		if (strcmp(word, "--") == 0) {
			while (*++words != NULL)
				args_add_word(args, *words);
			break;
		}
		if (word[0] != '-' || word[1] == '\0') {
			args_add_word(args, word);
			if (!cmd->flags_first)
				continue;
			while (*++words != NULL)
				args_add_word(args, *words);
			break;
		}
		taken = word[1] == '-' ?
		    args_long(args, cmd, word, words[1], err) :
		    args_short(args, cmd, word, words[1], err);
		if (taken == -1)
			return -1;
		if (args_last_is_rest(args)) {
			args->rest = words + 1;
			break;
		}
		words += taken;
	}
	return args_check_count(args, cmd, err);
}

void
args_release(struct args *args)
{
	free(args->v);
	free(args->flags);
	memset(args, 0, sizeof *args);
}

const char *
args_text(const struct args *args, const char *flag, const char *otherwise)
{
	for (size_t i = args->nflags; i-- > 0;) {
		if (strcmp(args->flags[i].flag->name, flag) == 0)
			return args->flags[i].value;
	}
	return otherwise;
}

bool
args_has(const struct args *args, const char *flag)
{
	const char *value = args_text(args, flag, NULL);

	return value != NULL && strcmp(value, "false") != 0;
}

const char *
args_next(const struct args *args, const char *flag, size_t *pos)
{
	while (*pos < args->nflags) {
		const struct args_flag *f = &args->flags[(*pos)++];

		if (strcmp(f->flag->name, flag) == 0)
			return f->value;
	}
	return NULL;
}

int
args_int(const struct args *args, const char *flag, int64_t min, int64_t *out,
    struct error *err)
{
	const char *text = args_text(args, flag, NULL);
	long long n;
	char *end;

	if (text == NULL)
		return 0;
	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0)
		return error_set(err, ERROR_USAGE,
		    "invalid value \"%s\" for option --%s: not a whole number",
		    text, flag);
	if (n < min)
		return error_set(err, ERROR_USAGE,
		    "invalid value \"%s\" for option --%s: less than %lld",
		    text, flag, (long long)min);
	*out = n;
	return 0;
}

int
args_duration(const struct args *args, const char *flag, int64_t *ms,
    struct error *err)
{
	const char *text = args_text(args, flag, NULL);

	if (text == NULL || text[0] == '\0')
		return 0;
	if (duration_parse(text, ms) == -1)
		return error_set(err, ERROR_USAGE,
		    "invalid value \"%s\" for option --%s: not a duration "
		    "such as 90s or 1m30s",
		    text, flag);
	return 0;
}

int
args_check_format(const struct args *args, const char *words, struct error *err)
{
	const char *format = args_text(args, "format", NULL);
	size_t len;

	if (format == NULL)
		return 0;
	for (const char *p = words; *p != '\0'; p += len + (p[len] == '|')) {
		len = strcspn(p, "|");
		if (len == strlen(format) && memcmp(p, format, len) == 0)
			return 0;
	}
	return error_set(err, ERROR_USAGE,
	    "invalid value \"%s\" for option --format: unknown format \"%s\"",
	    format, format);
}
