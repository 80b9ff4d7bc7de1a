/* SPDX-License-Identifier: Apache-2.0 */
/* tools - the hook tools as functions. */

#include <stdarg.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "charm.h"
#include "charm/channel.h"

json_t *
hook_call(struct hook *h, const char *tool, json_t *stolen_args,
    struct error *err)
{
	return channel_call(h->channel, tool, stolen_args, err);
}

/* For packed arguments: jansson's packer answers NULL to what is not UTF-8. */
static json_t *
call(struct hook *h, const char *tool, json_t *stolen_args, struct error *err)
{
	if (stolen_args == NULL) {
		(void)error_set(err, ERROR_INVALID,
		    "%s: an argument is not UTF-8 text", tool);
		return NULL;
	}
	return hook_call(h, tool, stolen_args, err);
}

static int
call_void(struct hook *h, const char *tool, json_t *stolen_args,
    struct error *err)
{
	json_auto_t *answer = call(h, tool, stolen_args, err);

	return answer != NULL ? 0 : -1;
}

static json_t *
unexpected(const char *tool, const json_t *answer, struct error *err)
{
	autofree char *text = json_line(answer);

	(void)error_set(err, ERROR_INTERNAL, "%s: unexpected answer %.100s",
	    tool, text);
	return NULL;
}

static json_t *
call_typed(struct hook *h, const char *tool, json_t *stolen_args,
    json_type type, struct error *err)
{
	json_t *answer = call(h, tool, stolen_args, err);

	if (answer == NULL || json_typeof(answer) == type)
		return answer;
	(void)unexpected(tool, answer, err);
	json_decref(answer);
	return NULL;
}

static char *
call_text(struct hook *h, const char *tool, json_t *stolen_args,
    struct error *err)
{
	json_auto_t *answer = call_typed(h, tool, stolen_args, JSON_STRING,
	    err);

	return answer != NULL ? xstrdup(json_string_value(answer)) : NULL;
}

static int
status_set(struct hook *h, const char *word, const char *message,
    json_t *is_application, struct error *err)
{
	return call_void(h, "status-set",
	    json_pack("{s:s, s:o, s:o}", "status", word, "message",
		channel_text(message), "application", is_application),
	    err);
}

int
hook_status(struct hook *h, const char *word, const char *message,
    struct error *err)
{
	return status_set(h, word, message, json_false(), err);
}

int
hook_application_status(struct hook *h, const char *word, const char *message,
    struct error *err)
{
	return status_set(h, word, message, json_true(), err);
}

int
hook_version(struct hook *h, const char *version, struct error *err)
{
	return call_void(h, "application-version-set",
	    json_pack("{s:o}", "version", channel_text(version)), err);
}

void
hook_log(struct hook *h, const char *level, const char *fmt, ...)
{
	char text[LIMIT_LOG_LINE_BYTES];
	struct error err = { 0 };
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (call_void(h, "juju-log",
		json_pack("{s:s, s:o}", "level", level, "message",
		    channel_text(text)),
		&err) < 0)
		(void)fprintf(stderr, "%s: %s\n", err.msg, text);
}

json_t *
hook_config(struct hook *h, struct error *err)
{
	/* It stays as it was when the event began: once is enough. */
	if (h->config == NULL)
		h->config = call_typed(h, "config-get", json_object(),
		    JSON_OBJECT, err);
	return json_incref(h->config);
}

int
hook_is_leader(struct hook *h, bool *leader, struct error *err)
{
	json_auto_t *answer = call(h, "is-leader", json_object(), err);

	if (answer == NULL)
		return -1;
	if (!json_is_boolean(answer)) {
		(void)unexpected("is-leader", answer, err);
		return -1;
	}
	*leader = json_is_true(answer);
	return 0;
}

char *
hook_address(struct hook *h, struct error *err)
{
	return call_text(h, "unit-get",
	    json_pack("{s:s}", "name", "private-address"), err);
}

char *
hook_storage(struct hook *h, const char *name, struct error *err)
{
	json_auto_t *answer = call_typed(h, "storage-get",
	    json_pack("{s:s}", "name", name), JSON_OBJECT, err);
	const char *location;

	if (answer == NULL)
		return NULL;
	location = json_text(answer, "location", NULL);
	if (location == NULL) {
		(void)unexpected("storage-get", answer, err);
		return NULL;
	}
	return xstrdup(location);
}

int
hook_open_port(struct hook *h, int port, struct error *err)
{
	autofree char *text = xasprintf("%d/tcp", port);

	return call_void(h, "open-port", json_pack("{s:s}", "port", text), err);
}

json_t *
hook_state(struct hook *h, struct error *err)
{
	return call_typed(h, "state-get", json_object(), JSON_OBJECT, err);
}

int
hook_state_set(struct hook *h, json_t *stolen_values, struct error *err)
{
	return call_void(h, "state-set",
	    json_pack("{s:o}", "values", stolen_values), err);
}

int
hook_update_status_after(struct hook *h, int seconds, struct error *err)
{
	return call_void(h, "update-status-after",
	    json_pack("{s:i}", "seconds", seconds), err);
}

int
hook_defer(struct hook *h, int seconds, struct error *err)
{
	struct error why = { 0 };

	if (call_void(h, "hook-defer", json_pack("{s:i}", "seconds", seconds),
		&why) == -1)
		*err = why;
	return -1;
}

