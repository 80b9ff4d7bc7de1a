/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each hook does. Most of them come down to the same: look at the cluster
 * as it is, make our member and, as the leader, the clients fit it.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "answer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "clients.h"
#include "cluster.h"
#include "endpoints.h"
#include "foretell.h"
#include "hooks.h"
#include "later.h"
#include "names.h"
#include "plugins.h"
#include "release.h"
#include "request.h"
#include "revoke.h"
#include "server.h"
#include "session.h"
#include "spare.h"
#include "standby.h"
#include "status.h"
#include "switchover.h"
#include "synchronous.h"
#include "tune.h"
#include "turn.h"
#include "users.h"
#include "version.h"

/* How long until a revocation that has to wait is tried again. */
#define REVOKE_AGAIN_S 5

/* When to look again, should the leader have no news for us. */
#define OUTDATED_S 5

/* ---- what a unit remembers ---- */

static int
state_get(struct hook *h, const char *key, bool *value, struct error *err)
{
	json_auto_t *state = hook_state(h, err);

	if (state == NULL)
		return -1;
	*value = json_bool(state, key, false);
	return 0;
}

static int
state_set(struct hook *h, const char *key, struct error *err)
{
	return hook_state_set(h, json_pack("{s:b}", key, 1), err);
}

/* ---- converging ---- */

/* Nobody else tries first what the primary has to start with after a crash. */
static int
join_again(struct hook *h, const struct cluster *cl, const struct error *why,
    struct error *err)
{
	bool rescued;

	if (tune_rescue(h, why, &rescued, err) == -1)
		return -1;
	if (rescued)
		return cluster_join(h, cl, err) == -1 ? -1 :
							status_refresh(h, err);
	*err = *why;
	return -1;
}

static int
converge_member(struct hook *h, struct cluster *cl, bool leader,
    struct error *err)
{
	struct error why = { 0 };

	if (cl->primary == NULL)
		return leader && cluster_bootstrap(h, cl, err) == -1 ?
		    -1 :
		    status_refresh(h, err);
	if (switchover_stops_us(h, cl))
		return switchover_stop(h, cl, err) == -1 ?
		    -1 :
		    status_refresh(h, err);
	/* The next primary comes at once: until then standbys just serve. */
	if (cl->chosen != NULL)
		return strcmp(cl->chosen, h->unit) == 0 ?
		    cluster_rise(h, cl, err) :
		    0;
	/* Without its primary a standby waits for the leader's decision. */
	if (cl->target != NULL || cluster_find(cl, cl->primary) == NULL)
		return cluster_rise(h, cl, err) == -1 ? -1 :
							status_refresh(h, err);
	if (cluster_join(h, cl, &why) == 0)
		return status_refresh(h, err);
	if (strcmp(cl->primary, h->unit) != 0)
		return standby_is_outdated(h, cl) ?
		    later_ask(h, LATER_LOOK, OUTDATED_S, err) :
		    status_trouble(h, cl, &why, err);
	return join_again(h, cl, &why, err);
}

static int
reread(struct hook *h, struct cluster *cl, struct error *err)
{
	cluster_release(cl);
	return cluster_read(h, cl, err);
}

/* A primary that is down is asked again when it is up. */
static int
repair_users(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct error why = { 0 };
	struct conn *c;

	if (cl->primary == NULL)
		return 0;
	c = cluster_connect_primary(h, cl, &why);
	return c == NULL ? 0 : users_repair(c, cl, err);
}

/*
 * Another unit is the primary, or is to be: clients and members are to know
 * that before we look after our own server, which may take its time.
 */
static int
tell_first(struct hook *h, struct cluster *cl, struct error *err)
{
	if (reread(h, cl, err) == -1)
		return -1;
	/* The next hook, which promotes, comes at once. */
	if (cl->chosen != NULL)
		return 0;
	if (cl->primary != NULL && endpoints_refresh(h, cl, err) == -1)
		return -1;
	return later_ask(h, LATER_LOOK, 0, err);
}

/* A switchover comes first: both sides of it have to be there. */
static int
converge_options(struct hook *h, struct cluster *cl, bool leader,
    struct error *err)
{
	bool changed = false;

