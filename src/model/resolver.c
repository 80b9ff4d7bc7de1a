/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/far.h"
#include "model/model.h"
#include "model/owing.h"
#include "model/resolver.h"
#include "model/secret.h"
#include "model/titles.h"

/* What is bounded does not wait longer than this when it has failed. */
#define BOUNDED_WAIT_MS 1000

const struct op op_none = { .kind = OP_NONE, .relation = -1 };

struct op
hook_op(enum hook_kind hook, uint64_t version)
{
	return (struct op){
		.kind = OP_HOOK,
		.hook = hook,
		.relation = -1,
		.version = version,
	};
}

static struct op
leader_op(const struct unit *u)
{
	if (!unit_is_leader(u) || u->local.leader_elected)
		return op_none;
	return hook_op(HOOK_LEADER_ELECTED, 0);
}

static struct op
config_op(const struct unit *u)
{
	uint64_t hash = u->app->config_hash;

	if (u->local.config_changed && u->local.config_hash == hash)
		return op_none;
	return hook_op(HOOK_CONFIG_CHANGED, hash);
}

static struct op
start_op(const struct unit *u)
{
	return u->local.started ? op_none : hook_op(HOOK_START, 0);
}

static struct op
install_op(const struct unit *u)
{
	if (u->local.installed)
		return op_none;
	return hook_op(HOOK_INSTALL, (uint64_t)u->app->charm_revision);
}

static struct op
upgrade_op(const struct unit *u)
{
	if (u->local.charm_revision == u->app->charm_revision)
		return op_none;
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
		(void)snprintf(op.service, sizeof op.service, "%s", s->name);
		return op;
	}
	return op_none;
}

/* It has read a secret of the model, and there is a later revision. */
static struct op
secret_op_in(const struct unit *u, struct model *m, const char *reader)
{
	struct secret *s = NULL;
	struct op op;

	while ((s = secret_next(m, TIE_READER, reader, s)) != NULL) {
		if (json_int(secret_observer(s, u), "told", 0) >= s->revision ||
		    !secret_is_readable(s, u))
			continue;
		op = hook_op(HOOK_SECRET_CHANGED, (uint64_t)s->revision);
		(void)snprintf(op.secret, sizeof op.secret, "%s", s->id);
		return op;
	}
	return op_none;
}

static struct op
secret_op(const struct unit *u)
{
	struct op op = secret_op_in(u, u->app->model, u->name);
	struct relation_end *end = NULL;
	struct model *far;

	while (op.kind == OP_NONE &&
	    (far = unit_next_far_model(u, &end)) != NULL) {
		autofree char *reader = unit_name_in(u, far);

		op = secret_op_in(u, far, reader);
	}
	return op;
}

/* The charm has asked for it. */
static struct op
update_op(const struct unit *u, uint64_t now_ms)
{
	const struct unit_local *local = &u->local;
	struct op op = op_none;

	if (local->update_at_ms == 0)
		return op_none;
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
		return op_none;
	return hook_op(HOOK_CONFIG_CHANGED, u->app->config_hash);
}

static struct op
stop_op(const struct unit *u)
{
	return u->local.stopped ? op_none : hook_op(HOOK_STOP, 0);
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
	struct op op = op_none;

	if (u->entity.deleted)
		return op_none;
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

/* More, if it has begun to die meanwhile, or the clock was set back. */
static uint64_t
longest_wait_ms(const struct unit *u, const struct op *op)
{
	if (op_is_bounded(u, op))
		return BOUNDED_WAIT_MS;
	if (u->local.retry_at_ms == OP_RETRY_NEVER)
		return OP_RETRY_NEVER;
	return OP_RETRY_LONGEST_MS + OP_RETRY_JITTER_MS;
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
	if (local->retry_at_ms - now_ms > longest_wait_ms(u, op))
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

struct op
unit_resolve(struct unit *u, uint64_t now_ms)
{
	struct op op = resolve(u, now_ms);

	unit_close_quiet(u, &op);
	return op;
}
