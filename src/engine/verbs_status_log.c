/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"

#define STATUS_LOG_USUAL 20
#define JUJU_UNIT        "juju-unit"

/* What can be asked for, and which kinds of rows that is. */
static const struct status_log_type {
	const char *name;
	const char *kind; /* NULL: any. */
	enum subject_kind {
		OF_UNIT,
		OF_APPLICATION,
		OF_MACHINE,
		OF_MODEL
	} of;
} status_log_types[] = {
	{ "unit", NULL, OF_UNIT },
	{ JUJU_UNIT, JUJU_UNIT, OF_UNIT },
	{ "workload", "workload", OF_UNIT },
	{ "application", NULL, OF_APPLICATION },
	{ "machine", "machine", OF_MACHINE },
	{ "juju-machine", "juju-machine", OF_MACHINE },
	{ "model", NULL, OF_MODEL },
};

static const struct status_log_type *
find_type(const char *name, struct error *err)
{
	for (size_t i = 0; i < nitems(status_log_types); i++) {
		if (strcmp(status_log_types[i].name, name) == 0)
			return &status_log_types[i];
	}
	error_set(err, ERROR_USAGE, "unexpected status type \"%.64s\"", name);
	(void)error_hint(err,
	    "there are unit, juju-unit, workload, application, machine, "
	    "juju-machine and model");
	return NULL;
}

/* "x/0" is a unit, "0" a machine, "x" an application; nothing is the model. */
static enum subject_kind
subject_kind(const char *subject)
{
	if (subject[0] == '\0')
		return OF_MODEL;
	if (strchr(subject, '/') != NULL)
		return OF_UNIT;
	return subject[strspn(subject, "0123456789")] == '\0' ? OF_MACHINE :
								OF_APPLICATION;
}

static const char *
usual_type(const char *subject)
{
	static const char *const usual[] = {
		[OF_UNIT] = "unit",
		[OF_APPLICATION] = "application",
		[OF_MACHINE] = "machine",
		[OF_MODEL] = "model",
	};

	return usual[subject_kind(subject)];
}

static int
refuse_subject(const char *subject, const struct status_log_type *type,
    struct error *err)
{
	if (subject[0] == '\0')
		return error_set(err, ERROR_USAGE, "entity name is missing");
	return error_set(err, ERROR_USAGE,
	    "\"%.64s\" is not a valid name for a %s", subject, type->name);
}

/* The name of an entity that there is; owned by the caller, or NULL. */
static char *
find_subject(struct model *m, const char *subject,
    const struct status_log_type *type, struct error *err)
{
	const struct unit *u;

	if (subject_kind(subject) != type->of && type->of != OF_MODEL) {
		(void)refuse_subject(subject, type, err);
		return NULL;
	}
	switch (type->of) {
	case OF_UNIT:
		u = model_find_target(m, subject, err);
		return u != NULL ? xstrdup(u->name) : NULL;
	case OF_APPLICATION:
		if (model_find_application(m, subject) != NULL)
			return xstrdup(subject);
		(void)missing_application(subject, err);
		return NULL;
	case OF_MACHINE:
		if (model_find_machine(m, strtoll(subject, NULL, 10)) != NULL)
			return xstrdup(subject);
		(void)missing_machine(subject, err);
		return NULL;
	case OF_MODEL:
		break;
	}
	return xstrdup("");
}

struct status_log {
	json_t *entries;
	uint64_t since_ms;
	uint64_t rested_ms; /* No operation began before. */
};

/*
 * Does it come before another? What a charm says in its last moment comes
 * before it rests.
 */
static bool
is_before(const json_t *entry, const json_t *other)
{
	int order = strcmp(json_text(entry, "since", ""),
	    json_text(other, "since", ""));

	return order != 0 ? order < 0 :
			    strcmp(json_text(entry, "type", ""),
				json_text(other, "type", "")) > 0;
}

static void
insert_entry(json_t *entries, json_t *stolen)
{
	size_t at = json_array_size(entries);

	while (at > 0 && is_before(stolen, json_array_get(entries, at - 1)))
		at--;
	json_array_insert_new(entries, at, stolen);
}

