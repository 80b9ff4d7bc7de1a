/* SPDX-License-Identifier: Apache-2.0 */

#include "cli/bundle_offers.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/bundle.h"
#include "cli/offer.h"
#include "cli/text.h"

/* Each once and in order, so that lists of the same endpoints are equal. */
static void
add_sorted(json_t *list, const char *text)
{
	size_t at = 0, n = json_array_size(list);
	int rc = 1;

	for (; at < n; at++) {
		rc = strcmp(text, json_string_value(json_array_get(list, at)));
		if (rc <= 0)
			break;
	}
	if (rc != 0)
		json_array_insert_new(list, at, json_string(text));
}

static json_t *
member_of(json_t *object, const char *key)
{
	if (json_object_get(object, key) == NULL)
		json_object_set_new(object, key, json_object());
	return json_object_get(object, key);
}

/* ---- from a document ---- */

static int
take_endpoints(json_t *list, const json_t *value, const char *offer,
    struct error *err)
{
	const json_t *one;
	size_t i;

	for (i = 0; i < json_array_size(value); i++) {
		one = json_array_get(value, i);
		if (!json_is_string(one))
			break;
		add_sorted(list, json_string_value(one));
	}
	if (i > 0 && i == json_array_size(value))
		return 0;
	return error_set(err, ERROR_INVALID,
	    "offer \"%s\": endpoints: expected a list of endpoints", offer);
}

/* Users have access to models; admin has it to everything. */
static int
check_access(const json_t *acl, const char *offer, struct error *err)
{
	const char *user;
	json_t *access;

	json_object_foreach(text_json(acl), user, access) {
		if (strcmp(user, "admin") == 0)
			continue;
		error_set(err, ERROR_INVALID,
		    "offer \"%s\": acl: \"%s\" cannot be given access to an "
		    "offer",
		    offer, user);
		return error_hint(err,
		    "give access to the model, with \"tenon grant %s read "
		    "<model>\"",
		    user);
	}
	return 0;
}

static int
take_offer(json_t *offers, const char *name, const json_t *value,
    struct error *err)
{
	json_t *list = json_array(), *member;
	const char *key;

	json_object_set_new(offers, name,
	    json_pack("{s:o}", "endpoints", list));
	json_object_foreach(text_json(value), key, member) {
		if (strcmp(key, "acl") != 0 && strcmp(key, "endpoints") != 0)
			return error_set(err, ERROR_INVALID,
			    "offer \"%s\": unknown key \"%s\"", name, key);
	}
	if (check_access(json_object_get(value, "acl"), name, err) == -1)
		return -1;
	return take_endpoints(list, json_object_get(value, "endpoints"), name,
	    err);
}

int
bundle_take_offers(json_t *app, const char *name, const json_t *value,
    struct error *err)
{
	json_t *offers = member_of(app, "offers"), *one;
	const char *offer;

	if (!json_is_object(value))
		return error_set(err, ERROR_INVALID,
		    "application \"%s\": offers: expected names and endpoints",
		    name);
	json_object_foreach(text_json(value), offer, one) {
		if (json_is_null(one))
			json_object_del(offers, offer);
		else if (take_offer(offers, offer, one, err) == -1)
			return error_wrap(err, "application \"%s\"", name);
	}
	return 0;
}

int
bundle_take_saas(json_t *bundle, const json_t *value, struct error *err)
{
	json_t *saas = member_of(bundle, "saas"), *one;
	const char *alias, *url;

	if (!json_is_object(value))
		return error_set(err, ERROR_INVALID,
		    "saas: expected names and the URLs of offers");
	json_object_foreach(text_json(value), alias, one) {
		url = json_string_value(json_object_get(one, "url"));
		if (json_is_null(one))
			bundle_drop(bundle, "saas", alias);
		else if (url == NULL || json_object_size(one) != 1)
			return error_set(err, ERROR_INVALID,
			    "saas \"%s\": expected \"url\" and nothing else",
			    alias);
		else
			json_object_set_new(saas, alias,
			    json_pack("{s:s}", "url", url));
	}
	return 0;
}

/* ---- from a model ---- */

static void
add_offer(json_t *apps, const char *name, const json_t *offer)
{
	json_t *app = json_object_get(apps,
	    json_text(offer, "application", ""));
	json_t *list = json_array(), *one;
	const char *endpoint;

	json_object_foreach(offer_endpoints(offer), endpoint, one)
		add_sorted(list, endpoint);
	if (app != NULL)
		json_object_set_new(member_of(app, "offers"), name,
		    json_pack("{s:O}", "endpoints", list));
	json_decref(list);
}

void
bundle_add_offers(json_t *model, const json_t *status)
{
	json_t *one;
	const char *name;

	json_object_foreach(json_child(status, "offers", JSON_OBJECT), name,
	    one)
		add_offer(json_object_get(model, "applications"), name, one);
	json_object_foreach(json_child(status, "saas", JSON_OBJECT), name, one)
		json_object_set_new(member_of(model, "saas"), name,
		    json_pack("{s:s}", "url", json_text(one, "url", "")));
}

/* "controller:user/model.offer" without what is the same everywhere. */
static const char *
skip_to(const char *url, char mark)
{
	const char *at = strchr(url, mark);

	return at != NULL ? at + 1 : url;
}

bool
bundle_same_offer(const char *a, const char *b)
{
	a = skip_to(a, ':');
	b = skip_to(b, ':');
	if (strchr(a, '/') == NULL || strchr(b, '/') == NULL) {
		a = skip_to(a, '/');
		b = skip_to(b, '/');
	}
	return strcmp(a, b) == 0;
}
