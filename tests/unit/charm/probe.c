/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe - a charm that does what a test tells it to: an action for each
 * function of libcharm, and hooks that end in each way there is.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"

static const char *
param(const struct hook *h, const char *key)
{
	return json_text(h->params, key, NULL);
}

static json_t *
values(const struct hook *h)
{
	return json_incref(json_object_get(h->params, "values"));
}

/* Set the action's result "value"; NULL is the failure it came from. */
static int
answer(struct hook *h, json_t *stolen_value, struct error *err)
{
	if (stolen_value == NULL)
		return -1;
	return hook_action_set(h, json_pack("{s:o}", "value", stolen_value),
	    err);
}

static int
answer_text(struct hook *h, char *owned, struct error *err)
{
	autofree char *text = owned;

	return answer(h, text != NULL ? json_string(text) : NULL, err);
}

static int
do_call(struct hook *h, struct error *err)
{
	return answer(h,
	    hook_call(h, param(h, "tool"),
		json_incref(json_object_get(h->params, "args")), err),
	    err);
}

static int
do_config(struct hook *h, struct error *err)
{
	return answer(h, hook_config(h, err), err);
}

static int
do_config_twice(struct hook *h, struct error *err)
{
	json_auto_t *first = hook_config(h, err);

	if (first == NULL)
		return -1;
	return answer(h, json_pack("[O, o]", first, hook_config(h, err)), err);
}

static int
do_leader(struct hook *h, struct error *err)
{
	bool leader = false;

	if (hook_is_leader(h, &leader, err) < 0)
		return -1;
	return answer(h, json_boolean(leader), err);
}

static int
do_address(struct hook *h, struct error *err)
{
	return answer_text(h, hook_address(h, err), err);
}

static int
do_storage(struct hook *h, struct error *err)
{
	return answer_text(h, hook_storage(h, param(h, "name"), err), err);
}

static int
do_state(struct hook *h, struct error *err)
{
	if (hook_state_set(h, values(h), err) < 0)
		return -1;
	return answer(h, hook_state(h, err), err);
}

static int
do_relation(struct hook *h, struct error *err)
{
	json_auto_t *ids = hook_relations(h, param(h, "endpoint"), err);
	const char *id = json_string_value(json_array_get(ids, 0));
	autofree char *app = NULL;
	json_t *bag, *units;

	if (id == NULL)
		return -1;
	app = hook_remote_app(h, id, err);
	units = hook_remote_units(h, id, err);
	bag = hook_bag(h, id, app, err);
	return answer(h,
	    json_pack("{s:s, s:s, s:o, s:o}", "id", id, "app", app, "units",
		units, "bag", bag),
	    err);
}

static int
do_bags(struct hook *h, struct error *err)
{
	const char *id = param(h, "relation");

	if (hook_bag_set(h, id, values(h), err) < 0)
		return -1;
	return hook_app_bag_set(h, id, values(h), err);
}

static int
do_statuses(struct hook *h, struct error *err)
{
	hook_log(h, "INFO", "to the log: %s", param(h, "message"));
	if (hook_status(h, "waiting", param(h, "message"), err) < 0 ||
	    hook_version(h, param(h, "version"), err) < 0 ||
	    hook_open_port(h, 5432, err) < 0 ||
	    hook_action_log(h, "half way", err) < 0)
		return -1;
	return hook_application_status(h, "active", param(h, "message"), err);
}

static int
do_service(struct hook *h, struct error *err)
{
	if (hook_service_set(h, "s", values(h), err) < 0 ||
	    hook_service_start(h, "s", err) < 0)
		return -1;
	return answer(h, hook_service(h, "s", err), err);
}

static int
do_service_stop(struct hook *h, struct error *err)
{
	if (hook_service_stop(h, "s", err) < 0)
		return -1;
	return answer(h, hook_service(h, "s", err), err);
}

static int
do_update(struct hook *h, struct error *err)
{
	int seconds = (int)json_int(h->params, "seconds", -1);

	if (hook_update_status_after(h, seconds, err) < 0)
		return -1;
	return answer(h, json_object(), err);
}

static int
do_defer(struct hook *h, struct error *err)
{
	error_set(err, ERROR_CONFLICT, "not yet");
	return hook_defer(h, (int)json_int(h->params, "seconds", -1), err);
}

static int
do_fail(struct hook *h, struct error *err)
{
	return hook_action_fail(h, param(h, "message"), err);
}

static int
do_large(struct hook *h, struct error *err)
{
	size_t size = (size_t)json_int(h->params, "size", 0);
	autofree char *text = xcalloc(1, size + 1);

	memset(text, 'x', size);
	return answer(h, json_string(text), err);
}

