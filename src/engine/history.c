/* SPDX-License-Identifier: Apache-2.0 */
/*
 * history - what the statuses of units, applications, machines and models were.
 * It is written with the commit that changes them. Nothing of it is in memory
 * but what tells news from what has been written. What units did is in the
 * journal, see verbs_status_log.c.
 */

#include <stdio.h>

#include "base/clock.h"
#include "base/mem.h"
#include "engine/agent.h"

static void
note_status(struct store_batch *batch, const struct model *m,
    const char *subject, const struct status *s)
{
	store_batch_status(batch, m->uuid, subject,
	    &(struct store_status){
		.kind = strchr(subject, '/') != NULL ? "workload" :
						       "application",
		.word = workload_name(s->word),
		.message = s->message,
		.wall_ms = s->since_ms,
	    });
}

static void
note_failure(const struct unit *u, struct store_batch *batch)
{
	autofree char *why = unit_failure(u);

	store_batch_status(batch, u->app->model->uuid, u->name,
	    &(struct store_status){
		.kind = "workload",
		.word = workload_name(WORKLOAD_ERROR),
		.message = why,
		.wall_ms = clock_wall_ms(),
	    });
}

/* It is in error no more: what it said before that holds again. */
static void
note_recovery(const struct unit *u, struct store_batch *batch)
{
	struct status s = u->status;

	s.since_ms = clock_wall_ms();
	note_status(batch, u->app->model, u->name, &s);
}

static void
note_new_unit(const struct unit *u, struct store_batch *batch)
{
	store_batch_status(batch, u->app->model->uuid, u->name,
	    &(struct store_status){
		.kind = "juju-unit",
		.word = "allocating",
		.wall_ms = u->status.since_ms,
	    });
}

static void
note_unit(struct unit *u, struct store_batch *batch)
{
	const char *trouble = unit_workload(u) == WORKLOAD_ERROR ?
	    unit_trouble(u) :
	    NULL;
	const char *told = u->local.told_failure;

	if (u->entity.fresh)
		note_new_unit(u, batch);
	if (u->status.is_news)
		note_status(batch, u->app->model, u->name, &u->status);
	else if (told != NULL && trouble == NULL)
		note_recovery(u, batch);
	if (trouble != NULL && (told == NULL || strcmp(told, trouble) != 0))
		note_failure(u, batch);
	u->status.is_news = false;
	xreplace(&u->local.told_failure, trouble);
}

static void
note_machine(const struct machine *m, struct store_batch *batch)
{
	static const char *const kinds[] = { "juju-machine", "machine" };
	char id[24];

	(void)snprintf(id, sizeof id, "%lld", (long long)m->id);
	if (m->entity.deleted)
		store_batch_forget(batch, m->model->uuid, id);
	for (size_t i = 0; m->entity.fresh && i < nitems(kinds); i++)
		store_batch_status(batch, m->model->uuid, id,
		    &(struct store_status){
			.kind = kinds[i],
			.word = i == 0 ? "started" : "running",
			.message = i == 0 ? NULL : "Running",
			.wall_ms = m->created_ms,
		    });
}

static void
note_application(struct application *app, struct store_batch *batch)
{
	if (app->entity.deleted)
		store_batch_forget(batch, app->model->uuid, app->name);
	else if (app->status.is_news)
		note_status(batch, app->model, app->name, &app->status);
	app->status.is_news = false;
}

static void
note_model(const struct model *m, struct store_batch *batch)
{
	if (m->entity.deleted)
		store_batch_forget(batch, m->uuid, NULL);
	else if (m->entity.fresh)
		history_model(m, batch);
}

void
history_model(const struct model *m, struct store_batch *batch)
{
	store_batch_status(batch, m->uuid, "",
	    &(struct store_status){
		.kind = "model",
		.word = m->life == LIFE_ALIVE ? "available" : "destroying",
		.wall_ms = m->life == LIFE_ALIVE ? m->created_ms :
						   clock_wall_ms(),
	    });
}

void
history_note(struct entity *ent, struct store_batch *batch)
{
	struct unit *u;

	switch (ent->kind) {
	case ENTITY_UNIT:
		u = container_of(ent, struct unit, entity);
		if (ent->deleted)
			store_batch_forget(batch, u->app->model->uuid, u->name);
		else
			note_unit(u, batch);
		break;
	case ENTITY_APPLICATION:
		note_application(container_of(ent, struct application, entity),
		    batch);
		break;
	case ENTITY_MACHINE:
		note_machine(container_of(ent, struct machine, entity), batch);
		break;
	case ENTITY_MODEL:
		note_model(container_of(ent, struct model, entity), batch);
		break;
	case ENTITY_CTL:
	case ENTITY_RELATION:
	case ENTITY_SERVICE:
	case ENTITY_SEEN:
	case ENTITY_TASK:
	case ENTITY_SECRET:
		break;
	}
}

/* It was shown before the charm had said anything itself. */
void
history_announcement(struct agent *a, const struct unit *u)
{
	const struct context *ctx = a->context;
	const char *announced = ctx->task >= 0 ? NULL :
						 agent_announcement(&ctx->op);

	if (u->doing == NULL || announced == NULL)
		return;
	store_batch_status(commit_batch(a->engine), u->app->model->uuid,
	    u->name,
	    &(struct store_status){
		.kind = "workload",
		.word = workload_name(WORKLOAD_MAINTENANCE),
		.message = announced,
		.wall_ms = u->doing_since_ms,
	    });
}
