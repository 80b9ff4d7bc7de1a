/* SPDX-License-Identifier: Apache-2.0 */

#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "engine/internal.h"

/* ---- what verbs share ---- */

struct model *
call_model(const struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	const char *name = call->model;
	struct model *m;

	if (ctl->name == NULL) {
		error_set(err, ERROR_NOT_FOUND, "No controllers registered.");
		error_hint(err,
		    "create one with \"tenon bootstrap localhost\"");
		return NULL;
	}
	if (name == NULL || strcmp(name, "-") == 0)
		name = ctl->current_model;
	if (name == NULL) {
		error_set(err, ERROR_NOT_FOUND, "No model in focus.");
		error_hint(err,
		    "create one with \"tenon add-model NAME\", or "
		    "choose one with \"tenon switch NAME\"; \"tenon models\" "
		    "lists them");
		return NULL;
	}
	m = ctl_find_model(ctl, name);
	if (m == NULL)
		error_set(err, ERROR_NOT_FOUND, "model %s:admin/%s not found",
		    ctl->name, name);
	return m;
}

struct application *
call_application(const struct engine_call *call, struct model *m,
    struct error *err)
{
	struct application *app = model_find_application(m, call->subject);

	if (app == NULL)
		error_set(err, ERROR_NOT_FOUND, "application \"%s\" not found",
		    call->subject);
	return app;
}

const char *
call_text(const struct engine_call *call, const char *name, struct error *err)
{
	const char *text = json_text(call->args, name, NULL);

	if (text == NULL)
		error_set(err, ERROR_USAGE, "field \"%s\" is missing", name);
	return text;
}

void
call_journal(const struct engine_call *call, const struct model *m,
    const char *subject, const char *verb)
{
	engine_journal(call->engine, m, subject,
	    json_pack("{s:s, s:s, s:i}", "kind", "request", "name", verb, "uid",
		(int)call->uid));
}

/* ---- the controller ---- */

static json_t *
time_text(uint64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(wall_ms, text);
	return json_string(text);
}

static json_t *
controller_json(const struct ctl *ctl)
{
	if (ctl->name == NULL)
		return json_null();
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "name", ctl->name, "uuid",
	    ctl->uuid, "cloud", ctl->cloud, "region", ctl->region, "created",
	    time_text(ctl->created_ms));
}

int
verb_show_controller(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	struct model *m;
	int models = 0;

	(void)err;
	RB_FOREACH(m, model_tree, &ctl->models)
		models++;
	call->reply = json_pack("{s:s, s:i, s:s, s:o, s:i}", "version",
	    call->engine->version, "pid", (int)getpid(), "home",
	    call->engine->home, "controller", controller_json(ctl), "models",
	    models);
	return 0;
}

int
verb_bootstrap(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	const char *cloud = json_text(call->args, "cloud", "localhost");
	const char *name = json_text(call->args, "name", "localhost-localhost");
	char uuid[UUID_TEXT_SIZE];

	if (strcmp(cloud, "localhost") != 0) {
		error_set(err, ERROR_NOT_FOUND, "cloud %s not found", cloud);
		return error_hint(err, "the one cloud there is, is localhost");
	}
	if (ctl->name != NULL) {
		error_set(err, ERROR_CONFLICT,
		    "controller \"%s\" already exists", ctl->name);
		return error_hint(err,
		    "a state directory holds one controller; \"tenon "
		    "destroy-controller %s\" removes it",
		    ctl->name);
	}
	if (model_name_check(name, err) == -1)
		return error_set(err, ERROR_INVALID,
		    "\"%s\" is not a valid controller name", name);
	random_uuid(uuid);
	xreplace(&ctl->uuid, uuid);
	xreplace(&ctl->name, name);
	xreplace(&ctl->cloud, "localhost");
	xreplace(&ctl->region, "localhost");
	ctl->created_ms = clock_wall_ms();
	entity_touch(&ctl->entity);
	call_journal(call, NULL, name, "bootstrap");
	if (engine_commit(call->engine, err) == -1) {
		xreplace(&ctl->name, NULL);
		return -1;
	}
	call->reply = json_pack("{s:s, s:s, s:s}", "name", name, "cloud",
	    "localhost", "region", "localhost");
	return 0;
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

static void
model_condemn(struct model *m, bool destroy_storage)
{
	struct application *app;

	m->life = LIFE_DYING;
	m->destroy_storage = destroy_storage;
	entity_touch(&m->entity);
	RB_FOREACH(app, application_tree, &m->applications) {
		app->destroy_storage |= destroy_storage;
		application_condemn(app);
	}
}

static int
controller_until_gone(struct engine_call *call, struct error *err)
{
	(void)err;
	return RB_EMPTY(&call->engine->ctl->models) ? 1 : 0;
}

static int
refuse_models(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	struct model *m;
	char names[200] = "";
	size_t used;

	if (RB_EMPTY(&ctl->models) ||
	    json_bool(call->args, "destroy-all-models", false))
		return 0;
	RB_FOREACH(m, model_tree, &ctl->models) {
		used = strlen(names);
		(void)snprintf(names + used, sizeof names - used, "%s%s",
		    used > 0 ? ", " : "", m->name);
	}
	error_set(err, ERROR_CONFLICT,
	    "cannot destroy controller \"%s\": it has models: %s", ctl->name,
	    names);
	return error_hint(err,
	    "\"--destroy-all-models\" destroys them too; data is kept unless "
	    "\"--destroy-storage\" is given");
}

int
verb_destroy_controller(struct engine_call *call, struct error *err)
{
	struct engine *e = call->engine;
	struct model *m;
	json_t *messages;

	if (e->ctl->name == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "No controllers registered.");
	if (refuse_models(call, err) == -1)
		return -1;
	e->ctl->life = LIFE_DYING;
	entity_touch(&e->ctl->entity);
	messages = json_array();
	RB_FOREACH(m, model_tree, &e->ctl->models) {
		model_condemn(m,
		    json_bool(call->args, "destroy-storage", false));
		add_storage_messages(e, m, messages);
	}
	call->reply = json_pack("{s:o}", "messages", messages);
	call_journal(call, NULL, e->ctl->name, "destroy-controller");
	engine_reap(e);
	if (engine_commit(e, err) == -1)
		return -1;
	call->until = controller_until_gone;
	return 0;
}

/* ---- models ---- */

static void
count_units(struct model *m, int *applications, int *units)
{
	struct application *app;
	struct unit *u;

	RB_FOREACH(app, application_tree, &m->applications) {
		++*applications;
		RB_FOREACH(u, unit_tree, &app->units)
			++*units;
	}
}

static json_t *
model_json(struct model *m)
{
	struct machine *machine;
	int machines = 0, applications = 0, units = 0;

	RB_FOREACH(machine, machine_tree, &m->machines)
		machines++;
	count_units(m, &applications, &units);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:i, s:i, s:i, s:I}",
	    "name", m->name, "uuid", m->uuid, "owner", m->owner, "life",
	    m->life == LIFE_ALIVE ? "alive" : "dying", "status",
	    m->life == LIFE_ALIVE ? "available" : "destroying", "created",
	    time_text(m->created_ms), "machines", machines, "applications",
	    applications, "units", units, "generation",
	    (json_int_t)m->generation);
}

