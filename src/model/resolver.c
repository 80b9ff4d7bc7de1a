/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/model.h"
#include "model/resolver.h"
#include "model/titles.h"

/* What is bounded does not wait longer than this when it has failed. */
#define BOUNDED_WAIT_MS 1000

static const struct op nothing = { .kind = OP_NONE, .relation = -1 };

static struct op
hook_op(enum hook_kind hook, uint64_t version)
{
	return (struct op){
		.kind = OP_HOOK,
		.hook = hook,
		.relation = -1,
		.version = version,
	};
}

static void
copy_name(char *to, size_t size, const char *name)
{
	(void)snprintf(to, size, "%s", name);
}

static struct op
relation_hook(const struct unit *u, struct relation *r, enum hook_kind hook,
    const char *remote_unit, uint64_t version)
{
	struct op op = hook_op(hook, version);

	op.relation = r->id;
	copy_name(op.remote_app, sizeof op.remote_app,
	    relation_far_end(r, u->app)->app->name);
	copy_name(op.remote_unit, sizeof op.remote_unit, remote_unit);
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
	const struct seen_member *known;
	const struct member *m;

	TAILQ_FOREACH(known, &seen->members, entry) {
		if (known->changed)
			continue;
		m = relation_find_member_name(r, known->unit);
		if (m != NULL)
			return relation_hook(u, r, HOOK_RELATION_CHANGED,
			    known->unit, m->bag_version);
	}
	return nothing;
}

static struct op
owed_departed(const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	const struct seen_member *known;
	struct op op;
	bool mine = u->life == LIFE_DYING;

	TAILQ_FOREACH(known, &seen->members, entry) {
		if (!is_leaving(u, r) &&
		    relation_find_member_name(r, known->unit) != NULL)
			continue;
		op = relation_hook(u, r, HOOK_RELATION_DEPARTED, known->unit,
		    0);
		copy_name(op.departing_unit, sizeof op.departing_unit,
		    mine ? u->name : known->unit);
		return op;
	}
	return nothing;
}

static struct op
owed_app_changed(const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	const struct relation_end *far = relation_far_end(r, u->app);

	/* The leader wrote the peers' bag itself. */
	if (r->nends == 1 && unit_is_leader(u))
		return nothing;
	/* Both begin at 0: a bag that was never written is no news. */
	if (far->bag_version == seen->app_version)
		return nothing;
	return relation_hook(u, r, HOOK_RELATION_CHANGED, "", far->bag_version);
}

static struct op
owed_unit_change(const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	const struct application *far = relation_far_end(r, u->app)->app;
	const struct seen_member *known;
	const struct member *m;

	TAILQ_FOREACH(m, &r->members, entry) {
		if (m->unit == u || m->unit->app != far ||
		    m->unit->entity.deleted)
			continue;
		known = seen_find_member(seen, m->unit->name);
		/* Who is going has nothing more to say to who did not know. */
		if (known == NULL && m->unit->life == LIFE_ALIVE)
			return relation_hook(u, r, HOOK_RELATION_JOINED,
			    m->unit->name, m->bag_version);
		if (known != NULL && known->version != m->bag_version)
			return relation_hook(u, r, HOOK_RELATION_CHANGED,
			    m->unit->name, m->bag_version);
	}
	return nothing;
}

typedef struct op owed_fn(const struct unit *, struct relation *,
    const struct seen_relation *);

static struct op
first_of(owed_fn *const steps[], const struct unit *u, struct relation *r,
    const struct seen_relation *seen)
{
	struct op op = nothing;

	for (; *steps != NULL && op.kind == OP_NONE; steps++)
		op = (*steps)(u, r, seen);
	return op;
}

/* Was it to take `after_ms` until `at_ms`? A clock may have been set back. */
static bool
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

