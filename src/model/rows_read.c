/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/open.h"
#include "model/rows.h"
#include "model/seen.h"
#include "model/task.h"
#include "model/tree.h"
#include "model/visits.h"
#include "model/words.h"

struct row {
	struct ctl *ctl;
	struct model *model; /* NULL for the rows above a model. */
	const char *name;    /* What follows in the key; borrowed from it. */
	const json_t *value;
	row_charm_fn *load;
	void *arg;
};

typedef int reader_fn(const struct row *, struct error *);

static uint64_t
take_int(const json_t *value, const char *key)
{
	return (uint64_t)json_int(value, key, 0);
}

static void
take_text(char **slot, const json_t *value, const char *key)
{
	xreplace(slot, json_text(value, key, NULL));
}

static void
take_child(json_t **slot, const json_t *value, const char *key, json_type type)
{
	const json_t *child = json_child(value, key, type);

	json_decref(*slot);
	if (child != NULL)
		*slot = json_deep_copy(child);
	else
		*slot = type == JSON_ARRAY ? json_array() : json_object();
}

static void
take_kept(json_t **slot, const json_t *value)
{
	const json_t *kept = json_child(value, "kept", JSON_OBJECT);

	json_decref(*slot);
	*slot = kept != NULL ? json_deep_copy(kept) : NULL;
}

static enum life
take_life(const json_t *value)
{
	return json_bool(value, "dying", false) ? LIFE_DYING : LIFE_ALIVE;
}

static int
take_status(struct status *s, const json_t *value, struct error *err)
{
	const json_t *child = json_object_get(value, "status");
	const char *word = json_text(child, "status", "unknown");
	enum workload workload = workload_parse(word);

	if (workload == WORKLOAD_COUNT)
		return error_set(err, ERROR_INTERNAL, "no status word \"%s\"",
		    word);
	s->word = workload;
	take_text(&s->message, child, "message");
	s->since_ms = take_int(child, "since");
	s->is_news = false;
	return 0;
}

static int
parse_number(const char *text, int64_t *number, struct error *err)
{
	long long n;
	char *end;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || n < 0)
		return error_set(err, ERROR_INTERNAL, "no number \"%s\"", text);
	*number = n;
	return 0;
}

/* It is what the store says: neither new nor on its way out. */
static void
entity_restored(struct entity *e)
{
	e->fresh = false;
	e->deleted = false;
}

static int
read_ctl(const struct row *row, struct error *err)
{
	struct ctl *ctl = row->ctl;

	(void)err;
	take_text(&ctl->uuid, row->value, "uuid");
	take_text(&ctl->name, row->value, "name");
	take_text(&ctl->cloud, row->value, "cloud");
	take_text(&ctl->region, row->value, "region");
	ctl->life = json_bool(row->value, "dying", false) ? LIFE_DYING :
							    LIFE_ALIVE;
	take_text(&ctl->current_model, row->value, "current-model");
	ctl->created_ms = take_int(row->value, "created");
	take_kept(&ctl->kept, row->value);
	entity_restored(&ctl->entity);
	return 0;
}

static int
read_model(const struct row *row, struct error *err)
{
	struct model *m = model_find_any(row->ctl, row->name);

	(void)err;
	if (m == NULL)
		m = model_make(row->ctl, row->name);
	take_text(&m->uuid, row->value, "uuid");
	take_text(&m->owner, row->value, "owner");
	m->life = take_life(row->value);
	m->destroy_storage = json_bool(row->value, "destroy-storage", false);
	m->created_ms = take_int(row->value, "created");
	m->next_machine = json_int(row->value, "next-machine", 0);
	m->next_relation = json_int(row->value, "next-relation", 0);
	m->next_operation = json_int(row->value, "next-operation", 1);
	m->generation = take_int(row->value, "generation");
	(void)json_object_clear(m->next_units);
	(void)json_object_update(m->next_units,
	    json_child(row->value, "next-units", JSON_OBJECT));
	(void)json_object_clear(m->config);
	(void)json_object_update(m->config,
	    json_child(row->value, "config", JSON_OBJECT));
	take_kept(&m->kept, row->value);
	visits_take(&m->visits, json_child(row->value, "visits", JSON_OBJECT));
	entity_restored(&m->entity);
	return 0;
}

/* Read from its directory, unless it is the one that we have. */
static int
take_charm(struct application *a, const struct row *row, struct error *err)
{
	const char *dir = json_text(row->value, "charm-source", "");
	struct charm *charm;

	if (a->charm != NULL && a->charm_source != NULL &&
	    strcmp(a->charm_source, dir) == 0)
		return 0;
	charm = row->load(row->arg, dir, err);
	if (charm == NULL)
		return -1;
	charm_free(a->charm);
	a->charm = charm;
	take_text(&a->charm_source, row->value, "charm-source");
	return 0;
}

