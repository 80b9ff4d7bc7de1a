/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/rows.h"
#include "model/secret.h"
#include "model/seen.h"
#include "model/tree.h"
#include "model/words.h"

/* Every entity begins with its struct entity; this keeps the const. */
#define ENTITY_AS(e, type) ((const type *)(const void *)(e))

const char *const row_prefixes[] = {
	"ctl",
	"model/",
	"application/",
	"machine/",
	"unit/",
	"seen/",
	"relation/",
	"service/",
	"task/",
	"secret/",
	NULL,
};

static char *
model_key(const struct entity *e)
{
	return xasprintf("model/%s", ENTITY_AS(e, struct model)->name);
}

static char *
application_key(const struct entity *e)
{
	const struct application *a = ENTITY_AS(e, struct application);

	return xasprintf("application/%s/%s", a->model->name, a->name);
}

static char *
machine_key(const struct entity *e)
{
	const struct machine *m = ENTITY_AS(e, struct machine);

	return xasprintf("machine/%s/%lld", m->model->name, (long long)m->id);
}

static char *
unit_key(const struct entity *e)
{
	const struct unit *u = ENTITY_AS(e, struct unit);

	return xasprintf("unit/%s/%s", u->app->model->name, u->name);
}

static char *
relation_row_key(const struct entity *e)
{
	const struct relation *r = ENTITY_AS(e, struct relation);

	return xasprintf("relation/%s/%lld", r->model->name, (long long)r->id);
}

static char *
service_key(const struct entity *e)
{
	const struct service *s = ENTITY_AS(e, struct service);

	return xasprintf("service/%s/%s/%s", s->unit->app->model->name,
	    s->unit->name, s->name);
}

static char *
seen_key(const struct entity *e)
{
	const struct seen_relation *s = ENTITY_AS(e, struct seen_relation);

	return xasprintf("seen/%s/%s/%lld", s->unit->app->model->name,
	    s->unit->name, (long long)s->relation);
}

static json_t *
seen_row_value(const struct entity *e)
{
	return seen_value(ENTITY_AS(e, struct seen_relation));
}

static char *
task_key(const struct entity *e)
{
	const struct task *t = ENTITY_AS(e, struct task);

	return xasprintf("task/%s/%lld", t->model->name, (long long)t->id);
}

static char *
secret_key(const struct entity *e)
{
	const struct secret *s = ENTITY_AS(e, struct secret);

	return xasprintf("secret/%s/%s", s->model->name, s->id);
}

static char *
ctl_key(const struct entity *e)
{
	(void)e;
	return xstrdup("ctl");
}

static void
put(json_t *row, const char *key, json_t *value)
{
	int rc = json_object_set_new(row, key, value);

	assert(rc == 0);
}

/* Every number of ours fits; hashes keep their bits. */
static void
put_int(json_t *row, const char *key, uint64_t value)
{
	put(row, key, json_integer((json_int_t)value));
}

static void
put_flag(json_t *row, const char *key, int value)
{
	put(row, key, json_boolean(value));
}

/* A copy: what the store writes later is what is there at this moment. */
static void
put_copy(json_t *row, const char *key, const json_t *value)
{
	if (value != NULL)
		put(row, key, json_deep_copy(value));
}

static json_t *
status_value(const struct status *s)
{
	json_t *row = json_object();

	json_put_text(row, "status", workload_name(s->word));
	json_put_text(row, "message", s->message);
	put_int(row, "since", s->since_ms);
	return row;
}

static json_t *
ctl_value(const struct entity *e)
{
	const struct ctl *ctl = ENTITY_AS(e, struct ctl);
	json_t *row = json_object();

	json_put_text(row, "uuid", ctl->uuid);
	json_put_text(row, "name", ctl->name);
	json_put_text(row, "cloud", ctl->cloud);
	json_put_text(row, "region", ctl->region);
	put_flag(row, "dying", ctl->life == LIFE_DYING);
	json_put_text(row, "current-model", ctl->current_model);
	put_int(row, "created", ctl->created_ms);
	put_copy(row, "kept", ctl->kept);
	return row;
}

static json_t *
model_value(const struct entity *e)
{
	const struct model *m = ENTITY_AS(e, struct model);
	json_t *row = json_object();

	json_put_text(row, "uuid", m->uuid);
	json_put_text(row, "owner", m->owner);
	put_flag(row, "dying", m->life == LIFE_DYING);
	put_flag(row, "destroy-storage", m->destroy_storage);
	put_int(row, "created", m->created_ms);
	put_int(row, "next-machine", (uint64_t)m->next_machine);
	put_int(row, "next-relation", (uint64_t)m->next_relation);
	put_int(row, "next-operation", (uint64_t)m->next_operation);
	put_int(row, "generation", m->generation);
	put(row, "next-units", json_deep_copy(m->next_units));
	put(row, "config", json_deep_copy(m->config));
	put_copy(row, "kept", m->kept);
	put_copy(row, "visits", m->visits);
	return row;
}

