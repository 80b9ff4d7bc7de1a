/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messages - what the units of a model say and what happens to them, kept for
 * verb_log in a logbook of the model's: what charms log and write, and what the
 * journal has, once that is written.
 */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "engine/messages.h"
#include "machine/logbook.h"

static const char *const level_words[] = {
	[MESSAGE_TRACE] = "TRACE",
	[MESSAGE_DEBUG] = "DEBUG",
	[MESSAGE_INFO] = "INFO",
	[MESSAGE_WARNING] = "WARNING",
	[MESSAGE_ERROR] = "ERROR",
	[MESSAGE_CRITICAL] = "CRITICAL",
};

_Static_assert(nitems(level_words) == MESSAGE_LEVEL_COUNT, "a word each");

enum message_level
message_level_parse(const char *word)
{
	for (size_t i = 0; i < nitems(level_words); i++) {
		if (strcmp(level_words[i], word) == 0)
			return (enum message_level)i;
	}
	return MESSAGE_LEVEL_COUNT;
}

char *
messages_dir(const struct engine *e, const struct model *m)
{
	return xasprintf("%s/log/%s", e->home, m->uuid);
}

/* A disk that is full is not to end anything but the log; said once. */
static void
messages_failed(struct engine *e, const struct error *err)
{
	if (!e->log_failing)
		log_warn("log", "messages are not kept: %s", err->msg);
	e->log_failing = true;
}

static void
keep(struct engine *e, struct model *m, const struct logbook_line *line)
{
	struct logbook_place place = { m->log_start, m->log_end };
	autofree char *dir = messages_dir(e, m);
	struct error err = { 0 };

	if (logbook_add(&e->log_file, dir, &place, line, &err) == -1)
		messages_failed(e, &err);
	else
		e->log_failing = false;
	m->log_start = place.start;
	m->log_end = place.end;
	if (m->log_awaited) {
		m->log_awaited = false;
		engine_changed(e);
	}
}

/* "unit-web-0", as Juju calls it. */
static char *
unit_tag(const char *unit)
{
	const char *slash = strchr(unit, '/');

	return xasprintf("unit-%.*s-%s", (int)(slash - unit), unit, slash + 1);
}

void
unit_message(struct engine *e, const struct unit *u,
    const struct message *message)
{
	static const enum log_level levels[] = {
		[MESSAGE_TRACE] = LOG_LEVEL_DEBUG,
		[MESSAGE_DEBUG] = LOG_LEVEL_DEBUG,
		[MESSAGE_INFO] = LOG_LEVEL_INFO,
		[MESSAGE_WARNING] = LOG_LEVEL_WARN,
		[MESSAGE_ERROR] = LOG_LEVEL_ERROR,
		[MESSAGE_CRITICAL] = LOG_LEVEL_ERROR,
	};
	autofree char *tag = unit_tag(u->name);
	autofree char *module = xasprintf("unit.%s.%s", u->name,
	    message->source);
	autofree char *text = xasprintf("%s%s",
	    message->prefix != NULL ? message->prefix : "", message->text);

	log_write(levels[message->level], u->name, "%s", message->text);
	keep(e, u->app->model,
	    &(struct logbook_line){
		.wall_ms = clock_wall_ms(),
		.level = level_words[message->level],
		.entity = tag,
		.module = module,
		.message = text,
	    });
}

/* ---- the journal's lines ---- */

struct telling {
	const json_t *line;
	const char *subject, *name, *result, *why;
	enum message_level level;
	const char *module;
};

static char *
tell_request(struct telling *t)
{
	const char *user = json_text(t->line, "user", "somebody");

	t->module = "tenon.request";
	return xasprintf("%s %s, asked for by %s", t->name, t->subject, user);
}

static char *
tell_hook(struct telling *t)
{
	t->module = "juju.worker.uniter.operation";
	if (strcmp(t->result, "ok") == 0)
		return xasprintf("ran \"%s\" hook in %" PRId64 " ms; %s",
		    t->name, json_int(t->line, "ms", 0),
		    json_text(t->line, "cause", "no cause"));
	if (strcmp(t->result, "deferred") == 0)
		return xasprintf("hook \"%s\" is put off: %s", t->name, t->why);
	t->level = MESSAGE_ERROR;
	return xasprintf("hook \"%s\" %s: %s", t->name, t->result, t->why);
}

