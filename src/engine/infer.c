/* SPDX-License-Identifier: Apache-2.0 */

#include "base/mem.h"
#include "base/missing.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "engine/internal.h"
#include "engine/offers.h"

#define HINT_ENDPOINTS                                                       \
	"\"tenon show-application %s\" shows its endpoints, \"tenon info\" " \
	"those of a charm"

/* One side of "relate": an application and perhaps one of its endpoints. */
struct side {
	struct application *app;
	const char *known;    /* What the model calls it. */
	const char *endpoint; /* NULL: any. */
	struct offer offer;   /* All zero if it is of the model itself. */
};

enum side_use {
	SIDE_MAY_CONSUME, /* An offer's URL consumes it. */
	SIDE_IS_CONSUMED  /* It means what was consumed before. */
};

/* What the model has consumed; by an offer's URL now, if not before. */
static int
side_consume(struct model *m, enum side_use use, const char *name,
    struct side *side, struct error *err)
{
	const char *alias = saas_alias(m, name);

	if (alias == NULL && offer_is_url(name)) {
		if (offer_find_url(m->entity.ctl, name, &side->offer, err) ==
		    -1)
			return -1;
		alias = saas_alias_of(m, &side->offer);
		if (alias == NULL && use == SIDE_MAY_CONSUME) {
			alias = offer_consume(m, &side->offer, NULL, err);
			if (alias == NULL)
				return -1;
		}
	}
	if (alias == NULL) {
		(void)missing_application(name, err);
		return -1;
	}
	side->known = alias;
	if (saas_find(m, alias, &side->offer) == -1 ||
	    side->offer.app == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "the offer that saas application \"%s\" is of has been "
		    "removed",
		    alias);
		return error_hint(err, "\"tenon remove-saas %s\" removes it",
		    alias);
	}
	side->app = side->offer.app;
	return 0;
}

/* The colon before the endpoint; that of a controller is before the model. */
static const char *
side_colon(const char *name)
{
	const char *dot = strchr(name, '.');

	return strchr(dot != NULL ? dot : name, ':');
}

static int
side_parse(struct model *m, enum side_use use, const char *name,
    struct side *side, struct error *err)
{
	const char *colon = side_colon(name);
	autofree char *app = xasprintf("%.*s",
	    (int)(colon != NULL ? (size_t)(colon - name) : strlen(name)), name);

	*side = (struct side){
		.app = model_find_application(m, app),
		.endpoint = colon != NULL ? colon + 1 : NULL,
	};
	if (side->app != NULL)
		side->known = side->app->name;
	else if (side_consume(m, use, app, side, err) == -1)
		return -1;
	if (side->endpoint == NULL)
		return 0;
	if (side->endpoint[0] == '\0') {
		error_set(err, ERROR_INVALID, "endpoint \"%s\" not valid",
		    name);
		return error_hint(err, HINT_ENDPOINTS, app);
	}
	if (charm_find_endpoint(side->app->charm, side->endpoint) == NULL) {
		error_set(err, ERROR_NOT_FOUND,
		    "application \"%s\" has no \"%s\" relation", app,
		    side->endpoint);
		return error_hint(err, HINT_ENDPOINTS, app);
	}
	return 0;
}

struct candidates {
	struct inferred found; /* The last one. */
	struct strv keys;      /* Quoted, for the message. */
};

static void
candidates_add(struct candidates *c, const struct side *req,
    const struct charm_endpoint *req_ep, const struct side *prov,
    const struct charm_endpoint *prov_ep)
{
	c->found = (struct inferred){
		.app = { req->app, prov->app },
		.name = { req->known, prov->known },
		.endpoint = { req_ep, prov_ep },
		.offer = req->offer.name != NULL ? req->offer.name :
						   prov->offer.name,
	};
	strv_addf(&c->keys, "\"%s:%s %s:%s\"", req->known, req_ep->name,
	    prov->known, prov_ep->name);
}