static int
read_application(const struct row *row, struct error *err)
{
	struct application *a = application_find_any(row->model, row->name);
	const json_t *value = row->value;

	if (a == NULL)
		a = application_make(row->model, row->name);
	if (take_charm(a, row, err) != 0)
		return -1;
	take_text(&a->charm_name, value, "charm");
	take_text(&a->channel, value, "channel");
	a->charm_revision = (int)json_int(value, "charm-revision", 0);
	a->life = take_life(value);
	a->destroy_storage = json_bool(value, "destroy-storage", false);
	a->exposed = json_bool(value, "exposed", false);
	a->trusted = json_bool(value, "trusted", false);
	take_child(&a->config, value, "config", JSON_OBJECT);
	take_kept(&a->kept, value);
	/* The charm's defaults may have changed since: units will be told. */
	application_rehash(a);
	take_text(&a->version, value, "version");
	take_text(&a->leader, value, "leader");
	take_text(&a->asked, value, "asked");
	/* At first the model had those of all. */
	a->next_unit = json_int(value, "next-unit",
	    json_int(a->model->next_units, a->name, 0));
	entity_restored(&a->entity);
	return take_status(&a->status, value, err);
}

static int
read_machine(const struct row *row, struct error *err)
{
	struct machine *m;
	int64_t id = 0;

	if (parse_number(row->name, &id, err) != 0)
		return -1;
	m = machine_find_any(row->model, id);
	if (m == NULL)
		m = machine_make(row->model, id);
	take_text(&m->instance, row->value, "instance");
	machine_set_address(m, json_text(row->value, "address", NULL));
	m->created_ms = take_int(row->value, "created");
	entity_restored(&m->entity);
	return 0;
}

static void
take_local(struct unit *u, const json_t *value)
{
	struct unit_local *local = &u->local;

	local->installed = json_bool(value, "installed", false);
	local->started = json_bool(value, "started", false);
	local->stopped = json_bool(value, "stopped", false);
	local->leader_elected = json_bool(value, "leader-elected", false);
	local->config_changed = json_bool(value, "config-changed", false);
	local->config_hash = take_int(value, "config-hash");
	local->charm_revision = (int)json_int(value, "charm-revision", 0);
	seen_take_old(u, json_object_get(value, "relations"));
	take_text(&local->failed_hook, value, "failed-hook");
	take_text(&local->failed_title, value, "failed-title");
	take_text(&local->failed_reason, value, "failed-reason");
	xreplace(&local->told_failure, unit_trouble(u));
	local->failures = (int)json_int(value, "failures", 0);
	local->retry_at_ms = take_int(value, "retry-at");
	local->update_at_ms = take_int(value, "update-at");
	local->update_after_ms = take_int(value, "update-after");
}

static struct unit *
make_unit(const struct row *row, struct error *err)
{
	const char *slash = strchr(row->name, '/');
	autofree char *app_name = NULL;
	struct application *app;
	int64_t number = 0;

	if (slash == NULL) {
		(void)error_set(err, ERROR_INTERNAL, "no unit number");
		return NULL;
	}
	app_name = xasprintf("%.*s", (int)(slash - row->name), row->name);
	app = application_find_any(row->model, app_name);
	if (app == NULL) {
		(void)error_set(err, ERROR_INTERNAL, "no application \"%s\"",
		    app_name);
		return NULL;
	}
	if (parse_number(slash + 1, &number, err) != 0)
		return NULL;
	return unit_make(app, number);
}

static int
read_unit(const struct row *row, struct error *err)
{
	struct unit *u = unit_find_any(row->model, row->name);
	int64_t machine = json_int(row->value, "machine", -1);

	if (u == NULL)
		u = make_unit(row, err);
	if (u == NULL)
		return -1;
	unit_set_machine(u, machine_find_any(row->model, machine));
	if (u->machine == NULL && machine >= 0)
		return error_set(err, ERROR_INTERNAL, "no machine %lld",
		    (long long)machine);
	u->life = take_life(row->value);
	u->destroy_storage = json_bool(row->value, "destroy-storage", false);
	take_child(&u->state, row->value, "state", JSON_OBJECT);
	take_child(&u->ports, row->value, "ports", JSON_ARRAY);
	take_text(&u->asked, row->value, "asked");
	take_local(u, json_object_get(row->value, "local"));
	/* If it is taken back: it and others may owe again what they did. */
	application_open_relations(u->app);
	entity_restored(&u->entity);
	return take_status(&u->status, row->value, err);
}

static int
read_relation(const struct row *row, struct error *err)
{
	int64_t id = 0;

	if (parse_number(row->name, &id, err) != 0)
		return -1;
	return relation_read(row->model, id, row->value, err);
}

