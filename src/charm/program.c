/* SPDX-License-Identifier: Apache-2.0 */
/* program - the life of a resident charm: read an event, run its handler. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/secrecy.h"
#include "charm.h"
#include "charm/channel.h"

struct session {
	const struct charm_program *program;
	struct charm_channel channel;
	struct hook base; /* What is the same in every event. */
	char *app;
	bool introduced; /* tenond knows what the charm takes part in. */
};

static int
env_get(const char *name, const char **value, struct error *err)
{
	const char *text = getenv(name);

	if (text == NULL || *text == '\0') {
		(void)error_set(err, ERROR_USAGE, "%s is not set", name);
		return error_hint(err, "a charm is started by tenond");
	}
	*value = text;
	return 0;
}

static int
env_get_fd(const char *name, int *fd, struct error *err)
{
	const char *text = "";
	char *end;
	long n;

	if (env_get(name, &text, err) < 0)
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0 || n < 0 || n > INT_MAX)
		return error_set(err, ERROR_USAGE,
		    "%s is not a descriptor: \"%s\"", name, text);
	/* Programs that the charm starts must not hold the channel open. */
	if (fcntl((int)n, F_SETFD, FD_CLOEXEC) < 0)
		return error_set_errno(err, errno, "descriptor %ld", n);
	*fd = (int)n;
	return 0;
}

static int
session_init(struct session *s, const struct charm_program *program,
    struct error *err)
{
	struct hook *h = &s->base;

	if (env_get("JUJU_UNIT_NAME", &h->unit, err) < 0 ||
	    env_get("JUJU_MODEL_NAME", &h->model, err) < 0 ||
	    env_get("JUJU_MODEL_UUID", &h->model_uuid, err) < 0 ||
	    env_get("JUJU_CHARM_DIR", &h->charm_dir, err) < 0 ||
	    env_get("TENON_UNIT_DIR", &h->unit_dir, err) < 0 ||
	    env_get_fd("TENON_CHARM_FD", &s->channel.fd, err) < 0)
		return -1;
	s->program = program;
	s->app = xstrdup(h->unit);
	s->app[strcspn(s->app, "/")] = '\0';
	h->app = s->app;
	h->state = program->state;
	h->channel = &s->channel;
	return 0;
}

static void
session_release(struct session *s)
{
	channel_release(&s->channel);
	free(s->app);
}

static charm_handler_fn *
handler_find(const struct charm_handler *table, const char *name)
{
	for (; table != NULL && table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table->run;
	return NULL;
}

/* A bag of a unit in which nothing is said that the charm would read. */
static bool
hook_is_idle_talk(const struct charm_program *program, const struct hook *h)
{
	static const char changed[] = "-relation-changed";
	const char *const *endpoint = program->application_endpoints;
	size_t len = h->endpoint != NULL ? strlen(h->endpoint) : 0;

	if (h->remote_unit == NULL || h->endpoint == NULL ||
	    strlen(h->name) < len || strcmp(h->name + len, changed) != 0)
		return false;
	for (; endpoint != NULL && *endpoint != NULL; endpoint++)
		if (strcmp(*endpoint, h->endpoint) == 0)
			return true;
	return false;
}

static int
session_dispatch(const struct session *s, struct hook *h, struct error *err)
{
	charm_handler_fn *run;

	if (h->action != NULL) {
		run = handler_find(s->program->actions, h->action);
		if (run == NULL)
			return error_set(err, ERROR_NOT_FOUND,
			    "the charm does not implement the action \"%s\"",
			    h->action);
		return run(h, err);
	}
	if (hook_is_idle_talk(s->program, h))
		return 0;
	run = handler_find(s->program->hooks, h->name);
	return run != NULL ? run(h, err) : 0;
}

static void
hook_read(struct hook *h, const json_t *event)
{
	h->name = json_text(event, "hook", NULL);
	h->action = json_text(event, "action", NULL);
	h->endpoint = json_text(event, "endpoint", NULL);
	h->relation = json_text(event, "relation", NULL);
	h->remote_app = json_text(event, "remote-app", NULL);
	h->remote_unit = json_text(event, "remote-unit", NULL);
	h->departing_unit = json_text(event, "departing-unit", NULL);
	h->service = json_text(event, "service", NULL);
	h->secret = json_text(event, "secret", NULL);
	h->label = json_text(event, "label", NULL);
	h->params = json_child(event, "params", JSON_OBJECT);
	h->is_plan = json_bool(event, "plan", false);
}

/* From now on tenond need not tell what the charm has no part in. */
static void
session_introduce(struct session *s, json_t *end)
{
	const struct charm_handler *handler = s->program->hooks;
	const char *const *endpoint = s->program->application_endpoints;
	json_t *hooks = json_array(), *endpoints = json_array();

	for (; handler != NULL && handler->name != NULL; handler++)
		json_array_append_new(hooks, json_string(handler->name));
	for (; endpoint != NULL && *endpoint != NULL; endpoint++)
		json_array_append_new(endpoints, json_string(*endpoint));
	json_object_set_new(end, "hooks", hooks);
	json_object_set_new(end, "application-endpoints", endpoints);
	s->introduced = true;
}

static int
session_end(struct session *s, int rc, const struct error *why,
    struct error *err)
{
	json_auto_t *end = json_object();

	json_object_set_new(end, "end", json_integer(rc == 0 ? 0 : 1));
	if (rc != 0)
		json_object_set_new(end, "message",
		    channel_text(
			*why->msg != '\0' ? why->msg : "no reason given"));
	if (!s->introduced)
		session_introduce(s, end);
	return channel_send(&s->channel, end, err);
}

static int
session_run_event(struct session *s, const json_t *event, struct error *err)
{
	struct error why = { 0 };
	struct hook h = s->base;
	int rc;

	hook_read(&h, event);
	if (h.name == NULL && h.action == NULL)
		return error_set(err, ERROR_INVALID,
		    "event without \"hook\" or \"action\"");
	rc = session_dispatch(s, &h, &why);
	json_decref(h.config);
	return session_end(s, rc, &why, err);
}

/* 0 when tenond has closed the channel between two events. */
static int
session_loop(struct session *s, struct error *err)
{
	json_t *event = NULL;
	int rc;

	for (;;) {
		switch (channel_receive(&s->channel, &event, err)) {
		case CHANNEL_EOF:
			return 0;
		case CHANNEL_FAILED:
			return -1;
		case CHANNEL_MESSAGE:
			break;
		}
		rc = session_run_event(s, event, err);
		json_decref(event);
		if (rc < 0)
			return -1;
	}
}

int
charm_main(const struct charm_program *program)
{
	struct session s = { 0 };
	struct error err = { 0 };
	int rc;

	(void)signal(SIGPIPE, SIG_IGN);
	/* Output is the unit's log, and a log is read while it is written. */
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	rc = secrecy_begin(&err);
	if (rc == 0)
		rc = session_init(&s, program, &err);
	if (rc == 0)
		rc = session_loop(&s, &err);
	if (rc < 0)
		(void)fprintf(stderr, "charm: %s\n", err.msg);
	session_release(&s);
	return rc < 0 ? 1 : 0;
}