int
verb_list_models(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	json_t *models = json_array();
	struct model *m;

	(void)err;
	RB_FOREACH(m, model_tree, &ctl->models)
		json_array_append_new(models, model_json(m));
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
	struct model *m;

	(void)err;
	RB_FOREACH(m, model_tree, &call->engine->ctl->models) {
		if ((int64_t)m->created_ms == call->waits_for &&
		    strcmp(m->name, json_text(call->reply, "name", "")) == 0)
			return 0;
	}
	return 1;
}

int
verb_destroy_model(struct engine_call *call, struct error *err)
{
	struct engine *e = call->engine;
	struct model *m = call_model(call, err);
	json_t *messages;

	if (m == NULL)
		return -1;
	model_condemn(m, json_bool(call->args, "destroy-storage", false));
	messages = json_array();
	add_storage_messages(e, m, messages);
	call->reply = json_pack("{s:s, s:o}", "name", m->name, "messages",
	    messages);
	call->waits_for = (int64_t)m->created_ms;
	call_journal(call, m, m->name, "destroy-model");
	engine_reap(e);
	if (engine_commit(e, err) == -1)
		return -1;
	call->until = model_until_gone;
	call->timeout_ms = (uint64_t)json_int(call->args, "timeout", 0);
	return 0;
}

/* ---- reading ---- */

int
verb_status(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	call->reply = model_status(call->engine, m);
	return 0;
}

static int
settled_until(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const char *name = json_text(call->args, "application", NULL);
	struct application *app = NULL;
	int settled;

	if (m == NULL)
		return -1;
	if (name != NULL) {
		app = model_find_application(m, name);
		if (app == NULL)
			return error_set(err, ERROR_NOT_FOUND,
			    "application \"%s\" not found", name);
	}
	settled = model_settled(call->engine, m, app, err);
	if (settled == 1) {
		json_decref(call->reply);
		call->reply = json_pack("{s:I}", "generation",
		    (json_int_t)m->generation);
	}
	return settled;
}

int
verb_settled(struct engine_call *call, struct error *err)
{
	if (call_model(call, err) == NULL)
		return -1;
	call->until = settled_until;
	call->timeout_ms = (uint64_t)json_int(call->args, "timeout", 0);
	return 0;
}

static int
journal_on_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	json_t *entries = arg;
	json_t *entry = json_loads(line, 0, NULL);

	if (entry == NULL)
		return 0;
	json_object_set_new(entry, "id", json_integer(id));
	json_object_set_new(entry, "time", time_text(wall_ms));
	json_put_text(entry, "subject", subject);
	json_array_append_new(entries, entry);
	return 0;
}

int
verb_journal(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	json_t *entries;

	if (m == NULL)
		return -1;
	entries = json_array();
	call->reply = json_pack("{s:o}", "entries", entries);
	return store_journal(call->engine->store, m->uuid,
	    json_text(call->args, "subject", NULL),
	    (int)json_int(call->args, "limit", 100), journal_on_line, entries,
	    err);
}
