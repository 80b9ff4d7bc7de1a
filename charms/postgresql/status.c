/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "cluster.h"
#include "standby.h"
#include "status.h"

/* Tell the members, unless they know. */
static int
publish_state(struct hook *h, const struct cluster *cl, const char *state,
    struct error *err)
{
	const struct member *self = cluster_find(cl, h->unit);
	bool ready = strcmp(state, "ready") == 0;

	if (self == NULL || self->is_ready == ready)
		return 0;
	return hook_bag_set(h, cl->relation, json_pack("{s:s}", "state", state),
	    err);
}

/* An empty message, so that the application's row shows none. */
static int
application_active(struct hook *h, struct error *err)
{
	bool leader;

	if (hook_is_leader(h, &leader, err) == -1)
		return -1;
	return leader ? hook_application_status(h, "active", "", err) : 0;
}

int
status_refresh(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	enum cluster_role role;
	const char *message;

	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (cl.primary == NULL)
		return hook_status(h, "waiting",
		    "awaiting for cluster to start", err);
	role = cluster_role(h, &cl);
	if (role == CLUSTER_ROLE_NONE ||
	    (role == CLUSTER_ROLE_STANDBY && !standby_is_streaming(h, &cl))) {
		if (publish_state(h, &cl, "", err) == -1)
			return -1;
		return hook_status(h, "waiting", "awaiting for member to start",
		    err);
	}
	message = role == CLUSTER_ROLE_PRIMARY ? "Primary" : "";
	if (publish_state(h, &cl, "ready", err) == -1 ||
	    hook_status(h, "active", message, err) == -1)
		return -1;
	return application_active(h, err);
}

static const char waits[] = "waiting for a member to replay: ";

/* What cannot be shown is waited for all the same. */
void
status_waits_for(struct hook *h, const char *unit)
{
	autofree char *text = xasprintf("%s%s", waits, unit);
	struct error ignored = { 0 };

	(void)hook_status(h, "waiting", text, &ignored);
	(void)hook_application_status(h, "waiting", text, &ignored);
}

int
status_waits_no_more(struct hook *h, struct error *err)
{
	json_auto_t *status = hook_call(h, "status-get",
	    json_pack("{s:b}", "application", 1), err);
	const char *text = json_text(status, "message", "");

	if (status == NULL)
		return -1;
	if (strncmp(text, waits, strlen(waits)) != 0)
		return 0;
	return status_refresh(h, err);
}
