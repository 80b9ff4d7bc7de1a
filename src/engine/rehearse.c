/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rehearse - verbs that are run dry. Those that expect it have their plan in
 * call_commit(). Any other runs as usual, but what it commits is not written;
 * when it has returned, what it has changed is told, and taken back.
 */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "engine/plan.h"
#include "engine/secrets.h"
#include "model/rows.h"
#include "model/visits.h"

bool
call_is_dry(const struct engine_call *call)
{
	return json_bool(call->args, "dry-run", false);
}

/* ---- the plan of a call ---- */

static void
call_take_plan(struct engine_call *call, struct plan *p)
{
	json_object_set(call->reply, "plan", p->steps);
	plan_free(p);
}

static int
call_until_planned(struct engine_call *call, struct error *err)
{
	struct plan *p;

	TAILQ_FOREACH(p, &call->engine->plans, entry) {
		if (p->number == call->waits_for)
			break;
	}
	if (p == NULL)
		return error_set(err, ERROR_INTERNAL, "the plan is gone");
	if (!p->is_over)
		return 0;
	call_take_plan(call, p);
	return 1;
}

int
call_plan(struct engine_call *call, struct model *m, struct error *err)
{
	struct plan *p;

	if (call->is_step)
		return 0;
	if (json_object_get(call->reply, "differences") == NULL)
		json_object_set_new(call->reply, "differences",
		    engine_differences(call->engine));
	p = plan_new(call->engine, m, err);
	engine_rollback(call->engine);
	call->until = NULL;
	call->timeout_ms = 0;
	if (p == NULL)
		return -1;
	plan_go(p);
	if (p->is_over) {
		call_take_plan(call, p);
		return 0;
	}
	call->waits_for = p->number;
	call->until = call_until_planned;
	return 0;
}

int
call_commit(struct engine_call *call, struct model *m, struct error *err)
{
	int rc;

	if (call_is_dry(call)) {
		rc = call_plan(call, m, err);
	} else {
		engine_reap(call->engine);
		rc = engine_commit(call->engine, err);
		if (rc == 0)
			engine_drop_forced(call->engine);
	}
	json_object_set_new(call->reply, "generation",
	    json_integer((json_int_t)m->generation));
	return rc;
}

/* ---- what a verb has changed ---- */

/* These follow from something else that is said. */
static const char *const quiet_members[] = { "asked", "generation", "local",
	"next-machine", "next-operation", "next-relation", "next-unit",
	"next-units", "status", "times", "updated", "visits" };

static bool
member_is_quiet(const char *name)
{
	for (size_t i = 0; i < nitems(quiet_members); i++) {
		if (strcmp(quiet_members[i], name) == 0)
			return true;
	}
	return false;
}

/* Its members are said as if they were of the row itself; see kept.h. */
static bool
member_is_kept(const char *name)
{
	return strcmp(name, "kept") == 0;
}

/* Names only: values may be secrets. */
static void
add_difference(struct strbuf *sb, const char *prefix, const json_t *before,
    json_t *after)
{
	const json_t *was;
	const char *name;
	json_t *is;

	json_object_foreach(after, name, is) {
		autofree char *path = xasprintf("%s%s", prefix, name);
		autofree char *below = xasprintf("%s.", path);

		was = json_object_get(before, name);
		if (json_equal(was, is) ||
		    (*prefix == '\0' && member_is_quiet(name)))
			continue;
		if (json_is_object(is) && *prefix == '\0')
			add_difference(sb, member_is_kept(name) ? "" : below,
			    was, is);
		else
			strbuf_addf(sb, "%s%s", sb->len > 0 ? ", " : "", path);
	}
}

/* What goes: a member of `before` that `after` has not. */
static void
add_gone(struct strbuf *sb, const char *prefix, json_t *before,
    const json_t *after)
{
	const json_t *is;
	const char *name;
	json_t *was;

	json_object_foreach(before, name, was) {
		is = json_object_get(after, name);
		if (*prefix == '\0' && member_is_kept(name))
			add_gone(sb, "", was, is);
		else if (is == NULL)
			strbuf_addf(sb, "%s%s%s", sb->len > 0 ? ", " : "",
			    prefix, name);
		else if (json_is_object(was) && *prefix == '\0') {
			autofree char *below = xasprintf("%s.", name);

			add_gone(sb, below, was, is);
		}
	}
}

