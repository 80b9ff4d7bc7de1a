/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/far.h"
#include "model/open.h"
#include "model/seen.h"
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

static struct member *
end_find_member(const struct relation_end *end, int64_t number)
{
	struct member *m;

	TREE_FIND(m, &end->members, entry,
	    compare_numbers(number, m->unit->number));
	return m;
}

struct member *
relation_find_member(struct relation *r, const struct unit *u)
{
	const struct relation_end *end = relation_end_of(r, u->app);
	struct member *m;

	if (end == NULL || u->entity.deleted)
		return NULL;
	m = end_find_member(end, u->number);
	return m != NULL && m->unit == u ? m : NULL;
}

struct member *
end_find_number(const struct relation_end *end, int64_t number)
{
	struct member *m = end_find_member(end, number);

	return m == NULL || m->unit->entity.deleted ? NULL : m;
}

/* There is one spelling of a name: "a/01" is none. */
static struct member *
end_find_name(const struct relation_end *end, const char *app, const char *unit)
{
	size_t n = strlen(app);
	struct member *m;

	if (strncmp(unit, app, n) != 0 || unit[n] != '/')
		return NULL;
	m = end_find_number(end, name_number(unit));
	return m != NULL && strcmp(strrchr(m->unit->name, '/'), unit + n) == 0 ?
	    m :
	    NULL;
}

struct member *
relation_find_member_name(struct relation *r, const struct model *seen_from,
    const char *unit)
{
	struct member *m = NULL;

	for (int i = 0; i < r->nends && m == NULL; i++)
		m = end_find_name(&r->ends[i], end_name(&r->ends[i], seen_from),
		    unit);
	return m;
}

struct member *
end_first_member(const struct relation_end *end)
{
	struct member *m = RB_ROOT(&end->members);

	while (m != NULL && RB_LEFT(m, entry) != NULL)
		m = RB_LEFT(m, entry);
	return m;
}

/* The first from here on that the unit can see. */
static struct member *
visible(const struct unit *u, struct member *m)
{
	while (m != NULL && (m->unit == u || m->unit->entity.deleted))
		m = RB_NEXT(member_tree, NULL, m);
	return m;
}

struct member *
relation_first_visible(struct relation *r, const struct unit *u)
{
	return visible(u, end_first_member(relation_far_end(r, u->app)));
}

struct member *
relation_next_visible(const struct unit *u, struct member *m)
{
	return visible(u, RB_NEXT(member_tree, NULL, m));
}

bool
relation_is_empty(const struct relation *r)
{
	for (int i = 0; i < r->nends; i++) {
		if (!RB_EMPTY(&r->ends[i].members))
			return false;
	}
	return true;
}

struct member *
member_make(struct relation_end *end, struct unit *u)
{
	struct member *m = xcalloc(1, sizeof *m), *twin;

	m->unit = u;
	twin = RB_INSERT(member_tree, &end->members, m);
	assert(twin == NULL);
	return m;
}

void
member_free(struct relation_end *end, struct member *m)
{
	RB_REMOVE(member_tree, &end->members, m);
	json_decref(m->bag);
	free(m);
}

void
relation_clear_members(struct relation *r)
{
	struct member *m;

	for (int i = 0; i < r->nends; i++) {
		while ((m = RB_ROOT(&r->ends[i].members)) != NULL)
			member_free(&r->ends[i], m);
	}
}

json_t *
member_first_bag(const struct unit *u)
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
	json_t *initial = member_first_bag(m->unit);

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
	seen_keep_others(r, u->app, u);
	m = member_make(relation_end_of(r, u->app), u);
	m->bag = member_first_bag(u);
	m->bag_version = 1;
	(void)seen_relation_add(u, r->id);
	relation_open_to_others(r, u->app);
	entity_touch(&r->entity);
	return m;
}

void
relation_leave(struct relation *r, struct unit *u)
{
	struct member *m = relation_find_member(r, u);
	struct seen_relation *seen = unit_seen(u, r->id);

	if (m == NULL)
		return;
	if (seen != NULL)
		entity_delete(&seen->entity);
	seen_keep_others(r, u->app, u);
	member_free(relation_end_of(r, u->app), m);
	unit_open(u, r);
	relation_open_to_others(r, u->app);
	entity_touch(&r->entity);
}

void
relation_app_spoke(struct relation *r, struct relation_end *end)
{
	struct unit *leader = application_leader(end->app);
	struct seen_relation *seen;

	seen_keep_others(r, end->app, leader);
	end->bag_version++;
	/* Of a bag of peers the leader has seen what it wrote. */
	seen = r->nends == 1 && leader != NULL ? unit_seen(leader, r->id) :
						 NULL;
	if (seen != NULL)
		seen_app_changed(seen, end->bag_version);
	relation_open_to_others(r, end->app);
	entity_touch(&r->entity);
}

void
relation_unit_spoke(struct relation *r, struct member *m)
{
	seen_keep_others(r, m->unit->app, m->unit);
	m->bag_version++;
	relation_open_to_others(r, m->unit->app);
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
relation_key(const struct relation *r, const struct model *seen_from)
{
	const struct relation_end *a = &r->ends[0], *b = &r->ends[1];

	if (r->nends == 1)
		return xasprintf("%s:%s", a->app->name, a->endpoint);
	return xasprintf("%s:%s %s:%s", end_name(a, seen_from), a->endpoint,
	    end_name(b, seen_from), b->endpoint);
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