static int
do_closes_on_exec(struct hook *h, struct error *err)
{
	const char *text = getenv("TENON_CHARM_FD");
	long fd = text != NULL ? strtol(text, NULL, 10) : -1;

	return answer(h,
	    json_boolean((fcntl((int)fd, F_GETFD) & FD_CLOEXEC) != 0), err);
}

/* What a program has open: told by its failure, or else nobody would see. */
static int
do_open_files(struct hook *h, struct error *err)
{
	static const char script[] =
	    "for fd in /proc/$$/fd/*; do readlink $fd; done; exit 1";
	const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	const struct charm_command command = { .argv = argv };
	struct error failure = { 0 };

	if (charm_run(h, &command, &failure) == 0)
		return error_set(err, ERROR_INTERNAL, "exit status 0");
	return answer(h, json_string(failure.msg), err);
}

static int
do_broken_pipe(struct hook *h, struct error *err)
{
	int fds[2];

	if (pipe(fds) < 0)
		return error_set_errno(err, errno, "pipe");
	(void)close(fds[0]);
	if (write(fds[1], "x", 1) < 0)
		(void)error_set_errno(err, errno, "write");
	(void)close(fds[1]);
	return answer(h, json_string(err->msg), err);
}

static int
do_bad_text(struct hook *h, struct error *err)
{
	if (hook_status(h, "active", "a\xff\xc3(\xe2\x82\xac", err) < 0)
		return -1;
	return hook_bag_set(h, param(h, "relation"),
	    json_pack("{s:s}", "key", "\xff"), err);
}

static int
do_event(struct hook *h, struct error *err)
{
	json_t *event = json_object();

	json_put_text(event, "unit", h->unit);
	json_put_text(event, "app", h->app);
	json_put_text(event, "model", h->model);
	json_put_text(event, "model-uuid", h->model_uuid);
	json_put_text(event, "charm-dir", h->charm_dir);
	json_put_text(event, "unit-dir", h->unit_dir);
	json_put_text(event, "name", h->name);
	json_put_text(event, "action", h->action);
	return answer(h, event, err);
}

static int
on_count(struct hook *h, struct error *err)
{
	int *count = h->state;

	printf("count %d\n", ++*count);
	return hook_state_set(h, json_pack("{s:i}", "count", *count), err);
}

static int
on_write_then_fail(struct hook *h, struct error *err)
{
	if (hook_state_set(h, json_pack("{s:s}", "dropped", "yes"), err) < 0)
		return -1;
	return error_set(err, ERROR_CONFLICT, "cannot: \"%s\"\n\xff", h->name);
}

static int
on_fail_silently(struct hook *h, struct error *err)
{
	(void)h;
	(void)err;
	return -1;
}

static int
on_exit_now(struct hook *h, struct error *err)
{
	(void)h;
	(void)err;
	_exit(7);
}

static int
on_relation(struct hook *h, struct error *err)
{
	json_t *seen = json_object();

	json_put_text(seen, "name", h->name);
	json_put_text(seen, "endpoint", h->endpoint);
	json_put_text(seen, "relation", h->relation);
	json_put_text(seen, "remote-app", h->remote_app);
	json_put_text(seen, "remote-unit", h->remote_unit);
	json_put_text(seen, "departing-unit", h->departing_unit);
	json_put_text(seen, "service", h->service);
	return hook_state_set(h, json_pack("{s:o}", "seen", seen), err);
}

static const struct charm_handler hooks[] = {
	{ "count", on_count },
	{ "write-then-fail", on_write_then_fail },
	{ "fail-silently", on_fail_silently },
	{ "exit-now", on_exit_now },
	{ "link-relation-joined", on_relation },
	{ "link-relation-departed", on_relation },
	{ "quiet-relation-changed", on_fail_silently },
	{ "quiet-relation-departed", on_fail_silently },
	{ "service-changed", on_relation },
	{ NULL, NULL },
};

static const struct charm_handler actions[] = {
	{ "call", do_call },
	{ "config", do_config },
	{ "config-twice", do_config_twice },
	{ "leader", do_leader },
	{ "address", do_address },
	{ "storage", do_storage },
	{ "state", do_state },
	{ "relation", do_relation },
	{ "bags", do_bags },
	{ "statuses", do_statuses },
	{ "service", do_service },
	{ "service-stop", do_service_stop },
	{ "defer", do_defer },
	{ "update", do_update },
	{ "fail", do_fail },
	{ "large", do_large },
	{ "closes-on-exec", do_closes_on_exec },
	{ "open-files", do_open_files },
	{ "broken-pipe", do_broken_pipe },
	{ "bad-text", do_bad_text },
	{ "event", do_event },
	{ NULL, NULL },
};

int
main(void)
{
	static const char *const quiet[] = { "quiet", NULL };
	int count = 0;

	return charm_main(&(const struct charm_program){ .hooks = hooks,
	    .actions = actions,
	    .state = &count,
	    .application_endpoints = quiet });
}
