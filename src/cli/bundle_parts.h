/* SPDX-License-Identifier: Apache-2.0 */
/* bundle_parts - what a document of a bundle says, part by part. */

#ifndef CLI_BUNDLE_PARTS_H
#define CLI_BUNDLE_PARTS_H

#include <jansson.h>

struct error;

/* Why something is left out. */
#define BUNDLE_ONE_HOST   "each unit has a machine of its own on this host"
#define BUNDLE_ONE_SYSTEM "units run on the system of this host"

/* The key is taken, and means nothing here. */
void bundle_ignore(json_t *bundle, const char *key, const char *why);

/* An application, on top of what is known of it. `dir` is that of the file. */
int bundle_take_application(json_t *bundle, const char *name,
    const json_t *value, const char *dir, struct error *);

/*
 * An option into an object of texts; "include-file://motd" is what is in the
 * file, "include-base64://key" the same in base64.
 */
int bundle_take_option(json_t *options, const char *key, const json_t *value,
    const char *dir, struct error *);

#endif /* CLI_BUNDLE_PARTS_H */
