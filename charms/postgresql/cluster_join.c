/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in engine: our server as what the cluster wants it to be. */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "charm.h"
#include "cluster.h"
#include "gate.h"
#include "server.h"
#include "standby.h"
#include "switchover.h"

static int
join_as_primary(struct hook *h, const struct server *s, struct error *err)
{
	if (!server_has_data(s))
		return error_set(err, ERROR_NOT_FOUND,
		    "the data of the primary is not in %s", s->data);
	if (server_configure(h, s, NULL, NULL, err) == -1)
		return -1;
	return server_start(h, s, SERVER_START_MS, err);
}

static int
join_replace(struct hook *h, const struct server *s, struct error *err)
{
	if (server_stop(h, err) == -1)
		return -1;
	return server_set_aside(h, s, err);
}

static int
join_follow(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	struct error why = { 0 };
	int fits = 1;

	if (server_has_data(s)) {
		if (switchover_rejoin(h, s, cl, err) == -1)
			return -1;
		fits = standby_fits(h, s, cl, err);
	}

	if (fits == -1 || (fits == 0 && join_replace(h, s, err) == -1))
		return -1;
	/* A server may still run on data that somebody has deleted. */
	if (!server_has_data(s) &&
	    (server_stop(h, err) == -1 || standby_clone(h, s, cl, err) == -1))
		return -1;
	if (hook_status(h, "waiting", "awaiting for member to start", err) ==
	    -1)
		return -1;
	if (standby_follow(h, s, cl, &why) == 0)
		return 0;
	if (why.code != ERROR_CONFLICT || standby_is_promoted(h, cl)) {
		*err = why;
		return -1;
	}
	hook_log(h, "WARNING", "%s", why.msg);
	if (join_replace(h, s, err) == -1 || standby_clone(h, s, cl, err) == -1)
		return -1;
	return standby_follow(h, s, cl, err);
}

/* What a member that was promoted has is not to be touched. */
static int
join_as_standby(struct hook *h, const struct server *s,
    const struct cluster *cl, struct error *err)
{
	struct error why = { 0 };

	if (join_follow(h, s, cl, &why) == 0)
		return 0;
	if (!standby_is_promoted(h, cl)) {
		*err = why;
		return -1;
	}
	hook_log(h, "INFO", "promoted in place of %s, the leader will say so",
	    cl->primary);
	return 0;
}

/* The stream goes on as it is; the next one may need a new password. */
static int
join_streaming(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	if (server_write_passfile(s, cl->primary_address,
		cluster_password(cl, "replication"), err) == -1)
		return -1;
	return gate_open(h, s, cl, standby_patience(h, cl), err);
}

int
cluster_join(struct hook *h, const struct cluster *cl, struct error *err)
{
	autoserver s = { 0 };
	bool is_primary = strcmp(cl->primary, h->unit) == 0;

	if (server_open(h, &s, err) == -1)
		return -1;
	if (is_primary) {
		if ((cluster_role(h, cl) == CLUSTER_ROLE_PRIMARY ?
			    gate_stay_open(h, &s, cl, err) :
			    join_as_primary(h, &s, err)) == -1)
			return -1;
		return server_drop_passfile(&s, err);
	}
	if ((server_has_data(&s) && standby_is_streaming(h, cl) ?
		    join_streaming(h, &s, cl, err) :
		    join_as_standby(h, &s, cl, err)) == -1)
		return -1;
	return standby_drop_slots(h, cl, err);
}
