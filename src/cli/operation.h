/* SPDX-License-Identifier: Apache-2.0 */
/* operation - the tasks of one request, as Juju 3 shows them. */

#ifndef CLI_OPERATION_H
#define CLI_OPERATION_H

#include <jansson.h>

#include "cli/action.h"

struct cli;
struct error;

/* The operation of the API; keys are in Juju's order. A new reference. */
json_t *operation_document(const json_t *operation, enum action_times);

/* As cli_emit(), in the order in which the keys are. */
int operation_emit(const struct cli *, const json_t *document,
    const char *format, struct error *);

#endif /* CLI_OPERATION_H */
