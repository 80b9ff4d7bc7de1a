/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "model/open.h"
#include "model/secret.h"
#include "model/seen.h"
#include "model/task.h"
#include "model/tree.h"

void
entity_touch(struct entity *e)
{
	if (e->touched)
		return;
	e->touched = true;
	TAILQ_INSERT_TAIL(&e->ctl->touched, e, touched_entry);
}

void
entity_forget(struct entity *e)
{
	e->fresh = false;
	if (!e->touched)
		return;
	e->touched = false;
	TAILQ_REMOVE(&e->ctl->touched, e, touched_entry);
}

static void
unit_delete_below(struct unit *u)
{
	struct relation_end *end;
	struct seen_relation *seen;
	struct service *s;

	/* A relation does not keep a member that is gone. */
	RB_FOREACH(end, end_tree, &u->app->relations) {
		if (relation_find_member(end->relation, u) == NULL)
			continue;
		seen_keep_others(end->relation, u->app, u);
		relation_open_to_others(end->relation, u->app);
		entity_touch(&end->relation->entity);
	}
	RB_FOREACH(seen, seen_tree, &u->local.relations)
		entity_delete(&seen->entity);
	RB_FOREACH(s, service_tree, &u->services)
		entity_delete(&s->entity);
	secrets_forget_unit(u);
}

/* Ids are not used again, but what was seen of it would be kept for nothing. */
static void
relation_delete_below(struct relation *r)
{
	struct seen_relation *seen;
	struct unit *u;

	for (int i = 0; i < r->nends; i++) {
		RB_FOREACH(u, unit_tree, &r->ends[i].app->units) {
			seen = unit_seen(u, r->id);
			if (seen != NULL)
				entity_delete(&seen->entity);
		}
	}
}

static void
application_delete_below(struct application *app)
{
	struct relation_end *end;
	struct secret *s;
	struct unit *u;

	(void)json_object_set_new(app->model->next_units, app->name,
	    json_integer(app->next_unit));
	entity_touch(&app->model->entity);
	/* Those of its units go with them. */
	while (
	    (s = secret_next(app->model, TIE_OWNER, app->name, NULL)) != NULL)
		entity_delete(&s->entity);
	secrets_forget_application(app);
	RB_FOREACH(end, end_tree, &app->relations)
		entity_delete(&end->relation->entity);
	RB_FOREACH(u, unit_tree, &app->units)
		entity_delete(&u->entity);
}

static void
model_delete_below(struct model *model)
{
	struct application *app;
	struct machine *machine;
	struct secret *s;
	struct task *task;

	while ((s = secret_next(model, TIE_OWNER, MODEL_OWNER, NULL)) != NULL)
		entity_delete(&s->entity);
	RB_FOREACH(task, task_tree, &model->tasks)
		entity_delete(&task->entity);
	RB_FOREACH(app, application_tree, &model->applications)
		entity_delete(&app->entity);
	RB_FOREACH(machine, machine_tree, &model->machines)
		entity_delete(&machine->entity);
}

static void
ctl_delete_below(struct ctl *ctl)
{
	struct model *model;

	RB_FOREACH(model, model_tree, &ctl->models)
		entity_delete(&model->entity);
}

/*
 * What is below goes too, and comes first in the list of what was touched:
 * whoever frees along the list never meets a child of what is already gone.
 */
void
entity_delete(struct entity *e)
{
	if (e->deleted)
		return;
	switch (e->kind) {
	case ENTITY_CTL:
		ctl_delete_below(container_of(e, struct ctl, entity));
		break;
	case ENTITY_MODEL:
		model_delete_below(container_of(e, struct model, entity));
		break;
	case ENTITY_APPLICATION:
		application_delete_below(
		    container_of(e, struct application, entity));
		break;
	case ENTITY_UNIT:
		unit_delete_below(container_of(e, struct unit, entity));
		break;
	case ENTITY_RELATION:
		relation_delete_below(container_of(e, struct relation, entity));
		secrets_forget_relation(
		    container_of(e, struct relation, entity));
		break;
	case ENTITY_MACHINE:
	case ENTITY_SERVICE:
	case ENTITY_SEEN:
	case ENTITY_TASK:
	case ENTITY_SECRET:
		break;
	}
	e->deleted = true;
	if (e->touched)
		TAILQ_REMOVE(&e->ctl->touched, e, touched_entry);
	e->touched = true;
	TAILQ_INSERT_TAIL(&e->ctl->touched, e, touched_entry);
}

static void
entity_begin(struct entity *e)
{
	e->fresh = true;
	entity_touch(e);
}

struct ctl *
ctl_new(void)
{
	struct ctl *ctl = xcalloc(1, sizeof *ctl);

	ctl->entity.kind = ENTITY_CTL;
	ctl->entity.ctl = ctl;
	ctl->entity.fresh = true;
	TAILQ_INIT(&ctl->touched);
	TAILQ_INIT(&ctl->stirred);
	RB_INIT(&ctl->models);
	RB_INIT(&ctl->addresses);
	return ctl;
}

struct model *
model_add(struct ctl *ctl, const char *name, const char *uuid, uint64_t now_ms)
{
	struct model *m = model_make(ctl, name);

	m->uuid = xstrdup(uuid);
	m->created_ms = now_ms;
	entity_begin(&m->entity);
	return m;
}

