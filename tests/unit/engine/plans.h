/* SPDX-License-Identifier: Apache-2.0 */
/* plans - what the tests of --dry-run compare. */

#ifndef TESTS_UNIT_ENGINE_PLANS_H
#define TESTS_UNIT_ENGINE_PLANS_H

#include "world.h"

/* What the store holds, and what status says, but for the time. */
char *plans_snapshot(struct world *);
/* "db/0 runs x; web/0 runs y; " of the plan of a reply. */
char *plans_text(const json_t *reply);
/* Is there anything that is not written, or not done? */
bool plans_is_busy(struct world *);

#endif /* TESTS_UNIT_ENGINE_PLANS_H */
