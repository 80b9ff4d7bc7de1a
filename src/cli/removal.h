/* SPDX-License-Identifier: Apache-2.0 */
/* removal - what remove-unit and remove-application have in common. */

#ifndef CLI_REMOVAL_H
#define CLI_REMOVAL_H

#include <jansson.h>

#include "cli/cmd.h"

struct args;
struct cli;
struct error;

extern const struct flag removal_flags[];

/* {destroy-storage, force, wait, timeout} of the flags, or NULL. */
json_t *removal_body(const struct args *, struct error *);

/* "will remove unit x/0" and what happens to storage, on standard output. */
void removal_tell(const struct cli *, const json_t *reply,
    const char *unit_prefix);

#endif /* CLI_REMOVAL_H */
