/* SPDX-License-Identifier: Apache-2.0 */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/internal.h"
#include "model/far.h"
#include "model/resolver.h"

static int
call_endpoints(const struct engine_call *call, const char *names[2],
    struct error *err)
{
	const json_t *list = json_object_get(call->args, "endpoints");

	if (json_array_size(list) != 2 ||
	    !json_is_string(json_array_get(list, 0)) ||
	    !json_is_string(json_array_get(list, 1)))
		return error_set(err, ERROR_USAGE,
		    "a relation must involve two applications");
	names[0] = json_string_value(json_array_get(list, 0));
	names[1] = json_string_value(json_array_get(list, 1));
	return 0;
}

/* ---- relate ---- */

static bool
relation_joins(const struct relation *rel, const struct inferred *inf)
{
	return rel->nends == 2 && !rel->entity.deleted &&
	    rel->ends[0].app == inf->app[0] &&
	    rel->ends[1].app == inf->app[1] &&
	    strcmp(rel->ends[0].endpoint, inf->endpoint[0]->name) == 0 &&
	    strcmp(rel->ends[1].endpoint, inf->endpoint[1]->name) == 0;
}

static int
check_is_new(const struct inferred *inf, const char *key, struct error *err)
{
	struct relation_end *end;
	const struct relation *rel;

	RB_FOREACH(end, end_tree, &inf->app[0]->relations) {
		rel = end->relation;
		if (!relation_joins(rel, inf))
			continue;
		if (rel->life == LIFE_DYING) {
			error_set(err, ERROR_CONFLICT,
			    "cannot add relation \"%s\": the old one is still "
			    "being removed",
			    key);
			return error_hint(err,
			    "\"tenon status --relations\" shows it; try again "
			    "when it is gone");
		}
		return error_set(err, ERROR_CONFLICT,
		    "cannot add relation \"%s\"\nrelation %s (already "
		    "exists): \n\nUse 'tenon status --relations' to view the "
		    "current relations.",
		    key, key);
	}
	return 0;
}

static int
check_limit(const struct inferred *inf, const char *key, struct error *err)
{
	struct relation_end *end;
	int n;

	for (int i = 0; i < 2; i++) {
		if (inf->endpoint[i]->limit <= 0)
			continue;
		n = 0;
		RB_FOREACH(end, end_tree, &inf->app[i]->relations) {
			if (!end->relation->entity.deleted &&
			    strcmp(end->endpoint, inf->endpoint[i]->name) == 0)
				n++;
		}
		if (n < inf->endpoint[i]->limit)
			continue;
		error_set(err, ERROR_CONFLICT,
		    "cannot add relation \"%s\": establishing a new "
		    "relation for %s:%s would exceed its maximum "
		    "relation limit of %d (quota limit exceeded)",
		    key, inf->name[i], inf->endpoint[i]->name,
		    inf->endpoint[i]->limit);
		return error_hint(err,
		    "\"tenon remove-relation\" makes room; \"tenon status "
		    "--relations\" shows what there is");
	}
	return 0;
}

static int
check_alive(const struct inferred *inf, struct error *err)
{
	for (int i = 0; i < 2; i++) {
		if (inf->app[i]->life == LIFE_ALIVE)
			continue;
		error_set(err, ERROR_CONFLICT,
		    "application \"%s\" is not alive", inf->name[i]);
		return missing_soon(inf->name[i], err);
	}
	return 0;
}

/* What the other model calls it; owned by the caller, NULL in one model. */
static char *
inferred_alias(const struct inferred *inf, int i, const struct model *m)
{
	if (inf->offer == NULL)
		return NULL;
	return inf->app[i]->model != m ? xstrdup(inf->name[i]) :
					 application_name_in(inf->app[i], NULL);
}

/*
 * Of two models it belongs to the one that offers, where the other application
 * is known by its model and its name. The borrowed names are copied.
 */
static struct relation *
relation_make(struct model *m, const struct inferred *inf)
{
	autofree char *requirer = inferred_alias(inf, 0, m);
	autofree char *provider = inferred_alias(inf, 1, m);
	struct model *owner = inf->app[0]->model != m ? inf->app[0]->model :
							inf->app[1]->model;
	const struct relation_end ends[2] = {
		{ .app = inf->app[0],
		    .alias = requirer,
		    .endpoint = inf->endpoint[0]->name,
		    .role = ROLE_REQUIRER },
		{ .app = inf->app[1],
		    .alias = provider,
		    .endpoint = inf->endpoint[1]->name,
		    .role = ROLE_PROVIDER },
	};
	struct relation *rel = relation_add(owner, inf->endpoint[0]->interface,
	    ends, 2, clock_wall_ms());

	if (inf->offer != NULL)
		rel->offer = xstrdup(inf->offer);
	return rel;
}

static int
check_relate(const struct inferred *inf, const char *key, struct error *err)
{
	if (check_alive(inf, err) == -1 || check_is_new(inf, key, err) == -1)
		return -1;
	return check_limit(inf, key, err);
}

