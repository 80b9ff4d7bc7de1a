/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args - the words behind a verb, sorted into arguments and flags by its row.
 * Flags may stand before, between and behind arguments; "--" ends them.
 * Everything is borrowed from argv. A zeroed args is a valid empty one.
 */

#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cmd;
struct error;
struct flag;

struct args_flag {
	const struct flag *flag;
	const char *value; /* "true" for a switch, "" for no value. */
};

struct args {
	const char **v; /* The arguments; v[n] is NULL. */
	int n;
	struct args_flag *flags; /* In the order given. */
	size_t nflags;
	char *const *rest; /* Behind a FLAG_REST, up to a NULL; or NULL. */
};

#define autoargs __attribute__((cleanup(args_release))) struct args

/*
 * ERROR_USAGE for what the row does not allow. With --help among the flags the
 * number of arguments is not checked.
 */
int args_parse(struct args *, const struct cmd *, char *const *words,
    struct error *);
void args_release(struct args *);

bool args_has(const struct args *, const char *flag);

/* The last value given, or `otherwise`. */
const char *args_text(const struct args *, const char *flag,
    const char *otherwise);

/* Walk the values of a repeated flag: start with *pos 0, ends with NULL. */
const char *args_next(const struct args *, const char *flag, size_t *pos);

/* A whole number of at least `min`; *out is untouched without the flag. */
int args_int(const struct args *, const char *flag, int64_t min, int64_t *out,
    struct error *);

/* A duration such as 1m30s, in milliseconds; untouched without the flag. */
int args_duration(const struct args *, const char *flag, int64_t *ms,
    struct error *);

/* The flag must be one of the words, separated by "|". */
int args_check_format(const struct args *, const char *words, struct error *);

#endif /* CLI_ARGS_H */
