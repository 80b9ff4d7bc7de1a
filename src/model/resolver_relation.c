/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "model/far.h"
#include "model/owing.h"
#include "model/seen.h"
#include "model/titles.h"
#include "model/tree.h"

static void
copy_name(char *to, size_t size, const char *name)
{
	(void)snprintf(to, size, "%s", name);
}

static struct op
relation_hook(const struct unit *u, struct relation *r, enum hook_kind hook,
    uint64_t version)
{
	struct op op = hook_op(hook, version);

	op.relation = r->id;
	copy_name(op.remote_app, sizeof op.remote_app,
	    end_name(relation_far_end(r, u->app), u->app->model));
	return op;
}

/* The unit at the other end that has this number. */
static struct op
member_hook(const struct unit *u, struct relation *r, enum hook_kind hook,
    int64_t number, uint64_t version)
{
	struct op op = relation_hook(u, r, hook, version);

	(void)snprintf(op.remote_unit, sizeof op.remote_unit, "%s/%lld",
	    op.remote_app, (long long)number);
	return op;
}

/* Is the unit about to leave the relation, for whichever reason? */
static bool
is_leaving(const struct unit *u, const struct relation *r)
{
	/* The peer relation of a dying application goes with its last unit. */
	if (r->nends == 1)
		return u->life == LIFE_DYING;
	return u->life == LIFE_DYING || r->life == LIFE_DYING;
}

/* joined is always followed by changed, before anything else. */
static struct op
owed_changed(const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	const struct relation_end *far = relation_far_end(r, u->app);
	struct seen_member *known = seen_first_member(seen);
	const struct member *m;

	for (; known != NULL; known = RB_NEXT(seen_member_tree, NULL, known)) {
		if (known->changed)
			continue;
		m = end_find_number(far, known->number);
		if (m != NULL)
			return member_hook(u, r, HOOK_RELATION_CHANGED,
			    known->number, m->bag_version);
	}
	return op_none;
}

static struct op
departed_hook(const struct unit *u, struct relation *r, int64_t number)
{
	struct op op = member_hook(u, r, HOOK_RELATION_DEPARTED, number, 0);

	copy_name(op.departing_unit, sizeof op.departing_unit,
	    u->life == LIFE_DYING ? u->name : op.remote_unit);
	return op;
}

static struct op
owed_departed(const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	const struct relation_end *far = relation_far_end(r, u->app);
	struct seen_member *known = seen_first_member(seen);

	while (known != NULL && !is_leaving(u, r) &&
	    end_find_number(far, known->number) != NULL)
		known = RB_NEXT(seen_member_tree, NULL, known);
	if (known == NULL)
		return op_none;
	return departed_hook(u, r, known->number);
}

static struct op
owed_app_changed(const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	const struct relation_end *far = relation_far_end(r, u->app);

	/* The leader wrote the peers' bag itself. */
	if (r->nends == 1 && unit_is_leader(u))
		return op_none;
	/* Both begin at 0: a bag that was never written is no news. */
	if (far->bag_version == seen->app_version)
		return op_none;
	return relation_hook(u, r, HOOK_RELATION_CHANGED, far->bag_version);
}

static struct op
owed_unit_change(const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	struct member *m = relation_first_visible(r, u);
	const struct seen_member *known;

	for (; m != NULL; m = relation_next_visible(u, m)) {
		known = seen_find_member(seen, m->unit->number);
		/* Who is going has nothing more to say to who did not know. */
		if (known == NULL && m->unit->life == LIFE_ALIVE)
			return member_hook(u, r, HOOK_RELATION_JOINED,
			    m->unit->number, m->bag_version);
		if (known != NULL && known->version != m->bag_version)
			return member_hook(u, r, HOOK_RELATION_CHANGED,
			    m->unit->number, m->bag_version);
	}
	return op_none;
}

typedef struct op owed_fn(const struct unit *, struct relation *,
    const struct seen_relation *);

static struct op
first_of(owed_fn *const steps[], const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	struct op op = op_none;

	for (; *steps != NULL && op.kind == OP_NONE; steps++)
		op = (*steps)(u, r, seen);
	return op;
}

bool
is_due(uint64_t at_ms, uint64_t after_ms, uint64_t now_ms)
{
	return now_ms >= at_ms || now_ms + after_ms < at_ms;
}

/* The relation, if it is this hook of it that was put off. */
static const struct seen_relation *
deferred(const struct unit *u, const struct op *op)
{
	const struct seen_relation *seen = unit_seen(u, op->relation);
	autofree char *title = NULL;

	if (op->kind != OP_HOOK || seen == NULL || seen->deferred_title == NULL)
		return NULL;
	title = op_title(u, op);
	return strcmp(title, seen->deferred_title) == 0 ? seen : NULL;
}

/* It is not in the relation's scope. */
static struct op
owed_by_outsider(const struct unit *u, struct relation *r)
{
	if (r->life == LIFE_DYING || u->life == LIFE_DYING)
		return op_none;
	return relation_hook(u, r, HOOK_RELATION_CREATED, 0);
}

