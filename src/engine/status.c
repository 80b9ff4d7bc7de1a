/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "engine/agent.h"
#include "engine/offers.h"
#include "model/far.h"

static void
put_time(json_t *object, const char *key, uint64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE];

	clock_format(wall_ms, text);
	json_put_text(object, key, text);
}

json_t *
status_json(const char *word, const char *message, uint64_t since_ms)
{
	json_t *status = json_object();

	json_put_text(status, "current", word);
	json_put_text(status, "message", message != NULL ? message : "");
	put_time(status, "since", since_ms);
	return status;
}

static bool
unit_has_failed(const struct unit *u)
{
	return u->local.failed_hook != NULL && u->life == LIFE_ALIVE;
}

char *
unit_failure(const struct unit *u)
{
	const struct unit_local *local = &u->local;

	if (local->failed_reason == NULL)
		return xstrdup(local->failed_title);
	return xasprintf("%s: %s", local->failed_title, local->failed_reason);
}

/* What the agent does is not written down: after a restart, it is unknown. */
static uint64_t
agent_since_ms(const struct unit *u)
{
	return u->doing_since_ms != 0 ? u->doing_since_ms : u->status.since_ms;
}

static json_t *
error_json(const struct unit *u)
{
	autofree char *why = unit_failure(u);

	return status_json("error", why, agent_since_ms(u));
}

enum workload
unit_workload(const struct unit *u)
{
	return unit_has_failed(u) ? WORKLOAD_ERROR : u->status.word;
}

static json_t *
workload_json(const struct unit *u)
{
	if (unit_has_failed(u))
		return error_json(u);
	return status_json(workload_name(u->status.word), u->status.message,
	    u->status.since_ms);
}

static json_t *
agent_json(const struct unit *u)
{
	uint64_t since = agent_since_ms(u);

	if (u->doing != NULL)
		return status_json("executing", u->doing, since);
	if (unit_has_failed(u))
		return error_json(u);
	if (!u->local.installed && u->life == LIFE_ALIVE)
		return status_json("allocating", "", since);
	return status_json("idle", "", since);
}

json_t *
unit_json(const struct unit *u)
{
	json_t *unit = json_object();

	json_object_set_new(unit, "number", json_integer(u->number));
	json_object_set_new(unit, "leader", json_boolean(unit_is_leader(u)));
	json_put_text(unit, "life", u->life == LIFE_ALIVE ? "alive" : "dying");
	if (u->machine != NULL) {
		autofree char *id = xasprintf("%lld",
		    (long long)u->machine->id);

		json_put_text(unit, "machine", id);
		json_put_text(unit, "address", u->machine->address);
	}
	json_object_set(unit, "ports", u->ports);
	json_object_set_new(unit, "workload", workload_json(u));
	json_object_set_new(unit, "agent", agent_json(u));
	return unit;
}

/* Why a relation is not yet as it should be; NULL if it is. */
static const char *
relation_deferral(struct relation *rel)
{
	const char *why = NULL;
	struct unit *u;

	/* What is put off is owed, and nothing is owed in one not open. */
	if (LIST_EMPTY(&rel->open))
		return NULL;
	for (int i = 0; i < rel->nends && why == NULL; i++) {
		RB_FOREACH(u, unit_tree, &rel->ends[i].app->units) {
			why = unit_deferral(u, rel);
			if (why != NULL)
				break;
		}
	}
	return why;
}

/* What the leader said; if that is nothing, what is put off. */
static json_t *
leader_json(struct application *app)
{
	const char *message = app->status.message, *why = NULL;
	autofree char *text = NULL;
	struct relation_end *end;

	if (message == NULL || *message == '\0') {
		RB_FOREACH(end, end_tree, &app->relations) {
			why = relation_deferral(end->relation);
			if (why == NULL)
				continue;
			text = xasprintf("relation %lld: %s",
			    (long long)end->relation->id, why);
			message = text;
			break;
		}
	}
	return status_json(workload_name(app->status.word), message,
	    app->status.since_ms);
}

