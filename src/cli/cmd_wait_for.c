/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/cmds.h"
#include "cli/follow.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "cli/query.h"
#include "cli/status.h"

#define WAIT_FOR_MS (10 * 60 * 1000)

static const struct flag wait_for_flags[] = {
	{ "query", NULL, 0, FLAG_VALUE, "The condition to wait for" },
	{ "timeout", NULL, 0, FLAG_VALUE,
	    "Give up after this (10m by default)" },
	{ "summary", NULL, 0, FLAG_SWITCH, FLAG_COMPATIBLE },
	{ 0 },
};

static int wait_for_run(struct cli *, const struct args *, struct error *);

const struct cmd cmd_wait_for = {
	.name = "wait-for",
	.args = "application|unit|machine|model <name> | settled "
		"[<application>]",
	.summary = "Waits until something has reached a state.",
	.details =
	    "Without --query an application or unit has to be alive and "
	    "active, a\nmachine started, a model available. \"settled\" waits "
	    "until no unit has\nanything left to do.\n\n"
	    "A query compares life, status, message and, of a unit,\n"
	    "workload-status and agent-status, with ==, !=, <, <=, > and >=, "
	    "joined by\n&& and ||. Applications and models have units: "
	    "len(units)==2,\nforEach(units, u => u.leader==false). What does "
	    "not exist has the life\n\"dead\".",
	.flags = wait_for_flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no entity specified",
	.need = CMD_EXISTING,
	.run = wait_for_run,
};

static json_t *
wait_for_unit(const json_t *unit)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b}", "life",
	    json_text(unit, "life", "alive"), "status",
	    status_unit_workload(unit), "workload-status",
	    status_unit_workload(unit), "agent-status", status_unit_agent(unit),
	    "message", status_of(unit, "workload", "message"), "machine",
	    json_text(unit, "machine", ""), "leader",
	    (int)json_bool(unit, "leader", false));
}

static void
wait_for_add_units(const json_t *app, json_t *units)
{
	const char *name;
	json_t *unit;

	json_object_foreach(json_child(app, "units", JSON_OBJECT), name, unit)
		json_object_set_new(units, name, wait_for_unit(unit));
}

static json_t *
wait_for_application(const json_t *status, const char *name)
{
	const json_t *app = json_child(json_child(status, "applications",
					   JSON_OBJECT),
	    name, JSON_OBJECT);
	json_t *units = json_object();

	wait_for_add_units(app, units);
	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "life",
	    app == NULL ? "dead" : json_text(app, "life", "alive"), "status",
	    status_of(app, "status", "current"), "message",
	    status_of(app, "status", "message"), "charm",
	    json_text(app, "charm", ""), "exposed",
	    (int)json_bool(app, "exposed", false), "units", units);
}

static json_t *
wait_for_unit_named(const json_t *status, const char *name)
{
	json_t *app, *unit, *found;
	const char *app_name;

	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    app_name, app) {
		unit = json_child(json_child(app, "units", JSON_OBJECT), name,
		    JSON_OBJECT);
		if (unit != NULL)
			return wait_for_unit(unit);
	}
	found = wait_for_unit(NULL);
	json_put_text(found, "life", "dead");
	return found;
}

static json_t *
wait_for_machine(const json_t *status, const char *name)
{
	const json_t *m = json_child(json_child(status, "machines",
					 JSON_OBJECT),
	    name, JSON_OBJECT);

	return json_pack("{s:s, s:s, s:s}", "life",
	    m == NULL ? "dead" : "alive", "status", json_text(m, "state", ""),
	    "message", json_text(m, "message", ""));
}

static json_t *
wait_for_model(const json_t *status, const char *name)
{
	const json_t *m = json_child(status, "model", JSON_OBJECT);
	json_t *apps = json_object(), *units = json_object(), *app;
	const char *key;

	(void)name;
	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    key, app) {
		json_object_set_new(apps, key,
		    wait_for_application(status, key));
		wait_for_add_units(app, units);
	}
	return json_pack("{s:s, s:s, s:o, s:o}", "life",
	    m == NULL ? "dead" : "alive", "status",
	    status_of(m, "status", "current"), "applications", apps, "units",
	    units);
}