/* What a unit that has once started owes to one relation. */
static struct op
relation_op(const struct unit *u, struct relation *r)
{
	static owed_fn *const staying[] = { owed_changed, owed_departed,
		owed_app_changed, owed_unit_change, NULL };
	static owed_fn *const leaving[] = { owed_changed, owed_departed, NULL };
	const struct seen_relation *seen = unit_seen(u, r->id);
	struct op op;

	if (r->entity.deleted || relation_end_of(r, u->app) == NULL)
		return nothing;
	if (seen == NULL) {
		if (r->life == LIFE_DYING || u->life == LIFE_DYING)
			return nothing;
		return relation_hook(u, r, HOOK_RELATION_CREATED, "", 0);
	}
	if (!is_leaving(u, r))
		return first_of(staying, u, r, seen);
	op = first_of(leaving, u, r, seen);
	if (op.kind == OP_NONE)
		op = relation_hook(u, r, HOOK_RELATION_BROKEN, "", 0);
	return op;
}

static struct op
created_op(const struct unit *u)
{
	struct relation_end *end;
	struct relation *r;

	RB_FOREACH(end, end_tree, &u->app->relations) {
		r = end->relation;
		if (r->entity.deleted || r->life == LIFE_DYING ||
		    unit_seen(u, r->id) != NULL)
			continue;
		return relation_hook(u, r, HOOK_RELATION_CREATED, "", 0);
	}
	return nothing;
}

static struct op
leader_op(const struct unit *u)
{
	if (!unit_is_leader(u) || u->local.leader_elected)
		return nothing;
	return hook_op(HOOK_LEADER_ELECTED, 0);
}

static struct op
config_op(const struct unit *u)
{
	uint64_t hash = u->app->config_hash;

	if (u->local.config_changed && u->local.config_hash == hash)
		return nothing;
	return hook_op(HOOK_CONFIG_CHANGED, hash);
}

static struct op
start_op(const struct unit *u)
{
	return u->local.started ? nothing : hook_op(HOOK_START, 0);
}

static struct op
install_op(const struct unit *u)
{
	if (u->local.installed)
		return nothing;
	return hook_op(HOOK_INSTALL, (uint64_t)u->app->charm_revision);
}

static struct op
upgrade_op(const struct unit *u)
{
	if (u->local.charm_revision == u->app->charm_revision)
		return nothing;
	return hook_op(HOOK_UPGRADE_CHARM, (uint64_t)u->app->charm_revision);
}

static struct op
service_op(const struct unit *u)
{
	/* RB_FOREACH wants a head that is not const. */
	struct service *s = RB_ROOT(&u->services);
	struct op op;

	while (s != NULL && RB_LEFT(s, entry) != NULL)
		s = RB_LEFT(s, entry);
	for (; s != NULL; s = RB_NEXT(service_tree, &u->services, s)) {
		if (s->entity.deleted || s->event == s->event_seen)
			continue;
		op = hook_op(HOOK_SERVICE_CHANGED, s->event);
		copy_name(op.service, sizeof op.service, s->name);
		return op;
	}
	return nothing;
}

/* It has read the secret, and there is a later revision. */
static struct op
secret_op(const struct unit *u)
{
	struct secret *s;
	struct op op;

	RB_FOREACH(s, secret_tree, &u->app->model->secrets) {
		const json_t *observer = secret_observer(s, u);

		if (observer == NULL || s->entity.deleted ||
		    json_int(observer, "told", 0) >= s->revision ||
		    !secret_is_readable(s, u))
			continue;
		op = hook_op(HOOK_SECRET_CHANGED, (uint64_t)s->revision);
		copy_name(op.secret, sizeof op.secret, s->id);
		return op;
	}
	return nothing;
}