/* Of one that is in the store; NULL if nothing is to be said of it. */
static char *
entity_difference(struct engine *e, const struct entity *ent, const char *key)
{
	struct error ignored = { 0 };
	autofree char *text = store_get(e->store, key, &ignored);
	json_auto_t *before = text != NULL ? json_loads(text, 0, NULL) : NULL;
	json_auto_t *after = row_value(ent);
	struct strbuf sb = { 0 };

	add_difference(&sb, "", before, after);
	add_gone(&sb, "", before, after);
	if (strcmp(strbuf_cstr(&sb), "dying") == 0) {
		strbuf_release(&sb);
		return xstrdup("is to go");
	}
	if (sb.len > 0)
		return strbuf_detach(&sb);
	strbuf_release(&sb);
	return NULL;
}

/* "application web" of "application/m/web". */
static char *
entity_title(struct entity *ent, const char *key)
{
	const char *slash = strchr(key, '/');
	const char *name = slash != NULL && ent->kind != ENTITY_MODEL ?
	    strchr(slash + 1, '/') :
	    slash;

	if (ent->kind == ENTITY_CTL)
		return xasprintf("controller %s", ent->ctl->name);
	if (ent->kind == ENTITY_SECRET)
		return xasprintf("secret %s",
		    secret_name(container_of(ent, struct secret, entity)));
	return xasprintf("%.*s %s", (int)strcspn(key, "/"), key,
	    name != NULL ? name + 1 : "");
}

static void
add_line(struct engine *e, struct entity *ent, json_t *lines)
{
	autofree char *key = row_key(ent);
	autofree char *title = entity_title(ent, key);
	autofree char *what = ent->fresh ? xstrdup("is added") :
	    ent->deleted                 ? xstrdup("is removed") :
					   entity_difference(e, ent, key);
	autofree char *line = NULL;

	if (what == NULL || ent->kind == ENTITY_SEEN)
		return;
	line = xasprintf("%s%s%s", title,
	    ent->fresh || ent->deleted ? " " : ": ", what);
	json_array_append_new(lines, json_string(line));
}

json_t *
engine_differences(struct engine *e)
{
	json_t *lines = json_array();
	struct entity *ent;

	TAILQ_FOREACH(ent, &e->ctl->touched, touched_entry)
		add_line(e, ent, lines);
	return lines;
}

/* ---- a rehearsal ---- */

/* Does the verb know better what is to be said? */
static bool
call_has_answer(const struct engine_call *call)
{
	return json_object_get(call->reply, "plan") != NULL ||
	    call->until == call_until_planned ||
	    (call->until != NULL && TAILQ_EMPTY(&call->engine->ctl->touched));
}

static int
call_tell(struct engine_call *call, struct error *err)
{
	struct engine *e = call->engine;
	struct error ignored = { 0 };
	struct model *m = call->model != NULL ? call_model(call, &ignored) :
						NULL;
	json_t *messages = json_object_get(call->reply, "messages");
	json_t *reply = json_pack("{s:o, s:[], s:O?}", "differences",
	    engine_differences(e), "plan", "messages", messages);

	json_decref(call->reply);
	call->reply = reply;
	free(take_ptr(call->text));
	if (m != NULL)
		return call_plan(call, m, err);
	engine_rollback(e);
	call->until = NULL;
	return 0;
}

/* Whatever comes of it; to look at a model from outside is no visit. */
static void
call_note_visit(const struct engine_call *call, engine_verb *verb)
{
	struct error ignored = { 0 };
	struct model *m = call->model != NULL ? call_model(call, &ignored) :
						NULL;

	if (m != NULL && verb != verb_show_model)
		visits_note(&m->visits, call->uid, clock_wall_ms());
}

int
engine_run(engine_verb *verb, struct engine_call *call, struct error *err)
{
	struct engine *e = call->engine;
	int rc;

	call_note_visit(call, verb);
	/* Whether it can be deployed a charm may have to be asked. */
	if (!call_is_dry(call) || verb == verb_deploy || verb == verb_rehearse)
		return verb(call, err);
	e->rehearsing = true;
	rc = verb(call, err);
	e->rehearsing = false;
	if (rc == -1) {
		engine_rollback(e);
		return -1;
	}
	return call_has_answer(call) ? 0 : call_tell(call, err);
}