/* juju-spec 2.10: the leader's word, else that of the worst-off unit. */
json_t *
application_status(struct application *app)
{
	const struct unit *worst = NULL;
	struct unit *u;
	enum workload word, worst_word = WORKLOAD_UNKNOWN;

	RB_FOREACH(u, unit_tree, &app->units) {
		word = unit_workload(u);
		if (worst == NULL || word > worst_word) {
			worst = u;
			worst_word = word;
		}
	}
	if (worst == NULL)
		return status_json("unknown", "",
		    app->status.since_ms != 0 ? app->status.since_ms :
						app->model->created_ms);
	if (app->status.since_ms != 0 && worst_word <= WORKLOAD_ACTIVE)
		return leader_json(app);
	return workload_json(worst);
}

/* The names of the applications at the other ends of one endpoint. */
static json_t *
endpoint_relations(struct application *app, const char *endpoint)
{
	json_t *names = json_array();
	struct relation_end *end;
	const struct relation_end *far;

	RB_FOREACH(end, end_tree, &app->relations) {
		if (strcmp(end->endpoint, endpoint) != 0)
			continue;
		far = relation_far_end(end->relation, app);
		json_array_append_new(names,
		    json_string(end_name(far, app->model)));
	}
	return names;
}

static int
compare_names(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	return name_compare(*x, *y);
}

/* endpoint -> names, in natural order; those without relations are left out. */
static json_t *
application_relations(struct application *app)
{
	const struct charm *charm = app->charm;
	const char **endpoints = xcalloc(charm->nendpoints + 1,
	    sizeof *endpoints);
	json_t *relations = json_object(), *names;

	for (size_t i = 0; i < charm->nendpoints; i++)
		endpoints[i] = charm->endpoints[i].name;
	qsort(endpoints, charm->nendpoints, sizeof *endpoints, compare_names);
	for (size_t i = 0; i < charm->nendpoints; i++) {
		names = endpoint_relations(app, endpoints[i]);
		if (json_array_size(names) > 0)
			json_object_set(relations, endpoints[i], names);
		json_decref(names);
	}
	free(endpoints);
	return relations;
}

json_t *
application_json(const struct engine *e, struct application *app,
    enum status_scope scope)
{
	json_t *a = json_object(), *units = json_object();
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units)
		json_object_set_new(units, u->name, unit_json(u));
	json_put_text(a, "charm", app->charm_name);
	json_put_text(a, "charm-origin",
	    app->charm_source[0] == '/' ? "local" : "built-in");
	json_object_set_new(a, "charm-rev", json_integer(app->charm_revision));
	json_object_set_new(a, "channel",
	    json_string(app->channel != NULL ? app->channel : ""));
	json_put_text(a, "series", e->series);
	json_object_set_new(a, "version",
	    json_string(app->version != NULL ? app->version : ""));
	json_object_set_new(a, "exposed", json_boolean(app->exposed));
	json_put_text(a, "life", app->life == LIFE_ALIVE ? "alive" : "dying");
	json_object_set_new(a, "status", application_status(app));
	json_object_set_new(a, "scale",
	    json_integer((json_int_t)json_object_size(units)));
	if (scope == STATUS_ALL)
		json_object_set_new(a, "relations", application_relations(app));
	json_object_set_new(a, "units", units);
	return a;
}

static json_t *
machine_json(const struct engine *e, struct machine *m)
{
	json_t *machine = json_object();

	json_object_set_new(machine, "id", json_integer(m->id));
	json_put_text(machine, "state", "started");
	put_time(machine, "since", m->created_ms);
	json_put_text(machine, "address", m->address);
	json_put_text(machine, "instance-id", m->instance);
	json_put_text(machine, "series", e->series);
	json_put_text(machine, "message", "Running");
	json_put_text(machine, "status", "running");
	return machine;
}

const char *
relation_word(const struct relation *rel)
{
	if (rel->life == LIFE_DYING)
		return "broken";
	return relation_is_empty(rel) ? "joining" : "joined";
}

