/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/offers.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/kept.h"

char *
offer_url(const struct model *m, const char *name)
{
	return xasprintf("%s/%s.%s", m->owner, m->name, name);
}

bool
offer_is_url(const char *text)
{
	return strchr(text, '.') != NULL;
}

/* ---- finding ---- */

int
offer_find(struct model *m, const char *name, struct offer *o)
{
	json_t *offers = kept_find(m->kept, KEPT_OFFERS);
	void *at = json_object_iter_at(offers, name);
	json_t *one = at != NULL ? json_object_iter_value(at) : NULL;

	if (one == NULL)
		return -1;
	*o = (struct offer){
		.model = m,
		.name = json_object_iter_key(at),
		.app = model_find_application(m,
		    json_text(one, "application", "")),
		.endpoints = json_child(one, "endpoints", JSON_ARRAY),
	};
	return o->app != NULL ? 0 : -1;
}

static int
refuse_url(const char *url, struct error *err)
{
	error_set(err, ERROR_USAGE, "\"%.200s\" is not the URL of an offer",
	    url);
	return error_hint(err,
	    "expected [<controller>:][<user>/]<model>.<offer>; \"tenon "
	    "find-offers\" lists them");
}

static int
missing_offer(const char *url, struct error *err)
{
	error_set(err, ERROR_NOT_FOUND,
	    "application offer \"%.200s\" not found", url);
	return error_hint(err, "\"tenon find-offers\" lists them");
}

static int
check_controller(const struct ctl *ctl, const char *url, size_t len,
    struct error *err)
{
	if (strlen(ctl->name) == len && strncmp(url, ctl->name, len) == 0)
		return 0;
	error_set(err, ERROR_NOT_FOUND, "controller %.*s not found", (int)len,
	    url);
	return error_hint(err, "offers are of this controller, %s", ctl->name);
}

int
offer_find_url(struct ctl *ctl, const char *url, struct offer *o,
    struct error *err)
{
	const char *place = url, *dot = strchr(url, '.'), *end;
	autofree char *name = NULL, *user = NULL;
	struct model *m;

	if (dot == NULL || dot[1] == '\0')
		return refuse_url(url, err);
	end = memchr(place, ':', (size_t)(dot - place));
	if (end != NULL) {
		if (check_controller(ctl, url, (size_t)(end - url), err) == -1)
			return -1;
		place = end + 1;
	}
	end = memchr(place, '/', (size_t)(dot - place));
	if (end != NULL) {
		user = xasprintf("%.*s", (int)(end - place), place);
		place = end + 1;
	}
	name = xasprintf("%.*s", (int)(dot - place), place);
	m = ctl_find_model(ctl, name);
	if (m == NULL || (user != NULL && strcmp(user, m->owner) != 0) ||
	    offer_find(m, dot + 1, o) == -1)
		return missing_offer(url, err);
	return 0;
}

const char *
saas_alias(const struct model *m, const char *alias)
{
	json_t *saas = kept_find(m->kept, KEPT_SAAS);
	void *at = json_object_iter_at(saas, alias);

	return at != NULL ? json_object_iter_key(at) : NULL;
}

int
saas_find(struct model *m, const char *alias, struct offer *o)
{
	const json_t *saas = kept_find(m->kept, KEPT_SAAS);
	const json_t *one = json_child(saas, alias, JSON_OBJECT);
	struct model *far = ctl_find_model(m->entity.ctl,
	    json_text(one, "model", ""));

	if (one == NULL || far == NULL)
		return -1;
	return offer_find(far, json_text(one, "offer", ""), o);
}

/* ---- consuming ---- */

static json_t *
saas_of(const struct offer *o)
{
	return json_pack("{s:s, s:s}", "model", o->model->name, "offer",
	    o->name);
}

const char *
saas_alias_of(const struct model *m, const struct offer *o)
{
	json_auto_t *wanted = saas_of(o);
	const char *alias;
	json_t *one;

	json_object_foreach(kept_find(m->kept, KEPT_SAAS), alias, one) {
		if (json_equal(one, wanted))
			return alias;
	}
	return NULL;
}

static int
check_alias(struct model *m, const struct offer *o, const char *alias,
    struct error *err)
{
	autofree char *url = offer_url(o->model, o->name);

	if (m->life != LIFE_ALIVE)
		return error_set(err, ERROR_CONFLICT,
		    "model \"%s\" is being destroyed", m->name);
	if (o->model == m) {
		error_set(err, ERROR_INVALID,
		    "cannot consume \"%s\": it is an offer of this model",
		    o->name);
		return error_hint(err,
		    "within a model, relate the application itself: \"tenon "
		    "relate APPLICATION %s\"",
		    o->app->name);
	}
	if (application_name_check(alias, err) == -1)
		return -1;
	if (model_find_application(m, alias) == NULL &&
	    saas_alias(m, alias) == NULL)
		return 0;
	error_set(err, ERROR_CONFLICT,
	    "cannot consume as \"%s\": %s of that name already exists", alias,
	    saas_alias(m, alias) != NULL ? "a saas application" :
					   "an application");
	return error_hint(err,
	    "\"tenon consume %s NAME\" gives it another, by which it is related",
	    url);
}

const char *
offer_consume(struct model *m, const struct offer *o, const char *alias,
    struct error *err)
{
	const char *before = saas_alias_of(m, o);
	json_t *saas;

	if (before != NULL && (alias == NULL || strcmp(alias, before) == 0))
		return before;
	if (alias == NULL)
		alias = o->name;
	if (check_alias(m, o, alias, err) == -1)
		return NULL;
	saas = kept_find(m->kept, KEPT_SAAS);
	saas = saas != NULL ? json_incref(saas) : json_object();
	json_object_set_new(saas, alias, saas_of(o));
	kept_set(&m->kept, KEPT_SAAS, saas);
	entity_touch(&m->entity);
	return saas_alias(m, alias);
}

/* ---- its relations ---- */

bool
offer_has_endpoint(const struct offer *o, const char *endpoint)
{
	const json_t *one;
	size_t i;

	json_array_foreach(o->endpoints, i, one) {
		if (strcmp(json_string_value(one), endpoint) == 0)
			return true;
	}
	return false;
}

struct relation_end *
offer_next_relation(const struct offer *o, struct relation_end *at)
{
	at = at == NULL ? RB_MIN(end_tree, &o->app->relations) :
			  RB_NEXT(end_tree, NULL, at);
	while (at != NULL &&
	    (at->relation->entity.deleted || at->relation->offer == NULL ||
		at->app->model == at->relation->guest ||
		strcmp(at->relation->offer, o->name) != 0))
		at = RB_NEXT(end_tree, NULL, at);
	return at;
}

void
offers_forget(struct application *app)
{
	json_t *offers = kept_find(app->model->kept, KEPT_OFFERS), *one;
	const char *name;
	void *next;

	if (offers == NULL)
		return;
	json_object_foreach_safe(offers, next, name, one)
	{
		if (strcmp(json_text(one, "application", ""), app->name) == 0)
			(void)json_object_del(offers, name);
	}
	kept_set(&app->model->kept, KEPT_OFFERS, json_incref(offers));
	entity_touch(&app->model->entity);
}
