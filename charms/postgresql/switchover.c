/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "names.h"
#include "server.h"
#include "session.h"
#include "switchover.h"
#include "wait.h"

#define CATCH_UP_MS 30000

static int
name_target(struct hook *h, const struct cluster *cl, const char *unit,
    struct error *err)
{
	return hook_app_bag_set(h, cl->relation,
	    json_pack("{s:s}", "switchover-to", unit), err);
}

int
switchover_wish(struct hook *h, const struct cluster *cl, struct error *err)
{
	autofree char *wish = xasprintf("%llu",
	    (unsigned long long)clock_wall_ms());

	bool leader;

	if (hook_is_leader(h, &leader, err) == -1 ||
	    hook_bag_set(h, cl->relation, json_pack("{s:s}", "promote", wish),
		err) == -1)
		return -1;
	/* Nobody tells the leader of its own wish. */
	return leader ? name_target(h, cl, h->unit, err) : 0;
}

static bool
wish_is_refused(const struct cluster *cl, const struct member *m)
{
	return strcmp(json_text(cl->bag, "switchover-refused", ""), m->wish) ==
	    0;
}

/* The target that is recorded, or a member that wishes to be it. */
static const struct member *
find_target(const struct cluster *cl)
{
	if (cl->target != NULL)
		return cluster_find(cl, cl->target);
	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (m->wish != NULL && strcmp(m->unit, cl->primary) != 0 &&
		    !wish_is_refused(cl, m))
			return m;
	}
	return NULL;
}

/* The primary stays, or starts again. */
static int
refuse(struct hook *h, const struct cluster *cl, const struct member *target,
    const struct error *why, struct error *err)
{
	const char *wish = target == NULL || target->wish == NULL ?
	    "" :
	    target->wish;

	hook_log(h, "WARNING", "the primary stays %s: %s", cl->primary,
	    why->msg);
	return hook_app_bag_set(h, cl->relation,
	    json_pack("{s:n, s:s}", "switchover-to", "switchover-refused",
		wish),
	    err);
}

static int
check_streams(struct hook *h, const struct cluster *cl,
    const struct member *target, struct error *err)
{
	autofree char *slot = name_slot(target->unit);
	const char *const params[] = { slot, NULL };
	struct conn *c = cluster_connect_primary(h, cl, err);
	bool streams;

	if (c == NULL ||
	    conn_bool(c,
		"SELECT count(*) > 0 FROM pg_stat_replication WHERE state = "
		"'streaming' AND application_name = $1",
		params, &streams, err) == -1)
		return -1;
	return streams ? 0 :
			 error_set(err, ERROR_UNAVAILABLE,
			     "%s does not stream from it", target->unit);
}

/* A primary that stops in order sends everything before it ends. */
static int
check_has_all(struct hook *h, const struct cluster *cl,
    const struct member *target, const char *lsn, struct error *err)
{
	const char *const params[] = { lsn, NULL };
	struct conn *c = cluster_connect(h, cl, target, err);
	int rc;

	if (c == NULL)
		return -1;
	rc = wait_until(c,
	    "SELECT NOT pg_is_in_recovery() OR pg_last_wal_replay_lsn() > "
	    "$1::pg_lsn",
	    params, CATCH_UP_MS, err);
	if (rc != 0)
		return rc == 1 ? 0 : -1;
	return error_set(err, ERROR_TIMEOUT, "%s has not replayed %s",
	    target->unit, lsn);
}

/* The text of the LSN at which our own server has stopped, or NULL. */
static char *
stop_ourselves(struct hook *h, struct error *err)
{
	autoserver s = { 0 };
	char *lsn;

	if (server_open(h, &s, err) == -1 || server_stop(h, err) == -1)
		return NULL;
	lsn = server_stopped_at(&s);
	if (lsn == NULL)
		error_set(err, ERROR_CONFLICT,
		    "our server has not stopped in order");
	return lsn;
}

static int
announce_stop(struct hook *h, const struct cluster *cl, const char *lsn,
    struct error *err)
{
	return hook_bag_set(h, cl->relation,
	    json_pack("{s:s, s:s}", "state", "stopped", "stopped-at", lsn),
	    err);
}