/* It has seen all there is: there is nothing to do but to leave. */
static struct op
owed_by_knower(const struct unit *u, struct relation *r)
{
	const struct member *m = relation_first_visible(r, u);

	if (!is_leaving(u, r))
		return op_none;
	if (m == NULL)
		return relation_hook(u, r, HOOK_RELATION_BROKEN, 0);
	return departed_hook(u, r, m->unit->number);
}

struct op
relation_op(const struct unit *u, struct relation *r)
{
	static owed_fn *const staying[] = { owed_changed, owed_departed,
		owed_app_changed, owed_unit_change, NULL };
	static owed_fn *const leaving[] = { owed_changed, owed_departed, NULL };
	const struct seen_relation *seen = unit_seen(u, r->id);
	struct op op;

	if (r->entity.deleted || relation_end_of(r, u->app) == NULL)
		return op_none;
	if (relation_find_member(r, u) == NULL)
		return owed_by_outsider(u, r);
	if (seen == NULL)
		return owed_by_knower(u, r);
	if (!is_leaving(u, r))
		return first_of(staying, u, r, seen);
	op = first_of(leaving, u, r, seen);
	if (op.kind == OP_NONE)
		op = relation_hook(u, r, HOOK_RELATION_BROKEN, 0);
	return op;
}

struct op
created_op(const struct unit *u)
{
	struct open_relation *o = unit_first_open(u);
	struct relation *r;

	for (; o != NULL; o = RB_NEXT(open_tree, NULL, o)) {
		r = o->relation;
		if (r->entity.deleted || r->life == LIFE_DYING ||
		    relation_find_member(r, u) != NULL)
			continue;
		return relation_hook(u, r, HOOK_RELATION_CREATED, 0);
	}
	return op_none;
}

/* One that is put off does not hold up the others. */
struct op
relations_op(const struct unit *u, uint64_t now_ms)
{
	struct open_relation *o = unit_first_open(u);
	const struct seen_relation *put_off;
	struct op op, later = op_none;

	for (; o != NULL; o = RB_NEXT(open_tree, NULL, o)) {
		op = relation_op(u, o->relation);
		if (op.kind == OP_NONE)
			continue;
		put_off = deferred(u, &op);
		if (put_off == NULL ||
		    is_due(put_off->deferred_at_ms, put_off->deferred_after_ms,
			now_ms))
			return op;
		if (later.at_ms == 0 || put_off->deferred_at_ms < later.at_ms)
			later.at_ms = put_off->deferred_at_ms;
	}
	return later;
}

/* The first that it owes to a relation with so many ends. */
static struct op
first_with_ends(const struct unit *u, int nends)
{
	struct open_relation *o = unit_first_open(u);
	struct op op = op_none;

	for (; o != NULL && op.kind == OP_NONE;
	     o = RB_NEXT(open_tree, NULL, o)) {
		if (o->relation->nends == nends)
			op = relation_op(u, o->relation);
	}
	return op;
}

/* Peers go last: what they share may be needed to take leave of the others. */
struct op
leave_op(const struct unit *u)
{
	struct op op = first_with_ends(u, 2);

	return op.kind != OP_NONE ? op : first_with_ends(u, 1);
}

/* What it fails at does not keep a unit in a relation that is to go. */
struct op
release_op(const struct unit *u)
{
	struct open_relation *o = unit_first_open(u);
	struct op op = op_none;

	if (u->local.failed_hook == NULL)
		return op_none;
	for (; o != NULL && op.kind == OP_NONE;
	     o = RB_NEXT(open_tree, NULL, o)) {
		if (o->relation->nends == 2 && o->relation->life == LIFE_DYING)
			op = relation_op(u, o->relation);
	}
	return op;
}

void
relation_open_owed(struct relation *r)
{
	struct unit *u;

	for (int i = 0; i < r->nends; i++) {
		RB_FOREACH(u, unit_tree, &r->ends[i].app->units) {
			if (relation_op(u, r).kind != OP_NONE)
				unit_open(u, r);
		}
	}
}

/* Not those behind it: they may be many, and their turn comes. */
void
unit_close_quiet(struct unit *u, const struct op *next)
{
	struct open_relation *o, *after;

	if (next->kind != OP_NONE && next->relation < 0)
		return;
	RB_FOREACH_SAFE(o, open_tree, &u->open, after) {
		if (o->relation->id == next->relation)
			break;
		if (relation_op(u, o->relation).kind == OP_NONE)
			open_close(o);
	}
}

bool
unit_owes_relation(const struct unit *u, const struct relation *r)
{
	struct relation *found = model_find_relation(r->model, r->id);
	struct op op;

	if (found == NULL || u->entity.deleted || !u->local.started ||
	    u->local.failed_hook != NULL)
		return false;
	op = relation_op(u, found);
	return op.kind == OP_HOOK && deferred(u, &op) == NULL;
}

const char *
unit_deferral(const struct unit *u, struct relation *r)
{
	const struct seen_relation *seen = unit_seen(u, r->id);
	struct op op;

	if (seen == NULL || seen->deferred_title == NULL ||
	    u->life != LIFE_ALIVE)
		return NULL;
	op = relation_op(u, r);
	return deferred(u, &op) != NULL ? seen->deferred_reason : NULL;
}
