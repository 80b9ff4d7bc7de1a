/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The built-in engine: the leader unit decides who is the primary. A primary
 * leaves with a clean stop, which hands everything it has committed to its
 * standbys, and only then is another one promoted.
 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "later.h"
#include "names.h"
#include "server.h"
#include "session.h"
#include "slot.h"
#include "users.h"
#include "wait.h"

#define PASSWORD_LENGTH 32
#define GONE_MS         60000
#define PROMOTE_MS      60000
#define HEIR_MS         10000
#define LEAVE_TURNS     3

int
cluster_prepare(struct hook *h, struct error *err)
{
	static const char *const users[] = { "operator", "replication",
		"rewind", "monitoring", "backup", USERS_RESCUE };
	autocluster cl = { 0 };
	json_auto_t *made = json_object();

	if (cluster_read(h, &cl, err) == -1)
		return -1;
	for (size_t i = 0; i < nitems(users); i++) {
		autofree char *key = xasprintf("%s-password", users[i]);
		char password[PASSWORD_LENGTH + 1];

		if (*cluster_password(&cl, users[i]) != '\0')
			continue;
		random_password(password, PASSWORD_LENGTH);
		json_put_text(made, key, password);
	}
	if (json_object_size(made) == 0)
		return 0;
	return hook_app_bag_set(h, cl.relation, json_incref(made), err);
}

static int
cluster_record(struct hook *h, const struct cluster *cl, const char *unit,
    const char *address, struct error *err)
{
	return hook_app_bag_set(h, cl->relation,
	    json_pack("{s:s, s:s, s:n, s:n}", "primary", unit,
		"primary-address", address, "switchover-to", "chosen"),
	    err);
}

int
cluster_bootstrap(struct hook *h, struct cluster *cl, struct error *err)
{
	autoserver s = { 0 };
	const char *password = cluster_password(cl, "operator");
	struct conn *c;

	if (server_open(h, &s, err) == -1)
		return -1;
	if (!server_has_data(&s)) {
		if (hook_status(h, "maintenance", "initialising the database",
			err) == -1 ||
		    server_initdb(h, &s, password, err) == -1)
			return -1;
	}
	if (server_configure(h, &s, NULL, NULL, err) == -1 ||
	    hook_status(h, "waiting", "awaiting for member to start", err) ==
		-1 ||
	    server_start(h, &s, SERVER_START_MS, err) == -1)
		return -1;
	c = h->is_plan ? session_to_be(h, s.address) :
			 session_get(h, s.address, password, err);
	if (c == NULL || users_create(c, cl, err) == -1)
		return -1;
	return cluster_record(h, cl, h->unit, s.address, err);
}

/* ---- leave ---- */

/* Does a member answer to whom our server could hand something over? */
static bool
has_heir(struct hook *h, const struct cluster *cl)
{
	for (size_t i = 0; i < cl->nmembers; i++) {
		struct error ignored = { 0 };

		if (strcmp(cl->members[i].unit, h->unit) != 0 &&
		    cluster_connect(h, cl, &cl->members[i], &ignored) != NULL)
			return true;
	}
	return false;
}

/* After a crash they come back to us, but not at once. */
static void
await_heir(struct hook *h, const struct cluster *cl)
{
	const struct member *self = cluster_find(cl, h->unit);
	uint64_t deadline_ms = clock_mono_ms() + HEIR_MS;

	/* Who has said that it leaves is none any more. */
	for (int turn = 0; self != NULL && clock_mono_ms() < deadline_ms;
	     turn++) {
		struct error ignored = { 0 };
		struct conn *c = cluster_connect(h, cl, self, &ignored);
		bool streams = true;

		if (c == NULL ||
		    conn_bool(c,
			"SELECT count(*) > 0 OR pg_is_in_recovery() FROM "
			"pg_stat_replication WHERE state = 'streaming'",
			NULL, &streams, &ignored) == -1 ||
		    streams || !has_heir(h, cl))
			return;
		wait_turn(turn);
	}
}

/*
 * Only a server that stops in order has handed over what it has committed: one
 * that crashed has to start once more for that.
 */
static int
leave_in_order(struct hook *h, const struct cluster *cl, struct error *err)
{
	autoserver s = { 0 };

	if (server_open(h, &s, err) == -1)
		return -1;
	for (int turn = 0; turn < LEAVE_TURNS; turn++) {
		autofree char *lsn = NULL;

		await_heir(h, cl);
		if (server_stop(h, err) == -1)
			return -1;
		lsn = server_stopped_at(&s);
		if (lsn != NULL || !server_has_data(&s) ||
		    server_is_standby(&s) || !has_heir(h, cl))
			return 0;
		hook_log(h, "WARNING", "our server has not stopped in order");
		if (server_start(h, &s, SERVER_START_MS, err) == -1)
			return -1;
	}
	return error_set(err, ERROR_CONFLICT,
	    "our server does not stop in order");
}

