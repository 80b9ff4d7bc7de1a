/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd - a verb of the command line as one row: its name, what it accepts and
 * the function behind it. Parsing, --help and the manual page come from the
 * row; each verb has a file of its own with its row at the top.
 */

#ifndef CLI_CMD_H
#define CLI_CMD_H

#include <stdbool.h>
#include <stddef.h>

struct args;
struct cli;
struct error;

enum flag_kind {
	FLAG_SWITCH,   /* --force */
	FLAG_VALUE,    /* --channel edge, --channel=edge */
	FLAG_OPTIONAL, /* --wait or --wait=5s, never --wait 5s */
	FLAG_REST      /* --exec CMD ARG...: all that follows */
};

/* The help of a flag that is taken and means nothing here. */
#define FLAG_COMPATIBLE "Accepted for compatibility"
/* The help of one that is refused by its name, with the reason. */
#define FLAG_ABSENT "Not supported, and says why"

struct flag {
	const char *name;
	const char *alias; /* Another long name, or NULL. */
	char letter;       /* The short form, or 0. */
	enum flag_kind kind;
	const char *help; /* One line, with a capital, without a full stop. */
};

enum cmd_need {
	CMD_OFFLINE,  /* Never talks to tenond. */
	CMD_EXISTING, /* Starts tenond only where there is state already. */
	CMD_STARTING, /* Starts tenond. */
	CMD_CREATING  /* Starts tenond and makes a controller without one. */
};

#define CMD_ANY_ARGS    (-1)
#define CMD_ALIASES_MAX 3

struct cmd {
	const char *name;
	const char *aliases[CMD_ALIASES_MAX];
	const char *args;    /* "<application> [<unit>]", for the usage line. */
	const char *summary; /* A sentence. */
	const char *details; /* Paragraphs, a blank line between them; or "". */
	const struct flag *flags; /* Up to a row without a name, or NULL. */
	int min_args, max_args;   /* max_args may be CMD_ANY_ARGS. */
	const char *missing;      /* The error for fewer than min_args. */
	enum cmd_need need;
	bool flags_first; /* Behind the first argument all are arguments. */
	bool is_hidden;   /* For programs: in no list and no manual. */

	/* Returns the exit status, or -1 with the error filled in. */
	int (*run)(struct cli *, const struct args *, struct error *);
};

/* Is it worth a line of help: does it do anything? */
bool cmd_flag_works(const struct flag *);

/* Every verb in the order of its name, NULL at the end. */
extern const struct cmd *const cmd_table[];

/* The flags that every verb has, up to a row without a name. */
extern const struct flag cmd_global_flags[];

/* The row with that name or alias, or NULL. */
const struct cmd *cmd_lookup(const char *name);

/* The name or alias nearest to a mistyped one, or NULL if none is near. */
const char *cmd_suggest(const char *name);

#endif /* CLI_CMD_H */
