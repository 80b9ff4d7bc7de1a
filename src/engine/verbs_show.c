/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/far.h"

/* What a unit says in a relation; nothing as long as it is not in its scope. */
static json_t *
member_json(struct relation *rel, const struct unit *u)
{
	const struct member *member = relation_find_member(rel, u);
	json_t *bag = member != NULL ? json_copy(member->bag) : json_object();

	return json_pack("{s:b, s:o}", "in-scope", member != NULL, "data", bag);
}

static json_t *
related_units_json(struct relation *rel, const struct unit *near,
    const struct relation_end *far)
{
	json_t *units = json_object();
	struct unit *u;

	RB_FOREACH(u, unit_tree, &far->app->units) {
		autofree char *name = end_unit_name(far, u, near->app->model);

		if (u != near)
			json_object_set_new(units, name, member_json(rel, u));
	}
	return units;
}

static json_t *
unit_relation_json(const struct unit *u, const struct relation_end *near)
{
	struct relation *rel = near->relation;
	const struct relation_end *far = relation_far_end(rel, u->app);

	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}",
	    "id", (json_int_t)rel->id, "endpoint", near->endpoint,
	    "related-endpoint", far->endpoint, "related-application",
	    end_name(far, u->app->model), "interface", rel->interface, "life",
	    rel->life == LIFE_ALIVE ? "alive" : "dying", "application-data",
	    json_copy(far->bag), "local-application-data", json_copy(near->bag),
	    "local-unit", member_json(rel, u), "related-units",
	    related_units_json(rel, u, far));
}

int
verb_show_unit(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct unit *u = m != NULL ? model_find_target(m, call->subject, err) :
				     NULL;
	struct relation_end *end;
	json_t *relations;

	if (u == NULL)
		return -1;
	relations = json_array();
	RB_FOREACH(end, end_tree, &u->app->relations)
		json_array_append_new(relations, unit_relation_json(u, end));
	call->reply = unit_json(u);
	json_put_text(call->reply, "unit", u->name);
	json_put_text(call->reply, "application", u->app->name);
	json_put_text(call->reply, "charm", u->app->charm_name);
	json_put_text(call->reply, "charm-origin",
	    u->app->charm_source[0] == '/' ? "local" : "built-in");
	json_object_set_new(call->reply, "charm-rev",
	    json_integer(u->app->charm_revision));
	json_put_text(call->reply, "version",
	    u->app->version != NULL ? u->app->version : "");
	json_object_set_new(call->reply, "relations", relations);
	return 0;
}

/* Its relations are in the status; here is what it could be related by. */
int
verb_show_application(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct application *app = m != NULL ? call_application(call, m, err) :
					      NULL;

	if (app == NULL)
		return -1;
	call->reply = application_json(call->engine, app,
	    STATUS_WITHOUT_RELATIONS);
	json_put_text(call->reply, "application", app->name);
	json_object_set_new(call->reply, "trust", json_boolean(app->trusted));
	json_object_set_new(call->reply, "endpoints",
	    charm_endpoints_json(app->charm));
	return 0;
}
