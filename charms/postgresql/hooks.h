/* SPDX-License-Identifier: Apache-2.0 */

#ifndef POSTGRESQL_HOOKS_H
#define POSTGRESQL_HOOKS_H

#include "charm.h"

extern const struct charm_handler pg_hooks[];
extern const struct charm_handler pg_actions[];

#endif /* POSTGRESQL_HOOKS_H */
