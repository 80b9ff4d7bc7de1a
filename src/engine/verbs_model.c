/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "engine/internal.h"

/* How many units there are of each workload status, of those that there are. */
static json_t *
count_workloads(struct model *m)
{
	size_t counts[WORKLOAD_COUNT] = { 0 };
	json_t *workloads = json_object();
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &m->applications) {
		RB_FOREACH(u, unit_tree, &app->units)
			counts[unit_workload(u)]++;
	}
	for (size_t i = 0; i < nitems(counts); i++) {
		if (counts[i] > 0)
			json_object_set_new(workloads,
			    workload_name((enum workload)i),
			    json_integer((json_int_t)counts[i]));
	}
	return workloads;
}

static json_t *
model_json(const struct model *m)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I,"
			 " s:I}",
	    "name", m->name, "uuid", m->uuid, "owner", m->owner, "life",
	    m->life == LIFE_ALIVE ? "alive" : "dying", "status",
	    m->life == LIFE_ALIVE ? "available" : "destroying", "created",
	    time_text(m->created_ms), "machines", (json_int_t)m->nmachines,
	    "applications", (json_int_t)m->napplications, "units",
	    (json_int_t)m->nunits, "relations", (json_int_t)m->nrelations,
	    "generation", (json_int_t)m->generation);
}

static json_t *
model_json_with_workloads(struct model *m)
{
	json_t *row = model_json(m);

	json_object_set_new(row, "workloads", count_workloads(m));
	return row;
}

int
verb_list_models(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	json_t *models = json_array();
	struct model *m;

	(void)err;
	RB_FOREACH(m, model_tree, &ctl->models)
		json_array_append_new(models, model_json_with_workloads(m));
	call->reply = json_pack("{s:o, s:s?}", "models", models, "current",
	    ctl->current_model);
	return 0;
}

int
verb_add_model(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	const char *name = call_text(call, "name", err);
	char uuid[UUID_TEXT_SIZE];
	struct model *m;

	if (name == NULL || model_name_check(name, err) == -1)
		return -1;
	if (ctl->name == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "No controllers registered.");
	if (ctl->life != LIFE_ALIVE)
		return error_set(err, ERROR_CONFLICT,
		    "controller \"%s\" is being destroyed", ctl->name);
	if (ctl_find_model(ctl, name) != NULL)
		return error_set(err, ERROR_CONFLICT,
		    "failed to create new model: model \"%s\" for admin "
		    "already exists (already exists)",
		    name);
	random_uuid(uuid);
	m = model_add(ctl, name, uuid, clock_wall_ms());
	xreplace(&m->owner, "admin");
	if (json_bool(call->args, "switch", true)) {
		xreplace(&ctl->current_model, name);
		entity_touch(&ctl->entity);
	}
	call_journal(call, m, name, "add-model");
	call_journal(call, NULL, name, "add-model");
	if (engine_commit(call->engine, err) == -1)
		return -1;
	call->reply = json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", m->name,
	    "uuid", m->uuid, "cloud", ctl->cloud, "region", ctl->region,
	    "owner", m->owner);
	return 0;
}

int
verb_switch(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	autofree char *previous = NULL;
	struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	if (ctl->current_model != NULL)
		previous = xstrdup(ctl->current_model);
	if (previous == NULL || strcmp(previous, m->name) != 0) {
		xreplace(&ctl->current_model, m->name);
		entity_touch(&ctl->entity);
		call_journal(call, m, m->name, "switch");
		if (engine_commit(call->engine, err) == -1)
			return -1;
	}
	call->reply = json_pack("{s:s?, s:s}", "previous", previous, "current",
	    m->name);
	return 0;
}

int
verb_show_model(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	call->reply = model_json(m);
	json_put_text(call->reply, "controller", ctl->name);
	json_put_text(call->reply, "controller-uuid", ctl->uuid);
	json_put_text(call->reply, "cloud", ctl->cloud);
	json_put_text(call->reply, "region", ctl->region);
	return 0;
}

static int
model_until_gone(struct engine_call *call, struct error *err)
{
	return call_waiting_model(call) == NULL ?
	    call_report_removal(call, err) :
	    0;
}

/* Where the storage of the model's units is going to be left. */
static void
add_storage_messages(struct engine *e, struct model *m, json_t *messages)
{
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &m->applications) {
		RB_FOREACH(u, unit_tree, &app->units) {
			autofree char *dir = NULL, *line = NULL;

			if (app->charm->storage == NULL || u->destroy_storage ||
			    m->destroy_storage)
				continue;
			dir = unit_detached_dir(e, u);
			line = xasprintf("storage %s of %s is kept in %s",
			    app->charm->storage, u->name, dir);
			json_array_append_new(messages, json_string(line));
		}
	}
}

/* Also of what is being removed already: it may have been told to stay. */
static void
model_condemn(struct model *m, bool destroy_storage)
{
	struct application *app;
	struct unit *u;

	m->life = LIFE_DYING;
	m->destroy_storage |= destroy_storage;
	entity_touch(&m->entity);
	RB_FOREACH(app, application_tree, &m->applications) {
		app->destroy_storage |= m->destroy_storage;
		entity_touch(&app->entity);
		application_condemn(app);
		RB_FOREACH(u, unit_tree, &app->units) {
			u->destroy_storage |= m->destroy_storage;
			entity_touch(&u->entity);
		}
	}
}

void
call_destroy_model(const struct engine_call *call, struct model *m,
    json_t *messages)
{
	enum life before = m->life;
	struct application *app;
	struct unit *u;

	model_condemn(m, json_bool(call->args, "destroy-storage", false));
	if (before == LIFE_ALIVE)
		history_model(m, commit_batch(call->engine));
	add_storage_messages(call->engine, m, messages);
	if (!json_bool(call->args, "force", false))
		return;
	RB_FOREACH(app, application_tree, &m->applications) {
		RB_FOREACH(u, unit_tree, &app->units)
			unit_force(call->engine, u);
	}
}

int
verb_destroy_model(struct engine_call *call, struct error *err)
{
	struct engine *e = call->engine;
	struct model *m = call_model(call, err);
	json_t *messages;

	if (m == NULL)
		return -1;
	messages = json_array();
	call_destroy_model(call, m, messages);
	call->reply = json_pack("{s:s, s:o}", "name", m->name, "messages",
	    messages);
	call_journal(call, m, m->name, "destroy-model");
	/* The journal of the model goes with it. */
	call_journal(call, NULL, m->name, "destroy-model");
	call_wait_removal(call, m, model_until_gone);
	engine_reap(e);
	if (engine_commit(e, err) == -1)
		return -1;
	engine_drop_forced(e);
	return 0;
}