/* The stop comes first: the members act on what they are told. */
int
cluster_leave(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	json_auto_t *relations = NULL;
	const char *peers;

	if ((cluster_read(h, &cl, err) == 0 ? leave_in_order(h, &cl, err) :
					      server_stop(h, err)) == -1)
		return -1;
	relations = hook_relations(h, "database-peers", err);
	if (relations == NULL)
		return -1;
	peers = json_string_value(json_array_get(relations, 0));
	if (peers == NULL)
		return 0;
	return hook_bag_set(h, peers, json_pack("{s:s}", "state", "leaving"),
	    err);
}

/* ---- election ---- */

/* Two primaries would be worse than none: wait until the old one is down. */
int
cluster_await_gone(const struct cluster *cl, struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + GONE_MS;

	for (int turn = 0; clock_mono_ms() < deadline_ms; turn++) {
		struct error why = { 0 };
		struct conn *c = session_visit(cl->primary_address,
		    cluster_password(cl, "operator"), "postgres", &why);

		conn_free(c);
		/* While it shuts down it answers, and refuses. */
		if (c == NULL && why.code == ERROR_UNAVAILABLE &&
		    strstr(why.msg, "shutting down") == NULL)
			return 0;
		wait_turn(turn);
	}
	return error_set(err, ERROR_TIMEOUT,
	    "the former primary %s still runs at %s", cl->primary,
	    cl->primary_address);
}

struct candidate {
	const struct member *member; /* NULL for none. */
	uint64_t lsn;
	bool is_promoted; /* By an attempt that was cut off. */
};

/* 1 if the member can take over, 0 if not. */
static int
candidate_ask(struct hook *h, const struct cluster *cl, const struct member *m,
    struct candidate *found)
{
	static const char sql[] =
	    "SELECT pg_is_in_recovery(), coalesce(pg_wal_lsn_diff(greatest("
	    "pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), '0/0'), 0)";
	struct error why = { 0 };
	struct conn *c = cluster_connect(h, cl, m, &why);
	autoresult *row = c == NULL ? NULL : conn_query(c, sql, NULL, &why);

	if (row == NULL) {
		hook_log(h, "WARNING", "%s cannot take over: %s", m->unit,
		    why.msg);
		return 0;
	}
	*found = (struct candidate){
		.member = m,
		.lsn = strtoull(PQgetvalue(row, 0, 1), NULL, 10),
		.is_promoted = *PQgetvalue(row, 0, 0) == 'f',
	};
	return 1;
}

static bool
candidate_is_better(const struct hook *h, const struct candidate *a,
    const struct candidate *b)
{
	if (b->member == NULL || a->is_promoted != b->is_promoted)
		return b->member == NULL || a->is_promoted;
	if (a->lsn != b->lsn)
		return a->lsn > b->lsn;
	return strcmp(a->member->unit, h->unit) == 0;
}

static struct candidate
candidate_best(struct hook *h, const struct cluster *cl)
{
	struct candidate best = { 0 };

	for (size_t i = 0; i < cl->nmembers; i++) {
		struct candidate c;

		if (candidate_ask(h, cl, &cl->members[i], &c) &&
		    candidate_is_better(h, &c, &best))
			best = c;
	}
	return best;
}

/* pg_promote() with waiting looks every 100 ms only. */
static int
promote(struct hook *h, const struct cluster *cl, const struct member *m,
    struct error *err)
{
	struct conn *c = cluster_connect(h, cl, m, err);
	int rc;

	if (c == NULL ||
	    conn_exec(c, "SELECT pg_promote(false) WHERE pg_is_in_recovery()",
		err) == -1)
		return -1;
	if (c->plan != NULL)
		return 0;
	rc = wait_until(c, "SELECT NOT pg_is_in_recovery()", NULL, PROMOTE_MS,
	    err);
	if (rc == 0)
		return error_set(err, ERROR_TIMEOUT,
		    "%s has not become the primary after %d s", m->unit,
		    PROMOTE_MS / 1000);
	return rc == 1 ? 0 : -1;
}

static int
make_slots(struct hook *h, const struct cluster *cl, const struct member *on,
    struct error *err)
{
	struct conn *c = cluster_connect(h, cl, on, err);

	if (c == NULL)
		return -1;
	for (size_t i = 0; i < cl->nmembers; i++) {
		autofree char *slot = name_slot(cl->members[i].unit);

		if (&cl->members[i] != on && slot_ensure(c, slot, err) == -1)
			return -1;
	}
	return 0;
}

