/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/open.h"
#include "model/seen.h"
#include "model/tree.h"

struct seen_relation *
unit_seen(const struct unit *u, int64_t relation)
{
	struct seen_relation *seen = seen_find_any(u, relation);

	return seen == NULL || seen->entity.deleted ? NULL : seen;
}

/* It has been read: what it is compared with is looked at again. */
static void
seen_open(struct seen_relation *seen)
{
	struct relation *r = relation_find_any(seen->unit->app->model,
	    seen->relation);

	if (r != NULL && relation_end_of(r, seen->unit->app) != NULL)
		unit_open(seen->unit, r);
}

struct seen_relation *
seen_relation_add(struct unit *u, int64_t relation)
{
	struct seen_relation *seen = seen_find_any(u, relation);

	if (seen == NULL) {
		seen = seen_make(u, relation);
		seen->entity.fresh = true;
	} else if (seen->entity.deleted) {
		/* It was to go with this commit: it stays, as a new one. */
		seen->entity.deleted = false;
		seen_clear(seen);
	}
	entity_touch(&seen->entity);
	return seen;
}

static void
clear_deferred(struct seen_relation *seen)
{
	xreplace(&seen->deferred_title, NULL);
	xreplace(&seen->deferred_reason, NULL);
	seen->deferred_at_ms = 0;
	seen->deferred_after_ms = 0;
}

void
seen_forget_deferred(struct seen_relation *seen)
{
	if (seen->deferred_title == NULL)
		return;
	clear_deferred(seen);
	entity_touch(&seen->entity);
}

void
seen_clear(struct seen_relation *seen)
{
	struct seen_member *m;

	while ((m = RB_ROOT(&seen->members)) != NULL)
		seen_member_free(seen, m);
	seen->app_version = 0;
	clear_deferred(seen);
}

void
seen_free(struct seen_relation *seen)
{
	seen_clear(seen);
	RB_REMOVE(seen_tree, &seen->unit->local.relations, seen);
	free(seen);
}

struct seen_member *
seen_find_member(const struct seen_relation *seen, int64_t number)
{
	struct seen_member *m;

	TREE_FIND(m, &seen->members, entry, compare_numbers(number, m->number));
	return m;
}

struct seen_member *
seen_first_member(const struct seen_relation *seen)
{
	struct seen_member *m = RB_ROOT(&seen->members);

	while (m != NULL && RB_LEFT(m, entry) != NULL)
		m = RB_LEFT(m, entry);
	return m;
}

static struct seen_member *
member_make_seen(struct seen_relation *seen, int64_t number)
{
	struct seen_member *m = seen_find_member(seen, number);

	if (m != NULL)
		return m;
	m = xcalloc(1, sizeof *m);
	m->number = number;
	(void)RB_INSERT(seen_member_tree, &seen->members, m);
	return m;
}

void
seen_member_add(struct seen_relation *seen, int64_t number)
{
	(void)member_make_seen(seen, number);
	entity_touch(&seen->entity);
}

void
seen_app_changed(struct seen_relation *seen, uint64_t version)
{
	seen->app_version = version;
	entity_touch(&seen->entity);
}

void
seen_member_free(struct seen_relation *seen, struct seen_member *m)
{
	RB_REMOVE(seen_member_tree, &seen->members, m);
	free(m);
}

/* ---- and what there is ---- */

bool
unit_has_met_others(const struct unit *u, struct relation *r)
{
	const struct seen_relation *seen = unit_seen(u, r->id);

	if (seen != NULL)
		return !RB_EMPTY(&seen->members);
	return relation_find_member(r, u) != NULL &&
	    relation_first_visible(r, u) != NULL;
}

static bool
seen_is_all(const struct seen_relation *seen, struct relation *r)
{
	uint64_t app_version =
	    relation_far_end(r, seen->unit->app)->bag_version;
	struct seen_member *known = seen_first_member(seen);
	struct member *m = relation_first_visible(r, seen->unit);

	/* Both are in the order of numbers. */
	for (; m != NULL && known != NULL;
	     m = relation_next_visible(seen->unit, m)) {
		if (known->number != m->unit->number || !known->changed ||
		    known->version != m->bag_version)
			return false;
		known = RB_NEXT(seen_member_tree, NULL, known);
	}
	return m == NULL && known == NULL && seen->deferred_title == NULL &&
	    seen->app_version == app_version;
}