static char *
tell_action(struct telling *t)
{
	int64_t task = json_int(t->line, "task", 0);

	t->module = "juju.worker.uniter.operation";
	if (strcmp(t->result, "ok") == 0)
		return xasprintf("ran action \"%s\", task %" PRId64
				 ", in %" PRId64 " ms",
		    t->name, task, json_int(t->line, "ms", 0));
	t->level = MESSAGE_WARNING;
	return xasprintf("action \"%s\", task %" PRId64 ", failed: %s", t->name,
	    task, t->why);
}

static char *
tell_service(struct telling *t)
{
	t->module = "tenon.service";
	t->level = MESSAGE_WARNING;
	return xasprintf("service %s %s%s%s", t->name, t->result,
	    t->why[0] != '\0' ? ": " : "", t->why);
}

static char *
tell_forced(struct telling *t)
{
	t->module = "tenon.removal";
	t->level = MESSAGE_WARNING;
	return xasprintf("removal goes on, skipped: %s", t->why);
}

static char *
tell_removed(struct telling *t)
{
	const char *storage = json_text(t->line, "storage", NULL);

	t->module = "tenon.removal";
	return xasprintf("the unit is removed%s%s",
	    storage != NULL ? "; its storage is in " : "",
	    storage != NULL ? storage : "");
}

static const struct {
	const char *kind;
	char *(*tell)(struct telling *);
} tellings[] = {
	{ "request", tell_request },
	{ "hook", tell_hook },
	{ "action", tell_action },
	{ "service", tell_service },
	{ "forced", tell_forced },
	{ "removed", tell_removed },
};

/* Requests are the controller's business, the rest is of units. */
static void
keep_line(struct engine *e, struct model *m, const struct telling *t,
    const char *text)
{
	bool is_of_unit = json_object_get(t->line, "uid") == NULL;
	autofree char *tag = is_of_unit ? unit_tag(t->subject) :
					  xstrdup("controller-0");

	keep(e, m,
	    &(struct logbook_line){
		.wall_ms = clock_wall_ms(),
		.level = level_words[t->level],
		.entity = tag,
		.module = t->module,
		.message = text,
	    });
}

static void
tell(struct engine *e, struct model *m, const char *subject, const json_t *line)
{
	const char *kind = json_text(line, "kind", "");
	struct telling t = {
		.line = line,
		.subject = subject,
		.name = json_text(line, "name", ""),
		.result = json_text(line, "result", ""),
		.why = json_text(line, "message", ""),
		.level = MESSAGE_INFO,
	};

	for (size_t i = 0; i < nitems(tellings); i++) {
		if (strcmp(tellings[i].kind, kind) == 0) {
			autofree char *text = tellings[i].tell(&t);

			keep_line(e, m, &t, text);
			return;
		}
	}
}

void
messages_tell(struct engine *e, const struct model *m, const char *subject,
    const json_t *line)
{
	if (m == NULL)
		return;
	if (e->told == NULL)
		e->told = json_array();
	json_array_append_new(e->told,
	    json_pack("{s:s, s:s, s:O}", "model", m->uuid, "subject", subject,
		"line", line));
}

void
messages_told(struct engine *e)
{
	json_auto_t *told = take_ptr(e->told);
	const json_t *one;
	struct model *m;
	size_t i;

	json_array_foreach(told, i, one) {
		const char *uuid = json_text(one, "model", "");

		m = engine_find_model(e, uuid, strlen(uuid));
		if (m != NULL)
			tell(e, m, json_text(one, "subject", ""),
			    json_object_get(one, "line"));
	}
}

void
messages_forget(struct engine *e)
{
	json_decref(take_ptr(e->told));
}

int
messages_end(struct engine *e, struct model *m, uint64_t *end,
    struct error *err)
{
	struct logbook_place place = { m->log_start, m->log_end };
	autofree char *dir = messages_dir(e, m);

	if (logbook_end(dir, &place, end, err) == -1)
		return -1;
	m->log_start = place.start;
	m->log_end = place.end;
	return 0;
}

void
messages_remove(struct engine *e, const struct model *m)
{
	autofree char *dir = messages_dir(e, m);
	struct error err = { 0 };

	logbook_close(&e->log_file);
	if (tree_remove(dir, &err) == -1)
		log_warn(m->name, "%s; left behind: %s", err.msg, dir);
}