/* The unit of a row below one, "db/0/server"; `name` is what follows. */
static struct unit *
row_unit(const struct row *row, const char **name, struct error *err)
{
	const char *slash = strrchr(row->name, '/');
	autofree char *unit_name = xasprintf("%.*s",
	    slash == NULL ? 0 : (int)(slash - row->name), row->name);
	struct unit *u = unit_find_any(row->model, unit_name);

	if (u == NULL)
		(void)error_set(err, ERROR_INTERNAL, "no unit \"%s\"",
		    unit_name);
	else
		*name = slash + 1;
	return u;
}

static int
read_seen(const struct row *row, struct error *err)
{
	const char *name;
	struct unit *u = row_unit(row, &name, err);
	struct seen_relation *seen;
	int64_t id = 0;

	if (u == NULL || parse_number(name, &id, err) != 0)
		return -1;
	seen = seen_find_any(u, id);
	if (seen == NULL)
		seen = seen_make(u, id);
	seen_take(seen, row->value);
	entity_restored(&seen->entity);
	return 0;
}

static int
read_service(const struct row *row, struct error *err)
{
	const char *name;
	struct unit *u = row_unit(row, &name, err);
	struct service *s;

	if (u == NULL)
		return -1;
	s = service_find_any(u, name);
	if (s == NULL)
		s = service_make(u, name);
	take_child(&s->spec, row->value, "spec", JSON_OBJECT);
	s->wanted = json_bool(row->value, "wanted", false);
	if (service_parse(json_text(row->value, "state", NULL), &s->state) != 0)
		return error_set(err, ERROR_INTERNAL, "no service state");
	s->pid = (pid_t)json_int(row->value, "pid", 0);
	s->start_time = take_int(row->value, "start-time");
	take_text(&s->detail, row->value, "detail");
	s->event = take_int(row->value, "event");
	s->event_seen = take_int(row->value, "event-seen");
	entity_restored(&s->entity);
	return 0;
}

static int
read_task(const struct row *row, struct error *err)
{
	enum task_state state;
	struct task *t;
	int64_t id = 0;

	if (parse_number(row->name, &id, err) != 0)
		return -1;
	t = task_find_any(row->model, id);
	if (t == NULL)
		t = task_make(row->model, id);
	t->operation = json_int(row->value, "operation", 0);
	/* What a task is about never changes. */
	if (t->unit == NULL)
		t->unit = xstrdup(json_text(row->value, "unit", ""));
	xreplace(&t->action, json_text(row->value, "action", ""));
	take_text(&t->message, row->value, "message");
	take_text(&t->asked, row->value, "asked");
	if (task_parse(json_text(row->value, "state", NULL), &state) != 0)
		return error_set(err, ERROR_INTERNAL, "no task state");
	task_set_state(t, state);
	t->enqueued_ms = take_int(row->value, "enqueued");
	t->started_ms = take_int(row->value, "started");
	t->completed_ms = take_int(row->value, "completed");
	entity_restored(&t->entity);
	return 0;
}

static int
read_secret(const struct row *row, struct error *err)
{
	return secret_read(row->model, row->name, row->value, err);
}

static const struct {
	const char *prefix;
	reader_fn *read;
} readers[] = {
	{ "application/", read_application },
	{ "machine/", read_machine },
	{ "unit/", read_unit },
	{ "relation/", read_relation },
	{ "seen/", read_seen },
	{ "service/", read_service },
	{ "task/", read_task },
	{ "secret/", read_secret },
};

/* Below a model: "unit/<model>/<name>". */
static int
read_below(struct row *row, const char *rest, reader_fn *read,
    struct error *err)
{
	const char *slash = strchr(rest, '/');
	autofree char *model = NULL;

	if (slash == NULL)
		return error_set(err, ERROR_INTERNAL, "no name");
	model = xasprintf("%.*s", (int)(slash - rest), rest);
	row->model = model_find_any(row->ctl, model);
	if (row->model == NULL)
		return error_set(err, ERROR_INTERNAL, "no model \"%s\"", model);
	row->name = slash + 1;
	return read(row, err);
}

static int
read_by_key(struct row *row, const char *key, struct error *err)
{
	size_t len;

	if (strcmp(key, "ctl") == 0)
		return read_ctl(row, err);
	if (strncmp(key, "model/", 6) == 0) {
		row->name = key + 6;
		return read_model(row, err);
	}
	for (size_t i = 0; i < nitems(readers); i++) {
		len = strlen(readers[i].prefix);
		if (strncmp(key, readers[i].prefix, len) == 0)
			return read_below(row, key + len, readers[i].read, err);
	}
	return error_set(err, ERROR_INTERNAL, "unknown kind");
}

int
row_read(struct ctl *ctl, const char *key, const json_t *value,
    row_charm_fn *load, void *arg, struct error *err)
{
	struct row row = {
		.ctl = ctl,
		.value = value,
		.load = load,
		.arg = arg,
	};

	if (read_by_key(&row, key, err) != 0)
		return error_wrap(err, "row %s", key);
	return 0;
}
