/* SPDX-License-Identifier: Apache-2.0 */
/* asked - who asked for what: the journal's requests, and what they lead to. */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"

#define ASKER_SIZE 64

/* The user's name, or number if he has none; borrowed or in `text`. */
static const char *
call_asker(const struct engine_call *call, char text[ASKER_SIZE])
{
	if (call->user != NULL)
		return call->user;
	(void)snprintf(text, ASKER_SIZE, "%lu", (unsigned long)call->uid);
	return text;
}

static void
note_asker(struct entity *e, char **slot, const char *who)
{
	if (*slot != NULL && strcmp(*slot, who) == 0)
		return;
	xreplace(slot, who);
	entity_touch(e);
}

/* What is on its way out takes all below it along. */
static void
application_asked(struct application *app, const char *who)
{
	struct relation_end *end;
	struct unit *u;

	note_asker(&app->entity, &app->asked, who);
	if (app->life == LIFE_ALIVE)
		return;
	RB_FOREACH(u, unit_tree, &app->units)
		note_asker(&u->entity, &u->asked, who);
	RB_FOREACH(end, end_tree, &app->relations)
		note_asker(&end->relation->entity, &end->relation->asked, who);
}

static void
model_asked(struct model *m, const char *who)
{
	struct application *app;

	if (m->life == LIFE_ALIVE)
		return;
	RB_FOREACH(app, application_tree, &m->applications)
		application_asked(app, who);
}

/* "requirer:endpoint provider:endpoint": the newest of that name. */
static void
relation_asked(struct model *m, const char *key, const char *who)
{
	autofree char *name = xasprintf("%.*s", (int)strcspn(key, ":"), key);
	struct application *app = model_find_application(m, name);
	struct relation_end *end;

	/* One of another model has said so there. */
	if (app == NULL)
		return;
	RB_FOREACH_REVERSE(end, end_tree, &app->relations)
	{
		autofree char *other = relation_key(end->relation, m);

		if (strcmp(other, key) != 0)
			continue;
		note_asker(&end->relation->entity, &end->relation->asked, who);
		return;
	}
}

static void
subject_asked(struct model *m, const char *subject, const char *who)
{
	struct application *app = model_find_application(m, subject);
	struct unit *u = model_find_unit(m, subject);

	if (app != NULL)
		application_asked(app, who);
	else if (u != NULL)
		note_asker(&u->entity, &u->asked, who);
	else if (strchr(subject, ' ') != NULL)
		relation_asked(m, subject, who);
	else
		model_asked(m, who);
}

static json_t *
request_line(const struct engine_call *call, const char *verb)
{
	json_t *line = json_pack("{s:s, s:s, s:I, s:s}", "kind", "request",
	    "name", verb, "uid", (json_int_t)call->uid, "result", "ok");

	json_put_text(line, "user", call->user);
	return line;
}

void
call_journal(const struct engine_call *call, struct model *m,
    const char *subject, const char *verb)
{
	char text[ASKER_SIZE];

	if (call_is_dry(call))
		return;
	engine_journal(call->engine, m, subject, request_line(call, verb));
	if (m != NULL)
		subject_asked(m, subject, call_asker(call, text));
}

void
call_journal_task(const struct engine_call *call, struct task *t)
{
	json_t *line = request_line(call, t->action);
	char text[ASKER_SIZE];

	json_object_set_new(line, "task", json_integer(t->id));
	engine_journal(call->engine, t->model, t->unit, line);
	xreplace(&t->asked, call_asker(call, text));
}