json_t *
hook_relations(struct hook *h, const char *endpoint, struct error *err)
{
	return call_typed(h, "relation-ids",
	    json_pack("{s:s}", "endpoint", endpoint), JSON_ARRAY, err);
}

json_t *
hook_remote_units(struct hook *h, const char *relation, struct error *err)
{
	return call_typed(h, "relation-list",
	    json_pack("{s:s}", "relation", relation), JSON_ARRAY, err);
}

char *
hook_remote_app(struct hook *h, const char *relation, struct error *err)
{
	return call_text(h, "relation-app",
	    json_pack("{s:s}", "relation", relation), err);
}

json_t *
hook_bag(struct hook *h, const char *relation, const char *whose,
    struct error *err)
{
	return call_typed(h, "relation-get",
	    json_pack("{s:s, s:s}", "relation", relation, "who", whose),
	    JSON_OBJECT, err);
}

static int
bag_set(struct hook *h, const char *relation, json_t *is_app,
    json_t *stolen_values, struct error *err)
{
	return call_void(h, "relation-set",
	    json_pack("{s:s, s:o, s:o}", "relation", relation, "app", is_app,
		"values", stolen_values),
	    err);
}

int
hook_bag_set(struct hook *h, const char *relation, json_t *stolen_values,
    struct error *err)
{
	return bag_set(h, relation, json_false(), stolen_values, err);
}

int
hook_app_bag_set(struct hook *h, const char *relation, json_t *stolen_values,
    struct error *err)
{
	return bag_set(h, relation, json_true(), stolen_values, err);
}

char *
hook_secret_add(struct hook *h, const char *label, json_t *stolen_content,
    struct error *err)
{
	return call_text(h, "secret-add",
	    json_pack("{s:s, s:o}", "label", label, "content", stolen_content),
	    err);
}

int
hook_secret_set(struct hook *h, const char *secret, json_t *stolen_content,
    struct error *err)
{
	return call_void(h, "secret-set",
	    json_pack("{s:s, s:o}", "secret", secret, "content",
		stolen_content),
	    err);
}

int
hook_secret_remove(struct hook *h, const char *secret, struct error *err)
{
	return call_void(h, "secret-remove",
	    json_pack("{s:s}", "secret", secret), err);
}

int
hook_secret_grant(struct hook *h, const char *secret, const char *relation,
    struct error *err)
{
	return call_void(h, "secret-grant",
	    json_pack("{s:s, s:s}", "secret", secret, "relation", relation),
	    err);
}

json_t *
hook_secret(struct hook *h, const char *secret, struct error *err)
{
	return call_typed(h, "secret-get",
	    json_pack("{s:s, s:b}", "secret", secret, "peek", 1), JSON_OBJECT,
	    err);
}

json_t *
hook_secret_info(struct hook *h, const char *secret, struct error *err)
{
	json_auto_t *all = call_typed(h, "secret-info-get",
	    json_pack("{s:s}", "secret", secret), JSON_OBJECT, err);
	void *first = json_object_iter(all);

	return all == NULL ? NULL : json_incref(json_object_iter_value(first));
}

json_t *
hook_secret_ids(struct hook *h, struct error *err)
{
	return call_typed(h, "secret-ids", json_object(), JSON_ARRAY, err);
}

json_t *
hook_secret_labels(struct hook *h, struct error *err)
{
	return call_typed(h, "secret-ids", json_pack("{s:b}", "labels", 1),
	    JSON_OBJECT, err);
}

int
hook_action_set(struct hook *h, json_t *stolen_values, struct error *err)
{
	return call_void(h, "action-set",
	    json_pack("{s:o}", "values", stolen_values), err);
}

int
hook_action_fail(struct hook *h, const char *message, struct error *err)
{
	return call_void(h, "action-fail",
	    json_pack("{s:o}", "message", channel_text(message)), err);
}

int
hook_action_log(struct hook *h, const char *message, struct error *err)
{
	return call_void(h, "action-log",
	    json_pack("{s:o}", "message", channel_text(message)), err);
}

int
hook_service_set(struct hook *h, const char *name, json_t *stolen_spec,
    struct error *err)
{
	return call_void(h, "service-set",
	    json_pack("{s:s, s:o}", "name", name, "spec", stolen_spec), err);
}

int
hook_service_start(struct hook *h, const char *name, struct error *err)
{
	return call_void(h, "service-start", json_pack("{s:s}", "name", name),
	    err);
}

int
hook_service_stop(struct hook *h, const char *name, struct error *err)
{
	return call_void(h, "service-stop", json_pack("{s:s}", "name", name),
	    err);
}

json_t *
hook_service(struct hook *h, const char *name, struct error *err)
{
	return call_typed(h, "service-get", json_pack("{s:s}", "name", name),
	    JSON_OBJECT, err);
}

int
hook_plan_sql(struct hook *h, const char *server, const char *database,
    const char *sql, struct error *err)
{
	return call_void(h, "plan-add",
	    json_pack("{s:s, s:s, s:s}", "server", server, "database", database,
		"sql", sql),
	    err);
}

int
hook_plan_note(struct hook *h, const char *note, struct error *err)
{
	return call_void(h, "plan-add",
	    json_pack("{s:o}", "note", channel_text(note)), err);
}
