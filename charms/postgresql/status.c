/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "cluster.h"
#include "later.h"
#include "plugins.h"
#include "standby.h"
#include "status.h"
#include "tune.h"

/*
 * A standby looks after its stream now and then, since no event tells of its
 * end; and soon again when it is not as it should be.
 */
#define LOOK_S    60
#define TROUBLE_S 10

/* A stream that goes over to the next timeline is away for a moment. */
#define HICCUP_MS 200

/* Tell the members, unless they know. */
static int
publish_state(struct hook *h, const struct cluster *cl, const char *state,
    struct error *err)
{
	const struct member *self = cluster_find(cl, h->unit);
	bool ready = strcmp(state, "ready") == 0;

	if (self == NULL || self->is_ready == ready)
		return 0;
	if (ready && !self->has_data &&
	    hook_bag_set(h, cl->relation, json_pack("{s:s}", "has-data", "yes"),
		err) == -1)
		return -1;
	return hook_bag_set(h, cl->relation, json_pack("{s:s}", "state", state),
	    err);
}

/* What of the options is not in force; NULL if all is. */
static int
status_refusal(struct hook *h, char **text, struct error *err)
{
	struct error why = { 0 };

	*text = tune_refusal(h, &why);
	if (*text == NULL && why.code == ERROR_NONE)
		*text = plugins_refusal(h, &why);
	if (*text != NULL || why.code == ERROR_NONE)
		return 0;
	*err = why;
	return -1;
}

int
status_refresh(struct hook *h, struct error *err)
{
	autocluster cl = { 0 };
	autofree char *refusal = NULL;
	enum cluster_role role;
	const char *message;

	if (cluster_read(h, &cl, err) == -1)
		return -1;
	if (cl.primary == NULL)
		return hook_status(h, "waiting",
		    "awaiting for cluster to start", err);
	role = cluster_role(h, &cl);
	if (role == CLUSTER_ROLE_NONE ||
	    (role == CLUSTER_ROLE_STANDBY &&
		!standby_streams_within(h, &cl, HICCUP_MS))) {
		if (publish_state(h, &cl, "", err) == -1 ||
		    later_ask(h, LATER_LOOK, TROUBLE_S, err) == -1)
			return -1;
		return hook_status(h, "waiting", "awaiting for member to start",
		    err);
	}
	message = role == CLUSTER_ROLE_PRIMARY ? "Primary" : "";
	if (role == CLUSTER_ROLE_STANDBY &&
	    later_ask(h, LATER_LOOK, LOOK_S, err) == -1)
		return -1;
	if (publish_state(h, &cl, "ready", err) == -1)
		return -1;
	if (status_refusal(h, &refusal, err) == -1)
		return -1;
	return hook_status(h, refusal == NULL ? "active" : "blocked",
	    refusal == NULL ? message : refusal, err);
}

/* An empty message, so that the application's row shows none. */
int
status_application(struct hook *h, struct error *err)
{
	return hook_application_status(h, "active", "", err);
}

/* Clients are to know of it first, and only then it is tried for long. */
int
status_trouble(struct hook *h, const struct cluster *cl,
    const struct error *why, struct error *err)
{
	bool told = !cluster_find(cl, h->unit)->is_ready;

	hook_log(h, "WARNING", "%s", why->msg);
	if (publish_state(h, cl, "", err) == -1 ||
	    hook_status(h, "waiting", why->msg, err) == -1)
		return -1;
	return later_ask(h, LATER_LOOK, told ? TROUBLE_S : 0, err);
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
status_lags(struct hook *h, const char *unit, struct error *err)
{
	autofree char *text = xasprintf("%s lags behind and is not among the "
					"endpoints",
	    unit);

	return hook_application_status(h, "active", text, err);
}

/* 1 if the status says that it waits for a member, 0 if not. */
static int
status_says_so(struct hook *h, json_t *is_application, struct error *err)
{
	json_auto_t *status = hook_call(h, "status-get",
	    json_pack("{s:o}", "application", is_application), err);
	const char *text = json_text(status, "message", "");

	return status == NULL ? -1 : strncmp(text, waits, strlen(waits)) == 0;
}

int
status_waits_no_more(struct hook *h, struct error *err)
{
	int unit = status_says_so(h, json_false(), err);
	int application = unit == -1 ? -1 : status_says_so(h, json_true(), err);

	if (application == -1 ||
	    (application == 1 && status_application(h, err) == -1))
		return -1;
	return unit == 1 ? status_refresh(h, err) : 0;
}
