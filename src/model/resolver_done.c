/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/mem.h"
#include "model/far.h"
#include "model/model.h"
#include "model/resolver.h"
#include "model/secret.h"
#include "model/seen.h"
#include "model/titles.h"

#define RETRY_FIRST_MS 5000
#define RETRY_DYING_MS 1000
#define TRIES_DYING    3

static const char *const hook_names[] = {
	[HOOK_INSTALL] = "install",
	[HOOK_LEADER_ELECTED] = "leader-elected",
	[HOOK_CONFIG_CHANGED] = "config-changed",
	[HOOK_START] = "start",
	[HOOK_UPGRADE_CHARM] = "upgrade-charm",
	[HOOK_SERVICE_CHANGED] = "service-changed",
	[HOOK_UPDATE_STATUS] = "update-status",
	[HOOK_SECRET_CHANGED] = "secret-changed",
	[HOOK_STOP] = "stop",
	[HOOK_REMOVE] = "remove",
	[HOOK_RELATION_CREATED] = "relation-created",
	[HOOK_RELATION_JOINED] = "relation-joined",
	[HOOK_RELATION_CHANGED] = "relation-changed",
	[HOOK_RELATION_DEPARTED] = "relation-departed",
	[HOOK_RELATION_BROKEN] = "relation-broken",
};

_Static_assert(nitems(hook_names) == HOOK_KIND_COUNT, "a name per hook");

static struct relation *
op_relation(const struct unit *u, const struct op *op)
{
	if (op->relation < 0)
		return NULL;
	return model_find_relation(u->app->model, op->relation);
}

char *
op_hook_name(const struct unit *u, const struct op *op)
{
	struct relation *r = op_relation(u, op);
	const struct relation_end *end = r == NULL ? NULL :
						     relation_end_of(r, u->app);

	if (end == NULL)
		return xstrdup(hook_names[op->hook]);
	return xasprintf("%s-%s", end->endpoint, hook_names[op->hook]);
}

char *
op_title(const struct unit *u, const struct op *op)
{
	struct relation *r = op_relation(u, op);
	autofree char *name = op_hook_name(u, op);
	const struct relation_end *far;

	if (r == NULL || r->nends == 1)
		return xasprintf("hook failed: \"%s\"", name);
	far = relation_far_end(r, u->app);
	return xasprintf("hook failed: \"%s\" for %s:%s", name,
	    end_name(far, u->app->model), far->endpoint);
}

/* What it has seen of the relation, to be changed; NULL if it is not in it. */
static struct seen_relation *
op_seen(struct unit *u, const struct op *op)
{
	struct relation *r = op_relation(u, op);

	return r == NULL ? NULL : seen_keep(u, r);
}

static void
done_created(struct unit *u, const struct op *op)
{
	struct relation *r = op_relation(u, op);

	if (r != NULL)
		(void)relation_join(r, u);
}

static void
done_joined(struct unit *u, const struct op *op)
{
	struct seen_relation *seen = op_seen(u, op);

	if (seen != NULL)
		seen_member_add(seen, name_number(op->remote_unit));
}

static void
done_changed(struct unit *u, const struct op *op)
{
	struct seen_relation *seen = op_seen(u, op);
	struct seen_member *m;

	if (seen == NULL)
		return;
	if (*op->remote_unit == '\0') {
		seen_app_changed(seen, op->version);
		return;
	}
	m = seen_find_member(seen, name_number(op->remote_unit));
	if (m == NULL)
		return;
	m->changed = true;
	m->version = op->version;
	entity_touch(&seen->entity);
}

static void
done_departed(struct unit *u, const struct op *op)
{
	struct seen_relation *seen = op_seen(u, op);
	struct seen_member *m;

	if (seen == NULL)
		return;
	m = seen_find_member(seen, name_number(op->remote_unit));
	if (m == NULL)
		return;
	seen_member_free(seen, m);
	entity_touch(&seen->entity);
}

static void
done_broken(struct unit *u, const struct op *op)
{
	struct relation *r = op_relation(u, op);

	if (r != NULL)
		relation_leave(r, u);
}

static void
done_install(struct unit *u, const struct op *op)
{
	u->local.installed = true;
	u->local.charm_revision = (int)op->version;
}

static void
done_leader_elected(struct unit *u, const struct op *op)
{
	(void)op;
	/* The leadership may have moved on while the hook was running. */
	u->local.leader_elected = unit_is_leader(u);
}

static void
done_config_changed(struct unit *u, const struct op *op)
{
	u->local.config_changed = true;
	u->local.config_hash = op->version;
}

static void
done_start(struct unit *u, const struct op *op)
{
	(void)op;
	u->local.started = true;
}

static void
done_upgrade_charm(struct unit *u, const struct op *op)
{
	u->local.charm_revision = (int)op->version;
	u->local.config_changed = false;
}

static void
done_service_changed(struct unit *u, const struct op *op)
{
	struct service *s = unit_find_service(u, op->service);

	if (s == NULL)
		return;
	s->event_seen = op->version;
	entity_touch(&s->entity);
}

/* What it asks for in this hook is asked for after it. */
static void
done_update_status(struct unit *u, const struct op *op)
{
	(void)op;
	u->local.update_at_ms = 0;
	u->local.update_after_ms = 0;
}

static void
done_secret_changed(struct unit *u, const struct op *op)
{
	struct secret *s = unit_find_secret(u, op->secret);
	json_t *observer = s != NULL ? secret_observer(s, u) : NULL;

	if (observer == NULL)
		return;
	(void)json_object_set_new(observer, "told",
	    json_integer((json_int_t)op->version));
	entity_touch(&s->entity);
}

