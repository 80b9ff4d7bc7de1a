/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "engine/agent.h"
#include "engine/context.h"
#include "model/cause.h"
#include "model/far.h"
#include "model/secret.h"

/* As it is now: what the hook does may change it. */
static void
context_explain(struct context *ctx, const struct unit *u, const struct task *t)
{
	const char *asker = t != NULL ? t->asked : op_asker(u, &ctx->op);

	ctx->asker = asker != NULL ? xstrdup(asker) : NULL;
	ctx->cause = t != NULL ? xasprintf("task %lld", (long long)t->id) :
				 op_cause(u, &ctx->op);
}

/* "db/0-install-9f86d081884c7d65": as Juju's, with what nobody can know. */
static char *
context_make_id(const struct unit *u, const char *name)
{
	uint64_t secret[2];

	random_bytes(secret, sizeof secret);
	return xasprintf("%s-%s-%016llx%016llx", u->name, name,
	    (unsigned long long)secret[0], (unsigned long long)secret[1]);
}

struct context *
context_new(struct agent *a, const struct unit *u, const struct op *op,
    const struct task *t, uint64_t now_ms)
{
	struct context *ctx = xcalloc(1, sizeof *ctx);

	ctx->agent = a;
	ctx->number = ++a->engine->next_context;
	ctx->op = *op;
	ctx->name = t != NULL ? xstrdup(t->action) : op_hook_name(u, op);
	if (t != NULL && t->command != NULL)
		ctx->command = xstrdup(t->command);
	ctx->on_machine = t != NULL && t->machine >= 0;
	ctx->id = context_make_id(u, ctx->name);
	ctx->task = t != NULL ? t->id : -1;
	context_explain(ctx, u, t);
	ctx->started_ms = now_ms;
	ctx->defer_ms = -1;
	ctx->update_after_ms = -1;
	ctx->bags = json_object();
	ctx->seen = json_object();
	ctx->state = json_object();
	ctx->ports = json_object();
	ctx->services = json_object();
	ctx->results = json_object();
	ctx->secrets = json_object();
	ctx->readings = json_object();
	return ctx;
}

void
context_free(struct context *ctx)
{
	if (ctx == NULL)
		return;
	json_decref(ctx->bags);
	json_decref(ctx->seen);
	json_decref(ctx->state);
	json_decref(ctx->ports);
	json_decref(ctx->services);
	json_decref(ctx->results);
	json_decref(ctx->secrets);
	json_decref(ctx->readings);
	strbuf_release(&ctx->output[0]);
	strbuf_release(&ctx->output[1]);
	free(ctx->name);
	free(ctx->cause);
	free(ctx->asker);
	free(ctx->id);
	mem_wipe(ctx->command);
	free(ctx->failure);
	free(ctx);
}

/* Returns whether the bag changed. */
static bool
apply_bag(json_t **bag, json_t *writes)
{
	bool changed = false;
	const char *key;
	json_t *value;

	json_object_foreach(writes, key, value) {
		if (bag_set(bag, key, json_string_value(value)))
			changed = true;
	}
	return changed;
}

/*
 * A relation that went away meanwhile takes no more writes; nor does a unit
 * that is not in its scope, except in the hook that takes it there.
 */
static void
apply_relation(struct unit *u, const char *which, json_t *writes)
{
	struct relation *rel;
	struct relation_end *end;
	struct member *member;
	char *rest;
	int64_t id = strtoll(which, &rest, 10);

	rel = model_find_relation(u->app->model, id);
	if (rel == NULL)
		return;
	if (strcmp(rest, "/app") == 0) {
		end = relation_end_of(rel, u->app);
		if (apply_bag(&end->bag, writes))
			relation_app_spoke(rel, end);
	} else {
		member = relation_find_member(rel, u);
		if (member != NULL && apply_bag(&member->bag, writes))
			relation_unit_spoke(rel, member);
	}
}

static void
apply_state(struct unit *u, json_t *writes)
{
	const char *key;
	json_t *value;

	json_object_foreach(writes, key, value) {
		if (json_is_null(value))
			json_object_del(u->state, key);
		else
			json_object_set(u->state, key, value);
		entity_touch(&u->entity);
	}
}

static size_t
port_index(const json_t *ports, const char *port)
{
	size_t i;
	json_t *item;

	json_array_foreach(ports, i, item) {
		if (strcmp(json_string_value(item), port) == 0)
			break;
	}
	return i;
}

void
ports_apply(json_t *ports, json_t *writes)
{
	const char *port;
	json_t *open;
	size_t i;

	json_object_foreach(writes, port, open) {
		i = port_index(ports, port);
		if (json_is_true(open) && i == json_array_size(ports))
			json_array_append_new(ports, json_string(port));
		else if (!json_is_true(open))
			json_array_remove(ports, i);
	}
}

/* `terms` is null for one that is removed. */
static void
apply_secret(struct unit *u, const char *id, const json_t *terms)
{
	struct secret *s = model_find_secret(u->app->model, id);

	if (json_is_null(terms)) {
		if (s != NULL)
			entity_delete(&s->entity);
		return;
	}
	if (s == NULL)
		s = secret_add(u->app,
		    json_text(terms, "unit", NULL) != NULL ? u : NULL, id);
	secret_take_terms(s, terms);
	secret_prune(s);
	secret_stamp(s, clock_wall_ms());
	entity_touch(&s->entity);
}

static void
apply_secrets(struct unit *u, json_t *secrets)
{
	const char *id;
	json_t *terms;

	json_object_foreach(secrets, id, terms)
		apply_secret(u, id, terms);
}

/* One that has gone meanwhile, or whose revision has, was read all the same. */
static void
apply_readings(struct unit *u, json_t *readings)
{
	const char *id;
	json_t *observer;

	json_object_foreach(readings, id, observer) {
		struct secret *s = unit_find_secret(u, id);

		if (s == NULL || !secret_is_readable(s, u))
			continue;
		secret_observe(s, u, observer);
	}
}

/* What the charm has looked at is no news to it. */
static void
apply_services(struct unit *u, json_t *seen)
{
	const char *name;
	json_t *event;

	json_object_foreach(seen, name, event) {
		struct service *s = unit_find_service(u, name);
		uint64_t version = (uint64_t)json_integer_value(event);

		if (s == NULL || s->event_seen >= version)
			continue;
		s->event_seen = version;
		entity_touch(&s->entity);
	}
}

bool
context_takes_away(const struct context *ctx)
{
	const char *id;
	json_t *terms;

	json_object_foreach(ctx->secrets, id, terms) {
		if (json_is_null(terms))
			return true;
	}
	return false;
}

void
context_apply(struct context *ctx, struct unit *u)
{
	const char *which;
	json_t *writes;

	json_object_foreach(ctx->bags, which, writes)
		apply_relation(u, which, writes);
	apply_state(u, ctx->state);
	apply_services(u, ctx->services);
	ports_apply(u->ports, ctx->ports);
	if (json_object_size(ctx->ports) > 0)
		entity_touch(&u->entity);
	if (ctx->update_after_ms >= 0)
		unit_ask_update(u, (uint64_t)ctx->update_after_ms,
		    clock_wall_ms());
	apply_secrets(u, ctx->secrets);
	apply_readings(u, ctx->readings);
}
