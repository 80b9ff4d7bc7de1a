/* SPDX-License-Identifier: Apache-2.0 */
/* What is between a bundle and a model. */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/bundle.h"
#include "cli/bundle_offers.h"
#include "cli/bundle_parts.h"
#include "cli/charm_words.h"
#include "cli/client.h"
#include "cli/text.h"

/* "db" means any endpoint of db. */
static bool
endpoint_means(const json_t *wanted, const json_t *full)
{
	const char *text = json_string_value(wanted);
	const char *there = json_string_value(full);
	size_t len = strlen(text);

	return strncmp(text, there, len) == 0 &&
	    (there[len] == '\0' ||
		(there[len] == ':' && strchr(text, ':') == NULL));
}

static bool
pair_means(const json_t *wanted, const json_t *full)
{
	const json_t *a = json_array_get(wanted, 0);
	const json_t *b = json_array_get(wanted, 1);
	const json_t *x = json_array_get(full, 0);
	const json_t *y = json_array_get(full, 1);

	return (endpoint_means(a, x) && endpoint_means(b, y)) ||
	    (endpoint_means(a, y) && endpoint_means(b, x));
}

const json_t *
bundle_find_relation(const json_t *relations, const json_t *pair)
{
	json_t *one;
	size_t i;

	json_array_foreach(relations, i, one) {
		if (pair_means(pair, one))
			return one;
	}
	return NULL;
}

/* ---- steps ---- */

struct plan {
	json_t *steps;
	const json_t *bundle, *model;
};

static void
add_step(struct plan *p, char *stolen_what, const char *app, const char *rest,
    json_t *stolen_body)
{
	autofree char *what = stolen_what;
	autofree char *name = app != NULL ? client_encode(app) : NULL;
	autofree char *path = name != NULL ?
	    xasprintf("applications/%s/%s", name, rest) :
	    xstrdup(rest);

	json_array_append_new(p->steps,
	    json_pack("{s:s, s:s, s:o}", "what", what, "path", path, "body",
		stolen_body));
}

/* As the API takes them; what cannot be read was refused with the file. */
static json_t *
constraints_of(const json_t *app)
{
	json_t *texts = json_object();
	struct error ignored = { 0 };

	(void)charm_words_constraints(texts, json_text(app, "constraints", ""),
	    &ignored);
	return texts;
}

static void
plan_new(struct plan *p, const char *name, const json_t *app)
{
	const char *charm = json_text(app, "charm", "");
	const char *channel = json_text(app, "channel", NULL);
	bool is_other = strcmp(charm, name) != 0;
	json_t *options = json_object_get(app, "options"), *body;
	int64_t units = json_int(app, "units", 1);
	autofree char *places = NULL;

	body = json_pack("{s:s, s:s, s:I}", "charm", charm, "name", name,
	    "units", (json_int_t)units);
	places = bundle_put_places(body,
	    bundle_places(p->bundle, p->model, app, NULL), units);
	json_put_text(body, "channel", channel);
	if (json_bool(app, "trust", false))
		json_object_set_new(body, "trust", json_true());
	if (options != NULL)
		json_object_set(body, "config", options);
	if (json_text(app, "constraints", "")[0] != '\0')
		json_object_set_new(body, "constraints", constraints_of(app));
	add_step(p,
	    xasprintf("deploy application %s from %s%s%s%s%s%s%s", name,
		charm[0] == '/' ? "local" : "built-in",
		channel != NULL ? " with " : "", channel != NULL ? channel : "",
		is_other ? " using " : "", is_other ? charm : "",
		places != NULL ? " on " : "", places != NULL ? places : ""),
	    NULL, "applications", body);
}

/* A directory has none: what is in it is what there is. */
static void
plan_channel(struct plan *p, const char *name, const json_t *app,
    const json_t *there)
{
	const char *have = json_text(there, "channel", "");
	const char *want = json_text(app, "channel", have);

	if (json_text(app, "charm", "")[0] != '/' &&
	    !bundle_same_channel(want, have))
		add_step(p,
		    xasprintf("upgrade %s from built-in with %s", name, want),
		    name, "refresh", json_pack("{s:s}", "channel", want));
}

