/* SPDX-License-Identifier: Apache-2.0 */

#include "request.h"

#include <stdbool.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "view.h"

#define ROLES "extra-user-roles"

json_t *
request_wanted(const struct view *v, const struct link *l)
{
	const char *name = view_option(v, l->product->option);
	bool is_new = l->sent == NULL ||
	    (l->refusal != NULL && !link_is_granted(l));
	json_t *wanted;

	if (is_new && (name == NULL || l->flaw != NULL))
		return NULL;
	wanted = is_new ? json_object() : json_copy(l->sent);
	if (is_new)
		json_put_text(wanted, l->product->key, name);
	if (is_new || l->product->has_live_roles)
		json_put_text(wanted, ROLES, view_option(v, ROLES));
	return wanted;
}

/* A key that is not wanted has to be taken out of the bag by name. */
static json_t *
request_values(const struct link *l, json_t *wanted)
{
	json_t *values = json_object();

	json_object_set_new(values, l->product->key, json_null());
	json_object_set_new(values, ROLES, json_null());
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
