/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/kept.h"
#include "model/secret.h"

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

/* Who was here last when, by user id. */
static json_t *
connections_json(const struct model *m)
{
	json_t *connections = json_object(), *then;
	const char *uid;

	json_object_foreach(m->visits, uid, then)
		json_object_set_new(connections, uid,
		    time_text((uint64_t)json_integer_value(then)));
	return connections;
}

static json_t *
model_json(const struct model *m)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I,"
			 " s:I, s:o}",
	    "name", m->name, "uuid", m->uuid, "owner", m->owner, "life",
	    m->life == LIFE_ALIVE ? "alive" : "dying", "status",
	    m->life == LIFE_ALIVE ? "available" : "destroying", "created",
	    time_text(m->created_ms), "machines", (json_int_t)m->nmachines,
	    "applications", (json_int_t)m->napplications, "units",
	    (json_int_t)m->nunits, "relations", (json_int_t)m->nrelations,
	    "generation", (json_int_t)m->generation, "connections",
	    connections_json(m));
}

/* Every machine has the processors of this host. */
static json_int_t
host_cores(void)
{
	return (json_int_t)sysconf(_SC_NPROCESSORS_ONLN);
}

static json_t *
model_json_with_workloads(struct model *m)
{
	json_t *row = model_json(m);

	json_object_set_new(row, "workloads", count_workloads(m));
	json_object_set_new(row, "cores",
	    json_integer((json_int_t)m->nmachines * host_cores()));
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
	call->reply = json_pack("{s:o, s:s?, s:s?}", "models", models,
	    "current", ctl->current_model, "previous",
	    json_text(ctl->kept, KEPT_PREVIOUS_MODEL, NULL));
	return 0;
}

void
ctl_focus(struct ctl *ctl, const char *model)
{
	if (ctl->current_model != NULL)
		kept_set(&ctl->kept, KEPT_PREVIOUS_MODEL,
		    json_string(ctl->current_model));
	xreplace(&ctl->current_model, model);
	entity_touch(&ctl->entity);
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
		ctl_focus(ctl, m->name);
		call_journal(call, m, m->name, "switch");
		if (engine_commit(call->engine, err) == -1)
			return -1;
	}
	call->reply = json_pack("{s:s?, s:s}", "previous", previous, "current",
	    m->name);
	return 0;
}

static json_t *
credential_json(const struct model *m)
{
	return json_pack("{s:s, s:s, s:s}", "name",
	    json_text(m->kept, KEPT_CREDENTIAL, CREDENTIAL_HERE), "owner",
	    m->owner, "cloud", m->entity.ctl->cloud);
}

static json_t *
hosts_json(struct model *m)
{
	json_int_t cores = host_cores();
	json_t *hosts = json_object();
	struct machine *machine;
	char id[24];

	RB_FOREACH(machine, machine_tree, &m->machines) {
		(void)snprintf(id, sizeof id, "%lld", (long long)machine->id);
		json_object_set_new(hosts, id,
		    json_pack("{s:I}", "cores", cores));
	}
	return hosts;
}

static json_int_t
count_secrets(struct model *m)
{
	json_int_t n = 0;
	struct secret *s;

	RB_FOREACH(s, secret_tree, &m->secrets)
		n++;
	return n;
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
	json_put_text(call->reply, "version", call->engine->version);
	json_object_set_new(call->reply, "credential", credential_json(m));
	json_object_set_new(call->reply, "hosts", hosts_json(m));
	json_object_set_new(call->reply, "secrets",
	    json_integer(count_secrets(m)));
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
