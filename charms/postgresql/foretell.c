/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "charm.h"
#include "clients.h"
#include "cluster.h"
#include "foretell.h"
#include "plugins.h"
#include "tune.h"

/* Of the unit's state in a plan: that its server stops has been said. */
static const char told_key[] = "foretold";

/*
 * What of it lies in files is said, what in databases is told by the code that
 * does it. Restarts, and what follows from them, are other hooks' business.
 */
int
foretell_config(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	json_auto_t *state = hook_state(h, err);
	bool leader;

	if (state == NULL)
		return -1;
	if (!json_bool(state, "started", false) ||
	    json_bool(state, "departing", false))
		return 0;
	if (cluster_read(h, &cl, err) == -1 ||
	    hook_is_leader(h, &leader, err) == -1)
		return -1;
	if (cl.primary == NULL || cluster_find(&cl, h->unit) == NULL)
		return 0;
	if (tune_foretell(h, &cl, err) == -1)
		return -1;
	if (!leader)
		return 0;
	if (plugins_foretell(h, &cl, err) == -1)
		return -1;
	return clients_converge(h, &cl, err);
}

/* The one before it may have been the primary, too, and have gone. */
int
foretell_leadership(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };

	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (cl.primary == NULL || cluster_find(&cl, cl.primary) != NULL)
		return 0;
	return cluster_foretell(h, &cl, cl.primary, err);
}

/* It hears of it once for each of the others, and before its end. */
int
foretell_stop(struct hook *h, struct error *err)
{
	json_auto_t *state = hook_state(h, err);

	if (state == NULL)
		return -1;
	if (json_bool(state, told_key, false))
		return 0;
	if (hook_plan_note(h,
		"the server stops in order, which hands the standbys all that "
		"is committed",
		err) == -1)
		return -1;
	return hook_state_set(h,
	    json_pack("{s:b, s:b}", "departing", 1, told_key, 1), err);
}

int
foretell_departure(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	bool leader;

	if (h->departing_unit == NULL)
		return 0;
	if (strcmp(h->departing_unit, h->unit) == 0)
		return foretell_stop(h, err);
	if (cluster_read(h, &cl, err) == -1 ||
	    hook_is_leader(h, &leader, err) == -1)
		return -1;
	return leader ? cluster_foretell(h, &cl, h->departing_unit, err) : 0;
}