static json_t *
application_value(const struct entity *e)
{
	const struct application *a = ENTITY_AS(e, struct application);
	json_t *row = json_object();

	json_put_text(row, "charm", a->charm_name);
	json_put_text(row, "charm-source", a->charm_source);
	json_put_text(row, "channel", a->channel);
	put_int(row, "charm-revision", (uint64_t)a->charm_revision);
	put_flag(row, "dying", a->life == LIFE_DYING);
	put_flag(row, "destroy-storage", a->destroy_storage);
	put_flag(row, "exposed", a->exposed);
	put_flag(row, "trusted", a->trusted);
	put_copy(row, "config", a->config);
	put_copy(row, "kept", a->kept);
	put(row, "status", status_value(&a->status));
	json_put_text(row, "version", a->version);
	json_put_text(row, "leader", a->leader);
	json_put_text(row, "asked", a->asked);
	put_int(row, "next-unit", (uint64_t)a->next_unit);
	return row;
}

static json_t *
machine_value(const struct entity *e)
{
	const struct machine *m = ENTITY_AS(e, struct machine);
	json_t *row = json_object();

	json_put_text(row, "instance", m->instance);
	json_put_text(row, "address", m->address);
	put_int(row, "created", m->created_ms);
	return row;
}

static json_t *
local_value(const struct unit_local *local)
{
	json_t *row = json_object();

	put_flag(row, "installed", local->installed);
	put_flag(row, "started", local->started);
	put_flag(row, "stopped", local->stopped);
	put_flag(row, "leader-elected", local->leader_elected);
	put_flag(row, "config-changed", local->config_changed);
	put_int(row, "config-hash", local->config_hash);
	put_int(row, "charm-revision", (uint64_t)local->charm_revision);
	json_put_text(row, "failed-hook", local->failed_hook);
	json_put_text(row, "failed-title", local->failed_title);
	json_put_text(row, "failed-reason", local->failed_reason);
	put_int(row, "failures", (uint64_t)local->failures);
	put_int(row, "retry-at", local->retry_at_ms);
	put_int(row, "update-at", local->update_at_ms);
	put_int(row, "update-after", local->update_after_ms);
	return row;
}

static json_t *
unit_value(const struct entity *e)
{
	const struct unit *u = ENTITY_AS(e, struct unit);
	json_t *row = json_object();

	if (u->machine != NULL)
		put_int(row, "machine", (uint64_t)u->machine->id);
	put_flag(row, "dying", u->life == LIFE_DYING);
	put_flag(row, "destroy-storage", u->destroy_storage);
	put(row, "status", status_value(&u->status));
	put_copy(row, "state", u->state);
	put_copy(row, "ports", u->ports);
	put(row, "local", local_value(&u->local));
	json_put_text(row, "asked", u->asked);
	return row;
}

static json_t *
relation_row_value(const struct entity *e)
{
	return relation_value(ENTITY_AS(e, struct relation));
}

static json_t *
service_value(const struct entity *e)
{
	const struct service *s = ENTITY_AS(e, struct service);
	json_t *row = json_object();

	put_copy(row, "spec", s->spec);
	put_flag(row, "wanted", s->wanted);
	json_put_text(row, "state", service_word(s->state));
	put_int(row, "pid", (uint64_t)s->pid);
	put_int(row, "start-time", s->start_time);
	json_put_text(row, "detail", s->detail);
	put_int(row, "event", s->event);
	put_int(row, "event-seen", s->event_seen);
	return row;
}

static json_t *
task_value(const struct entity *e)
{
	const struct task *t = ENTITY_AS(e, struct task);
	json_t *row = json_object();

	put_int(row, "operation", (uint64_t)t->operation);
	json_put_text(row, "unit", t->unit);
	json_put_text(row, "action", t->action);
	json_put_text(row, "message", t->message);
	json_put_text(row, "asked", t->asked);
	json_put_text(row, "state", task_state_name(t->state));
	put_int(row, "enqueued", t->enqueued_ms);
	put_int(row, "started", t->started_ms);
	put_int(row, "completed", t->completed_ms);
	return row;
}

static json_t *
secret_row(const struct entity *e)
{
	return secret_value(ENTITY_AS(e, struct secret));
}

static const struct {
	char *(*key)(const struct entity *);
	json_t *(*value)(const struct entity *);
} writers[] = {
	[ENTITY_CTL] = { ctl_key, ctl_value },
	[ENTITY_MODEL] = { model_key, model_value },
	[ENTITY_APPLICATION] = { application_key, application_value },
	[ENTITY_UNIT] = { unit_key, unit_value },
	[ENTITY_MACHINE] = { machine_key, machine_value },
	[ENTITY_RELATION] = { relation_row_key, relation_row_value },
	[ENTITY_SEEN] = { seen_key, seen_row_value },
	[ENTITY_SERVICE] = { service_key, service_value },
	[ENTITY_TASK] = { task_key, task_value },
	[ENTITY_SECRET] = { secret_key, secret_row },
};

char *
row_key(const struct entity *e)
{
	return writers[e->kind].key(e);
}

json_t *
row_value(const struct entity *e)
{
	return writers[e->kind].value(e);
}
