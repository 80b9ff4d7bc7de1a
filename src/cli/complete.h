/* SPDX-License-Identifier: Apache-2.0 */
/*
 * complete - what may come next on a command line, for shells. What the table
 * of commands knows is told without tenond; names that live in a model are
 * asked of it, if it runs: completion never starts it, and never complains.
 */

#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include <stdbool.h>

#include "cli/args.h"

struct cli;
struct cmd;
struct strbuf;
struct strv;

/* Shells complete files themselves when this is all they get. */
#define COMPLETE_FILES ":files"

/* A command line up to the cursor. */
struct complete_line {
	bool is_verb;            /* `word` is to be the verb. */
	const struct cmd *cmd;   /* The verb before it; NULL if unknown. */
	const char *word;        /* The one that is being typed; may be "". */
	const struct flag *flag; /* Whose value `word` is, or NULL. */
	struct args args;        /* The arguments and flags before it. */
};

/* Read the words behind the program's name; the last one is being typed. */
void complete_read(struct complete_line *, const char *const *words);
void complete_release(struct complete_line *);

/*
 * Candidates that begin with the word, one a line, each with a tab and an
 * explanation where there is one.
 */
void complete_words(struct cli *, const struct complete_line *,
    struct strbuf *);

/* Names of that kind, such as "<unit>", in the model at hand. */
void complete_names(struct cli *, const struct complete_line *,
    const char *kind, struct strv *);

/*
 * What the value of a flag of the verb is: a kind of names, COMPLETE_FILES,
 * words with "|" between them; or NULL.
 */
const char *complete_value_kind(const struct cmd *, const char *flag);

/* The script for "bash", "zsh" or "fish", NULL for another shell. */
const char *complete_script(const char *shell);

#endif /* CLI_COMPLETE_H */