bool
switchover_stops_us(const struct hook *h, const struct cluster *cl)
{
	return cl->target != NULL && cl->primary != NULL &&
	    strcmp(cl->primary, h->unit) == 0 &&
	    strcmp(cl->target, h->unit) != 0;
}

int
switchover_stop(struct hook *h, const struct cluster *cl, struct error *err)
{
	autofree char *lsn = stop_ourselves(h, err);

	return lsn == NULL ? -1 : announce_stop(h, cl, lsn, err);
}

/* The primary has stopped at `lsn`: there is no way but forward, or back. */
static int
hand_over(struct hook *h, const struct cluster *cl, const struct member *target,
    const char *lsn, struct error *err)
{
	struct error why = { 0 };

	if (cluster_await_gone(cl, err) == -1)
		return -1;
	if (check_has_all(h, cl, target, lsn, &why) == -1)
		return refuse(h, cl, target, &why, err);
	return cluster_choose(h, cl, target, err);
}

/* By an attempt that was cut off before it could record it. */
static bool
is_promoted(struct hook *h, const struct cluster *cl,
    const struct member *target)
{
	struct error ignored = { 0 };
	struct conn *c = cluster_connect(h, cl, target, &ignored);
	bool promoted = false;

	if (c == NULL ||
	    conn_bool(c, "SELECT NOT pg_is_in_recovery()", NULL, &promoted,
		&ignored) == -1)
		return false;
	return promoted;
}

static int
hand_over_ourselves(struct hook *h, const struct cluster *cl,
    const struct member *target, struct error *err)
{
	autofree char *lsn = NULL;
	struct error why = { 0 };

	if (cluster_role(h, cl) != CLUSTER_ROLE_PRIMARY) {
		if (is_promoted(h, cl, target))
			return cluster_choose(h, cl, target, err);
	} else if (check_streams(h, cl, target, &why) == -1) {
		return refuse(h, cl, target, &why, err);
	}
	lsn = stop_ourselves(h, &why);
	if (lsn == NULL)
		return refuse(h, cl, target, &why, err);
	if (announce_stop(h, cl, lsn, err) == -1)
		return -1;
	return hand_over(h, cl, target, lsn, err);
}

int
switchover_lead(struct hook *h, const struct cluster *cl, bool *changed,
    struct error *err)
{
	const struct member *target, *primary;
	struct error why = { 0 };

	if (cl->primary == NULL)
		return 0;
	primary = cluster_find(cl, cl->primary);
	target = find_target(cl);
	/* Without its primary the cluster elects one. */
	if (primary == NULL || (target == NULL && cl->target == NULL))
		return 0;
	*changed = true;
	if (target == NULL) {
		error_set(&why, ERROR_NOT_FOUND, "%s has gone", cl->target);
		return refuse(h, cl, NULL, &why, err);
	}
	if (strcmp(primary->unit, h->unit) == 0)
		return hand_over_ourselves(h, cl, target, err);
	if (cl->target != NULL && primary->stopped != NULL)
		return hand_over(h, cl, target, primary->stopped, err);
	if (cl->target != NULL)
		return 0;
	if (check_streams(h, cl, target, &why) == -1)
		return refuse(h, cl, target, &why, err);
	return name_target(h, cl, target->unit, err);
}

int
switchover_forget(struct hook *h, const struct cluster *cl, struct error *err)
{
	const struct member *self = cluster_find(cl, h->unit);

	if (self == NULL || self->wish == NULL || cl->primary == NULL ||
	    (strcmp(cl->primary, h->unit) != 0 && !wish_is_refused(cl, self)))
		return 0;
	return hook_bag_set(h, cl->relation, json_pack("{s:n}", "promote"),
	    err);
}

int
switchover_rejoin(struct hook *h, const struct server *s,
    const struct cluster *cl, struct error *err)
{
	const struct member *self = cluster_find(cl, h->unit);
	autofree char *lsn = NULL;

	if (self == NULL || self->stopped == NULL || server_is_standby(s))
		return 0;
	lsn = server_stopped_at(s);
	if (lsn == NULL || strcmp(lsn, self->stopped) != 0)
		return 0;
	return server_mark_standby(s, s->data, err);
}
