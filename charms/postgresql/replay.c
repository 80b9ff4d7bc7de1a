/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "lag.h"
#include "replay.h"
#include "roles.h"
#include "status.h"
#include "wait.h"

#define QUICK_MS 200 /* What is not worth a status. */

/* 1 if the member has, before the time is over. */
static int
member_replays(struct hook *h, const struct cluster *cl, const struct member *m,
    const char *lsn, int timeout_ms)
{
	static const char sql[] = "SELECT NOT pg_is_in_recovery() OR "
				  "pg_last_wal_replay_lsn() >= $1::pg_lsn";
	const char *const params[] = { lsn, NULL };
	struct error why = { 0 };
	struct conn *c = cluster_connect(h, cl, m, &why);
	int rc = c == NULL ? -1 : wait_until(c, sql, params, timeout_ms, &why);

	if (rc == -1)
		hook_log(h, "WARNING", "%s: %s", m->unit, why.msg);
	return rc;
}

/* Has it, before the deadline? A standby that cannot be asked has not. */
static bool
has_replayed(struct hook *h, const struct cluster *cl, const struct member *m,
    const char *lsn, uint64_t deadline_ms)
{
	int rc = member_replays(h, cl, m, lsn, QUICK_MS);
	uint64_t now = clock_mono_ms();

	if (rc == 0 && now < deadline_ms) {
		status_waits_for(h, m->unit);
		rc = member_replays(h, cl, m, lsn, (int)(deadline_ms - now));
	}
	return rc == 1;
}

/* One that is known to be behind gets a look, and is not waited for again. */
static bool
has_replayed_or_lags(struct hook *h, const struct cluster *cl,
    const struct member *m, const char *lsn, uint64_t deadline_ms)
{
	int rc = member_replays(h, cl, m, lsn, 0);

	if (rc != 0)
		return rc == 1;
	return !lag_is_known(h, m->unit) &&
	    has_replayed(h, cl, m, lsn, deadline_ms);
}

static int
member_wait(struct hook *h, const struct cluster *cl, const struct member *m,
    const char *lsn, uint64_t deadline_ms, struct error *err)
{
	struct error why = { 0 };

	/* Who does not answer may be stopped, and go on: that is not down. */
	if (cluster_connect(h, cl, m, &why) == NULL) {
		if (why.code == ERROR_UNAVAILABLE)
			return 0;
		*err = why;
		return -1;
	}
	if (has_replayed(h, cl, m, lsn, deadline_ms))
		return 0;
	return error_set(err, ERROR_TIMEOUT,
	    "%s has not replayed what %s had before", m->unit, cl->primary);
}

int
replay_wait_all(struct hook *h, const struct cluster *cl, int timeout_ms,
    struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
	struct conn *primary = cluster_connect_primary(h, cl, err);
	autofree char *lsn = NULL;

	if (primary == NULL)
		return -1;
	lsn = conn_value(primary, "SELECT pg_current_wal_flush_lsn()", NULL,
	    err);
	if (lsn == NULL)
		return -1;
	for (size_t i = 0; i < cl->nmembers; i++)
		if (cl->members[i].address != NULL &&
		    member_wait(h, cl, &cl->members[i], lsn, deadline_ms,
			err) == -1)
			return -1;
	return 0;
}

int
replay_wait(struct hook *h, const struct cluster *cl, struct strv *laggards,
    struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + REPLAY_MS;
	struct conn *primary = cluster_connect_primary(h, cl, err);
	autofree char *lsn = NULL;

	if (primary == NULL)
		return -1;
	lsn = conn_value(primary, "SELECT pg_current_wal_flush_lsn()", NULL,
	    err);
	if (lsn == NULL)
		return -1;
	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (m->is_ready && m->address != NULL &&
		    strcmp(m->unit, cl->primary) != 0 &&
		    !has_replayed_or_lags(h, cl, m, lsn, deadline_ms))
			strv_add(laggards, m->unit);
	}
	return lag_note(h, laggards, lsn, err);
}

json_t *
replay_users(struct hook *h, const struct cluster *cl, const struct member *m)
{
	const char *const params[] = { ROLES_MARK_USER, NULL };
	struct error ignored = { 0 };
	struct conn *c = m == NULL ? cluster_connect_primary(h, cl, &ignored) :
				     cluster_connect(h, cl, m, &ignored);
	autoresult *rows = NULL;
	json_t *users;

	if (c != NULL)
		rows = conn_query(c,
		    "SELECT a.rolname, coalesce(md5(a.rolpassword), 'none') "
		    "FROM pg_authid a JOIN pg_shdescription d ON d.objoid = "
		    "a.oid AND d.classoid = 'pg_authid'::regclass WHERE "
		    "d.description = $1",
		    params, &ignored);
	if (rows == NULL)
		return NULL;
	users = json_object();
	for (int i = 0; i < PQntuples(rows); i++)
		json_put_text(users, PQgetvalue(rows, i, 0),
		    PQgetvalue(rows, i, 1));
	return users;
}
