/* SPDX-License-Identifier: Apache-2.0 */

#include "model/far.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "model/secret.h"
#include "model/tree.h"

void
relation_link_guest(struct relation *r)
{
	struct relation *twin;

	if (r->nends != 2 || r->guest != NULL ||
	    r->ends[0].app->model == r->ends[1].app->model)
		return;
	r->guest = r->ends[0].app->model == r->model ? r->ends[1].app->model :
						       r->ends[0].app->model;
	twin = RB_INSERT(guest_tree, &r->guest->guests, r);
	assert(twin == NULL);
	for (int i = 0; i < r->nends; i++)
		r->ends[i].app->nguests++;
}

char *
application_name_in(const struct application *app, const struct model *m)
{
	if (app->model == m)
		return xstrdup(app->name);
	return xasprintf("%s.%s", app->model->name, app->name);
}

const char *
end_name(const struct relation_end *end, const struct model *seen_from)
{
	return end->alias != NULL && end->app->model != seen_from ?
	    end->alias :
	    end->app->name;
}

char *
end_unit_name(const struct relation_end *end, const struct unit *u,
    const struct model *seen_from)
{
	return xasprintf("%s/%lld", end_name(end, seen_from),
	    (long long)u->number);
}

char *
unit_name_in(const struct unit *u, const struct model *m)
{
	if (u->app->model == m)
		return xstrdup(u->name);
	return xasprintf("%s.%s", u->app->model->name, u->name);
}

struct unit *
model_find_far_unit(struct model *m, const char *name)
{
	const char *dot = strchr(name, '.');
	autofree char *far = NULL;

	if (dot == NULL)
		return model_find_unit(m, name);
	far = xasprintf("%.*s", (int)(dot - name), name);
	m = ctl_find_model(m->entity.ctl, far);
	return m != NULL ? model_find_unit(m, dot + 1) : NULL;
}

struct model *
unit_next_far_model(const struct unit *u, struct relation_end **end)
{
	if (u->app->nguests == 0)
		return NULL;
	*end = *end == NULL ? RB_MIN(end_tree, &u->app->relations) :
			      RB_NEXT(end_tree, NULL, *end);
	while (*end != NULL && (*end)->relation->guest == NULL)
		*end = RB_NEXT(end_tree, NULL, *end);
	return *end == NULL ?
	    NULL :
	    relation_far_end((*end)->relation, u->app)->app->model;
}

struct secret *
unit_find_secret(const struct unit *u, const char *id)
{
	struct secret *s = model_find_secret(u->app->model, id);
	struct relation_end *end = NULL;
	struct model *far;

	while (s == NULL && (far = unit_next_far_model(u, &end)) != NULL)
		s = model_find_secret(far, id);
	return s;
}