static void
plan_options(struct plan *p, const char *name, const json_t *app,
    const json_t *there)
{
	const json_t *effective = json_object_get(there, "effective");
	json_t *set = json_object(), *value;
	const char *key;

	json_object_foreach(json_object_get(app, "options"), key, value) {
		if (!json_equal(value, json_object_get(effective, key)))
			json_object_set(set, key, value);
	}
	if (json_object_size(set) > 0)
		add_step(p, xasprintf("set application options for %s", name),
		    name, "config", json_pack("{s:O}", "set", set));
	json_decref(set);
}

static void
plan_constraints(struct plan *p, const char *name, const json_t *app,
    const json_t *there)
{
	const char *have = json_text(there, "constraints", "");
	const char *want = json_text(app, "constraints", have);

	if (strcmp(want, have) != 0)
		add_step(p,
		    xasprintf("set constraints for %s to \"%s\"", name, want),
		    name, "constraints",
		    json_pack("{s:o}", "set", constraints_of(app)));
}

static void
plan_units(struct plan *p, const char *name, const json_t *app,
    const json_t *there)
{
	int64_t have = json_int(there, "units", 0);
	int64_t more = json_int(app, "units", have) - have;
	autofree char *places = NULL;
	json_t *body;

	if (more <= 0)
		return;
	body = json_pack("{s:I}", "units", (json_int_t)more);
	places = bundle_put_places(body,
	    bundle_places(p->bundle, p->model, app, there), more);
	add_step(p,
	    xasprintf("add %lld unit%s of %s to %s", (long long)more,
		more > 1 ? "s" : "", name,
		places != NULL ? places : "new machines"),
	    name, "units", body);
}

static void
plan_trust(struct plan *p, const char *name, const json_t *app,
    const json_t *there)
{
	bool have = json_bool(there, "trust", false);
	bool want = json_bool(app, "trust", have);

	if (want != have)
		add_step(p,
		    xasprintf("%s %s", want ? "trust" : "no longer trust",
			name),
		    name, "trust", json_pack("{s:b}", "trusted", (int)want));
}

/* What a deployed application is cannot be changed by a bundle. */
static int
plan_there(struct plan *p, const char *name, const json_t *app,
    const json_t *there, struct error *err)
{
	const char *charm = json_text(app, "charm", "");
	const char *old = json_text(there, "charm", "");

	if (strcmp(charm, old) != 0) {
		error_set(err, ERROR_CONFLICT,
		    "application \"%s\" is there with the charm \"%s\", and "
		    "the bundle says \"%s\"",
		    name, old, charm);
		return error_hint(err,
		    "give it another name in the bundle, or remove it first");
	}
	plan_channel(p, name, app, there);
	plan_options(p, name, app, there);
	plan_constraints(p, name, app, there);
	plan_units(p, name, app, there);
	plan_trust(p, name, app, there);
	return 0;
}

static int
plan_applications(struct plan *p, struct error *err)
{
	const json_t *have = json_object_get(p->model, "applications");
	const json_t *there;
	const char *name;
	json_t *app;

	json_object_foreach(json_object_get(p->bundle, "applications"), name,
	    app) {
		there = json_object_get(have, name);
		if (there == NULL)
			plan_new(p, name, app);
		else if (plan_there(p, name, app, there, err) == -1)
			return -1;
	}
	return 0;
}

/* Whose offer of that name it is in the model, or NULL. */
static const char *
plan_offer_owner(const struct plan *p, const char *offer)
{
	const char *name;
	json_t *app;

	json_object_foreach(json_object_get(p->model, "applications"), name,
	    app) {
		if (json_object_get(json_object_get(app, "offers"), offer) !=
		    NULL)
			return name;
	}
	return NULL;
}