static void
add_entry(struct status_log *log, const struct store_status *s)
{
	json_t *entry;

	if (s->wall_ms < log->since_ms)
		return;
	entry = json_object();
	json_object_set_new(entry, "since", time_text(s->wall_ms));
	json_put_text(entry, "type", s->kind);
	json_put_text(entry, "status", s->word);
	json_put_text(entry, "message", s->message);
	insert_entry(log->entries, entry);
}

/* Of what a unit did only its beginning is among them. */
static void
on_status(void *arg, const struct store_status *s)
{
	struct status_log *log = arg;

	if (strcmp(s->kind, JUJU_UNIT) == 0)
		log->rested_ms = s->wall_ms;
	add_entry(log, s);
}

/* ---- what a unit did: the journal has it ---- */

/* As status said while it ran. */
static char *
doing_text(const json_t *line)
{
	const char *name = json_text(line, "name", "");

	if (strcmp(json_text(line, "kind", ""), "action") != 0)
		return xasprintf("running %s hook", name);
	return strcmp(name, EXEC_ACTION) == 0 ?
	    xstrdup("running commands") :
	    xasprintf("running action %s", name);
}

/* It was followed by rest. The clocks of both times may differ by one. */
static void
add_operation(struct status_log *log, const json_t *line, uint64_t ended_ms)
{
	uint64_t ms = (uint64_t)json_int(line, "ms", 0);
	uint64_t began_ms = ended_ms > ms ? ended_ms - ms : ended_ms;
	autofree char *doing = doing_text(line);

	if (began_ms < log->rested_ms)
		began_ms = log->rested_ms;
	add_entry(log,
	    &(struct store_status){ JUJU_UNIT, "executing", doing, began_ms });
	add_entry(log,
	    &(struct store_status){ JUJU_UNIT, "idle", "", ended_ms });
	log->rested_ms = ended_ms;
}

static int
on_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	json_auto_t *entry = json_loads(line, 0, NULL);

	(void)id;
	(void)subject;
	if (entry != NULL && json_object_get(entry, "ms") != NULL)
		add_operation(arg, entry, wall_ms);
	return 0;
}

static bool
tells_operations(const struct status_log_type *type)
{
	return type->of == OF_UNIT &&
	    (type->kind == NULL || strcmp(type->kind, JUJU_UNIT) == 0);
}

static int
add_operations(const struct engine_call *call, const struct model *m,
    const char *unit, struct status_log *log, struct error *err)
{
	return store_journal(call->engine->store, m->uuid, unit,
	    LIMIT_STATUS_ROWS, on_line, log, err);
}

/* The newest `limit`; 0 is all. */
static json_t *
last_entries(const json_t *entries, size_t limit)
{
	size_t n = json_array_size(entries);
	json_t *last = json_array();

	for (size_t i = limit != 0 && n > limit ? n - limit : 0; i < n; i++)
		json_array_append(last, json_array_get(entries, i));
	return last;
}

int
verb_status_log(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const char *subject = json_text(call->args, "subject", "");
	const struct status_log_type *type =
	    find_type(json_text(call->args, "type", usual_type(subject)), err);
	uint64_t age = (uint64_t)json_int(call->args, "age", 0);
	json_auto_t *entries = NULL;
	autofree char *name = NULL;
	struct status_log log = { 0 };

	if (m == NULL || type == NULL)
		return -1;
	name = find_subject(m, subject, type, err);
	if (name == NULL)
		return -1;
	if (age != 0 && age < clock_wall_ms())
		log.since_ms = clock_wall_ms() - age;
	log.entries = entries = json_array();
	if (store_statuses(call->engine->store,
		&(struct store_status_search){ m->uuid, name, type->kind },
		on_status, &log, err) == -1 ||
	    (tells_operations(type) &&
		add_operations(call, m, name, &log, err) == -1))
		return -1;
	call->reply = json_pack("{s:o}", "entries",
	    last_entries(entries,
		(size_t)json_int(call->args, "limit",
		    age != 0 ? 0 : STATUS_LOG_USUAL)));
	return 0;
}