static json_t *
relation_json(struct relation *rel, const struct model *m)
{
	const char *why = relation_deferral(rel);
	const struct relation_end *req = &rel->ends[0];
	const struct relation_end *prov = &rel->ends[rel->nends - 1];
	autofree char *key = relation_key(rel, m);
	autofree char *r = xasprintf("%s:%s", end_name(req, m), req->endpoint);
	autofree char *p = xasprintf("%s:%s", end_name(prov, m),
	    prov->endpoint);

	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id",
	    (json_int_t)rel->id, "key", key, "interface", rel->interface,
	    "type", rel->nends == 1 ? "peer" : "regular", "provider", p,
	    "requirer", r, "life", rel->life == LIFE_ALIVE ? "alive" : "dying",
	    "status", relation_word(rel), "message", why != NULL ? why : "");
}

static json_t *
head_json(const struct engine *e, const struct model *m)
{
	const struct ctl *ctl = e->ctl;
	autofree char *fault = NULL;

	/* Requests that change anything are refused meanwhile. */
	if (e->fault.code != ERROR_NONE)
		fault = xasprintf("cannot be changed: %s", e->fault.msg);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o}",
	    "name", m->name, "uuid", m->uuid, "type", "iaas", "controller",
	    ctl->name, "cloud", ctl->cloud, "region", ctl->region, "version",
	    e->version, "sla", "unsupported", "status",
	    status_json(m->life == LIFE_ALIVE ? "available" : "destroying",
		fault != NULL ? fault : "", m->created_ms));
}

/* A member of an object, or of a list if it has no name. */
static void
add_member(struct strbuf *sb, const char *name, json_t *stolen)
{
	char last = sb->buf[sb->len - 1];

	if (last != '{' && last != '[')
		strbuf_addc(sb, ',');
	if (name != NULL)
		strbuf_addf(sb, "\"%s\":", name);
	json_add(sb, stolen);
	json_decref(stolen);
}

static void
add_machines(const struct engine *e, struct strbuf *sb, struct model *m)
{
	struct machine *machine;

	RB_FOREACH(machine, machine_tree, &m->machines) {
		char id[24];

		(void)snprintf(id, sizeof id, "%lld", (long long)machine->id);
		add_member(sb, id, machine_json(e, machine));
	}
}

static void
add_relations(struct strbuf *sb, struct model *m)
{
	struct relation *rel;

	strbuf_adds(sb, ",\"relations\":[");
	RB_FOREACH(rel, relation_tree, &m->relations)
		add_member(sb, NULL, relation_json(rel, m));
	RB_FOREACH(rel, guest_tree, &m->guests)
		add_member(sb, NULL, relation_json(rel, m));
	strbuf_addc(sb, ']');
}

/* Most models have none. */
static void
add_offers(struct strbuf *sb, const char *name, json_t *stolen)
{
	if (stolen != NULL)
		add_member(sb, name, stolen);
}

/*
 * Written piece by piece: as one value it would take many times the memory of
 * its text, and as long to make and to forget as to write.
 */
char *
model_status(struct engine *e, struct model *m, enum status_scope scope)
{
	struct application *app;
	struct strbuf sb = { 0 };

	strbuf_addc(&sb, '{');
	add_member(&sb, "generation", json_integer((json_int_t)m->generation));
	add_member(&sb, "model", head_json(e, m));
	add_member(&sb, "timestamp", time_text(clock_wall_ms()));
	strbuf_adds(&sb, ",\"machines\":{");
	add_machines(e, &sb, m);
	strbuf_adds(&sb, "},\"applications\":{");
	RB_FOREACH(app, application_tree, &m->applications)
		add_member(&sb, app->name, application_json(e, app, scope));
	strbuf_addc(&sb, '}');
	if (scope == STATUS_ALL)
		add_relations(&sb, m);
	add_offers(&sb, "saas", saas_json(m));
	add_offers(&sb, "offers", offers_json(m));
	strbuf_addc(&sb, '}');
	return strbuf_detach(&sb);
}
