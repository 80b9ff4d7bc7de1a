/* SPDX-License-Identifier: Apache-2.0 */

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"

char *
service_key(const struct service *s)
{
	return xasprintf("%s/%s/%s", s->unit->app->model->uuid, s->unit->name,
	    s->name);
}

struct model *
engine_find_model(struct engine *e, const char *uuid, size_t len)
{
	struct model *m;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		if (strlen(m->uuid) == len && memcmp(m->uuid, uuid, len) == 0)
			return m->entity.deleted ? NULL : m;
	}
	return NULL;
}

struct service *
engine_find_service(struct engine *e, const char *key)
{
	const char *slash = strchr(key, '/'), *name = strrchr(key, '/');
	autofree char *unit_name = NULL;
	struct model *m;
	struct unit *u;

	m = engine_find_model(e, key, (size_t)(slash - key));
	unit_name = xasprintf("%.*s", (int)(name - slash - 1), slash + 1);
	u = m != NULL ? model_find_unit(m, unit_name) : NULL;
	return u != NULL ? unit_find_service(u, name + 1) : NULL;
}

static int
service_on_spawn(void *arg, const char *key, pid_t pid, uint64_t start_time,
    struct error *err)
{
	struct engine *e = arg;
	struct service *s = engine_find_service(e, key);

	if (s == NULL)
		return error_set(err, ERROR_NOT_FOUND, "no service %s", key);
	s->pid = pid;
	s->start_time = start_time;
	s->state = SERVICE_RUNNING;
	entity_touch(&s->entity);
	return engine_commit(e, err);
}

static void
journal_event(struct engine *e, const struct service *s,
    enum supervisor_event event, const char *detail)
{
	static const char *const results[] = {
		[SUPERVISOR_ENDED] = "ended",
		[SUPERVISOR_RESTARTED] = "restarted",
		[SUPERVISOR_FAILED] = "failed",
	};
	json_t *line = json_object();

	json_put_text(line, "kind", "service");
	json_put_text(line, "name", s->name);
	json_put_text(line, "result", results[event]);
	json_put_text(line, "message", detail != NULL ? detail : "");
	engine_journal(e, s->unit->app->model, s->unit->name, line);
}

static void
service_on_event(void *arg, const char *key, enum supervisor_event event,
    const char *detail)
{
	struct engine *e = arg;
	struct service *s = engine_find_service(e, key);

	if (s == NULL)
		return;
	switch (event) {
	case SUPERVISOR_ENDED:
		s->state = SERVICE_BACKOFF;
		break;
	case SUPERVISOR_RESTARTED:
		s->state = SERVICE_RUNNING;
		break;
	case SUPERVISOR_FAILED:
		s->state = SERVICE_FAILED;
		break;
	}
	if (event != SUPERVISOR_RESTARTED) {
		log_warn(s->unit->name, "service %s ended: %s", s->name,
		    detail);
		xreplace(&s->detail, detail);
		s->pid = 0;
	}
	s->event++;
	entity_touch(&s->entity);
	journal_event(e, s, event, detail);
	engine_commit_late(e);
}

const struct supervisor_calls engine_supervisor_calls = {
	.on_spawn = service_on_spawn,
	.on_event = service_on_event,
};

/* It does not run, and its charm has to decide what now. */
static void
service_give_up(struct service *s, const char *why)
{
	s->event++;
	s->pid = 0;
	s->state = SERVICE_FAILED;
	xreplace(&s->detail, why);
	entity_touch(&s->entity);
}

/*
 * One that ended while nobody was watching is started again, if it is one to be
 * restarted. One that was being stopped is taken back too: whoever wanted that
 * asks again.
 */
static void
service_adopt(struct engine *e, struct service *s)
{
	struct error err = { 0 };
	autofree char *key = service_key(s);

	if (supervisor_adopt(e->supervisor, key, s->spec, s->pid, s->start_time,
		&err) == 0)
		return;
	s->pid = 0;
	if (!s->wanted) {
		s->state = SERVICE_STOPPED;
		entity_touch(&s->entity);
		return;
	}
	if (!json_bool(s->spec, "restart", true)) {
		log_warn(s->unit->name, "service %s: %s", s->name, err.msg);
		service_give_up(s, err.msg);
		return;
	}
	log_warn(s->unit->name, "service %s: %s; starting it again", s->name,
	    err.msg);
	s->event++;
	entity_touch(&s->entity);
	if (supervisor_start(e->supervisor, key, s->spec, &err) == 0)
		return;
	log_error(s->unit->name, "service %s: %s", s->name, err.msg);
	/* Again: if the store refused the process, all that was taken back. */
	service_give_up(s, err.msg);
}

static void
unit_adopt_services(struct engine *e, struct unit *u)
{
	struct service *s;

	RB_FOREACH(s, service_tree, &u->services) {
		if (s->pid != 0 || (s->wanted && s->state != SERVICE_FAILED))
			service_adopt(e, s);
	}
}

void
engine_adopt_services(struct engine *e)
{
	struct model *m;
	struct application *app;
	struct unit *u;

	RB_FOREACH(m, model_tree, &e->ctl->models) {
		RB_FOREACH(app, application_tree, &m->applications) {
			RB_FOREACH(u, unit_tree, &app->units)
				unit_adopt_services(e, u);
		}
	}
}

/* ---- hook tools ---- */

