/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>

#include "base/mem.h"
#include "model/open.h"
#include "model/secret.h"
#include "model/seen.h"
#include "model/task.h"
#include "model/tree.h"

static void
service_free(struct service *s)
{
	RB_REMOVE(service_tree, &s->unit->services, s);
	free(s->name);
	json_decref(s->spec);
	free(s->detail);
	free(s);
}

static void
unit_leave_all(struct unit *u)
{
	struct member key = { .unit = u };
	struct relation_end *end;
	struct member *m;

	RB_FOREACH(end, end_tree, &u->app->relations) {
		m = RB_FIND(member_tree, &end->members, &key);
		if (m != NULL)
			member_free(end, m);
	}
}

static void
unit_free(struct unit *u)
{
	struct open_relation *o;
	struct seen_relation *seen;
	struct service *s;

	while ((s = RB_MIN(service_tree, &u->services)) != NULL)
		entity_free(&s->entity);
	while ((seen = RB_MIN(seen_tree, &u->local.relations)) != NULL)
		entity_free(&seen->entity);
	while ((o = RB_ROOT(&u->open)) != NULL)
		open_close(o);
	unit_calm(u);
	unit_leave_all(u);
	unit_set_machine(u, NULL);
	RB_REMOVE(unit_tree, &u->app->units, u);
	u->app->model->nunits--;
	free(u->name);
	free(u->status.message);
	json_decref(u->state);
	json_decref(u->ports);
	free(u->local.failed_hook);
	free(u->local.failed_title);
	free(u->local.failed_reason);
	free(u->local.told_failure);
	free(u->doing);
	free(u->asked);
	free(u);
}

static void
application_free(struct application *app)
{
	struct unit *u;

	assert(RB_EMPTY(&app->relations));
	while ((u = RB_MIN(unit_tree, &app->units)) != NULL)
		entity_free(&u->entity);
	RB_REMOVE(application_tree, &app->model->applications, app);
	app->model->napplications--;
	free(app->name);
	free(app->charm_name);
	free(app->charm_source);
	free(app->channel);
	charm_free(app->charm);
	json_decref(app->config);
	json_decref(app->kept);
	free(app->status.message);
	free(app->version);
	free(app->leader);
	free(app->asked);
	free(app);
}

static void
machine_free(struct machine *machine)
{
	if (machine->unit != NULL)
		unit_set_machine(machine->unit, NULL);
	machine_set_address(machine, NULL);
	RB_REMOVE(machine_tree, &machine->model->machines, machine);
	machine->model->nmachines--;
	free(machine->instance);
	free(machine);
}

static void
relation_unlink_guest(struct relation *r)
{
	if (r->guest == NULL)
		return;
	RB_REMOVE(guest_tree, &r->guest->guests, r);
	for (int i = 0; i < r->nends; i++)
		r->ends[i].app->nguests--;
}

static void
relation_free(struct relation *r)
{
	struct open_relation *o;

	while ((o = LIST_FIRST(&r->open)) != NULL)
		open_close(o);
	relation_clear_members(r);
	relation_unlink_guest(r);
	RB_REMOVE(relation_tree, &r->model->relations, r);
	r->model->nrelations--;
	for (int i = 0; i < r->nends; i++) {
		relation_end_link(r, i, NULL);
		free(r->ends[i].endpoint);
		free(r->ends[i].alias);
		json_decref(r->ends[i].bag);
	}
	free(r->interface);
	free(r->offer);
	free(r->asked);
	free(r);
}

static void
task_free(struct task *t)
{
	RB_REMOVE(task_tree, &t->model->tasks, t);
	t->model->ntasks--;
	if (t->pending)
		RB_REMOVE(pending_tree, &t->model->pending, t);
	free(t->unit);
	free(t->action);
	json_decref(t->params);
	mem_wipe(t->results);
	mem_wipe(t->command);
	json_decref(t->log);
	free(t->message);
	free(t->asked);
	free(t);
}

static void
model_free(struct model *m)
{
	struct application *app;
	struct machine *machine;
	struct relation *r;
	struct secret *s;
	struct task *t;

	while ((t = RB_MIN(task_tree, &m->tasks)) != NULL)
		entity_free(&t->entity);
	while ((s = RB_MIN(secret_tree, &m->secrets)) != NULL)
		entity_free(&s->entity);
	while ((r = RB_MIN(relation_tree, &m->relations)) != NULL)
		entity_free(&r->entity);
	while ((r = RB_MIN(guest_tree, &m->guests)) != NULL)
		entity_free(&r->entity);
	while ((app = RB_MIN(application_tree, &m->applications)) != NULL)
		entity_free(&app->entity);
	while ((machine = RB_MIN(machine_tree, &m->machines)) != NULL)
		entity_free(&machine->entity);
	RB_REMOVE(model_tree, &m->entity.ctl->models, m);
	free(m->uuid);
	free(m->name);
	free(m->owner);
	json_decref(m->next_units);
	json_decref(m->config);
	json_decref(m->kept);
	json_decref(m->visits);
	free(m);
}

void
ctl_free(struct ctl *ctl)
{
	struct model *m;

	if (ctl == NULL)
		return;
	while ((m = RB_MIN(model_tree, &ctl->models)) != NULL)
		entity_free(&m->entity);
	free(ctl->uuid);
	free(ctl->name);
	free(ctl->cloud);
	free(ctl->region);
	free(ctl->current_model);
	json_decref(ctl->kept);
	free(ctl);
}

void
entity_free(struct entity *e)
{
	entity_forget(e);
	switch (e->kind) {
	case ENTITY_CTL:
		ctl_free(container_of(e, struct ctl, entity));
		break;
	case ENTITY_MODEL:
		model_free(container_of(e, struct model, entity));
		break;
	case ENTITY_APPLICATION:
		application_free(container_of(e, struct application, entity));
		break;
	case ENTITY_UNIT:
		unit_free(container_of(e, struct unit, entity));
		break;
	case ENTITY_MACHINE:
		machine_free(container_of(e, struct machine, entity));
		break;
	case ENTITY_RELATION:
		relation_free(container_of(e, struct relation, entity));
		break;
	case ENTITY_SERVICE:
		service_free(container_of(e, struct service, entity));
		break;
	case ENTITY_SEEN:
		seen_free(container_of(e, struct seen_relation, entity));
		break;
	case ENTITY_TASK:
		task_free(container_of(e, struct task, entity));
		break;
	case ENTITY_SECRET:
		secret_free(container_of(e, struct secret, entity));
		break;
	}
}
