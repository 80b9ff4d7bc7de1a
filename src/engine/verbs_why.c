/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/why.h"

/* Nothing can be changed by anybody. */
static void
why_store(struct why *w)
{
	const struct engine *e = w->engine;
	autofree char *cause = NULL, *command = NULL;

	if (e->fault.code == ERROR_NONE)
		return;
	cause = xasprintf("the store cannot be written: %s", e->fault.msg);
	command = xasprintf("df -h %s", e->home);
	why_add(w,
	    &(struct why_cause){
		.subject = w->model->name,
		.cause = cause,
		.waits_for = "the store; it is tried every two seconds",
		.command = command,
	    });
}

static void
why_application(struct why *w, struct application *app)
{
	autofree char *command = NULL;
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units)
		why_unit(w, u);
	if (!RB_EMPTY(&app->units) || app->life != LIFE_ALIVE)
		return;
	command = xasprintf("tenon add-unit %s", app->name);
	why_add(w,
	    &(struct why_cause){
		.subject = app->name,
		.cause = "it has no units",
		.waits_for = "somebody to add one",
		.command = command,
	    });
}

static void
refuse_unknown(const char *subject, struct error *err)
{
	bool is_unit = strchr(subject, '/') != NULL;

	if (is_unit)
		(void)missing_unit(subject, err);
	else
		(void)missing_application(subject, err);
}

/* "3" or "a[:endpoint] b[:endpoint]". */
static struct relation *
why_find_relation(struct model *m, const char *subject, struct error *err)
{
	const char *blank = strchr(subject, ' ');
	autofree char *first = NULL;
	struct relation *rel;
	char *rest;
	long long id;

	if (blank != NULL) {
		first = xasprintf("%.*s", (int)(blank - subject), subject);
		return endpoints_find_relation(m,
		    (const char *const[2]){ first, blank + 1 }, err);
	}
	id = strtoll(subject, &rest, 10);
	if (rest == subject || *rest != '\0') {
		refuse_unknown(subject, err);
		return NULL;
	}
	rel = model_find_relation(m, id);
	if (rel == NULL)
		(void)missing_relation(subject, err);
	return rel;
}

/* Its worst unit's. */
static const char *
application_state(struct application *app)
{
	enum workload worst = WORKLOAD_UNKNOWN;
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units) {
		if (unit_workload(u) > worst)
			worst = unit_workload(u);
	}
	return workload_name(worst);
}

static const char *
relation_state(const struct relation *rel)
{
	if (rel->life != LIFE_ALIVE)
		return "broken";
	return relation_is_empty(rel) ? "joining" : "joined";
}

/* What there is of that name, and what keeps it. */
static int
why_look(struct why *w, const char *subject, json_t *reply, struct error *err)
{
	struct application *app = model_find_application(w->model, subject);
	struct unit *u = model_find_unit(w->model, subject);
	struct relation *rel;

	if (app != NULL) {
		json_put_text(reply, "kind", "application");
		json_put_text(reply, "state", application_state(app));
		why_application(w, app);
		return 0;
	}
	if (u != NULL) {
		json_put_text(reply, "kind", "unit");
		json_put_text(reply, "state", workload_name(unit_workload(u)));
		why_unit(w, u);
		return 0;
	}
	rel = why_find_relation(w->model, subject, err);
	if (rel == NULL)
		return -1;
	json_put_text(reply, "kind", "relation");
	json_put_text(reply, "state", relation_state(rel));
	why_relation(w, rel);
	return 0;
}

int
verb_why(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);
	const char *subject = m != NULL ? call_text(call, "subject", err) :
					  NULL;
	struct why w = {
		.engine = call->engine,
		.model = m,
		.now_ms = clock_wall_ms(),
	};

	if (subject == NULL)
		return -1;
	w.causes = json_array();
	call->reply = json_pack("{s:s, s:o}", "subject", subject, "causes",
	    w.causes);
	why_store(&w);
	return why_look(&w, subject, call->reply, err);
}