struct application *
application_add(struct model *model, const char *name, struct charm *charm)
{
	struct application *a = application_make(model, name);

	/* One that comes again goes on where its namesake ended. */
	a->next_unit = json_int(model->next_units, name, 0);
	a->charm = charm;
	a->charm_name = xstrdup(charm->name);
	a->charm_revision = charm->revision;
	application_rehash(a);
	entity_begin(&a->entity);
	return a;
}

struct machine *
machine_add(struct model *model, const char *address, uint64_t now_ms)
{
	struct machine *m = machine_make(model, model->next_machine++);
	size_t len = strlen(model->uuid);

	m->instance = xasprintf("tenon-%s-%lld",
	    model->uuid + (len > 6 ? len - 6 : 0), (long long)m->id);
	machine_set_address(m, address);
	m->created_ms = now_ms;
	entity_touch(&model->entity);
	entity_begin(&m->entity);
	return m;
}

struct unit *
unit_add(struct application *app, struct machine *machine, uint64_t now_ms)
{
	struct unit *u = unit_make(app, app->next_unit++);

	unit_set_machine(u, machine);
	(void)status_set(&u->status, WORKLOAD_WAITING, "agent initializing",
	    now_ms);
	entity_touch(&app->entity);
	entity_begin(&u->entity);
	return u;
}

/* One that is free in the models of all its ends. */
static int64_t
relation_next_id(struct model *model, const struct relation_end *ends,
    int nends)
{
	int64_t id = model->next_relation;

	for (int i = 0; i < nends; i++) {
		if (ends[i].app->model->next_relation > id)
			id = ends[i].app->model->next_relation;
	}
	for (int i = 0; i < nends; i++) {
		ends[i].app->model->next_relation = id + 1;
		entity_touch(&ends[i].app->model->entity);
	}
	return id;
}

struct relation *
relation_add(struct model *model, const char *interface,
    const struct relation_end ends[2], int nends, uint64_t now_ms)
{
	int64_t id = relation_next_id(model, ends, nends);
	struct relation *r = relation_make(model, id);

	r->interface = xstrdup(interface);
	r->created_ms = now_ms;
	r->nends = nends;
	for (int i = 0; i < nends; i++) {
		relation_end_link(r, i, ends[i].app);
		r->ends[i].endpoint = xstrdup(ends[i].endpoint);
		r->ends[i].role = ends[i].role;
		r->ends[i].bag = json_object();
		if (ends[i].alias != NULL)
			r->ends[i].alias = xstrdup(ends[i].alias);
	}
	relation_link_guest(r);
	relation_open(r);
	entity_begin(&r->entity);
	return r;
}

struct service *
service_add(struct unit *unit, const char *name)
{
	struct service *s = service_make(unit, name);

	entity_begin(&s->entity);
	return s;
}

struct secret *
secret_add_to_model(struct model *model, const char *id)
{
	struct secret *s = secret_make(model, id);

	secret_tie(s);
	entity_begin(&s->entity);
	return s;
}

struct secret *
secret_add(struct application *app, struct unit *unit, const char *id)
{
	struct secret *s = secret_make(app->model, id);

	s->app = app;
	s->unit = unit;
	secret_tie(s);
	entity_begin(&s->entity);
	return s;
}

struct task *
task_add(struct model *model, int64_t operation, const char *unit,
    const char *action, uint64_t now_ms)
{
	struct task *t = task_make(model, model->next_operation++);

	t->operation = operation;
	t->unit = xstrdup(unit);
	t->action = xstrdup(action);
	t->enqueued_ms = now_ms;
	task_set_state(t, TASK_PENDING);
	entity_touch(&model->entity);
	entity_begin(&t->entity);
	return t;
}

struct model *
ctl_find_model(struct ctl *ctl, const char *name)
{
	struct model *m = model_find_any(ctl, name);

	return m == NULL || m->entity.deleted ? NULL : m;
}

struct application *
model_find_application(struct model *model, const char *name)
{
	struct application *a = application_find_any(model, name);

	return a == NULL || a->entity.deleted ? NULL : a;
}

struct application *
model_find_application_of(struct model *m, const char *unit)
{
	autofree char *name = xasprintf("%.*s", (int)strcspn(unit, "/"), unit);

	return model_find_application(m, name);
}

struct unit *
model_find_unit(struct model *model, const char *name)
{
	struct unit *u = unit_find_any(model, name);

	return u == NULL || u->entity.deleted ? NULL : u;
}

struct machine *
model_find_machine(struct model *model, int64_t id)
{
	struct machine *m = machine_find_any(model, id);

	return m == NULL || m->entity.deleted ? NULL : m;
}

struct relation *
model_find_relation(struct model *model, int64_t id)
{
	struct relation *r = relation_find_any(model, id);

	return r == NULL || r->entity.deleted ? NULL : r;
}

struct task *
model_find_task(struct model *model, int64_t id)
{
	struct task *t = task_find_any(model, id);

	return t == NULL || t->entity.deleted ? NULL : t;
}

struct secret *
model_find_secret(struct model *model, const char *id)
{
	struct secret *s = secret_find_any(model, id);

	return s == NULL || s->entity.deleted ? NULL : s;
}

struct service *
unit_find_service(struct unit *unit, const char *name)
{
	struct service *s = service_find_any(unit, name);

	return s == NULL || s->entity.deleted ? NULL : s;
}
