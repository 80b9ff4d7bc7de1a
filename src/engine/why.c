/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/why.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/agent.h"
#include "engine/model_option.h"
#include "model/cause.h"
#include "model/far.h"
#include "model/open.h"
#include "model/resolver.h"
#include "model/seen.h"

void
why_add(struct why *w, const struct why_cause *cause)
{
	json_t *entry = json_object();

	json_put_text(entry, "subject", cause->subject);
	json_put_text(entry, "cause", cause->cause);
	if (cause->since_ms != 0)
		json_object_set_new(entry, "since", time_text(cause->since_ms));
	json_put_text(entry, "waits-for", cause->waits_for);
	json_put_text(entry, "command", cause->command);
	json_array_append_new(w->causes, entry);
}

/* ---- since when, as the journal tells it ---- */

static int
why_on_line(void *arg, int64_t id, uint64_t wall_ms, const char *subject,
    const char *line)
{
	(void)id;
	(void)subject;
	(void)line;
	*(uint64_t *)arg = wall_ms;
	return -1;
}

/* The oldest of the newest `n` such lines; 0 if it does not know. */
static uint64_t
why_since(const struct why *w, const char *subject, const char *kind,
    const char *result, int n)
{
	const struct store_search search = {
		.model = w->model->uuid,
		.subject = subject,
		.kind = kind,
		.result = result,
		.limit = n,
	};
	struct error ignored = { 0 };
	uint64_t since = 0;

	/* Without an answer there is a cause all the same. */
	(void)store_journal_search(w->engine->store, &search, why_on_line,
	    &since, &ignored);
	return since;
}

/* "in 4 s", "now". */
static char *
why_when(const struct why *w, uint64_t at_ms)
{
	if (at_ms <= w->now_ms)
		return xstrdup("now");
	return xasprintf("in %llu s",
	    (unsigned long long)(at_ms - w->now_ms + 999) / 1000);
}

/* ---- what can keep a unit ---- */

static void
why_failed(struct why *w, struct unit *u)
{
	const struct unit_local *local = &u->local;
	autofree char *cause = NULL, *when = NULL, *waits = NULL,
		      *command = NULL;

	if (local->failed_hook == NULL)
		return;
	cause = unit_failure(u);
	when = why_when(w, local->retry_at_ms);
	waits = local->retry_at_ms == OP_RETRY_NEVER ?
	    xstrdup(
		"somebody to have it tried again: model option " OPTION_RETRY
		" is off") :
	    xasprintf("try %d of the hook, %s", local->failures + 1, when);
	command = xasprintf("tenon resolved %s", u->name);
	why_add(w,
	    &(struct why_cause){
		.subject = u->name,
		.cause = cause,
		.since_ms = why_since(w, u->name, "hook", "failed",
		    local->failures),
		.waits_for = waits,
		.command = command,
	    });
}

static void
why_service(struct why *w, struct unit *u, const struct service *s)
{
	static const char *const waits[] = {
		[SERVICE_BACKOFF] = "its next start, which comes by itself",
		[SERVICE_FAILED] = "its charm to start it again",
	};
	autofree char *cause = NULL, *dir = NULL, *command = NULL;

	if (!s->wanted || waits[s->state] == NULL)
		return;
	cause = xasprintf("service %s has ended: %s", s->name,
	    s->detail != NULL ? s->detail : "nobody knows how");
	dir = unit_dir(w->engine, u);
	command = xasprintf("tail %s/log/%s.log", dir, s->name);
	why_add(w,
	    &(struct why_cause){
		.subject = u->name,
		.cause = cause,
		.since_ms = why_since(w, u->name, "service", NULL, 1),
		.waits_for = waits[s->state],
		.command = command,
	    });
}

static void
why_services(struct why *w, struct unit *u)
{
	struct service *s;

	RB_FOREACH(s, service_tree, &u->services) {
		if (s->state == SERVICE_BACKOFF || s->state == SERVICE_FAILED)
			why_service(w, u, s);
	}
}