/* The journal of the other model tells of it too, by its own names. */
static void
journal_both(const struct engine_call *call, struct relation *rel,
    const char *verb)
{
	struct model *both[2] = { rel->model, rel->guest };

	for (int i = 0; i < 2 && both[i] != NULL; i++) {
		autofree char *key = relation_key(rel, both[i]);

		call_journal(call, both[i], key, verb);
	}
}

int
verb_relate(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct inferred inf;
	struct relation *rel;
	const char *names[2];
	autofree char *key = NULL;

	if (m == NULL || call_endpoints(call, names, err) == -1)
		return -1;
	if (endpoints_infer(m, names, &inf, err) == -1) {
		engine_rollback(call->engine);
		return -1;
	}
	key = xasprintf("%s:%s %s:%s", inf.name[0], inf.endpoint[0]->name,
	    inf.name[1], inf.endpoint[1]->name);
	if (check_relate(&inf, key, err) == -1) {
		engine_rollback(call->engine);
		return -1;
	}
	rel = relation_make(m, &inf);
	journal_both(call, rel, "relate");
	call->reply = json_pack("{s:I, s:s, s:s, s:s, s:s, s:s}", "id",
	    (json_int_t)rel->id, "key", key, "requirer", inf.name[0],
	    "provider", inf.name[1], "interface", rel->interface, "application",
	    inf.name[inf.app[0]->model == m ? 0 : 1]);
	return call_commit(call, m, err);
}

/* ---- remove-relation ---- */

static struct relation *
call_relation(const struct engine_call *call, struct model *m,
    struct error *err)
{
	const char *names[2];
	struct relation *rel;
	int64_t id;

	if (json_object_get(call->args, "id") == NULL) {
		if (call_endpoints(call, names, err) == -1)
			return NULL;
		return endpoints_find_relation(m, names, err);
	}
	id = json_int(call->args, "id", -1);
	rel = model_find_relation(m, id);
	if (rel == NULL) {
		autofree char *text = xasprintf("%lld", (long long)id);

		(void)missing_relation(text, err);
	} else if (rel->nends == 1) {
		error_set(err, ERROR_INVALID,
		    "relation %lld is a peer relation and goes with its "
		    "application",
		    (long long)id);
		(void)error_hint(err,
		    "\"tenon status --relations\" shows those of others");
		rel = NULL;
	}
	return rel;
}

/* What is bounded is left out when it fails, and soon done. */
static bool
unit_fails_at(struct unit *u, struct relation *rel)
{
	const struct op op = resolve(u, 0);

	return u->local.failed_hook != NULL &&
	    relation_find_member(rel, u) != NULL && !op_is_bounded(u, &op);
}

/* Of two models, each unit with its model. */
static char *
blocker_name(const struct relation *rel, const struct unit *u)
{
	return unit_name_in(u, rel->guest == NULL ? rel->model : NULL);
}

static int
relation_is_deferred(struct relation *rel, const struct unit *u,
    struct error *err)
{
	autofree char *name = blocker_name(rel, u);

	error_set(err, ERROR_CONFLICT, "relation %lld is still open: %s: %s",
	    (long long)rel->id, name, unit_deferral(u, rel));
	return error_hint(err,
	    "its removal goes on by itself; see \"tenon status --relations\"");
}

int
relation_check_blockers(struct relation *rel, struct error *err)
{
	struct unit *u;

	for (int i = 0; i < rel->nends; i++) {
		RB_FOREACH(u, unit_tree, &rel->ends[i].app->units) {
			autofree char *why = NULL, *name = NULL;

			if (unit_deferral(u, rel) != NULL)
				return relation_is_deferred(rel, u, err);
			if (!unit_fails_at(u, rel))
				continue;
			why = unit_failure(u);
			name = blocker_name(rel, u);
			error_set(err, ERROR_CONFLICT,
			    "relation %lld is still open: unit %s is in "
			    "error: %s",
			    (long long)rel->id, name, why);
			return error_hint(err,
			    "its removal goes on by itself; see \"tenon "
			    "journal -m %s %s\"",
			    u->app->model->name, u->name);
		}
	}
	return 0;
}

static int
until_relation_gone(struct engine_call *call, struct error *err)
{
	struct model *m = call_waiting_model(call);
	struct relation *rel = m != NULL ?
	    model_find_relation(m, call->waits_for) :
	    NULL;

	if (rel == NULL)
		return call_report_removal(call, err);
	return relation_check_blockers(rel, err);
}

int
verb_remove_relation(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	struct relation *rel = m != NULL ? call_relation(call, m, err) : NULL;
	autofree char *key = NULL;

	if (rel == NULL)
		return -1;
	key = relation_key(rel, m);
	call->waits_for = rel->id;
	relation_condemn(rel);
	journal_both(call, rel, "remove-relation");
	if (json_bool(call->args, "force", false))
		relation_force(call->engine, rel);
	if (json_bool(call->args, "wait", true))
		call_wait_removal(call, m, until_relation_gone);
	call->reply = json_pack("{s:I, s:s, s:[]}", "id",
	    (json_int_t)call->waits_for, "key", key, "messages");
	return call_commit(call, m, err);
}
