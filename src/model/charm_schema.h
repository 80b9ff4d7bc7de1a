/* SPDX-License-Identifier: Apache-2.0 */
/* charm_schema - what actions.yaml says about one action. */

#ifndef MODEL_CHARM_SCHEMA_H
#define MODEL_CHARM_SCHEMA_H

#include <jansson.h>

struct charm_action;
struct error;

/* Fill in a zeroed action; on an error charm_free() releases what there is. */
int charm_action_parse(struct charm_action *, const char *name,
    const json_t *spec, struct error *);

#endif /* MODEL_CHARM_SCHEMA_H */
