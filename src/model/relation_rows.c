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

/* It says what every unit says at first, as most do. */
static bool
says_nothing_new(const struct member *m)
{
	return m->unit->machine != NULL && m->bag == m->unit->machine->bag;
}

/* Its number alone, if there is nothing else to say. */
static json_t *
member_value(const struct member *m)
{
	json_t *row;

	if (says_nothing_new(m) && m->bag_version == 1)
		return json_integer((json_int_t)m->unit->number);
	row = json_object();
	put_number(row, "number", (uint64_t)m->unit->number);
	put_number(row, "bag-version", m->bag_version);
	if (!says_nothing_new(m))
		put_bag(row, m->bag);
	return row;
}

static json_t *
members_value(const struct relation_end *end)
{
	struct member *m = end_first_member(end);
	json_t *members = json_array();

	for (; m != NULL; m = RB_NEXT(member_tree, NULL, m)) {
		/* Its unit goes in the same commit, and has no row then. */
		if (!m->unit->entity.deleted)
			(void)json_array_append_new(members, member_value(m));
	}
	return members;
}

static json_t *
end_value(const struct relation_end *end)
{
	json_t *row = json_object();

	json_put_text(row, "application", end->app->name);
	if (end->alias != NULL) {
		json_put_text(row, "model", end->app->model->name);
		json_put_text(row, "alias", end->alias);
	}
	json_put_text(row, "endpoint", end->endpoint);
	json_put_text(row, "role", role_word(end->role));
	put_bag(row, end->bag);
	put_number(row, "bag-version", end->bag_version);
	(void)json_object_set_new(row, "members", members_value(end));
	return row;
}

json_t *
relation_value(const struct relation *r)
{
	json_t *row = json_object(), *ends = json_array();

	json_put_text(row, "interface", r->interface);
	json_put_text(row, "offer", r->offer);
	json_put_text(row, "asked", r->asked);
	(void)json_object_set_new(row, "dying",
	    json_boolean(r->life == LIFE_DYING));
	put_number(row, "created", r->created_ms);
	for (int i = 0; i < r->nends; i++)
		(void)json_array_append_new(ends, end_value(&r->ends[i]));
	(void)json_object_set_new(row, "ends", ends);
	return row;
}

/* ---- back ---- */

/* Who changes a bag that is held by others takes a copy: bag_set(). */
static json_t *
take_bag(const json_t *value)
{
	json_t *bag = json_object_get(value, "bag");

	return json_is_object(bag) ? json_incref(bag) : json_object();
}

static int
take_member(struct relation_end *end, const json_t *value, struct error *err)
{
	json_int_t number = json_is_integer(value) ?
	    json_integer_value(value) :
	    json_int(value, "number", -1);
	struct unit *u = unit_find_number(end->app, number);
	struct member *m;

	if (u == NULL)
		return error_set(err, ERROR_INTERNAL, "no unit \"%s/%lld\"",
		    end->app->name, (long long)number);
	m = member_make(end, u);
	m->bag_version = (uint64_t)json_int(value, "bag-version", 1);
	if (json_object_get(value, "bag") == NULL)
		m->bag = member_first_bag(u);
	else
		member_set_bag(m, take_bag(value));
	return 0;
}

static int
take_members(struct relation_end *end, const json_t *members, struct error *err)
{
	json_t *one;
	size_t i;

	json_array_foreach(members, i, one) {
		if (take_member(end, one, err) != 0)
			return -1;
	}
	return 0;
}

static int
take_end(struct relation *r, int i, const json_t *value, struct error *err)
{
	const char *name = json_text(value, "application", "");
	const char *far = json_text(value, "model", r->model->name);
	struct relation_end *end = &r->ends[i];
	struct model *m = model_find_any(r->entity.ctl, far);

	relation_end_link(r, i,
	    m != NULL ? application_find_any(m, name) : NULL);
	if (end->app == NULL)
		return error_set(err, ERROR_INTERNAL, "no application \"%s\"",
		    name);
	if (role_parse(json_text(value, "role", NULL), &end->role) != 0)
		return error_set(err, ERROR_INTERNAL, "end %d has no role", i);
	xreplace(&end->alias, json_text(value, "alias", NULL));
	xreplace(&end->endpoint, json_text(value, "endpoint", ""));
	json_decref(end->bag);
	end->bag = take_bag(value);
	end->bag_version = (uint64_t)json_int(value, "bag-version", 0);
	return take_members(end, json_object_get(value, "members"), err);
}

/* At first those of all ends were together, by name. */
static int
take_old_members(struct relation *r, const json_t *members, struct error *err)
{
	struct relation_end *end;
	struct unit *u;
	const char *name;
	json_t *one;
	size_t i;

	json_array_foreach(members, i, one) {
		name = json_text(one, "unit", "");
		u = unit_find_any(r->model, name);
		end = u != NULL ? relation_end_of(r, u->app) : NULL;
		if (end == NULL)
			return error_set(err, ERROR_INTERNAL, "no unit \"%s\"",
			    name);
		json_object_set_new(one, "number",
		    json_integer((json_int_t)u->number));
		if (take_member(end, one, err) != 0)
			return -1;
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
	relation_clear_members(r);
	for (int i = 0; i < r->nends; i++) {
		if (take_end(r, i, json_array_get(ends, (size_t)i), err) != 0)
			return -1;
	}
	relation_link_guest(r);
	xreplace(&r->offer, json_text(value, "offer", NULL));
	xreplace(&r->asked, json_text(value, "asked", NULL));
	xreplace(&r->interface, json_text(value, "interface", NULL));
	r->life = json_bool(value, "dying", false) ? LIFE_DYING : LIFE_ALIVE;
	r->created_ms = (uint64_t)json_int(value, "created", 0);
	r->entity.fresh = r->entity.deleted = false;
	if (take_old_members(r, json_object_get(value, "members"), err) != 0)
		return -1;
	/* When it is taken back, others may still have to be. */
	if (old != NULL)
		relation_open(r);
	else
		relation_open_owed(r);
	return 0;
}