	if (cl->primary == NULL || cl->target != NULL || cl->chosen != NULL)
		return 0;
	if (synchronous_watch(h, cl, err) == -1 ||
	    tune_apply(h, cl, &changed, err) == -1 ||
	    (changed && reread(h, cl, err) == -1))
		return -1;
	if (turn_is_lost(h, cl) || turn_is_ours(h, cl)) {
		changed = true;
		if ((turn_is_lost(h, cl) ? tune_give_up(h, cl, err) :
					   tune_restart(h, cl, err)) == -1 ||
		    reread(h, cl, err) == -1)
			return -1;
	}
	if ((leader && plugins_converge(h, cl, &changed, err) == -1) ||
	    (changed && status_refresh(h, err) == -1))
		return -1;
	return leader ? turn_lead(h, cl, err) : 0;
}

/* Our member first, with its status, then what clients know. */
static int
converge(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	bool leader, changed = false;

	if (h->is_plan)
		return foretell_member(h, err);
	if (hook_is_leader(h, &leader, err) == -1 ||
	    cluster_read(h, &cl, err) == -1)
		return -1;
	if (leader && cluster_elect(h, &cl, &changed, err) == -1)
		return -1;
	if (leader && !changed && switchover_lead(h, &cl, &changed, err) == -1)
		return -1;
	if (changed)
		return tell_first(h, &cl, err);
	if ((leader && repair_users(h, &cl, err) == -1) ||
	    switchover_forget(h, &cl, err) == -1 ||
	    tune_write(h, &cl, err) == -1 ||
	    converge_member(h, &cl, leader, err) == -1 ||
	    reread(h, &cl, err) == -1 ||
	    converge_options(h, &cl, leader, err) == -1)
		return -1;
	if (!leader || cl.primary == NULL)
		return 0;
	if (clients_converge(h, &cl, err) == -1 ||
	    spare_plan(h, &cl, err) == -1)
		return -1;
	return status_waits_no_more(h, err);
}

/* Before `start` there is nothing to fit, and after `stop` nothing more. */
static int
is_running(struct hook *h, bool *running, struct error *err)
{
	bool started, departing;

	if (state_get(h, "started", &started, err) == -1 ||
	    state_get(h, "departing", &departing, err) == -1)
		return -1;
	*running = started && !departing;
	return 0;
}

static int
converge_if_running(struct hook *h, struct error *err)
{
	bool running;

	if (is_running(h, &running, err) == -1)
		return -1;
	return running ? converge(h, err) : 0;
}

/* What others, or an older charm, have told the clients is looked at again. */
static int
converge_all(struct hook *h, struct error *err)
{
	if (clients_look_at_all(h, err) == -1)
		return -1;
	return converge_if_running(h, err);
}

static int
on_config_changed(struct hook *h, struct error *err)
{
	return h->is_plan ? foretell_config(h, err) : converge_all(h, err);
}

/* ---- life of the unit ---- */

static int
on_install(struct hook *h, struct error *err)
{
	const char *channel = getenv("TENON_CHARM_CHANNEL");
	autofree char *bindir = NULL;
	uid_t uid;
	gid_t gid;

	if (hook_status(h, "maintenance", "installing PostgreSQL", err) == -1)
		return -1;
	bindir = version_bindir(channel == NULL ? "" : channel, err);
	if (bindir == NULL || release_check_installed(bindir, err) == -1 ||
	    server_user(&uid, &gid, err) == -1)
		return -1;
	return hook_status(h, "waiting", "waiting to start PostgreSQL", err);
}

/* What is missing is made here, where it holds up nobody. */
static int
tend_spares(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	bool leader;

	if (hook_is_leader(h, &leader, err) == -1)
		return -1;
	if (!leader)
		return 0;
	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (cl.primary == NULL || cl.chosen != NULL || cl.target != NULL)
		return 0;
	return spare_tend(h, &cl, err);
}

static int
on_update_status(struct hook *h, struct error *err)
{
	unsigned due = 0;
	bool running;

	if (is_running(h, &running, err) == -1 || later_due(h, &due, err) == -1)
		return -1;
	if (!running)
		return 0;
	if ((due & LATER_LOOK) != 0 && converge(h, err) == -1)
		return -1;
	return (due & LATER_SPARES) != 0 ? tend_spares(h, err) : 0;
}

static int
on_peers_created(struct hook *h, struct error *err)
{
	autofree char *address = hook_address(h, err);

	if (address == NULL)
		return -1;
	return hook_bag_set(h, h->relation,
	    json_pack("{s:s}", "address", address), err);
}

