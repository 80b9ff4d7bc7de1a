/* SPDX-License-Identifier: Apache-2.0 */

#include <stddef.h>

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "conn.h"
#include "slot.h"
#include "wait.h"

#define SLOT_RELEASE_MS 10000
#define SQLSTATE_IN_USE "55006"

static const char create_sql[] =
    "SELECT pg_create_physical_replication_slot($1, true) WHERE NOT EXISTS "
    "(SELECT FROM pg_replication_slots WHERE slot_name = $1)";

static const char drop_sql[] =
    "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
    "WHERE slot_name = $1";

int
slot_ensure(struct conn *c, const char *slot, struct error *err)
{
	const char *const params[] = { slot, NULL };
	autoresult *result = NULL;
	int rc = conn_may_act(c, create_sql, params, err);

	if (rc != 1)
		return rc;
	result = conn_query(c, create_sql, params, err);
	return result == NULL ? -1 : 0;
}

static int
slot_release(struct conn *c, const char *slot, struct error *err)
{
	const char *const params[] = { slot, NULL };
	int rc = wait_until(c,
	    "SELECT count(pg_terminate_backend(active_pid)) = 0 FROM "
	    "pg_replication_slots WHERE slot_name = $1 AND active",
	    params, SLOT_RELEASE_MS, err);

	if (rc != 0)
		return rc == 1 ? 0 : -1;
	return error_set(err, ERROR_TIMEOUT,
	    "replication slot %s is still in use", slot);
}

/* A standby that was disconnected is back soon: then it is tried again. */
int
slot_drop(struct conn *c, const char *slot, struct error *err)
{
	const char *const params[] = { slot, NULL };
	uint64_t deadline_ms = clock_mono_ms() + SLOT_RELEASE_MS;
	struct error why = { 0 };
	int rc = conn_may_act(c, drop_sql, params, err);

	if (rc != 1)
		return rc;
	for (;;) {
		autoresult *dropped = NULL;

		if (slot_release(c, slot, err) == -1)
			return -1;
		dropped = conn_query(c, drop_sql, params, &why);
		if (dropped != NULL)
			return 0;
		if (strcmp(c->sqlstate, SQLSTATE_IN_USE) != 0 ||
		    clock_mono_ms() >= deadline_ms)
			break;
	}
	*err = why;
	return -1;
}
