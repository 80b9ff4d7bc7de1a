/* SPDX-License-Identifier: Apache-2.0 */

#include "credentials.h"

#include "base/error.h"
#include "base/mem.h"
#include "charm.h"
#include "status.h"
#include "view.h"

static int
refuse(struct hook *h, const char *why, struct error *err)
{
	if (hook_action_set(h, json_pack("{s:s}", "ok", "False"), err) < 0)
		return -1;
	return hook_action_fail(h, why, err);
}

/* A new object: one member per product that has answered. */
static json_t *
credentials_collect(const struct view *v)
{
	json_t *all = json_object();
	const struct link *l;
	json_t *one;
	size_t i;

	for (i = 0; i < v->nlinks; i++) {
		l = &v->links[i];
		if (!link_is_granted(l))
			continue;
		one = json_copy(l->answer);
		json_object_del(one, "data");
		json_object_set_new(all, l->product->endpoint, one);
	}
	return all;
}

/* There are relations, but none has credentials: say what it waits for. */
static int
refuse_for_link(struct hook *h, const struct view *v, struct error *err)
{
	struct status status = status_of_link(v, status_worst_link(v));
	autofree char *why = status.message;

	return refuse(h, why, err);
}

int
credentials_get(struct hook *h, struct error *err)
{
	json_auto_t *results = NULL;
	autoview v = { 0 };

	if (view_read(h, NULL, &v, err) < 0)
		return -1;
	if (!view_has_name(&v))
		return refuse(h,
		    "The database name or topic name is not specified in the "
		    "config.",
		    err);
	if (v.nlinks == 0)
		return refuse(h,
		    "The action can be run only after relation is created.",
		    err);
	results = credentials_collect(&v);
	if (json_object_size(results) == 0)
		return refuse_for_link(h, &v, err);
	json_object_set_new(results, "ok", json_string("True"));
	return hook_action_set(h, json_incref(results), err);
}