static void
why_deferral(struct why *w, struct unit *u, struct relation *rel)
{
	const struct seen_relation *seen = unit_seen(u, rel->id);
	const char *reason = unit_deferral(u, rel);
	autofree char *cause = NULL, *when = NULL, *waits = NULL;

	if (reason == NULL || seen == NULL)
		return;
	cause = xasprintf("relation %lld: %s", (long long)rel->id, reason);
	when = why_when(w, seen->deferred_at_ms);
	waits = xasprintf("its next try, %s; it goes on by itself", when);
	why_add(w,
	    &(struct why_cause){
		.subject = u->name,
		.cause = cause,
		.since_ms = seen->deferred_at_ms - seen->deferred_after_ms,
		.waits_for = waits,
	    });
}

static void
why_deferrals(struct why *w, struct unit *u)
{
	struct open_relation *open = unit_first_open(u);

	for (; open != NULL; open = RB_NEXT(open_tree, &u->open, open))
		why_deferral(w, u, open->relation);
}

/* What runs, and what comes next. */
static void
why_at_work(struct why *w, struct unit *u)
{
	const struct op op = resolve(u, w->now_ms);
	autofree char *cause = NULL, *name = NULL, *because = NULL;

	if (u->doing != NULL) {
		cause = xasprintf("it is %s", u->doing);
		why_add(w,
		    &(struct why_cause){
			.subject = u->name,
			.cause = cause,
			.since_ms = u->doing_since_ms,
			.waits_for = "its end",
		    });
	} else if (op.kind == OP_HOOK) {
		name = op_hook_name(u, &op);
		because = op_cause(u, &op);
		cause = xasprintf("it has to run %s: %s", name, because);
		why_add(w,
		    &(struct why_cause){
			.subject = u->name,
			.cause = cause,
			.waits_for = "its turn",
		    });
	}
}

static void
why_dying(struct why *w, struct unit *u)
{
	autofree char *command = NULL;

	if (u->life == LIFE_ALIVE)
		return;
	command = xasprintf("tenon remove-unit %s --force", u->name);
	why_add(w,
	    &(struct why_cause){
		.subject = u->name,
		.cause = "it is being removed",
		.since_ms = why_since(w, u->name, "request", NULL, 1),
		.waits_for = "its last hooks, and its services to stop",
		.command = command,
	    });
}

static void
why_task(struct why *w, struct unit *u)
{
	struct task *t = unit_next_task(u);
	autofree char *cause = NULL, *command = NULL;

	if (t == NULL || t->state != TASK_PENDING)
		return;
	cause = xasprintf("action %s (task %lld) has not started", t->action,
	    (long long)t->id);
	command = xasprintf("tenon cancel-task %lld", (long long)t->id);
	why_add(w,
	    &(struct why_cause){
		.subject = u->name,
		.cause = cause,
		.since_ms = t->enqueued_ms,
		.waits_for = unit_relations_settled(w->engine, u) ?
		    "the hooks that the unit still owes" :
		    "the hooks that leaders still owe its relations",
		.command = command,
	    });
}

/* ---- what its charm says ---- */

static char *
why_other(const struct unit *u, const struct unit *other)
{
	autofree char *name = unit_name_in(other, u->app->model);

	if (other->app->model == u->app->model)
		return xasprintf("%s: \"tenon why %s\"", name, name);
	return xasprintf("%s: \"tenon why -m %s %s\"", name,
	    other->app->model->name, other->name);
}

/* Somebody it is related to, who has a reason of his own. */
static char *
why_others(struct why *w, struct unit *u)
{
	struct relation_end *end;
	struct unit *leader;

	RB_FOREACH(end, end_tree, &u->app->relations) {
		if (end->relation->nends == 1)
			continue;
		leader = application_leader(
		    relation_far_end(end->relation, u->app)->app);
		if (leader != NULL &&
		    (unit_workload(leader) != WORKLOAD_ACTIVE ||
			unit_is_busy(w->engine, leader) ||
			unit_owes_relation(leader, end->relation)))
			return why_other(u, leader);
	}
	return NULL;
}

