/* SPDX-License-Identifier: Apache-2.0 */
/*
 * constraints - what programs written for Juju ask of the machines of a model
 * or an application. They are checked and kept; every unit is on this host.
 */

#include "base/constraint.h"
#include "base/json.h"
#include "engine/internal.h"
#include "model/kept.h"

static json_t *
constraints_reply(const json_t *kept)
{
	const json_t *values = kept_find(kept, KEPT_CONSTRAINTS);

	return json_pack("{s:o}", "constraints",
	    values != NULL ? json_deep_copy(values) : json_object());
}

int
verb_get_model_constraints(struct engine_call *call, struct error *err)
{
	const struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	call->reply = constraints_reply(m->kept);
	return 0;
}

int
verb_get_constraints(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const struct application *app = m != NULL ?
	    call_application(call, m, err) :
	    NULL;

	if (app == NULL)
		return -1;
	call->reply = constraints_reply(app->kept);
	return 0;
}

/* What is not among the new ones is gone, as in Juju. */
int
verb_set_model_constraints(struct engine_call *call, struct error *err)
{
	json_t *set = json_object_get(call->args, "set"), *values;
	struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	values = constraints_parse(set, err);
	if (values == NULL)
		return -1;
	kept_set(&m->kept, KEPT_CONSTRAINTS, values);
	entity_touch(&m->entity);
	call_journal(call, m, m->name, "set-model-constraints");
	call->reply = constraints_reply(m->kept);
	return engine_commit(call->engine, err);
}

int
verb_set_constraints(struct engine_call *call, struct error *err)
{
	json_t *set = json_object_get(call->args, "set"), *values;
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;

	if (app == NULL)
		return -1;
	values = constraints_parse(set, err);
	if (values == NULL)
		return -1;
	kept_set(&app->kept, KEPT_CONSTRAINTS, values);
	entity_touch(&app->entity);
	call_journal(call, m, app->name, "set-constraints");
	call->reply = constraints_reply(app->kept);
	return engine_commit(call->engine, err);
}
