/* SPDX-License-Identifier: Apache-2.0 */
/* What the models of a controller offer each other. */

#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"
#include "engine/offers.h"
#include "model/kept.h"

/* ---- offering ---- */

static int
hint_endpoints(const struct application *app, struct error *err)
{
	return error_hint(err,
	    "\"tenon show-application %s\" shows its endpoints", app->name);
}

static int
refuse_endpoint(const struct application *app, const char *name,
    struct error *err)
{
	error_set(err, ERROR_NOT_FOUND,
	    "application \"%s\" has no \"%s\" relation", app->name, name);
	return hint_endpoints(app, err);
}

static int
check_endpoints(const struct application *app, const json_t *endpoints,
    struct error *err)
{
	const struct charm_endpoint *ep;
	const char *name;
	const json_t *one;
	size_t i;

	if (json_array_size(endpoints) == 0)
		return error_set(err, ERROR_USAGE, "no endpoints specified");
	json_array_foreach(endpoints, i, one) {
		name = json_is_string(one) ? json_string_value(one) : "";
		ep = charm_find_endpoint(app->charm, name);
		if (ep == NULL)
			return refuse_endpoint(app, name, err);
		if (ep->role != (int)ROLE_PEER)
			continue;
		error_set(err, ERROR_INVALID,
		    "endpoint \"%s\" of \"%s\" is for peers: it cannot "
		    "be offered",
		    name, app->name);
		return hint_endpoints(app, err);
	}
	return 0;
}

static int
check_offer(const struct application *app, const char *name,
    const json_t *endpoints, struct error *err)
{
	struct offer o;

	if (app->life != LIFE_ALIVE) {
		error_set(err, ERROR_CONFLICT,
		    "application \"%s\" is not alive", app->name);
		return missing_soon(app->name, err);
	}
	if (application_name_check(name, err) == -1) {
		error_set(err, ERROR_INVALID, "offer name \"%.64s\" not valid",
		    name);
		return error_hint(err,
		    "expected lower-case letters, digits and single hyphens, "
		    "beginning with a letter");
	}
	if (offer_find(app->model, name, &o) == 0 && o.app != app) {
		error_set(err, ERROR_CONFLICT,
		    "cannot update application offer \"%s\": it is of "
		    "application \"%s\"",
		    name, o.app->name);
		return error_hint(err, "give another name after the endpoints");
	}
	return check_endpoints(app, endpoints, err);
}

int
verb_offer(struct engine_call *call, struct error *err)
{
	json_t *endpoints = json_object_get(call->args, "endpoints"), *offers;
	struct model *m = call_model(call, err);
	const char *app_name = json_text(call->args, "application", "");
	const char *name = json_text(call->args, "name", app_name);
	struct application *app;
	struct offer o = { 0 };

	if (m == NULL)
		return -1;
	app = model_find_application(m, app_name);
	if (app == NULL)
		return missing_application(app_name, err);
	if (check_offer(app, name, endpoints, err) == -1)
		return -1;
	offers = kept_find(m->kept, KEPT_OFFERS);
	offers = offers != NULL ? json_incref(offers) : json_object();
	json_object_set_new(offers, name,
	    json_pack("{s:s, s:O}", "application", app->name, "endpoints",
		endpoints));
	kept_set(&m->kept, KEPT_OFFERS, offers);
	entity_touch(&m->entity);
	call_journal(call, m, app->name, "offer");
	(void)offer_find(m, name, &o);
	call->reply = offer_json(&o);
	return call_commit(call, m, err);
}

/* ---- looking ---- */

static void
add_offers(json_t *list, struct model *m)
{
	json_auto_t *offers = offers_json(m);
	const char *name;
	json_t *one;

	json_object_foreach(offers, name, one)
		json_array_append(list, one);
}

int
verb_list_offers(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	json_t *list;

	if (m == NULL)
		return -1;
	list = json_array();
	add_offers(list, m);
	call->reply = json_pack("{s:o}", "offers", list);
	return 0;
}

int
verb_find_offers(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	struct model *m;
	json_t *list;

	if (ctl->name == NULL)
		return call_no_controller(err);
	list = json_array();
	RB_FOREACH(m, model_tree, &ctl->models)
		add_offers(list, m);
	call->reply = json_pack("{s:o}", "offers", list);
	return 0;
}

