/* SPDX-License-Identifier: Apache-2.0 */
/*
 * talk - what a charm does in one hook: a row of tools to be called, which the
 * answers may make longer.
 *
 * A cluster runs a service, and its leader answers each request with a user. A
 * client asks for a database on each of its endpoints. A leader that comes
 * after another one looks after all requests.
 */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "bench/sim/sim.h"

struct talk {
	const struct sim *sim; /* Borrowed. */
	json_t *event;
	json_t *todo; /* Array of {tool, args}. */
	json_t *last; /* The one that was called last. */
	const char *charm;
	size_t next;
	bool leader;
};

static void
todo(struct talk *t, const char *tool, json_t *stolen_args)
{
	json_array_append_new(t->todo,
	    json_pack("{s:s, s:o}", "tool", tool, "args", stolen_args));
}

/* ---- what is done in which hook ---- */

static json_t *
service_args(void)
{
	return json_pack("{s:s}", "name", "server");
}

static void
act_set_service(struct talk *t)
{
	todo(t, "service-set",
	    json_pack("{s:s, s:{s:[s, s]}}", "name", "server", "spec", "argv",
		"/bin/sleep", "infinity"));
}

static void
act_start_service(struct talk *t)
{
	todo(t, "service-start", service_args());
}

static void
act_stop_service(struct talk *t)
{
	todo(t, "service-stop", service_args());
}

static void
act_open_port(struct talk *t)
{
	todo(t, "open-port", json_pack("{s:s}", "port", "5432/tcp"));
}

static void
act_be_active(struct talk *t)
{
	todo(t, "status-set", json_pack("{s:s}", "status", "active"));
}

static void
act_read_config(struct talk *t)
{
	todo(t, "config-get", json_object());
}

static void
act_look_after_all(struct talk *t)
{
	if (t->leader)
		todo(t, "relation-ids",
		    json_pack("{s:s}", "endpoint", "database"));
}

static void
act_look_after_one(struct talk *t)
{
	if (t->leader)
		todo(t, "relation-app",
		    json_pack("{s:O}", "relation",
			json_object_get(t->event, "relation")));
}

static void
act_request(struct talk *t)
{
	const char *id = json_text(t->event, "relation", "");
	autofree char *name = xasprintf("db-%s", strchr(id, ':') + 1);

	if (t->leader)
		todo(t, "relation-set",
		    json_pack("{s:s, s:b, s:{s:s}}", "relation", id, "app", 1,
			"values", "database", name));
}

static void
act_read_grant(struct talk *t)
{
	todo(t, "relation-get",
	    json_pack("{s:O, s:O}", "relation",
		json_object_get(t->event, "relation"), "who",
		json_object_get(t->event, "remote-app")));
}

static const struct {
	const char *charm, *hook; /* How its name ends. */
	void (*act)(struct talk *);
} acts[] = {
	{ "cluster", "install", act_set_service },
	{ "cluster", "start", act_start_service },
	{ "cluster", "start", act_open_port },
	{ "cluster", "stop", act_stop_service },
	{ "cluster", "leader-elected", act_look_after_all },
	{ "cluster", "database-relation-changed", act_look_after_one },
	{ "client", "-relation-created", act_request },
	{ "client", "-relation-changed", act_read_grant },
	{ "", "start", act_be_active },
	{ "", "config-changed", act_read_config },
};

static bool
is_wanted(const struct talk *t, size_t i)
{
	const char *hook = json_text(t->event, "hook", "");
	size_t len = strlen(hook), end = strlen(acts[i].hook);

	if (strcmp(t->sim->options.services, "no") == 0 &&
	    (acts[i].act == act_set_service ||
		acts[i].act == act_start_service ||
		acts[i].act == act_stop_service))
		return false;
	return (*acts[i].charm == '\0' ||
		   strcmp(acts[i].charm, t->charm) == 0) &&
	    len >= end && strcmp(hook + len - end, acts[i].hook) == 0;
}

/* ---- what answers lead to ---- */

static void
hear_leader(struct talk *t, const json_t *value)
{
	t->leader = json_is_true(value);
	for (size_t i = 0; i < nitems(acts); i++) {
		if (is_wanted(t, i))
			acts[i].act(t);
	}
}

static void
hear_ids(struct talk *t, const json_t *value)
{
	json_t *id;
	size_t i;

	json_array_foreach(value, i, id)
		todo(t, "relation-app", json_pack("{s:O}", "relation", id));
}

static const char *
last_relation(const struct talk *t)
{
	return json_text(json_object_get(t->last, "args"), "relation", "");
}

static void
hear_app(struct talk *t, const json_t *value)
{
	todo(t, "relation-get",
	    json_pack("{s:s, s:s, s:s}", "relation", last_relation(t), "who",
		json_string_value(value), "key", "database"));
}

/* It is a request if it was asked for by key. */
static void
hear_bag(struct talk *t, const json_t *value)
{
	const char *relation = last_relation(t);
	autofree char *user = NULL;

	if (!json_is_string(value))
		return;
	user = xasprintf("relation-%s", strchr(relation, ':') + 1);
	todo(t, "relation-set",
	    json_pack("{s:s, s:b, s:{s:s, s:s}}", "relation", relation, "app",
		1, "values", "database", json_string_value(value), "username",
		user));
}

static const struct {
	const char *tool;
	void (*hear)(struct talk *, const json_t *value);
} ears[] = {
	{ "is-leader", hear_leader },
	{ "relation-ids", hear_ids },
	{ "relation-app", hear_app },
	{ "relation-get", hear_bag },
};

void
talk_hear(struct talk *t, const json_t *value)
{
	const char *tool = json_text(t->last, "tool", "");

	for (size_t i = 0; i < nitems(ears); i++) {
		if (strcmp(ears[i].tool, tool) == 0)
			ears[i].hear(t, value);
	}
}

json_t *
talk_next(struct talk *t)
{
	t->last = json_array_get(t->todo, t->next);
	if (t->last == NULL)
		return NULL;
	t->next++;
	return json_copy(t->last);
}

struct talk *
talk_new(const struct sim *sim, const char *charm_dir, const json_t *event)
{
	struct talk *t = xcalloc(1, sizeof *t);

	t->sim = sim;
	t->charm = strrchr(charm_dir, '/') + 1;
	t->event = json_deep_copy(event);
	t->todo = json_array();
	todo(t, "is-leader", json_object());
	return t;
}

void
talk_free(struct talk *t)
{
	if (t == NULL)
		return;
	json_decref(t->event);
	json_decref(t->todo);
	free(t);
}
