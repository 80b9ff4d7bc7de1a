/* SPDX-License-Identifier: Apache-2.0 */

#include <stddef.h>

#include "base/error.h"
#include "conn.h"
#include "slot.h"
#include "wait.h"

#define SLOT_RELEASE_MS 10000

int
slot_ensure(struct conn *c, const char *slot, struct error *err)
{
	const char *const params[] = { slot, NULL };
	autoresult *result = conn_query(c,
	    "SELECT pg_create_physical_replication_slot($1, true) WHERE NOT "
	    "EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = $1)",
	    params, err);

	return result == NULL ? -1 : 0;
}

int
slot_drop(struct conn *c, const char *slot, struct error *err)
{
	const char *const params[] = { slot, NULL };
	autoresult *dropped = NULL;
	int rc;

	rc = wait_until(c,
	    "SELECT count(pg_terminate_backend(active_pid)) = 0 FROM "
	    "pg_replication_slots WHERE slot_name = $1 AND active",
	    params, SLOT_RELEASE_MS, err);
	if (rc == -1)
		return -1;
	if (rc == 0)
		return error_set(err, ERROR_TIMEOUT,
		    "replication slot %s is still in use", slot);
	dropped = conn_query(c,
	    "SELECT pg_drop_replication_slot(slot_name) FROM "
	    "pg_replication_slots WHERE slot_name = $1",
	    params, err);
	return dropped == NULL ? -1 : 0;
}
