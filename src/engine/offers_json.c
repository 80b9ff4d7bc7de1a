/* SPDX-License-Identifier: Apache-2.0 */
/* Offers, and what was consumed, as the API shows them. */

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "engine/offers.h"
#include "model/kept.h"

static json_t *
offer_endpoints(const struct offer *o)
{
	json_t *endpoints = json_object();
	const struct charm_endpoint *ep;
	const json_t *one;
	size_t i;

	json_array_foreach(o->endpoints, i, one) {
		ep = charm_find_endpoint(o->app->charm, json_string_value(one));
		if (ep == NULL)
			continue;
		json_object_set_new(endpoints, ep->name,
		    json_pack("{s:s, s:s}", "interface", ep->interface, "role",
			ep->role == (int)ROLE_PROVIDER ? "provider" :
							 "requirer"));
	}
	return endpoints;
}

/* Who has consumed it and is related to it. */
static json_t *
offer_connections(const struct offer *o)
{
	json_t *connections = json_array();
	struct relation_end *near = NULL;
	const struct relation_end *far;
	const struct relation *rel;

	while ((near = offer_next_relation(o, near)) != NULL) {
		rel = near->relation;
		far = relation_far_end(near->relation, o->app);
		json_array_append_new(connections,
		    json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "model",
			far->app->model->name, "user", far->app->model->owner,
			"application", far->app->name, "endpoint",
			near->endpoint, "relation", (json_int_t)rel->id,
			"status", relation_word(rel)));
	}
	return connections;
}

json_t *
offer_json(const struct offer *o)
{
	autofree char *url = offer_url(o->model, o->name);

	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:s, s:o, s:o}",
	    "name", o->name, "url", url, "model", o->model->name, "application",
	    o->app->name, "charm", o->app->charm_name, "charm-rev",
	    o->app->charm_revision, "description",
	    o->app->charm->description != NULL ? o->app->charm->description :
						 "",
	    "endpoints", offer_endpoints(o), "connections",
	    offer_connections(o));
}

json_t *
offers_json(struct model *m)
{
	json_t *kept = kept_find(m->kept, KEPT_OFFERS), *all, *one;
	struct offer o;
	const char *name;

	if (kept == NULL)
		return NULL;
	all = json_object();
	json_object_foreach(kept, name, one) {
		if (offer_find(m, name, &o) == 0)
			json_object_set_new(all, name, offer_json(&o));
	}
	return all;
}

/* endpoint -> the applications of the model that are related by it. */
static json_t *
saas_relations(struct model *m, const char *alias)
{
	json_t *relations = json_object(), *names;
	struct relation *rel;

	RB_FOREACH(rel, guest_tree, &m->guests) {
		const struct relation_end *far = &rel->ends[0];
		const struct relation_end *near = &rel->ends[1];

		if (far->app->model == m) {
			far = &rel->ends[1];
			near = &rel->ends[0];
		}
		if (strcmp(far->alias, alias) != 0)
			continue;
		names = json_object_get(relations, far->endpoint);
		if (names == NULL) {
			names = json_array();
			json_object_set_new(relations, far->endpoint, names);
		}
		json_array_append_new(names, json_string(near->app->name));
	}
	return relations;
}

static json_t *
saas_status(const struct offer *o, const struct model *m)
{
	if (o->app == NULL)
		return status_json("terminated", "the offer has been removed",
		    m->created_ms);
	return application_status(o->app);
}

static json_t *
saas_one(struct model *m, const char *alias, const json_t *kept)
{
	autofree char *gone = xasprintf("%s/%s.%s", m->owner,
	    json_text(kept, "model", ""), json_text(kept, "offer", ""));
	struct offer o = { 0 };
	autofree char *url = NULL;
	json_t *endpoints;

	(void)saas_find(m, alias, &o);
	if (o.app != NULL)
		url = offer_url(o.model, o.name);
	endpoints = o.app != NULL ? offer_endpoints(&o) : json_object();
	return json_pack("{s:s, s:s, s:o, s:o, s:o}", "url",
	    url != NULL ? url : gone, "life", o.app != NULL ? "alive" : "dead",
	    "status", saas_status(&o, m), "endpoints", endpoints, "relations",
	    saas_relations(m, alias));
}

json_t *
saas_json(struct model *m)
{
	json_t *kept = kept_find(m->kept, KEPT_SAAS), *all, *one;
	const char *alias;

	if (kept == NULL)
		return NULL;
	all = json_object();
	json_object_foreach(kept, alias, one)
		json_object_set_new(all, alias, saas_one(m, alias, one));
	return all;
}