/* ---- consuming ---- */

int
verb_consume(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const char *text = json_text(call->args, "offer", "");
	const char *alias = json_text(call->args, "alias", NULL);
	autofree char *url = NULL;
	struct offer o;

	if (m == NULL || offer_find_url(call->engine->ctl, text, &o, err) == -1)
		return -1;
	alias = offer_consume(m, &o, alias, err);
	if (alias == NULL)
		return -1;
	url = offer_url(o.model, o.name);
	call_journal(call, m, alias, "consume");
	call->reply = json_pack("{s:s, s:s}", "url", url, "alias", alias);
	return call_commit(call, m, err);
}

/* ---- and back ---- */

static int
refuse_related(const char *what, const char *name, size_t n, struct error *err)
{
	error_set(err, ERROR_CONFLICT,
	    "cannot delete %s \"%s\": it has %zu relation%s", what, name, n,
	    n == 1 ? "" : "s");
	return error_hint(err,
	    "\"--force\" removes them first; \"tenon status --relations\" "
	    "shows them");
}

static int
until_relations_gone(struct engine_call *call, struct error *err)
{
	const json_t *ids = json_object_get(call->reply, "relations");
	struct model *m = call_waiting_model(call);
	struct relation *rel;
	const json_t *id;
	size_t i;

	json_array_foreach(ids, i, id) {
		rel = m != NULL ?
		    model_find_relation(m, json_integer_value(id)) :
		    NULL;
		if (rel != NULL)
			return relation_check_blockers(rel, err);
	}
	return call_report_removal(call, err);
}

static void
call_end_relation(const struct engine_call *call, struct relation *rel)
{
	relation_condemn(rel);
	json_array_append_new(json_object_get(call->reply, "relations"),
	    json_integer(rel->id));
}

static void
kept_remove(struct model *m, const char *kind, const char *name)
{
	json_t *all = json_incref(kept_find(m->kept, kind));

	(void)json_object_del(all, name);
	kept_set(&m->kept, kind, all);
	entity_touch(&m->entity);
}

int
verb_remove_offer(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const char *name = json_text(call->args, "name", "");
	struct relation_end *end = NULL;
	struct offer o;
	size_t n = 0;

	if (m == NULL)
		return -1;
	if (offer_find(m, name, &o) == -1) {
		error_set(err, ERROR_NOT_FOUND, "offer \"%s\" not found", name);
		return error_hint(err, "\"tenon offers\" lists them");
	}
	while ((end = offer_next_relation(&o, end)) != NULL)
		n++;
	if (n > 0 && !json_bool(call->args, "force", false))
		return refuse_related("application offer", name, n, err);
	call->reply = json_pack("{s:s, s:[], s:[]}", "name", name, "relations",
	    "messages");
	while ((end = offer_next_relation(&o, end)) != NULL)
		call_end_relation(call, end->relation);
	kept_remove(m, KEPT_OFFERS, name);
	call_journal(call, m, m->name, "remove-offer");
	call_wait_removal(call, m, until_relations_gone);
	return call_commit(call, m, err);
}

int
saas_remove(struct engine_call *call, struct model *m, const char *alias,
    struct error *err)
{
	struct relation *rel;

	call->reply = json_pack("{s:s, s:[], s:[]}", "name", alias, "relations",
	    "messages");
	RB_FOREACH(rel, guest_tree, &m->guests) {
		const struct relation_end *far = rel->ends[0].app->model == m ?
		    &rel->ends[1] :
		    &rel->ends[0];

		if (!rel->entity.deleted && strcmp(far->alias, alias) == 0)
			call_end_relation(call, rel);
	}
	call_journal(call, m, alias, "remove-saas");
	kept_remove(m, KEPT_SAAS, alias);
	call_wait_removal(call, m, until_relations_gone);
	return call_commit(call, m, err);
}

int
verb_remove_saas(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const char *name = json_text(call->args, "name", "");

	if (m == NULL)
		return -1;
	if (saas_alias(m, name) == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "saas application \"%s\" not found", name);
		return error_hint(err,
		    "\"tenon status\" shows those there are");
	}
	return saas_remove(call, m, name, err);
}
