/* SPDX-License-Identifier: Apache-2.0 */
/* settings - options of an application as they are given to deploy and config. */

#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include <jansson.h>

struct error;

/* key=value or key=@file into an object of texts. */
int settings_add_word(json_t *settings, const char *word, struct error *);

/* A YAML file, "-" for standard input: application: {key: value}. */
int settings_add_file(json_t *settings, const char *path,
    const char *application, struct error *);

/* A value of any scalar type, as a text. */
int settings_add_value(json_t *settings, const char *key, const json_t *value,
    struct error *);

#endif /* CLI_SETTINGS_H */
