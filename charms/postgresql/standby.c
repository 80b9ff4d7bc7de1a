/* SPDX-License-Identifier: Apache-2.0 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conf.h"
#include "conn.h"
#include "gate.h"
#include "logtail.h"
#include "names.h"
#include "server.h"
#include "slot.h"
#include "standby.h"
#include "wait.h"

/*
 * How long to wait until it streams, and until it may be opened. While clients
 * are told of it that is short: they have to know soon that it is away.
 */
#define FOLLOW_MS       30000
#define FOLLOW_READY_MS 5000
#define REACH_MS        20000

/* ---- the copy ---- */

struct progress {
	struct hook *hook;
	const struct cluster *cluster;
	const char *slot;
};

/* What cannot be found out is not worth failing for. */
static void
progress_show(void *arg)
{
	struct progress *p = arg;
	const char *const params[] = { p->slot, NULL };
	struct error ignored = { 0 };
	struct conn *c = cluster_connect_primary(p->hook, p->cluster, &ignored);
	autofree char *percent = NULL, *text = NULL;

	if (c == NULL)
		return;
	percent = conn_value(c,
	    "SELECT least(99, 100 * b.backup_streamed / b.backup_total) FROM "
	    "pg_stat_progress_basebackup b JOIN pg_stat_activity a USING (pid) "
	    "WHERE a.application_name = $1 AND b.backup_total > 0",
	    params, &ignored);
	if (percent == NULL || *percent == '\0')
		return;
	text = xasprintf("cloning from %s: %s %%", p->cluster->primary,
	    percent);
	(void)hook_status(p->hook, "maintenance", text, &ignored);
}

static char *
clone_conninfo(const struct server *s, const struct cluster *cl,
    const char *slot)
{
	autostrbuf sb = { 0 };

	conf_add_conninfo(&sb, "host", cl->primary_address);
	conf_add_conninfo(&sb, "port", "5432");
	conf_add_conninfo(&sb, "user", "replication");
	conf_add_conninfo(&sb, "passfile", s->passfile);
	conf_add_conninfo(&sb, "application_name", slot);
	return strbuf_detach(&sb);
}

static int
clone_copy(struct hook *h, const struct server *s, const struct cluster *cl,
    const char *slot, struct error *err)
{
	autofree char *program = xasprintf("%s/pg_basebackup", s->bindir);
	autofree char *conninfo = clone_conninfo(s, cl, slot);
	const char *const argv[] = { program, "-D", s->data_new, "-d", conninfo,
		"-X", "stream", "-c", "fast", "-S", slot, "--no-password",
		"--no-manifest", "--no-sync", NULL };
	struct progress progress = { h, cl, slot };
	struct charm_command command = {
		.argv = argv,
		.user = SERVER_USER,
		.is_told = true,
		.tick = progress_show,
		.arg = &progress,
	};

	return charm_run(h, &command, err);
}

static int
clone_data(struct hook *h, const struct server *s, const struct cluster *cl,
    const char *slot, struct error *err)
{
	if (h->is_plan)
		return clone_copy(h, s, cl, slot, err);
	if (server_data_begin(s, err) == -1 ||
	    clone_copy(h, s, cl, slot, err) == -1 ||
	    server_mark_standby(s, s->data_new, err) == -1)
		return -1;
	return server_data_commit(s, err);
}

bool
standby_is_promoted(struct hook *h, const struct cluster *cl)
{
	return cluster_role(h, cl) == CLUSTER_ROLE_PRIMARY;
}

/* To one that is the primary indeed; it may be one no more: ERROR_NOT_FOUND. */
static struct conn *
try_primary(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	bool is_primary;

	if (c == NULL ||
	    conn_bool(c, "SELECT NOT pg_is_in_recovery()", NULL, &is_primary,
		err) == -1)
		return NULL;
	if (is_primary)
		return c;
	error_set(err, ERROR_NOT_FOUND, "%s is not the primary any more",
	    cl->primary);
	return NULL;
}

bool
standby_is_outdated(struct hook *h, const struct cluster *cl)
{
	struct error why = { 0 };

	return try_primary(h, cl, &why) == NULL && why.code == ERROR_NOT_FOUND;
}

/*
 * A connection to the primary, or NULL. After a fault all members may be
 * starting at once: one that does not answer yet is given some time.
 */
static struct conn *
reach_primary(struct hook *h, const struct cluster *cl, struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + REACH_MS;
	struct error last = { 0 };
	struct conn *c;

	for (int turn = 0;; turn++) {
		c = try_primary(h, cl, &last);
		if (c != NULL)
			return c;
		if (last.code != ERROR_UNAVAILABLE ||
		    clock_mono_ms() >= deadline_ms ||
		    standby_is_promoted(h, cl))
			break;
		if (turn == 0 &&
		    hook_status(h, "waiting",
			"waiting for primary to be reachable from this unit",
			err) == -1)
			return NULL;
		wait_turn(turn);
	}
	*err = last;
	return NULL;
}

int
standby_clone(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	autofree char *slot = name_slot(h->unit);
	autofree char *text = xasprintf("cloning from %s", cl->primary);
	struct conn *primary = h->is_plan ?
	    cluster_connect_primary(h, cl, err) :
	    reach_primary(h, cl, err);

	if (primary == NULL || hook_status(h, "maintenance", text, err) == -1)
		return -1;
	/* A slot of an attempt before may have lost what we need. */
	if (slot_drop(primary, slot, err) == -1 ||
	    slot_ensure(primary, slot, err) == -1)
		return -1;
	if (server_configure(h, s, cl->primary_address,
		cluster_password(cl, "replication"), err) == -1 ||
	    clone_data(h, s, cl, slot, err) == -1)
		return error_wrap(err, "clone from %s", cl->primary);
	return 0;
}