static int
compare_keys(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

static int
refuse_ambiguous(const char *const names[2], struct strv *keys,
    struct error *err)
{
	autostrbuf list = { 0 };

	qsort(keys->v, keys->n, sizeof *keys->v, compare_keys);
	for (size_t i = 0; i < keys->n; i++)
		strbuf_addf(&list, "%s%s", i > 0 ? "; " : "", keys->v[i]);
	return error_set(err, ERROR_INVALID,
	    "ambiguous relation: \"%s %s\" could refer to %s", names[0],
	    names[1], strbuf_cstr(&list));
}

static bool
side_offers(const struct side *side, const struct charm_endpoint *ep,
    enum endpoint_role role)
{
	return ep->role == (int)role &&
	    (side->offer.name == NULL ||
		offer_has_endpoint(&side->offer, ep->name)) &&
	    (side->endpoint == NULL || strcmp(side->endpoint, ep->name) == 0);
}

/* Pairs where `req` requires what `prov` provides. */
static void
candidates_find(struct candidates *c, const struct side *req,
    const struct side *prov)
{
	const struct charm *rc = req->app->charm, *pc = prov->app->charm;

	for (size_t i = 0; i < rc->nendpoints; i++) {
		if (!side_offers(req, &rc->endpoints[i], ROLE_REQUIRER))
			continue;
		for (size_t k = 0; k < pc->nendpoints; k++) {
			if (side_offers(prov, &pc->endpoints[k],
				ROLE_PROVIDER) &&
			    strcmp(rc->endpoints[i].interface,
				pc->endpoints[k].interface) == 0)
				candidates_add(c, req, &rc->endpoints[i], prov,
				    &pc->endpoints[k]);
		}
	}
}

static int
candidates_choose(struct candidates *c, const char *const names[2],
    struct inferred *out, struct error *err)
{
	if (c->keys.n == 0) {
		error_set(err, ERROR_NOT_FOUND, "no relations found");
		return error_hint(err, HINT_ENDPOINTS, "APPLICATION");
	}
	if (c->keys.n > 1)
		return refuse_ambiguous(names, &c->keys, err);
	*out = c->found;
	return 0;
}

int
endpoints_infer(struct model *m, const char *const names[2],
    struct inferred *out, struct error *err)
{
	struct candidates c = { 0 };
	struct side a, b;
	int rc;

	if (side_parse(m, SIDE_MAY_CONSUME, names[0], &a, err) == -1 ||
	    side_parse(m, SIDE_MAY_CONSUME, names[1], &b, err) == -1)
		return -1;
	if (a.offer.name != NULL && b.offer.name != NULL) {
		error_set(err, ERROR_INVALID,
		    "cannot relate \"%s\" to \"%s\": both are of other "
		    "models",
		    a.known, b.known);
		return error_hint(err,
		    "relate them to applications of this "
		    "model");
	}
	if (a.app == b.app) {
		error_set(err, ERROR_NOT_FOUND, "no relations found");
		return error_hint(err,
		    "an application cannot be related to itself");
	}
	candidates_find(&c, &a, &b);
	candidates_find(&c, &b, &a);
	rc = candidates_choose(&c, names, out, err);
	strv_release(&c.keys);
	return rc;
}

static bool
end_matches(const struct relation_end *end, const struct side *side)
{
	return end->app == side->app &&
	    (side->offer.name == NULL ||
		(end->alias != NULL && strcmp(end->alias, side->known) == 0)) &&
	    (side->endpoint == NULL ||
		strcmp(end->endpoint, side->endpoint) == 0);
}

static bool
relation_matches(const struct relation *rel, const struct side *a,
    const struct side *b)
{
	if (rel->nends != 2 || rel->entity.deleted)
		return false;
	return (end_matches(&rel->ends[0], a) &&
		   end_matches(&rel->ends[1], b)) ||
	    (end_matches(&rel->ends[0], b) && end_matches(&rel->ends[1], a));
}

struct relation *
endpoints_find_relation(struct model *m, const char *const names[2],
    struct error *err)
{
	struct relation_end *end;
	struct relation *found = NULL;
	autostrv keys = { 0 };
	struct side a, b;

	if (side_parse(m, SIDE_IS_CONSUMED, names[0], &a, err) == -1 ||
	    side_parse(m, SIDE_IS_CONSUMED, names[1], &b, err) == -1)
		return NULL;
	RB_FOREACH(end, end_tree, &a.app->relations) {
		autofree char *key = NULL;

		if (!relation_matches(end->relation, &a, &b))
			continue;
		found = end->relation;
		key = relation_key(found, m);
		strv_addf(&keys, "\"%s\"", key);
	}
	if (keys.n == 1)
		return found;
	if (keys.n == 0) {
		autofree char *both = xasprintf("\"%s %s\"", names[0],
		    names[1]);

		(void)missing_relation(both, err);
	} else
		(void)refuse_ambiguous(names, &keys, err);
	return NULL;
}
