/* SPDX-License-Identifier: Apache-2.0 */
/* settings - options of an application as they are given to deploy and config. */

#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include <jansson.h>

struct args;
struct error;

/* key=value or key=@file into an object of texts. */
int settings_add_word(json_t *settings, const char *word, struct error *);

/*
 * A YAML file, "-" for standard input: application: {key: value}, or without an
 * application {key: value}.
 */
int settings_add_file(json_t *settings, const char *path,
    const char *application, struct error *);

/*
 * A flag that may be repeated: each value is key=value, or a YAML file as
 * settings_add_file() takes without an application.
 */
int settings_collect_flag(const struct args *, const char *flag, json_t *set,
    struct error *);

/*
 * What the arguments from `first` on and --reset ask for: key=value to be set,
 * the others to be shown. Returns how many are to be shown, 0 or 1, or -1.
 */
int settings_collect(const struct args *, int first, json_t *set, json_t *reset,
    struct error *);

/* A value of any scalar type, as a text. */
int settings_add_value(json_t *settings, const char *key, const json_t *value,
    struct error *);

#endif /* CLI_SETTINGS_H */
