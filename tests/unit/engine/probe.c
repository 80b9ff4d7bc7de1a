/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe - a resident charm that tells what it is asked to do, and does it badly
 * when told to. Each event becomes a line of the file "seen" in its directory:
 *
 *	db/0 database-relation-joined web/0
 *
 * The file "rules/<hook or action>", or "rules/<unit>.<hook>" with "-" for "/",
 * says how the event ends: "fail", "defer", "exit", "hang", or "gate": wait until
 * somebody opens the fifo "gate" for writing. In a plan nothing is told, but what
 * would be is said, and the rule is followed all the same.
 */

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"

static const char *
name_of(const struct hook *h)
{
	return h->name != NULL ? h->name : h->action;
}

static int
tell(const struct hook *h, struct error *err)
{
	autofree char *path = xasprintf("%s/seen", h->charm_dir);
	const char *who = h->remote_unit != NULL ? h->remote_unit : h->service;
	autofree char *line = xasprintf("%s %s%s%s\n", h->unit, name_of(h),
	    who != NULL ? " " : "", who != NULL ? who : "");
	autofd int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
	    0600);

	if (fd == -1 || write(fd, line, strlen(line)) == -1)
		return error_set(err, ERROR_INTERNAL, "cannot write %s", path);
	return 0;
}

static char *
read_rule(const struct hook *h)
{
	autofree char *dir = xasprintf("%s/rules", h->charm_dir);
	autofree char *all = xasprintf("%s/%s", dir, name_of(h));
	autofree char *one = xasprintf("%s/%s.%s", dir, h->unit, name_of(h));
	struct error err;
	char *rule, *slash = strrchr(one, '/');

	*slash = '-';
	rule = file_read(one, 64, NULL, &err);
	return rule != NULL ? rule : file_read(all, 64, NULL, &err);
}

static int
wait_at_gate(const struct hook *h, struct error *err)
{
	autofree char *path = xasprintf("%s/gate", h->charm_dir);
	autofd int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd != -1 ? 0 : error_set(err, ERROR_INTERNAL, "no gate");
}

static int
wait_for_later(struct hook *h, struct error *err)
{
	error_set(err, ERROR_CONFLICT, "told to wait");
	return hook_defer(h, 1, err);
}

static int
obey(struct hook *h, const char *rule, struct error *err)
{
	if (rule == NULL)
		return 0;
	if (strcmp(rule, "defer") == 0)
		return wait_for_later(h, err);
	if (strcmp(rule, "fail") == 0)
		return error_set(err, ERROR_CONFLICT, "told to fail");
	if (strcmp(rule, "exit") == 0)
		_exit(3);
	if (strcmp(rule, "hang") == 0)
		for (;;)
			(void)pause();
	if (strcmp(rule, "gate") == 0)
		return wait_at_gate(h, err);
	return error_set(err, ERROR_INVALID, "no such rule: \"%s\"", rule);
}

/* The rule first: who sees the event may end it. */
static int
on_any(struct hook *h, struct error *err)
{
	autofree char *rule = read_rule(h);
	autofree char *sql = xasprintf("DO '%s';", name_of(h));

	if (h->is_plan)
		return hook_plan_sql(h, "127.0.0.1", "base", sql, err) == -1 ||
			obey(h, rule, err) == -1 ?
		    -1 :
		    0;
	return tell(h, err) == -1 || obey(h, rule, err) == -1 ? -1 : 0;
}

/* What was written before a hook fails is dropped. */
static int
on_config(struct hook *h, struct error *err)
{
	if (hook_state_set(h, json_pack("{s:b}", "config-seen", 1), err) == -1)
		return -1;
	return on_any(h, err);
}

static int
on_install(struct hook *h, struct error *err)
{
	if (on_any(h, err) == -1)
		return -1;
	return hook_status(h, "maintenance", "unpacking", err);
}

static int
on_start(struct hook *h, struct error *err)
{
	if (on_any(h, err) == -1 || hook_open_port(h, 5432, err) == -1)
		return -1;
	return hook_status(h, "active", h->unit, err);
}

