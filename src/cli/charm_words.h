/* SPDX-License-Identifier: Apache-2.0 */
/*
 * charm_words - what deploy, refresh and add-unit are given: which charm, its
 * options, and flags of Juju's that this host has nothing for.
 */

#ifndef CLI_CHARM_WORDS_H
#define CLI_CHARM_WORDS_H

#include <jansson.h>

struct args;
struct cli;
struct error;

/*
 * A built-in's name, or the absolute path of a directory, since tenond has
 * another working directory. Owned by the caller; or NULL.
 */
char *charm_word(const char *word, struct error *);

/* All of --config into an object; files are keyed by the application's name. */
int charm_words_config(const struct args *, const char *application,
    json_t *config, struct error *);

/* Adds what a text has, which may be several: "mem=1G cores=4". */
int charm_words_constraints(json_t *set, const char *text, struct error *);

/* "0,3" of --to, as a list of the body. */
void charm_words_to(const struct args *, json_t *body);

/*
 * Flags that cannot be obeyed are refused, by name and with the reason; what
 * holds on this host whether or not it is asked for is said.
 */
int charm_words_check(const struct cli *, const struct args *, struct error *);

#endif /* CLI_CHARM_WORDS_H */