static int
plan_offer(struct plan *p, const char *name, const char *offer,
    const json_t *wanted, struct error *err)
{
	json_t *endpoints = json_object_get(wanted, "endpoints"), *one;
	const char *owner = plan_offer_owner(p, offer);
	autostrbuf names = { 0 };
	size_t i;

	if (owner != NULL && strcmp(owner, name) != 0) {
		error_set(err, ERROR_CONFLICT,
		    "offer \"%s\" is there for application \"%s\", and the "
		    "bundle says \"%s\"",
		    offer, owner, name);
		return error_hint(err,
		    "give it another name in the bundle, or remove it first "
		    "with \"tenon remove-offer %s\"",
		    offer);
	}
	json_array_foreach(endpoints, i, one)
		strbuf_addf(&names, "%s%s", i > 0 ? "," : "",
		    json_string_value(one));
	add_step(p,
	    xasprintf("create offer %s using %s:%s", offer, name,
		strbuf_cstr(&names)),
	    NULL, "offers",
	    json_pack("{s:s, s:s, s:O}", "application", name, "name", offer,
		"endpoints", endpoints));
	return 0;
}

/* After all are deployed. */
static int
plan_offers(struct plan *p, struct error *err)
{
	const json_t *have = json_object_get(p->model, "applications");
	const json_t *there;
	const char *name, *offer;
	json_t *app, *one;

	json_object_foreach(json_object_get(p->bundle, "applications"), name,
	    app) {
		there = json_object_get(json_object_get(have, name), "offers");
		json_object_foreach(json_object_get(app, "offers"), offer,
		    one) {
			if (json_equal(one, json_object_get(there, offer)))
				continue;
			if (plan_offer(p, name, offer, one, err) == -1)
				return -1;
		}
	}
	return 0;
}

static int
plan_saas(struct plan *p, struct error *err)
{
	const json_t *have = json_object_get(p->model, "saas");
	const char *alias, *url, *there;
	json_t *one;

	json_object_foreach(json_object_get(p->bundle, "saas"), alias, one) {
		url = json_text(one, "url", "");
		there = json_text(json_object_get(have, alias), "url", NULL);
		if (there != NULL && bundle_same_offer(url, there))
			continue;
		if (there != NULL) {
			error_set(err, ERROR_CONFLICT,
			    "saas \"%s\" is there for \"%s\", and the bundle "
			    "says \"%s\"",
			    alias, there, url);
			return error_hint(err,
			    "give it another name in the bundle, or remove it "
			    "first with \"tenon remove-saas %s\"",
			    alias);
		}
		add_step(p, xasprintf("consume offer %s at %s", alias, url),
		    NULL, "saas",
		    json_pack("{s:s, s:s}", "offer", url, "alias", alias));
	}
	return 0;
}

static void
plan_relations(struct plan *p)
{
	json_auto_t *have = json_copy(json_object_get(p->model, "relations"));
	json_t *pair;
	size_t i;

	json_array_foreach(json_object_get(p->bundle, "relations"), i, pair) {
		if (bundle_find_relation(have, pair) != NULL)
			continue;
		json_array_append(have, pair);
		add_step(p,
		    xasprintf("add relation %s - %s",
			json_string_value(json_array_get(pair, 0)),
			json_string_value(json_array_get(pair, 1))),
		    NULL, "relations", json_pack("{s:O}", "endpoints", pair));
	}
}

/* Last, as an application is exposed when it is complete. */
static void
plan_exposure(struct plan *p)
{
	const json_t *have = json_object_get(p->model, "applications");
	const char *name;
	json_t *app;

	json_object_foreach(json_object_get(p->bundle, "applications"), name,
	    app) {
		bool is = json_bool(json_object_get(have, name), "expose",
		    false);
		bool want = json_bool(app, "expose", is);

		if (want != is)
			add_step(p,
			    xasprintf("%s %s", want ? "expose" : "unexpose",
				name),
			    name, "expose",
			    json_pack("{s:b}", "exposed", (int)want));
	}
}

json_t *
bundle_plan(const json_t *bundle, const json_t *model, struct error *err)
{
	json_auto_t *steps = json_array();
	struct plan p = { .steps = steps, .bundle = bundle, .model = model };

	if (plan_applications(&p, err) == -1 || plan_offers(&p, err) == -1 ||
	    plan_saas(&p, err) == -1)
		return NULL;
	plan_relations(&p);
	plan_exposure(&p);
	return json_incref(steps);
}
