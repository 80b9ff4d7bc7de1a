/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mark - what is noted of an application and shown: whether it is exposed,
 * and whether it is trusted. Nothing is closed on this host, and its charms
 * have no credentials of a cloud to be given.
 */

#include "base/json.h"
#include "engine/internal.h"

static struct application *
marked(struct engine_call *call, const char *what, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;

	if (app == NULL)
		return NULL;
	call_journal(call, m, app->name, what);
	entity_touch(&app->entity);
	return app;
}

int
verb_expose(struct engine_call *call, struct error *err)
{
	struct application *app = marked(call, "expose", err);

	if (app == NULL)
		return -1;
	app->exposed = json_bool(call->args, "exposed", true);
	call->reply = json_object();
	return engine_commit(call->engine, err);
}

int
verb_trust(struct engine_call *call, struct error *err)
{
	struct application *app = marked(call, "trust", err);

	if (app == NULL)
		return -1;
	app->trusted = json_bool(call->args, "trusted", true);
	/* Charms are told as of an option. */
	application_rehash(app);
	call->reply = json_object();
	return engine_commit(call->engine, err);
}
