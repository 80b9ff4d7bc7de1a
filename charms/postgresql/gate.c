/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "gate.h"
#include "server.h"
#include "session.h"
#include "wait.h"

#define RELOAD_MS 10000
#define QUICK_MS  200

/*
 * Who has no password is asked for one by an open server, even if there is no
 * such user, and sent away by a closed one.
 */
static int
gate_is_open(const struct server *s, bool *open, struct error *err)
{
	struct conn_spec spec = {
		.address = s->address,
		.user = "tenon_nobody",
		.password = NULL,
		.dbname = "postgres",
		.timeout_ms = SESSION_CONNECT_MS,
	};
	struct error why = { 0 };
	autoconn *c = conn_open(&spec, &why);

	*open = c == NULL && why.code == ERROR_DENIED;
	if (*open || strstr(why.msg, "pg_hba.conf") != NULL)
		return 0;
	*err = why;
	return -1;
}

static int
not_read(const struct server *s, struct error *err)
{
	return error_set(err, ERROR_TIMEOUT,
	    "%s does not read its configuration", s->address);
}

/*
 * What a new connection sees is what the server has read: it takes no new ones
 * while it reads.
 */
static int
await_reload(const struct server *s, const struct cluster *cl,
    const char *before, struct error *err)
{
	const char *const params[] = { before, NULL };
	uint64_t deadline_ms = clock_mono_ms() + RELOAD_MS;

	for (int turn = 0; clock_mono_ms() < deadline_ms; turn++) {
		autoconn *c = session_visit(s->address,
		    cluster_password(cl, "operator"), "postgres", err);
		bool read;

		if (c == NULL ||
		    conn_bool(c, "SELECT pg_conf_load_time() > $1::timestamptz",
			params, &read, err) == -1)
			return -1;
		if (read)
			return 0;
		wait_turn(turn);
	}
	return not_read(s, err);
}

static int
reload(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);
	autofree char *before = NULL;

	before = c == NULL ?
	    NULL :
	    conn_value(c, "SELECT pg_conf_load_time()", NULL, err);
	if (before == NULL ||
	    conn_exec(c, "SELECT pg_reload_conf()", err) == -1)
		return -1;
	return await_reload(s, cl, before, err);
}

static int
reload_open(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	if (server_write_hba(s, HBA_OPEN, err) == -1)
		return -1;
	return reload(h, s, cl, err);
}

/* Nothing else has changed, so that it is open says that it has read it. */
static int
open_closed(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + RELOAD_MS;
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);

	if (c == NULL || server_write_hba(s, HBA_OPEN, err) == -1 ||
	    conn_exec(c, "SELECT pg_reload_conf()", err) == -1)
		return -1;
	for (int turn = 0; clock_mono_ms() < deadline_ms; turn++) {
		bool open;

		if (gate_is_open(s, &open, err) == -1)
			return -1;
		if (open)
			return 0;
		wait_turn(turn);
	}
	return not_read(s, err);
}

int
gate_reload(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	bool open;

	if (gate_is_open(s, &open, err) == -1)
		return -1;
	return open ? reload_open(h, s, cl, err) : reload(h, s, cl, err);
}

/* The primary is asked when our server is up already: see gate.h. */
static int
await_replay(struct hook *h, const struct cluster *cl, int timeout_ms,
    struct error *err)
{
	static const char sql[] = "SELECT pg_last_wal_replay_lsn() >= "
				  "$1::pg_lsn";
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);
	struct conn *primary = c == NULL ? NULL :
					   cluster_connect_primary(h, cl, err);
	autofree char *lsn = primary == NULL ?
	    NULL :
	    conn_value(primary, "SELECT pg_current_wal_flush_lsn()", NULL, err);
	autofree char *text = NULL;
	const char *const params[] = { lsn, NULL };
	int rc;

	if (lsn == NULL)
		return -1;
	rc = wait_until(c, sql, params, QUICK_MS, err);
	if (rc == 0) {
		text = xasprintf("waiting to replay what %s has", cl->primary);
		if (hook_status(h, "waiting", text, err) == -1)
			return -1;
		rc = wait_until(c, sql, params, timeout_ms, err);
	}
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	return error_set(err, ERROR_TIMEOUT,
	    "%s has not replayed what %s had %d s ago, and is closed for "
	    "clients",
	    h->unit, cl->primary, timeout_ms / 1000);
}

int
gate_open(struct hook *h, const struct server *s, const struct cluster *cl,
    int timeout_ms, struct error *err)
{
	bool open;

	if (gate_is_open(s, &open, err) == -1)
		return -1;
	if (open)
		return server_has_hba(s, HBA_OPEN) ?
		    0 :
		    server_write_hba(s, HBA_OPEN, err);
	if (await_replay(h, cl, timeout_ms, err) == -1)
		return -1;
	return open_closed(h, s, cl, err);
}

/* What the server has read is asked: the files may be newer than that. */
int
gate_stay_open(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);
	bool is_primary;

	if (c == NULL ||
	    conn_bool(c,
		"SELECT current_setting('primary_conninfo') = '' AND "
		"current_setting('restart_after_crash')::bool",
		NULL, &is_primary, err) == -1)
		return -1;
	if (is_primary && server_has_hba(s, HBA_OPEN))
		return 0;
	if (server_configure(h, s, NULL, NULL, err) == -1 ||
	    server_declare(h, s, err) == -1)
		return -1;
	return reload(h, s, cl, err);
}
