/* SPDX-License-Identifier: Apache-2.0 */
/* doctor - what is not as it should be in the cluster; changes nothing. */

#ifndef POSTGRESQL_DOCTOR_H
#define POSTGRESQL_DOCTOR_H

#include <jansson.h>

struct cluster;
struct error;
struct hook;

/*
 * Add to the array: {check, level: "ok", "warning" or "error", message, hint?}.
 * There is a primary, and we are the leader.
 */
int doctor_look(struct hook *, const struct cluster *, json_t *findings,
    struct error *);

#endif /* POSTGRESQL_DOCTOR_H */
