/* SPDX-License-Identifier: Apache-2.0 */
/* The row of a relation, and back. */

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/owing.h"
#include "model/tree.h"
#include "model/words.h"

static void
put_number(json_t *row, const char *key, uint64_t value)
{
	(void)json_object_set_new(row, key, json_integer((json_int_t)value));
}

/* Who sets a bag leaves what others hold as it is. */
static void
put_bag(json_t *row, json_t *bag)
{
	(void)json_object_set(row, "bag", bag);
}

static json_t *
end_value(const struct relation_end *end)
{
	json_t *row = json_object();

	json_put_text(row, "application", end->app->name);
	json_put_text(row, "endpoint", end->endpoint);
	json_put_text(row, "role", role_word(end->role));
	put_bag(row, end->bag);
	put_number(row, "bag-version", end->bag_version);
	return row;
}

static void
put_members(json_t *members, const struct relation_end *end)
{
	struct member *m = end_first_member(end);
	json_t *one;

	for (; m != NULL; m = RB_NEXT(member_tree, NULL, m)) {
		/* Its unit goes in the same commit, and has no row then. */
		if (m->unit->entity.deleted)
			continue;
		one = json_object();
		json_put_text(one, "unit", m->unit->name);
		put_bag(one, m->bag);
		put_number(one, "bag-version", m->bag_version);
		(void)json_array_append_new(members, one);
	}
}

json_t *
relation_value(const struct relation *r)
{
	json_t *row = json_object(), *ends = json_array();
	json_t *members = json_array();

	json_put_text(row, "interface", r->interface);
	(void)json_object_set_new(row, "dying",
	    json_boolean(r->life == LIFE_DYING));
	put_number(row, "created", r->created_ms);
	for (int i = 0; i < r->nends; i++) {
		(void)json_array_append_new(ends, end_value(&r->ends[i]));
		put_members(members, &r->ends[i]);
	}
	(void)json_object_set_new(row, "ends", ends);
	(void)json_object_set_new(row, "members", members);
	return row;
}

/* ---- back ---- */

static json_t *
take_bag(const json_t *value)
{
	const json_t *bag = json_child(value, "bag", JSON_OBJECT);

	return bag != NULL ? json_deep_copy(bag) : json_object();
}

static int
take_end(struct relation *r, int i, const json_t *value, struct error *err)
{
	const char *name = json_text(value, "application", "");
	struct relation_end *end = &r->ends[i];

	relation_end_link(r, i, application_find_any(r->model, name));
	if (end->app == NULL)
		return error_set(err, ERROR_INTERNAL, "no application \"%s\"",
		    name);
	if (role_parse(json_text(value, "role", NULL), &end->role) != 0)
		return error_set(err, ERROR_INTERNAL, "end %d has no role", i);
	xreplace(&end->endpoint, json_text(value, "endpoint", ""));
	json_decref(end->bag);
	end->bag = take_bag(value);
	end->bag_version = (uint64_t)json_int(value, "bag-version", 0);
	return 0;
}

static int
take_members(struct relation *r, const json_t *members, struct error *err)
{
	struct relation_end *end;
	struct member *m;
	struct unit *u;
	const char *name;
	json_t *one;
	size_t i;

	relation_clear_members(r);
	json_array_foreach(members, i, one) {
		name = json_text(one, "unit", "");
		u = unit_find_any(r->model, name);
		end = u != NULL ? relation_end_of(r, u->app) : NULL;
		if (end == NULL)
			return error_set(err, ERROR_INTERNAL, "no unit \"%s\"",
			    name);
		m = member_make(end, u);
		member_set_bag(m, take_bag(one));
		m->bag_version = (uint64_t)json_int(one, "bag-version", 0);
	}
	return 0;
}

int
relation_read(struct model *model, int64_t id, const json_t *value,
    struct error *err)
{
	const json_t *ends = json_object_get(value, "ends");
	size_t nends = json_array_size(ends);
	struct relation *old = relation_find_any(model, id), *r = old;

	if (nends < 1 || nends > 2)
		return error_set(err, ERROR_INTERNAL, "%zu ends", nends);
	if (r == NULL)
		r = relation_make(model, id);
	/* Set first: what is filled in is freed even if the next end fails. */
	r->nends = (int)nends;
	for (int i = 0; i < r->nends; i++) {
		if (take_end(r, i, json_array_get(ends, (size_t)i), err) != 0)
			return -1;
	}
	xreplace(&r->interface, json_text(value, "interface", NULL));
	r->life = json_bool(value, "dying", false) ? LIFE_DYING : LIFE_ALIVE;
	r->created_ms = (uint64_t)json_int(value, "created", 0);
	r->entity.fresh = r->entity.deleted = false;
	if (take_members(r, json_object_get(value, "members"), err) != 0)
		return -1;
	/* When it is taken back, others may still have to be. */
	if (old != NULL)
		relation_open(r);
	else
		relation_open_owed(r);
	return 0;
}
