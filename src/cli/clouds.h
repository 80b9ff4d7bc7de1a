/* SPDX-License-Identifier: Apache-2.0 */
/* clouds - the verbs of clouds and of credentials for them share these. */

#ifndef CLI_CLOUDS_H
#define CLI_CLOUDS_H

#include <jansson.h>

struct cli;
struct error;

/*
 * GET of the path; where there is no state yet, what there is without: this
 * host, and no credential but the one it does not need. *reply is owned.
 */
int clouds_get(struct cli *, const char *path, json_t **reply, struct error *);

/*
 * The member `key` of a file that holds {section: {name: ...}}, of the flag
 * --file or the argument after `names` of them; a new reference, or NULL.
 */
json_t *clouds_definition(const struct cli *, const char *section,
    const char *key, int names, struct error *);

#endif /* CLI_CLOUDS_H */
