/* SPDX-License-Identifier: Apache-2.0 */
/* environment - what a charm process finds in its environment. */

#ifndef ENGINE_ENVIRONMENT_H
#define ENGINE_ENVIRONMENT_H

#include "base/strv.h"

struct context;
struct engine;
struct unit;

/* PATH, LANG and what is handed through from our own environment. */
void environment_common(struct strv *, const struct engine *);

/* The unit's: the same for all its hooks. */
void environment_unit(struct strv *, const struct engine *,
    const struct unit *);

/* The hook's or action's, as Juju names them. */
void environment_hook(struct strv *, const struct context *,
    const struct unit *);

#endif /* ENGINE_ENVIRONMENT_H */