int
cluster_choose(struct hook *h, const struct cluster *cl, const struct member *m,
    struct error *err)
{
	hook_log(h, "INFO", "%s is to be the primary in place of %s", m->unit,
	    cl->primary);
	if (hook_app_bag_set(h, cl->relation,
		json_pack("{s:s}", "chosen", m->unit), err) == -1)
		return -1;
	return later_ask(h, LATER_LOOK, 0, err);
}

int
cluster_rise(struct hook *h, const struct cluster *cl, struct error *err)
{
	autoserver s = { 0 };

	if (cluster_role(h, cl) != CLUSTER_ROLE_NONE)
		return 0;
	if (server_open(h, &s, err) == -1)
		return -1;
	/* Data that have never run here may be anybody's. */
	if (!server_has_data(&s) || !server_is_configured(&s))
		return 0;
	if (server_write_hba(&s, HBA_CLOSED, err) == -1)
		return -1;
	return server_start(h, &s, SERVER_START_MS, err);
}

int
cluster_promote(struct hook *h, const struct cluster *cl,
    const struct member *m, struct error *err)
{
	if (strcmp(m->unit, h->unit) == 0 && cluster_rise(h, cl, err) == -1)
		return -1;
	if (promote(h, cl, m, err) == -1 || make_slots(h, cl, m, err) == -1)
		return error_wrap(err, "promote %s", m->unit);
	hook_log(h, "INFO", "%s is the primary in place of %s", m->unit,
	    cl->primary);
	return cluster_record(h, cl, m->unit, m->address, err);
}

/*
 * The last unit has been removed, and its data with it; we are among the first
 * after that. Who has ever had data may be down, and come back with them.
 */
static bool
may_begin_anew(struct hook *h, const struct cluster *cl)
{
	struct error ignored = { 0 };
	autoserver s = { 0 };

	return !cluster_has_data(cl) && server_open(h, &s, &ignored) == 0 &&
	    !server_has_data(&s);
}

static int
begin_anew(struct hook *h, const struct cluster *cl, struct error *err)
{
	hook_log(h, "WARNING",
	    "%s, the last member, has gone: a new cluster begins", cl->primary);
	return hook_app_bag_set(h, cl->relation,
	    json_pack("{s:n, s:n, s:n, s:n}", "primary", "primary-address",
		"switchover-to", "chosen"),
	    err);
}

int
cluster_elect(struct hook *h, struct cluster *cl, bool *changed,
    struct error *err)
{
	const struct member *chosen = cl->chosen == NULL ?
	    NULL :
	    cluster_find(cl, cl->chosen);
	struct error why = { 0 };
	struct candidate best;

	*changed = chosen != NULL;
	if (chosen != NULL)
		return cluster_promote(h, cl, chosen, err);
	if (cl->primary == NULL || cluster_find(cl, cl->primary) != NULL)
		return 0;
	if (cluster_await_gone(cl, err) == -1)
		return -1;
	/* One that does not start must not keep the others from it. */
	if (cluster_rise(h, cl, &why) == -1)
		hook_log(h, "WARNING", "%s", why.msg);
	best = candidate_best(h, cl);
	*changed = true;
	if (best.member == NULL && may_begin_anew(h, cl))
		return begin_anew(h, cl, err);
	if (best.member == NULL)
		return error_set(err, ERROR_UNAVAILABLE,
		    "no member can take over from %s", cl->primary);
	*changed = true;
	return cluster_choose(h, cl, best.member, err);
}

int
cluster_forget(struct hook *h, const struct cluster *cl, const char *unit,
    struct error *err)
{
	autofree char *slot = name_slot(unit);
	struct conn *c;

	/* The next one makes slots for its members only. */
	if (cl->primary == NULL || cluster_find(cl, cl->primary) == NULL)
		return 0;
	c = cluster_connect_primary(h, cl, err);
	return c == NULL ? -1 : slot_drop(c, slot, err);
}

/* Who has most is found when the primary has stopped; then all have all. */
static int
foretell_election(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct candidate best = candidate_best(h, cl);
	autofree char *note = best.member == NULL ?
	    xasprintf("no member can take over from %s", cl->primary) :
	    xasprintf("%s becomes the primary in place of %s, unless another "
		      "one has more of its log by then",
		best.member->unit, cl->primary);

	if (hook_plan_note(h, note, err) == -1)
		return -1;
	if (best.member == NULL)
		return 0;
	return promote(h, cl, best.member, err) == -1 ?
	    -1 :
	    make_slots(h, cl, best.member, err);
}

int
cluster_foretell(struct hook *h, const struct cluster *cl, const char *unit,
    struct error *err)
{
	if (cl->primary == NULL)
		return 0;
	if (strcmp(cl->primary, unit) == 0)
		return foretell_election(h, cl, err);
	return cluster_forget(h, cl, unit, err);
}
