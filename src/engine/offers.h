/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offers - what a model offers to the others of the controller, and what it
 * has consumed of theirs. Both are kept with the model, by name: an offer is
 * {application, endpoints: [..]}, what was consumed {model, offer} by its alias.
 * Relations between the two: see model/far.h.
 */

#ifndef ENGINE_OFFERS_H
#define ENGINE_OFFERS_H

#include <jansson.h>
#include <stdbool.h>

struct application;
struct ctl;
struct error;
struct model;
struct relation_end;

/* One that was found; all borrowed, until the model is changed. */
struct offer {
	struct model *model;
	const char *name;
	struct application *app;
	const json_t *endpoints; /* Names. */
};

/* "admin/db.postgresql"; owned by the caller. */
char *offer_url(const struct model *, const char *name);
/* Does it say so: is there a model and an offer in it, with a dot between? */
bool offer_is_url(const char *text);

/* The offer of that name in the model; -1 without an error if there is none. */
int offer_find(struct model *, const char *name, struct offer *);
/* Of "[<controller>:][<user>/]<model>.<offer>", with the error. */
int offer_find_url(struct ctl *, const char *url, struct offer *,
    struct error *);
/* What was consumed by that alias; -1 without an error if it is gone. */
int saas_find(struct model *, const char *alias, struct offer *);
/* Its alias, borrowed from the model, or NULL. */
const char *saas_alias(const struct model *, const char *alias);
/* By which the offer has been consumed already; or NULL. */
const char *saas_alias_of(const struct model *, const struct offer *);
/*
 * Consume it by that alias, or by its name if that is NULL. Returns the alias,
 * as above, or NULL: what has been consumed before keeps the alias it has.
 */
const char *offer_consume(struct model *, const struct offer *,
    const char *alias, struct error *);

/* Is the endpoint one of the offer's? */
bool offer_has_endpoint(const struct offer *, const char *endpoint);
/* The next relation of the offer after `at`, which is NULL at first. */
struct relation_end *offer_next_relation(const struct offer *,
    struct relation_end *at);
/* The application goes: nobody is to find its offers any more. */
void offers_forget(struct application *);

/* As the API shows it; a new reference. */
json_t *offer_json(const struct offer *);
/* All of a model, by name; NULL if there are none. A new reference. */
json_t *offers_json(struct model *);
json_t *saas_json(struct model *);

#endif /* ENGINE_OFFERS_H */