static int
on_leader_elected(struct hook *h, struct error *err)
{
	if (cluster_prepare(h, err) == -1)
		return -1;
	return h->is_plan ? foretell_leadership(h, err) : converge_all(h, err);
}

static int
on_start(struct hook *h, struct error *err)
{
	if (state_set(h, "started", err) == -1 ||
	    clients_look_at_all(h, err) == -1)
		return -1;
	return converge(h, err);
}

static int
on_stop(struct hook *h, struct error *err)
{
	return h->is_plan ? foretell_stop(h, err) : cluster_leave(h, err);
}

/*
 * Postgres ended by itself, came back, or was given up: then it is started once
 * more, and why it does not start is why the hook fails and is tried again.
 */
static int
on_service_changed(struct hook *h, struct error *err)
{
	/* A backend may outlive its server for a moment, and still answer. */
	sessions_release(h->state);
	return converge_if_running(h, err);
}

/* ---- peers ---- */

static int
on_peers_departed(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	bool leader;

	if (h->is_plan)
		return foretell_departure(h, err);
	/*
	 * It is we who go. Stop before the others learn of it: they may promote
	 * one of them as soon as they do.
	 */
	if (h->departing_unit != NULL &&
	    strcmp(h->departing_unit, h->unit) == 0) {
		if (state_set(h, "departing", err) == -1)
			return -1;
		return cluster_leave(h, err);
	}
	if (converge_if_running(h, err) == -1 ||
	    hook_is_leader(h, &leader, err) == -1)
		return -1;
	if (!leader || h->remote_unit == NULL)
		return 0;
	if (cluster_read(h, &cl, err) == -1)
		return -1;
	return cluster_forget(h, &cl, h->remote_unit, err);
}

/* ---- clients ---- */

static int
on_database_changed(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	bool leader, running;

	if (hook_is_leader(h, &leader, err) == -1 ||
	    is_running(h, &running, err) == -1)
		return -1;
	if (!leader)
		return 0;
	if (!running)
		return clients_look_at_all(h, err);
	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (cl.primary == NULL)
		return clients_look_at_all(h, err);
	if (request_answer(h, &cl, h->relation, err) == -1)
		return -1;
	return status_waits_no_more(h, err);
}

static int
on_database_departed(struct hook *h, struct error *err)
{
	if (h->departing_unit == NULL ||
	    strcmp(h->departing_unit, h->unit) != 0)
		return 0;
	return state_set(h, "departing", err);
}

/*
 * A member that lags is no reason to serve nobody else: the relation stays open
 * meanwhile, and this hook comes again.
 */
static int
revoke_again(struct hook *h, struct error *err)
{
	struct error ignored = { 0 };

	if (err->code != ERROR_TIMEOUT)
		return -1;
	(void)status_waits_no_more(h, &ignored);
	return hook_defer(h, REVOKE_AGAIN_S, err);
}

/*
 * Also comes to a unit that is removed while the relation lives on: its users
 * are the next leader's business.
 */
static int
on_database_broken(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	autofree char *user = name_user(name_relation_id(h->relation));
	bool leader, departing;

	if (hook_is_leader(h, &leader, err) == -1 ||
	    state_get(h, "departing", &departing, err) == -1)
		return -1;
	if (!leader || departing)
		return 0;
	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (cl.primary == NULL)
		return 0;
	if (revoke_user(h, &cl, user, err) == -1)
		return revoke_again(h, err);
	if (answer_withdraw(h, h->relation, err) == -1)
		return -1;
	return status_waits_no_more(h, err);
}

const struct charm_handler pg_hooks[] = {
	{ "install", on_install },
	{ "leader-elected", on_leader_elected },
	{ "config-changed", on_config_changed },
	{ "start", on_start },
	{ "upgrade-charm", converge_all },
	{ "update-status", on_update_status },
	{ "service-changed", on_service_changed },
	{ "stop", on_stop },
	{ "database-peers-relation-created", on_peers_created },
	{ "database-peers-relation-joined", converge_if_running },
	{ "database-peers-relation-changed", converge_if_running },
	{ "database-peers-relation-departed", on_peers_departed },
	{ "database-relation-changed", on_database_changed },
	{ "database-relation-departed", on_database_departed },
	{ "database-relation-broken", on_database_broken },
	{ NULL, NULL },
};