/* The provider's leader answers each client with a password. */
static int
on_database_joined(struct hook *h, struct error *err)
{
	bool leader;

	if (on_any(h, err) == -1 || hook_is_leader(h, &leader, err) == -1)
		return -1;
	if (!leader)
		return 0;
	return hook_app_bag_set(h, h->relation,
	    json_pack("{s:s}", "password", h->relation), err);
}

/* Any hook tool: {"tool": ..., "args": ...}. */
static int
do_call(struct hook *h, struct error *err)
{
	json_t *value;

	if (on_any(h, err) == -1)
		return -1;
	value = hook_call(h, json_text(h->params, "tool", ""),
	    json_incref(json_object_get(h->params, "args")), err);
	if (value == NULL)
		return -1;
	return hook_action_set(h, json_pack("{s:o}", "value", value), err);
}

/* What the database's side has said, by relation. */
static int
do_credentials(struct hook *h, struct error *err)
{
	json_auto_t *ids = hook_relations(h, "backend", err);
	json_t *id;
	size_t i;

	if (on_any(h, err) == -1 || ids == NULL)
		return -1;
	json_array_foreach(ids, i, id) {
		const char *relation = json_string_value(id);
		autofree char *app = hook_remote_app(h, relation, err);
		json_t *bag = app != NULL ? hook_bag(h, relation, app, err) :
					    NULL;

		if (bag == NULL ||
		    hook_action_set(h, json_pack("{s:o}", app, bag), err) == -1)
			return -1;
	}
	return 0;
}

static int
do_give_up(struct hook *h, struct error *err)
{
	if (on_any(h, err) == -1)
		return -1;
	if (hook_action_set(h, json_pack("{s:s}", "got.so.far", "half"), err) ==
	    -1)
		return -1;
	return hook_action_fail(h, "no more", err);
}

/* A service that says what it is told and stays. */
static int
do_serve(struct hook *h, struct error *err)
{
	json_t *spec = json_pack("{s:[s, s, s], s:i}", "argv", "/bin/sh", "-c",
	    json_text(h->params, "script", "exec sleep 1000"),
	    "stop-timeout-ms", 300);

	if (hook_service_set(h, "server", spec, err) == -1 ||
	    hook_service_start(h, "server", err) == -1)
		return -1;
	return hook_action_set(h, hook_service(h, "server", err), err);
}

static int
do_stop_serving(struct hook *h, struct error *err)
{
	if (hook_service_stop(h, "server", err) == -1)
		return -1;
	return hook_action_set(h, hook_service(h, "server", err), err);
}

static const struct charm_handler hooks[] = {
	{ "install", on_install },
	{ "leader-elected", on_any },
	{ "config-changed", on_config },
	{ "start", on_start },
	{ "upgrade-charm", on_any },
	{ "stop", on_any },
	{ "remove", on_any },
	{ "service-changed", on_any },
	{ "update-status", on_any },
	{ "secret-changed", on_any },
	{ "cluster-relation-created", on_any },
	{ "cluster-relation-joined", on_any },
	{ "cluster-relation-changed", on_any },
	{ "cluster-relation-departed", on_any },
	{ "cluster-relation-broken", on_any },
	{ "database-relation-created", on_any },
	{ "database-relation-joined", on_database_joined },
	{ "database-relation-changed", on_any },
	{ "database-relation-departed", on_any },
	{ "database-relation-broken", on_any },
	{ "backend-relation-created", on_any },
	{ "backend-relation-joined", on_any },
	{ "backend-relation-changed", on_any },
	{ "backend-relation-departed", on_any },
	{ "backend-relation-broken", on_any },
	{ NULL, NULL },
};

static const struct charm_handler actions[] = {
	{ "call", do_call },
	{ "credentials", do_credentials },
	{ "give-up", do_give_up },
	{ "serve", do_serve },
	{ "stop-serving", do_stop_serving },
	{ NULL, NULL },
};

int
main(void)
{
	return charm_main(&(
	    const struct charm_program){ .hooks = hooks, .actions = actions });
}
