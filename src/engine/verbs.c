/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/missing.h"
#include "base/random.h"
#include "engine/internal.h"
#include "engine/model_option.h"
#include "model/kept.h"

#define REPORT_LINES 1000

/* ---- what verbs share ---- */

int
call_no_controller(struct error *err)
{
	error_set(err, ERROR_NOT_FOUND, "No controllers registered.");
	return error_hint(err, "create one with \"tenon bootstrap localhost\"");
}

int
cloud_check(const char *place, struct error *err)
{
	static const char here[] = "localhost";
	size_t n = strcspn(place, "/");

	if (n != sizeof here - 1 || strncmp(place, here, n) != 0) {
		error_set(err, ERROR_NOT_FOUND, "cloud %.*s not found", (int)n,
		    place);
		return error_hint(err,
		    "units run on this host: the one cloud is localhost");
	}
	if (place[n] == '\0' || strcmp(place + n + 1, here) == 0)
		return 0;
	error_set(err, ERROR_NOT_FOUND,
	    "region \"%s\" of cloud localhost not found", place + n + 1);
	return error_hint(err, "its one region is localhost");
}

struct model *
call_model(const struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	const char *name = call->model;
	struct model *m;

	if (ctl->name == NULL) {
		(void)call_no_controller(err);
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
		(void)missing_model(ctl->name, name, err);
	return m;
}

struct application *
call_application(const struct engine_call *call, struct model *m,
    struct error *err)
{
	struct application *app = model_find_application(m, call->subject);

	if (app == NULL)
		(void)missing_application(call->subject, err);
	return app;
}

void
call_wait(struct engine_call *call, const struct model *m,
    int (*until)(struct engine_call *, struct error *))
{
	(void)snprintf(call->waits_in, sizeof call->waits_in, "%s", m->uuid);
	call->until = until;
	call->timeout_ms = (uint64_t)json_int(call->args, "timeout", 0);
}

struct model *
call_waiting_model(const struct engine_call *call)
{
	return engine_find_model(call->engine, call->waits_in,
	    strlen(call->waits_in));
}

static int
report_on_newest(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	int64_t *newest = arg;

	(void)wall_ms;
	(void)subject;
	(void)line;
	*newest = id;
	return 0;
}

void
call_wait_removal(struct engine_call *call, const struct model *m,
    int (*until)(struct engine_call *, struct error *))
{
	struct error err = { 0 };

	call_wait(call, m, until);
	/* Without an answer it reports more than it has to. */
	(void)store_journal(call->engine->store, m->uuid, NULL, 1,
	    report_on_newest, &call->journal_from, &err);
}

static int
report_on_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	struct engine_call *call = arg;
	json_auto_t *entry = json_loads(line, 0, NULL);
	autofree char *text = NULL;

	(void)wall_ms;
	if (id <= call->journal_from || entry == NULL ||
	    strcmp(json_text(entry, "kind", ""), "forced") != 0)
		return 0;
	text = xasprintf("unit %s left out: %s", subject,
	    json_text(entry, "message", ""));
	json_array_append_new(json_object_get(call->reply, "messages"),
	    json_string(text));
	return 0;
}

int
call_report_removal(struct engine_call *call, struct error *err)
{
	if (!call_is_durable(call))
		return 0;
	if (store_journal(call->engine->store, call->waits_in, NULL,
		REPORT_LINES, report_on_line, call, err) == -1)
		return -1;
	return 1;
}

bool
call_is_durable(const struct engine_call *call)
{
	return !engine_owes(call->engine);
}

const char *
call_text(const struct engine_call *call, const char *name, struct error *err)
{
	const char *text = json_text(call->args, name, NULL);

	if (text == NULL)
		error_set(err, ERROR_USAGE, "field \"%s\" is missing", name);
	return text;
}

json_t *
time_text(uint64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(wall_ms, text);
	return json_string(text);
}

/* ---- the controller ---- */

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
	json_t *defaults = json_object_get(call->args, "model-defaults");

	if (cloud_check(cloud, err) == -1 ||
	    credential_check(ctl,
		json_text(call->args, "credential", CREDENTIAL_HERE),
		err) == -1 ||
	    model_options_check(defaults, err) == -1)
		return -1;
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
	if (call_is_dry(call)) {
		call->reply = json_pack("{s:[s++], s:[]}", "differences",
		    "controller ", name, " is added", "plan");
		return 0;
	}
	random_uuid(uuid);
	xreplace(&ctl->uuid, uuid);
	xreplace(&ctl->name, name);
	xreplace(&ctl->cloud, "localhost");
	xreplace(&ctl->region, "localhost");
	ctl->created_ms = clock_wall_ms();
	kept_set(&ctl->kept, KEPT_MODEL_DEFAULTS, json_deep_copy(defaults));
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
		return call_no_controller(err);
	if (refuse_models(call, err) == -1)
		return -1;
	e->ctl->life = LIFE_DYING;
	entity_touch(&e->ctl->entity);
	messages = json_array();
	RB_FOREACH(m, model_tree, &e->ctl->models)
		call_destroy_model(call, m, messages);
	call->reply = json_pack("{s:o, s:i}", "messages", messages, "pid",
	    (int)getpid());
	call_journal(call, NULL, e->ctl->name, "destroy-controller");
	engine_reap(e);
	if (engine_commit(e, err) == -1)
		return -1;
	engine_drop_forced(e);
	call->until = controller_until_gone;
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
	call->text = model_status(call->engine, m,
	    json_bool(call->args, "relations", true) ?
		STATUS_ALL :
		STATUS_WITHOUT_RELATIONS);
	return 0;
}

static int
settled_until(struct engine_call *call, struct error *err)
{
	struct model *m = call_waiting_model(call);
	const char *name = json_text(call->args, "application", NULL);
	struct application *app = NULL;
	int settled;

	if (m == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "the model has been destroyed");
	if (name != NULL) {
		app = model_find_application(m, name);
		if (app == NULL)
			return missing_application(name, err);
	}
	settled = model_settled(call->engine, m, app, err);
	if (settled == 1 && !call_is_durable(call))
		settled = 0;
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
	const struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	call_wait(call, m, settled_until);
	return 0;
}