static void
done_stop(struct unit *u, const struct op *op)
{
	(void)op;
	u->local.stopped = true;
}

static void
done_remove(struct unit *u, const struct op *op)
{
	(void)op;
	u->local.installed = false;
}

typedef void done_fn(struct unit *, const struct op *);

static done_fn *const done_hooks[] = {
	[HOOK_INSTALL] = done_install,
	[HOOK_LEADER_ELECTED] = done_leader_elected,
	[HOOK_CONFIG_CHANGED] = done_config_changed,
	[HOOK_START] = done_start,
	[HOOK_UPGRADE_CHARM] = done_upgrade_charm,
	[HOOK_SERVICE_CHANGED] = done_service_changed,
	[HOOK_UPDATE_STATUS] = done_update_status,
	[HOOK_SECRET_CHANGED] = done_secret_changed,
	[HOOK_STOP] = done_stop,
	[HOOK_REMOVE] = done_remove,
	[HOOK_RELATION_CREATED] = done_created,
	[HOOK_RELATION_JOINED] = done_joined,
	[HOOK_RELATION_CHANGED] = done_changed,
	[HOOK_RELATION_DEPARTED] = done_departed,
	[HOOK_RELATION_BROKEN] = done_broken,
};

_Static_assert(nitems(done_hooks) == HOOK_KIND_COUNT, "an effect per hook");

static void
forget_failure(struct unit_local *local)
{
	xreplace(&local->failed_hook, NULL);
	xreplace(&local->failed_title, NULL);
	xreplace(&local->failed_reason, NULL);
	local->failures = 0;
	local->retry_at_ms = 0;
}

void
op_done(struct unit *u, const struct op *op)
{
	struct seen_relation *seen = unit_seen(u, op->relation);
	struct relation *r;

	/* What a hook of a relation changes is in rows of its own. */
	if (op->relation < 0 || u->local.failed_hook != NULL)
		entity_touch(&u->entity);
	forget_failure(&u->local);
	if (seen != NULL)
		seen_forget_deferred(seen);
	if (op->kind == OP_HOOK || op->kind == OP_WAIT)
		done_hooks[op->hook](u, op);
	r = op_relation(u, op);
	if (r != NULL)
		seen_settle(u, r);
}

/* Whoever requires has nothing to take back from the other side. */
static bool
op_lets_go(const struct unit *u, const struct op *op)
{
	struct relation *r = op_relation(u, op);

	if (r == NULL || r->nends != 2 || r->life != LIFE_DYING ||
	    (op->hook != HOOK_RELATION_DEPARTED &&
		op->hook != HOOK_RELATION_BROKEN))
		return false;
	return relation_far_end(r, u->app)->app->life == LIFE_DYING &&
	    relation_end_of(r, u->app)->role == ROLE_REQUIRER;
}

bool
op_is_bounded(const struct unit *u, const struct op *op)
{
	return u->life == LIFE_DYING || op_lets_go(u, op);
}

static uint64_t
retry_delay_ms(const struct unit *u, const struct op *op, unsigned jitter)
{
	uint64_t delay = RETRY_FIRST_MS;

	if (op_is_bounded(u, op))
		return RETRY_DYING_MS;
	for (int i = 1; i < u->local.failures && delay < OP_RETRY_LONGEST_MS;
	     i++)
		delay *= 2;
	if (delay > OP_RETRY_LONGEST_MS)
		delay = OP_RETRY_LONGEST_MS;
	return delay + jitter;
}

bool
op_failed(struct unit *u, const struct op *op, const char *reason,
    uint64_t now_ms, unsigned jitter)
{
	struct unit_local *local = &u->local;
	autofree char *name = op_hook_name(u, op);
	autofree char *title = op_title(u, op);

	if (local->failed_title == NULL ||
	    strcmp(local->failed_title, title) != 0)
		local->failures = 0;
	local->failures++;
	if (op_is_bounded(u, op) && local->failures >= TRIES_DYING) {
		op_done(u, op);
		return true;
	}
	xreplace(&local->failed_hook, name);
	xreplace(&local->failed_title, title);
	xreplace(&local->failed_reason, reason);
	local->retry_at_ms = now_ms + retry_delay_ms(u, op, jitter);
	entity_touch(&u->entity);
	return false;
}

void
op_deferred(struct unit *u, const struct op *op, const char *reason,
    uint64_t after_ms, uint64_t now_ms)
{
	struct seen_relation *seen = op_seen(u, op);
	autofree char *title = op_title(u, op);

	/* Nothing to remember it by: it comes again at once. */
	if (seen == NULL)
		return;
	if (u->local.failed_hook != NULL)
		entity_touch(&u->entity);
	forget_failure(&u->local);
	xreplace(&seen->deferred_title, title);
	xreplace(&seen->deferred_reason, reason);
	seen->deferred_at_ms = now_ms + after_ms;
	seen->deferred_after_ms = after_ms;
	entity_touch(&seen->entity);
}

void
unit_ask_update(struct unit *u, uint64_t after_ms, uint64_t now_ms)
{
	struct unit_local *local = &u->local;

	if (local->update_at_ms != 0 &&
	    local->update_at_ms <= now_ms + after_ms)
		return;
	local->update_at_ms = now_ms + after_ms;
	local->update_after_ms = after_ms;
	entity_touch(&u->entity);
}

void
unit_pace_update(struct unit *u, uint64_t every_ms, uint64_t early_ms,
    uint64_t now_ms)
{
	struct unit_local *local = &u->local;

	if (local->update_at_ms != 0 && local->update_after_ms == every_ms)
		return;
	local->update_at_ms = now_ms + every_ms - early_ms;
	local->update_after_ms = every_ms;
	entity_touch(&u->entity);
}
