/* SPDX-License-Identifier: Apache-2.0 */

#include "request.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "view.h"

/*
 * Of the answer, what is to come as a secret. The output of get-credentials is
 * the same; a provider that knows no secrets answers in its databag.
 */
#define SECRETS \
	"[\"username\", \"password\", \"entity-name\", \"entity-password\"]"

/* Options that go along as they are. */
static const struct {
	const char *key;
	bool is_live; /* May it change where the product allows changes? */
} options[] = {
	{ "entity-type", false },
	{ "entity-permissions", true },
	{ "extra-user-roles", true },
	{ "extra-group-roles", true },
};

json_t *
request_wanted(const struct view *v, const struct link *l)
{
	const char *name = view_option(v, l->product->option);
	bool is_new = l->sent == NULL ||
	    (l->refusal != NULL && !link_is_granted(l));
	json_t *wanted;

	if (v->flaw != NULL || (is_new && (name == NULL || l->flaw != NULL)))
		return NULL;
	wanted = is_new ? json_object() : json_copy(l->sent);
	if (is_new) {
		json_put_text(wanted, l->product->key, name);
		json_put_text(wanted, "requested-secrets", SECRETS);
	}
	for (size_t i = 0; i < nitems(options); i++)
		if (is_new ||
		    (options[i].is_live && l->product->has_live_roles))
			json_put_text(wanted, options[i].key,
			    view_option(v, options[i].key));
	return wanted;
}

bool
request_differs(const struct view *v, const struct link *l)
{
	for (size_t i = 0; l->sent != NULL && i < nitems(options); i++) {
		const char *option = view_option(v, options[i].key);

		if (options[i].is_live && l->product->has_live_roles)
			continue;
		if (strcmp(json_text(l->sent, options[i].key, ""),
			option != NULL ? option : "") != 0)
			return true;
	}
	return false;
}

/* A key that is not wanted has to be taken out of the bag by name. */
static json_t *
request_values(const struct link *l, json_t *wanted)
{
	json_t *values = json_object();

	json_object_set_new(values, l->product->key, json_null());
	for (size_t i = 0; i < nitems(options); i++)
		json_object_set_new(values, options[i].key, json_null());
	json_object_update(values, wanted);
	return values;
}

static int
request_send(struct hook *h, const struct view *v, struct link *l,
    json_t *wanted, struct error *err)
{
	autofree char *text = json_line(wanted);
	json_t *kept = json_object();

	json_put_text(kept, l->relation, text);
	if (hook_app_bag_set(h, v->peers, kept, err) < 0)
		return -1;
	if (hook_app_bag_set(h, l->relation, request_values(l, wanted), err) <
	    0)
		return -1;
	json_decref(l->sent);
	l->sent = json_incref(wanted);
	return 0;
}

int
requests_send(struct hook *h, struct view *v, struct error *err)
{
	struct link *l;
	size_t i;

	for (i = 0; v->is_leader && i < v->nlinks; i++) {
		json_auto_t *wanted = NULL;

		l = &v->links[i];
		wanted = request_wanted(v, l);
		if (wanted == NULL || json_equal(wanted, l->sent))
			continue;
		if (request_send(h, v, l, wanted, err) < 0)
			return -1;
	}
	return 0;
}

int
request_forget(struct hook *h, const struct view *v, const char *relation,
    struct error *err)
{
	json_t *values;

	if (!v->is_leader)
		return 0;
	values = json_object();
	json_object_set_new(values, relation, json_null());
	return hook_app_bag_set(h, v->peers, values, err);
}