int
standby_fits(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	struct conn *primary;
	autofree char *theirs = NULL;
	struct error why = { 0 };
	char ours[24];
	uint64_t id;

	/* Nothing is given up before there is one to follow. */
	primary = reach_primary(h, cl, err);
	if (primary == NULL)
		return -1;
	if (!server_is_standby(s))
		return 0;
	theirs = conn_value(primary,
	    "SELECT system_identifier FROM pg_control_system()", NULL, err);
	if (theirs == NULL)
		return -1;
	if (server_system_id(s, &id, &why) == -1) {
		/* What has lost its control file is no data any more. */
		if (why.code == ERROR_NOT_FOUND || why.code == ERROR_INVALID)
			return 0;
		*err = why;
		return -1;
	}
	/* The server shows it as a signed number. */
	(void)snprintf(ours, sizeof ours, "%" PRId64, (int64_t)id);
	return strcmp(ours, theirs) == 0;
}

/* ---- the stream ---- */

/* Both ends have to see it: a receiver that hangs believes that it streams. */
static int
read_streaming(struct hook *h, const struct cluster *cl, bool *streaming,
    struct error *err)
{
	autofree char *slot = name_slot(h->unit);
	const char *const here[] = { cl->primary_address, NULL };
	const char *const there[] = { slot, NULL };
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);

	if (c == NULL ||
	    conn_bool(c,
		"SELECT count(*) > 0 FROM pg_stat_wal_receiver WHERE status = "
		"'streaming' AND sender_host = $1",
		here, streaming, err) == -1)
		return -1;
	if (!*streaming)
		return 0;
	c = cluster_connect_primary(h, cl, err);
	return c == NULL ? -1 :
			   conn_bool(c,
			       "SELECT count(*) > 0 FROM pg_stat_replication "
			       "WHERE state = 'streaming' AND "
			       "application_name = $1",
			       there, streaming, err);
}

/* 1 if it streams in time, 0 if not; one that is promoted meanwhile never does. */
static int
await_streaming(struct hook *h, const struct cluster *cl, int timeout_ms,
    struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
	bool streaming = false;

	for (int turn = 0;; turn++) {
		if (read_streaming(h, cl, &streaming, err) == -1)
			return -1;
		if (streaming)
			return 1;
		if (clock_mono_ms() >= deadline_ms ||
		    standby_is_promoted(h, cl))
			return 0;
		wait_turn(turn);
	}
}

bool
standby_streams_within(struct hook *h, const struct cluster *cl, int timeout_ms)
{
	struct error ignored = { 0 };

	return cluster_find(cl, h->unit) != NULL &&
	    cl->primary_address != NULL &&
	    await_streaming(h, cl, timeout_ms, &ignored) == 1;
}

bool
standby_is_streaming(struct hook *h, const struct cluster *cl)
{
	return standby_streams_within(h, cl, 0);
}

int
standby_patience(const struct hook *h, const struct cluster *cl)
{
	return cluster_find(cl, h->unit)->is_ready ? FOLLOW_READY_MS :
						     FOLLOW_MS;
}

/* ERROR_CONFLICT means: only a new copy can help. */
static int
not_streaming(const struct server *s, const struct cluster *cl,
    struct error *err)
{
	autofree char *log = logtail_read(s->log);
	autofree char *reason = logtail_explain(log);

	return error_set(err,
	    logtail_is_hopeless(log) ? ERROR_CONFLICT : ERROR_TIMEOUT,
	    "does not stream from %s: %s", cl->primary, reason);
}

int
standby_drop_slots(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);
	autoresult *slots = c == NULL ? NULL :
					conn_query(c,
					    "SELECT slot_name FROM "
					    "pg_replication_slots "
					    "WHERE pg_is_in_recovery()",
					    NULL, err);

	if (slots == NULL)
		return -1;
	for (int i = 0; i < PQntuples(slots); i++)
		for (size_t j = 0; j < cl->nmembers; j++) {
			autofree char *slot = name_slot(cl->members[j].unit);

			if (strcmp(slot, PQgetvalue(slots, i, 0)) == 0 &&
			    slot_drop(c, slot, err) == -1)
				return -1;
		}
	return 0;
}

/* Data that are broken are a reason for a new copy, too. */
static int
start(struct hook *h, const struct server *s, int timeout_ms, struct error *err)
{
	autofree char *log = NULL;

	if (server_start(h, s, timeout_ms, err) == 0)
		return 0;
	log = logtail_read(s->log);
	if (err->code == ERROR_UNAVAILABLE && logtail_is_hopeless(log))
		err->code = ERROR_CONFLICT;
	return -1;
}

int
standby_follow(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	autofree char *slot = name_slot(h->unit);
	int patience_ms = standby_patience(h, cl), rc;
	struct conn *primary = reach_primary(h, cl, err);
	bool runs;

	if (primary == NULL || slot_ensure(primary, slot, err) == -1)
		return -1;
	if (server_configure(h, s, cl->primary_address,
		cluster_password(cl, "replication"), err) == -1)
		return -1;
	/* One that is started after this reads what has just been written. */
	runs = server_runs(h);
	if (start(h, s, patience_ms, err) == -1 ||
	    (runs && gate_reload(h, s, cl, err) == -1))
		return -1;
	rc = await_streaming(h, cl, patience_ms, err);
	if (rc == 0)
		return not_streaming(s, cl, err);
	return rc == 1 ? gate_open(h, s, cl, patience_ms, err) : -1;
}
