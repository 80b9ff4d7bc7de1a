/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/tree.h"

struct relation_end *
relation_end_of(struct relation *r, const struct application *app)
{
	for (int i = 0; i < r->nends; i++) {
		if (r->ends[i].app == app)
			return &r->ends[i];
	}
	return NULL;
}

struct relation_end *
relation_far_end(struct relation *r, const struct application *app)
{
	if (r->nends == 2 && r->ends[0].app == app)
		return &r->ends[1];
	return &r->ends[0];
}

struct member *
relation_find_member(struct relation *r, const struct unit *u)
{
	struct member *m;

	if (u->entity.deleted)
		return NULL;
	TAILQ_FOREACH(m, &r->members, entry) {
		if (m->unit == u)
			return m;
	}
	return NULL;
}

struct member *
relation_find_member_name(struct relation *r, const char *unit)
{
	struct member *m;

	TAILQ_FOREACH(m, &r->members, entry) {
		if (strcmp(m->unit->name, unit) == 0)
			return m->unit->entity.deleted ? NULL : m;
	}
	return NULL;
}

struct member *
member_make(struct relation *r, struct unit *u)
{
	struct member *m = xcalloc(1, sizeof *m), *next;

	m->unit = u;
	TAILQ_FOREACH(next, &r->members, entry) {
		if (name_compare(next->unit->name, u->name) > 0)
			break;
	}
	if (next != NULL)
		TAILQ_INSERT_BEFORE(next, m, entry);
	else
		TAILQ_INSERT_TAIL(&r->members, m, entry);
	return m;
}

void
member_free(struct relation *r, struct member *m)
{
	TAILQ_REMOVE(&r->members, m, entry);
	json_decref(m->bag);
	free(m);
}

/* What every unit tells about itself from the start. */
static json_t *
bag_initial(const struct unit *u)
{
	struct machine *machine = u->machine;
	autofree char *subnet = NULL;

	if (machine == NULL || machine->address == NULL)
		return json_object();
	if (machine->bag == NULL) {
		machine->bag = json_object();
		subnet = xasprintf("%s/32", machine->address);
		json_put_text(machine->bag, "egress-subnets", subnet);
		json_put_text(machine->bag, "ingress-address",
		    machine->address);
		json_put_text(machine->bag, "private-address",
		    machine->address);
	}
	return json_incref(machine->bag);
}

void
member_set_bag(struct member *m, json_t *stolen)
{
	json_t *initial = bag_initial(m->unit);

	json_decref(m->bag);
	m->bag = json_equal(initial, stolen) ? json_incref(initial) :
					       json_incref(stolen);
	json_decref(stolen);
	json_decref(initial);
}

struct member *
relation_join(struct relation *r, struct unit *u)
{
	struct member *m = relation_find_member(r, u);

	if (m != NULL)
		return m;
	m = member_make(r, u);
	m->bag = bag_initial(u);
	m->bag_version = 1;
	entity_touch(&r->entity);
	return m;
}

void
relation_leave(struct relation *r, struct unit *u)
{
	struct member *m = relation_find_member(r, u);

	if (m == NULL)
		return;
	member_free(r, m);
	entity_touch(&r->entity);
}

char *
relation_hook_id(struct relation *r, const struct application *app)
{
	const struct relation_end *end = relation_end_of(r, app);

	return xasprintf("%s:%lld", end == NULL ? "" : end->endpoint,
	    (long long)r->id);
}

char *
relation_key(const struct relation *r)
{
	const struct relation_end *a = &r->ends[0], *b = &r->ends[1];

	if (r->nends == 1)
		return xasprintf("%s:%s", a->app->name, a->endpoint);
	return xasprintf("%s:%s %s:%s", a->app->name, a->endpoint, b->app->name,
	    b->endpoint);
}

bool
bag_set(json_t **bag, const char *key, const char *value)
{
	const char *old = json_text(*bag, key, NULL);

	if (value != NULL && *value == '\0')
		value = NULL;
	if (old == value ||
	    (old != NULL && value != NULL && strcmp(old, value) == 0))
		return false;
	if ((*bag)->refcount > 1) {
		json_t *own = json_copy(*bag);

		json_decref(*bag);
		*bag = own;
	}
	json_put_text(*bag, key, value);
	return true;
}