/* One that is put off does not hold up the others. */
static struct op
relations_op(const struct unit *u, uint64_t now_ms)
{
	const struct seen_relation *put_off;
	struct relation_end *end;
	struct op op, later = nothing;

	RB_FOREACH(end, end_tree, &u->app->relations) {
		op = relation_op(u, end->relation);
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

/* The charm has asked for it. */
static struct op
update_op(const struct unit *u, uint64_t now_ms)
{
	const struct unit_local *local = &u->local;
	struct op op = nothing;

	if (local->update_at_ms == 0)
		return nothing;
	if (is_due(local->update_at_ms, local->update_after_ms, now_ms))
		return hook_op(HOOK_UPDATE_STATUS, 0);
	op.at_ms = local->update_at_ms;
	return op;
}

/*
 * A hook failed whose reason is gone: nothing would run, and the unit would
 * stay in error. config-changed can run at any time and shows that it is well.
 */
static struct op
recover_op(const struct unit *u)
{
	if (u->local.failed_hook == NULL)
		return nothing;
	return hook_op(HOOK_CONFIG_CHANGED, u->app->config_hash);
}

/* Peers go last: what they share may be needed to take leave of the others. */
static struct op
leave_op(const struct unit *u)
{
	struct relation_end *end;
	struct op op;

	for (int nends = 2; nends >= 1; nends--) {
		RB_FOREACH(end, end_tree, &u->app->relations) {
			if (end->relation->nends != nends)
				continue;
			op = relation_op(u, end->relation);
			if (op.kind != OP_NONE)
				return op;
		}
	}
	return nothing;
}

/* What it fails at does not keep a unit in a relation that is to go. */
static struct op
release_op(const struct unit *u)
{
	struct relation_end *end;
	struct op op = nothing;

	if (u->local.failed_hook == NULL)
		return nothing;
	RB_FOREACH(end, end_tree, &u->app->relations) {
		if (end->relation->nends == 2 &&
		    end->relation->life == LIFE_DYING)
			op = relation_op(u, end->relation);
		if (op.kind != OP_NONE)
			break;
	}
	return op;
}

static struct op
stop_op(const struct unit *u)
{
	return u->local.stopped ? nothing : hook_op(HOOK_STOP, 0);
}

static struct op
remove_op(const struct unit *u)
{
	(void)u;
	return hook_op(HOOK_REMOVE, 0);
}

typedef struct op step_fn(const struct unit *);

static step_fn *const steps_to_start[] = { release_op, install_op, created_op,
	leader_op, config_op, start_op, NULL };
static step_fn *const steps_of_life[] = { release_op, upgrade_op, leader_op,
	config_op, service_op, secret_op, NULL };
static step_fn *const steps_to_end[] = { leave_op, stop_op, remove_op, NULL };

/* Nothing has happened that the unit does not know: does it want something? */
static struct op
own_op(const struct unit *u, uint64_t now_ms)
{
	struct op update = update_op(u, now_ms), recover = recover_op(u);

	return update.kind == OP_NONE && recover.kind != OP_NONE ? recover :
								   update;
}

/* What depends on the time: a unit may have to do it, but later. */
static struct op
timed_op(const struct unit *u, uint64_t now_ms)
{
	struct op relations = relations_op(u, now_ms), own;

	if (relations.kind != OP_NONE)
		return relations;
	own = own_op(u, now_ms);
	if (own.kind == OP_NONE && relations.at_ms != 0 &&
	    (own.at_ms == 0 || relations.at_ms < own.at_ms))
		own.at_ms = relations.at_ms;
	return own;
}

static struct op
next_op(const struct unit *u, uint64_t now_ms)
{
	step_fn *const *steps = u->local.started ? steps_of_life :
						   steps_to_start;
	struct op op = nothing;

	if (u->entity.deleted)
		return nothing;
	if (u->life == LIFE_DYING) {
		/* Never installed, or removed again. */
		if (!u->local.installed)
			return (struct op){ .kind = OP_GONE, .relation = -1 };
		steps = steps_to_end;
	}
	for (; *steps != NULL && op.kind == OP_NONE; steps++)
		op = (*steps)(u);
	return op.kind == OP_NONE ? timed_op(u, now_ms) : op;
}

/* Is it the hook that has failed, and not yet the time to repeat it? */
static bool
has_to_wait(const struct unit *u, const struct op *op, uint64_t now_ms)
{
	const struct unit_local *local = &u->local;
	autofree char *title = NULL;

	if (op->kind != OP_HOOK || local->failed_title == NULL ||
	    now_ms >= local->retry_at_ms)
		return false;
	/* It has begun to die meanwhile, or the clock was set back. */
	if (local->retry_at_ms - now_ms >
	    (op_is_bounded(u, op) ? BOUNDED_WAIT_MS :
				    OP_RETRY_LONGEST_MS + OP_RETRY_JITTER_MS))
		return false;
	title = op_title(u, op);
	return strcmp(title, local->failed_title) == 0;
}

struct op
resolve(const struct unit *u, uint64_t now_ms)
{
	struct op op = next_op(u, now_ms);

	if (has_to_wait(u, &op, now_ms)) {
		op.kind = OP_WAIT;
		op.at_ms = u->local.retry_at_ms;
	}
	return op;
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