void
seen_settle(struct unit *u, struct relation *r)
{
	struct seen_relation *seen = unit_seen(u, r->id);

	if (seen != NULL && relation_find_member(r, u) != NULL &&
	    seen_is_all(seen, r))
		entity_delete(&seen->entity);
}

struct seen_relation *
seen_keep(struct unit *u, struct relation *r)
{
	struct seen_relation *seen = unit_seen(u, r->id);
	struct seen_member *known;
	struct member *m;

	if (seen != NULL || relation_find_member(r, u) == NULL)
		return seen;
	seen = seen_relation_add(u, r->id);
	seen->app_version = relation_far_end(r, u->app)->bag_version;
	for (m = relation_first_visible(r, u); m != NULL;
	     m = relation_next_visible(u, m)) {
		known = member_make_seen(seen, m->unit->number);
		known->version = m->bag_version;
		known->changed = true;
	}
	return seen;
}

void
seen_keep_others(struct relation *r, const struct application *app,
    const struct unit *but)
{
	struct member *m = end_first_member(relation_far_end(r, app));

	if (r->entity.deleted)
		return;
	for (; m != NULL; m = RB_NEXT(member_tree, NULL, m)) {
		if (m->unit != but && !m->unit->entity.deleted)
			(void)seen_keep(m->unit, r);
	}
}

/* ---- the row ---- */

json_t *
seen_value(const struct seen_relation *seen)
{
	json_t *members = json_array(), *one, *row;
	struct seen_member *m = seen_first_member(seen);

	for (; m != NULL; m = RB_NEXT(seen_member_tree, NULL, m)) {
		one = json_pack("{s:I, s:I, s:b}", "number",
		    (json_int_t)m->number, "version", (json_int_t)m->version,
		    "changed", m->changed);
		(void)json_array_append_new(members, one);
	}
	row = json_pack("{s:I, s:o}", "app-version",
	    (json_int_t)seen->app_version, "members", members);
	assert(row != NULL);
	if (seen->deferred_title == NULL)
		return row;
	json_put_text(row, "deferred-title", seen->deferred_title);
	json_put_text(row, "deferred-reason", seen->deferred_reason);
	json_object_set_new(row, "deferred-at",
	    json_integer((json_int_t)seen->deferred_at_ms));
	json_object_set_new(row, "deferred-after",
	    json_integer((json_int_t)seen->deferred_after_ms));
	return row;
}

void
seen_take(struct seen_relation *seen, const json_t *value)
{
	const json_t *one;
	struct seen_member *m;
	size_t i;

	seen_clear(seen);
	seen_open(seen);
	seen->app_version = (uint64_t)json_int(value, "app-version", 0);
	xreplace(&seen->deferred_title,
	    json_text(value, "deferred-title", NULL));
	xreplace(&seen->deferred_reason,
	    json_text(value, "deferred-reason", NULL));
	seen->deferred_at_ms = (uint64_t)json_int(value, "deferred-at", 0);
	seen->deferred_after_ms = (uint64_t)json_int(value, "deferred-after",
	    0);
	json_array_foreach(json_object_get(value, "members"), i, one) {
		/* At first it was the unit's name. */
		m = member_make_seen(seen,
		    json_int(one, "number",
			name_number(json_text(one, "unit", ""))));
		m->version = (uint64_t)json_int(one, "version", 0);
		m->changed = json_bool(one, "changed", false);
	}
}

void
seen_take_old(struct unit *u, const json_t *relations)
{
	struct seen_relation *seen;
	json_t *one;
	size_t i;

	json_array_foreach(relations, i, one) {
		seen = seen_relation_add(u, json_int(one, "relation", -1));
		seen_take(seen, one);
		entity_touch(&u->entity);
	}
}
