/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A member that is still to be made, in a plan. What makes it runs as far as its
 * first command or file, which is told in its place; from then on its server
 * counts as there, with nothing in it.
 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "cluster.h"
#include "foretell.h"
#include "plugins.h"
#include "server.h"
#include "spare.h"
#include "standby.h"
#include "tune.h"

/* Of the leader's state in a plan: what it has said of other members. */
#define TOLD "foretold-endpoint-"

static int
foretell_spares(struct hook *h, struct error *err)
{
	int n = spare_wanted(h, err);
	autofree char *note = xasprintf("%d spare database%s for later "
					"requests when it is quiet",
	    n, n == 1 ? " is made" : "s are made");

	return n < 1 ? n : hook_plan_note(h, note, err);
}

static int
foretell_first(struct hook *h, struct cluster *cl, struct error *err)
{
	autocluster made = { 0 };

	if (tune_foretell_first(h, cl, err) == -1 ||
	    cluster_bootstrap(h, cl, err) == -1 ||
	    cluster_pretend(h, cl, err) == -1 ||
	    cluster_read(h, &made, err) == -1 ||
	    plugins_foretell(h, &made, err) == -1)
		return -1;
	return foretell_spares(h, err);
}

static int
foretell_data(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	autofree char *note =
	    xasprintf("the data in %s are used if they are of "
		      "this cluster, else cloned again",
		s->data);

	return server_has_data(s) ? hook_plan_note(h, note, err) :
				    standby_clone(h, s, cl, err);
}

static int
foretell_standby(struct hook *h, const struct cluster *cl, struct error *err)
{
	autoserver s = { 0 };
	autofree char *note = xasprintf("it streams from %s, and lets clients "
					"in when it has replayed what that has",
	    cl->primary);

	if (server_open(h, &s, err) == -1 ||
	    tune_foretell_first(h, cl, err) == -1 ||
	    foretell_data(h, &s, cl, err) == -1 ||
	    server_start(h, &s, SERVER_START_MS, err) == -1 ||
	    hook_plan_note(h, note, err) == -1)
		return -1;
	return cluster_pretend(h, cl, err);
}

/* 1 if there are, 0 if not. */
static int
has_clients(struct hook *h, struct error *err)
{
	json_auto_t *relations = hook_relations(h, "database", err);

	return relations == NULL ? -1 : json_array_size(relations) > 0;
}

static int
foretell_endpoint(struct hook *h, const char *unit, struct error *err)
{
	autofree char *key = xasprintf(TOLD "%s", unit);
	autofree char *note =
	    xasprintf("clients are told the address of %s when "
		      "it serves",
		unit);
	json_auto_t *state = hook_state(h, err);

	if (state == NULL)
		return -1;
	if (json_bool(state, key, false))
		return 0;
	if (hook_plan_note(h, note, err) == -1)
		return -1;
	return hook_state_set(h, json_pack("{s:b}", key, 1), err);
}

/* Where the primary is new as well, the answers to clients follow anyway. */
static int
foretell_endpoints(struct hook *h, const struct cluster *cl, struct error *err)
{
	const struct member *primary = cluster_find(cl, cl->primary);
	int rc = has_clients(h, err);

	if (rc != 1 || primary == NULL || primary->is_to_be)
		return rc == -1 ? -1 : 0;
	for (size_t i = 0; i < cl->nmembers; i++)
		if (cl->members[i].is_to_be &&
		    foretell_endpoint(h, cl->members[i].unit, err) == -1)
			return -1;
	return 0;
}

int
foretell_member(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	const struct member *self;
	bool leader;

	if (cluster_read(h, &cl, err) == -1 ||
	    hook_is_leader(h, &leader, err) == -1)
		return -1;
	self = cluster_find(&cl, h->unit);
	if (self == NULL)
		return 0;
	if (cl.primary == NULL)
		return leader ? foretell_first(h, &cl, err) : 0;
	if (!self->is_ready)
		return foretell_standby(h, &cl, err);
	return leader ? foretell_endpoints(h, &cl, err) : 0;
}
