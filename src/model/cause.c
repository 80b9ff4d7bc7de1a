/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/mem.h"
#include "model/cause.h"
#include "model/far.h"
#include "model/model.h"
#include "model/resolver.h"
#include "model/titles.h"

typedef char *cause_fn(const struct unit *, const struct op *);

/* How a hook's cause is told, and whether somebody asks for such. */
struct cause {
	const char *text; /* As it is, or NULL: */
	cause_fn *tell;
	bool asked;
};

static struct relation *
cause_relation(const struct unit *u, const struct op *op)
{
	return op->relation < 0 ?
	    NULL :
	    model_find_relation(u->app->model, op->relation);
}

static char *
tell_config(const struct unit *u, const struct op *op)
{
	if (!u->local.config_changed)
		return xstrdup(u->local.started ? "the charm was changed" :
						  "the unit is about to start");
	if (u->local.config_hash != op->version)
		return xstrdup("options of the application were changed");
	return xstrdup("a hook that had failed has nothing left to do");
}

static char *
tell_service(const struct unit *u, const struct op *op)
{
	static const char *const words[] = {
		[SERVICE_STOPPED] = "is stopped",
		[SERVICE_RUNNING] = "is running again",
		[SERVICE_BACKOFF] = "ended by itself",
		[SERVICE_FAILED] = "ended and is left alone",
	};
	struct unit *owner = model_find_unit(u->app->model, u->name);
	const struct service *s = owner == NULL ?
	    NULL :
	    unit_find_service(owner, op->service);

	if (s == NULL)
		return xasprintf("service %s has changed", op->service);
	if (s->detail == NULL)
		return xasprintf("service %s %s", s->name, words[s->state]);
	return xasprintf("service %s %s: %s", s->name, words[s->state],
	    s->detail);
}

static char *
tell_update(const struct unit *u, const struct op *op)
{
	(void)op;
	return xstrdup(u->app->charm->resident ?
		"the charm asked for it" :
		"it is time: model option update-status-hook-interval");
}

static char *
tell_secret(const struct unit *u, const struct op *op)
{
	(void)u;
	return xasprintf("secret %s has a new revision", op->secret);
}

static char *
tell_created(const struct unit *u, const struct op *op)
{
	struct relation *rel = cause_relation(u, op);

	if (rel == NULL || rel->nends == 1)
		return xstrdup("the unit was added to its peers");
	return xasprintf("relation %lld with %s was added",
	    (long long)op->relation,
	    end_name(relation_far_end(rel, u->app), u->app->model));
}

static const char *
cause_speaker(const struct op *op)
{
	return op->remote_unit[0] != '\0' ? op->remote_unit : op->remote_app;
}

static char *
tell_joined(const struct unit *u, const struct op *op)
{
	(void)u;
	return xasprintf("%s has joined relation %lld", cause_speaker(op),
	    (long long)op->relation);
}

static char *
tell_changed(const struct unit *u, const struct op *op)
{
	(void)u;
	return xasprintf("%s has said something in relation %lld",
	    cause_speaker(op), (long long)op->relation);
}

static char *
tell_departed(const struct unit *u, const struct op *op)
{
	const char *who = op->departing_unit[0] != '\0' ? op->departing_unit :
							  cause_speaker(op);

	(void)u;
	return xasprintf("%s leaves relation %lld", who,
	    (long long)op->relation);
}

static char *
tell_broken(const struct unit *u, const struct op *op)
{
	const struct relation *rel = cause_relation(u, op);

	if (rel != NULL && rel->life == LIFE_ALIVE)
		return xasprintf("the unit leaves relation %lld",
		    (long long)op->relation);
	return xasprintf("relation %lld is being removed",
	    (long long)op->relation);
}

static const struct cause causes[HOOK_KIND_COUNT] = {
	[HOOK_INSTALL] = { .text = "the unit was added", .asked = true },
	[HOOK_LEADER_ELECTED] = { .text = "the unit has become the leader" },
	[HOOK_CONFIG_CHANGED] = { .tell = tell_config, .asked = true },
	[HOOK_START] = { .text = "the unit was added", .asked = true },
	[HOOK_UPGRADE_CHARM] = { .text = "the charm was changed",
	    .asked = true },
	[HOOK_SERVICE_CHANGED] = { .tell = tell_service },
	[HOOK_UPDATE_STATUS] = { .tell = tell_update },
	[HOOK_SECRET_CHANGED] = { .tell = tell_secret },
	[HOOK_STOP] = { .text = "the unit is being removed", .asked = true },
	[HOOK_REMOVE] = { .text = "the unit is being removed", .asked = true },
	[HOOK_RELATION_CREATED] = { .tell = tell_created, .asked = true },
	[HOOK_RELATION_JOINED] = { .tell = tell_joined, .asked = true },
	[HOOK_RELATION_CHANGED] = { .tell = tell_changed },
	[HOOK_RELATION_DEPARTED] = { .tell = tell_departed, .asked = true },
	[HOOK_RELATION_BROKEN] = { .tell = tell_broken, .asked = true },
};

/* Is it the hook that has failed last? */
static bool
cause_is_repeated(const struct unit *u, const struct op *op)
{
	autofree char *title = NULL;

	if (u->local.failed_title == NULL)
		return false;
	title = op_title(u, op);
	return strcmp(title, u->local.failed_title) == 0;
}

char *
op_cause(const struct unit *u, const struct op *op)
{
	const struct cause *cause = &causes[op->hook];
	autofree char *text = cause->text != NULL ? xstrdup(cause->text) :
						    cause->tell(u, op);

	if (!cause_is_repeated(u, op))
		return take_ptr(text);
	return xasprintf("%s; try %d", text, u->local.failures + 1);
}

const char *
op_asker(const struct unit *u, const struct op *op)
{
	const struct relation *rel = cause_relation(u, op);
	bool is_of_unit = u->life == LIFE_DYING || rel == NULL ||
	    rel->nends == 1;

	if (!causes[op->hook].asked)
		return NULL;
	if (!is_of_unit)
		return rel->asked;
	return u->asked != NULL ? u->asked : u->app->asked;
}