static struct service *
tool_service(const struct tool_call *call, struct error *err)
{
	const char *name = tool_text(call, "name", err);
	struct service *s;

	if (name == NULL)
		return NULL;
	s = unit_find_service(call->unit, name);
	if (s == NULL)
		error_set(err, ERROR_NOT_FOUND, "no service \"%s\"", name);
	return s;
}

/* The default log file needs to know the unit's directory. */
static void
spec_set_log(const struct tool_call *call, const char *name, json_t *spec)
{
	autofree char *dir = unit_dir(call->context->agent->engine, call->unit);
	autofree char *log = xasprintf("%s/log/%s.log", dir, name);

	if (json_object_get(spec, "log") == NULL)
		json_put_text(spec, "log", log);
}

/* It is part of paths and keys, and has to fit into struct op. */
static bool
service_name_is_valid(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t len = strlen(name);

	return len > 0 && len <= LIMIT_NAME_BYTES && name[0] != '.' &&
	    strspn(name, allowed) == len;
}

json_t *
tool_service_set(struct tool_call *call, struct error *err)
{
	const char *name = tool_text(call, "name", err);
	json_t *given = json_child(call->args, "spec", JSON_OBJECT);
	json_auto_t *spec = json_deep_copy(given);
	struct service *s;

	if (name == NULL)
		return NULL;
	if (spec == NULL || !service_name_is_valid(name)) {
		error_set(err, ERROR_USAGE, "service \"%.64s\": %s", name,
		    spec == NULL ? "argument \"spec\" is missing" :
				   "invalid name");
		return NULL;
	}
	spec_set_log(call, name, spec);
	s = unit_find_service(call->unit, name);
	if (s == NULL)
		s = service_add(call->unit, name);
	if (!json_equal(s->spec, spec)) {
		json_decref(s->spec);
		s->spec = json_incref(spec);
		entity_touch(&s->entity);
	}
	return tool_commit(call, err);
}

json_t *
tool_service_start(struct tool_call *call, struct error *err)
{
	struct engine *e = call->context->agent->engine;
	struct service *s = tool_service(call, err);
	autofree char *key = NULL;

	if (s == NULL)
		return NULL;
	/* Wanted first: the spawn is recorded together with it. */
	s->wanted = true;
	entity_touch(&s->entity);
	key = service_key(s);
	if (supervisor_start(e->supervisor, key, s->spec, err) == -1) {
		s->wanted = false;
		s->state = SERVICE_STOPPED;
		s->pid = 0; /* It may have been recorded before it failed. */
		entity_touch(&s->entity);
		engine_commit_late(e);
		return NULL;
	}
	return tool_commit(call, err);
}

/* An operation waits for the end of a service. */
struct stop {
	TAILQ_ENTRY(stop) entry;
	struct engine *engine;    /* Borrowed. */
	int64_t context, request; /* Numbers. */
};

static void
stop_free(struct stop *stop)
{
	TAILQ_REMOVE(&stop->engine->stops, stop, entry);
	free(stop);
}

void
stops_free(struct engine *e)
{
	struct stop *stop, *next;

	TAILQ_FOREACH_SAFE(stop, &e->stops, entry, next)
		stop_free(stop);
}

/* The operation may have been cut off, and another one be running. */
static void
stop_answer(const struct stop *stop, struct agent *a)
{
	if (a == NULL || !agent_is_at_work(a) ||
	    a->context->number != stop->context)
		return;
	a->context->stops--;
	agent_answer(a, stop->request, json_null(), NULL);
	agent_watch_over(a);
}

/* The service is gone: the charm that waits for it goes on. */
static void
service_on_stopped(void *arg, const char *key)
{
	struct stop *stop = arg;
	struct engine *e = stop->engine;
	struct service *s = engine_find_service(e, key);

	if (s != NULL) {
		s->state = SERVICE_STOPPED;
		s->pid = 0;
		entity_touch(&s->entity);
		engine_commit_late(e);
		stop_answer(stop, agent_find(e, s->unit));
	}
	stop_free(stop);
}

json_t *
tool_service_stop(struct tool_call *call, struct error *err)
{
	struct agent *a = call->context->agent;
	struct engine *e = a->engine;
	struct service *s = tool_service(call, err);
	autofree char *key = NULL;
	struct stop *stop;

	if (s == NULL)
		return NULL;
	s->wanted = false;
	entity_touch(&s->entity);
	if (engine_commit(e, err) == -1)
		return NULL;
	stop = xcalloc(1, sizeof *stop);
	stop->engine = e;
	stop->context = call->context->number;
	stop->request = a->handling;
	TAILQ_INSERT_TAIL(&e->stops, stop, entry);
	call->context->stops++;
	agent_watch_over(a);
	key = service_key(s);
	supervisor_stop(e->supervisor, key, service_on_stopped, stop);
	return NULL;
}

json_t *
tool_service_get(struct tool_call *call, struct error *err)
{
	static const char *const states[] = { "stopped", "running", "backoff",
		"failed" };
	struct service *s = tool_service(call, err);

	if (s == NULL)
		return NULL;
	json_object_set_new(call->context->services, s->name,
	    json_integer((json_int_t)s->event));
	return json_pack("{s:s, s:i, s:s}", "state", states[s->state], "pid",
	    (int)s->pid, "detail", s->detail != NULL ? s->detail : "");
}