static void
why_said(struct why *w, struct unit *u)
{
	const char *message = u->status.message != NULL ? u->status.message :
							  "";
	autofree char *cause = NULL, *command = NULL, *others = NULL;

	if (u->local.failed_hook != NULL ||
	    (u->status.word != WORKLOAD_BLOCKED &&
		u->status.word != WORKLOAD_WAITING &&
		u->status.word != WORKLOAD_MAINTENANCE))
		return;
	cause = xasprintf("its charm says %s%s%s",
	    workload_name(u->status.word), message[0] != '\0' ? ": " : "",
	    message);
	others = why_others(w, u);
	if (u->status.word == WORKLOAD_BLOCKED)
		command = why_mend_blocked(u->app, message);
	why_add(w,
	    &(struct why_cause){
		.subject = u->name,
		.cause = cause,
		.since_ms = u->status.since_ms,
		.waits_for = u->status.word == WORKLOAD_BLOCKED ?
		    "somebody to do what it says" :
		    others != NULL ? others :
				     "its charm, which goes on by itself",
		.command = command,
	    });
}

void
why_unit(struct why *w, struct unit *u)
{
	why_dying(w, u);
	why_failed(w, u);
	why_services(w, u);
	why_deferrals(w, u);
	why_said(w, u);
	why_at_work(w, u);
	why_task(w, u);
}

/* ---- relations ---- */

static void
why_owed(struct why *w, struct unit *u, struct relation *rel)
{
	autofree char *cause = NULL;

	if (!unit_owes_relation(u, rel) || unit_deferral(u, rel) != NULL)
		return;
	cause = xasprintf("%s has still a hook of relation %lld to run",
	    u->name, (long long)rel->id);
	why_add(w,
	    &(struct why_cause){
		.subject = u->name,
		.cause = cause,
		.waits_for = u->local.failed_hook != NULL ?
		    "the hook that has failed" :
		    "its turn",
	    });
}

static void
why_member(struct why *w, struct unit *u, struct relation *rel)
{
	why_owed(w, u, rel);
	why_deferral(w, u, rel);
	why_failed(w, u);
	why_said(w, u);
}

/* One of another model is named with it, and what would mend it is done there. */
static void
why_far_member(struct why *w, struct unit *u, struct relation *rel)
{
	const char *there = u->app->model->name, *command;
	autofree char *name = unit_name_in(u, w->model);
	struct why far = *w;
	json_t *cause;
	size_t i;

	far.model = u->app->model;
	far.causes = json_array();
	why_member(&far, u, rel);
	json_array_foreach(far.causes, i, cause) {
		command = json_text(cause, "command", "");
		if (strncmp(command, "tenon ", 6) == 0) {
			autofree char *in = xasprintf("%s -m %s", command,
			    there);

			json_put_text(cause, "command", in);
		}
		json_put_text(cause, "subject", name);
	}
	json_array_extend(w->causes, far.causes);
	json_decref(far.causes);
}

void
why_relation(struct why *w, struct relation *rel)
{
	autofree char *key = relation_key(rel, w->model), *command = NULL;
	struct unit *u;

	if (rel->life != LIFE_ALIVE) {
		command = xasprintf("tenon remove-relation %lld --force",
		    (long long)rel->id);
		why_add(w,
		    &(struct why_cause){
			.subject = key,
			.cause = "it is being removed",
			.since_ms = why_since(w, key, "request", NULL, 1),
			.waits_for = "every unit to leave it",
			.command = command,
		    });
	}
	for (int i = 0; i < rel->nends; i++) {
		RB_FOREACH(u, unit_tree, &rel->ends[i].app->units) {
			if (u->app->model == w->model)
				why_member(w, u, rel);
			else
				why_far_member(w, u, rel);
		}
	}
}