static const struct wait_kind {
	const char *name, *query;
	json_t *(*view)(const json_t *status, const char *name);
	bool (*is_valid)(const char *name);
} wait_kinds[] = {
	{ "application", "life==\"alive\" && status==\"active\"",
	    wait_for_application, names_is_application },
	{ "unit", "life==\"alive\" && workload-status==\"active\"",
	    wait_for_unit_named, action_is_unit },
	{ "machine", "life==\"alive\" && status==\"started\"", wait_for_machine,
	    names_is_machine },
	{ "model", "life==\"alive\" && status==\"available\"", wait_for_model,
	    NULL },
};

struct wait_for {
	struct follow follow;
	const struct wait_kind *kind;
	const char *name, *query;
};

static int
wait_for_look(struct follow *f, enum follow_why why, struct error *err)
{
	struct wait_for *w = container_of(f, struct wait_for, follow);
	autofree char *path = cli_path(f->cli, "status");
	json_auto_t *status = NULL, *view = NULL;

	if (why != FOLLOW_CHANGED && why != FOLLOW_GONE)
		return 0;
	if (why == FOLLOW_CHANGED &&
	    client_call(f->cli->client, path, NULL, &status, err) == -1)
		return -1;
	view = w->kind->view(status, w->name);
	return query_holds(w->query, view, err);
}

static int
wait_for_settled(struct cli *cli, const struct args *args, struct error *err)
{
	autofree char *path = cli_path(cli, "status");
	json_auto_t *reply = NULL;

	/* The generation that is to be settled is the one of now. */
	if (cli_get(cli, path, &reply, err) == -1)
		return -1;
	return progress_wait(cli, reply, args->v + 1, err);
}

static const struct wait_kind *
wait_for_kind(const char *name)
{
	for (size_t i = 0; i < nitems(wait_kinds); i++) {
		if (strcmp(name, wait_kinds[i].name) == 0)
			return &wait_kinds[i];
	}
	return NULL;
}

/* A name that nothing can have would be waited for in vain. */
static int
wait_for_check_name(struct cli *cli, const struct wait_kind *kind,
    const char *name, struct error *err)
{
	const char *const names[] = { name, NULL };

	if (kind->is_valid == NULL)
		return cli_use_model(cli, name, err);
	return names_check(kind->name, names, kind->is_valid, err);
}

static int
wait_for_run(struct cli *cli, const struct args *args, struct error *err)
{
	struct wait_for w = { .kind = wait_for_kind(args->v[0]) };
	autofree char *path = NULL;
	json_auto_t *model = NULL;
	int64_t timeout_ms = WAIT_FOR_MS;

	if (strcmp(args->v[0], "settled") == 0)
		return wait_for_settled(cli, args, err);
	if (w.kind == NULL)
		return error_set(err, ERROR_USAGE,
		    "\"%s\" is not application, unit, machine, model or "
		    "settled",
		    args->v[0]);
	if (args->n < 2)
		return error_set(err, ERROR_USAGE, "%s name required",
		    args->v[0]);
	if (args_duration(args, "timeout", &timeout_ms, err) == -1)
		return -1;
	w.name = args->v[1];
	w.query = args_text(args, "query", w.kind->query);
	if (wait_for_check_name(cli, w.kind, w.name, err) == -1)
		return -1;
	/* Starts tenond where it has to be; follow_run() would not. */
	path = cli_path(cli, "%s", "");
	if (cli_get(cli, path, &model, err) == -1)
		return -1;
	w.follow = (struct follow){ .cli = cli,
		.look = wait_for_look,
		.timeout_ms = timeout_ms };
	if (follow_run(&w.follow, err) == 0)
		return 0;
	if (err->code != ERROR_TIMEOUT)
		return -1;
	error_set(err, ERROR_TIMEOUT,
	    "timed out waiting for \"%s\" to reach goal state", w.name);
	return error_hint(err, "\"tenon status\" shows how things are");
}
