/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several changes that are rehearsed together: each is made in the model as
 * those before it have left it, then all are planned, and taken back.
 *
 * Whether it can be deployed, a charm says later, and until then the model is
 * there for everybody. So all is taken back while it is asked, and begun again
 * when it has agreed.
 */

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/check.h"
#include "engine/internal.h"
#include "engine/refresh.h"

/* What they change is all in the model when the verb has returned. */
static engine_verb *const can_be_steps[] = { verb_add_machines, verb_add_unit,
	verb_consume, verb_deploy, verb_expose, verb_offer, verb_refresh,
	verb_relate, verb_set_config, verb_set_constraints, verb_trust };

static bool
can_be_step(engine_verb *verb)
{
	for (size_t i = 0; i < nitems(can_be_steps); i++) {
		if (can_be_steps[i] == verb)
			return true;
	}
	return false;
}

static int
step_wrap(const struct engine_step *step, struct error *err)
{
	return error_wrap(err, "cannot %s", step->what);
}

static void
take_messages(const struct engine_call *call, const json_t *reply)
{
	json_t *all = json_object_get(call->reply, "messages");

	(void)json_array_extend(all, json_object_get(reply, "messages"));
}

/* Its verb alone: what is left in the model is for those that follow. */
static int
step_run(struct engine_call *call, struct engine_step *step, struct error *err)
{
	struct engine_call one = { .engine = call->engine,
		.model = call->model,
		.subject = step->subject,
		.args = step->args,
		.uid = call->uid,
		.user = call->user,
		.is_step = true,
		.is_agreed = step->is_agreed };
	int rc = step->verb(&one, err);

	take_messages(call, one.reply);
	json_decref(one.reply);
	free(one.text);
	step->before = one.before;
	if (rc == -1)
		return step_wrap(step, err);
	call->waits_for = one.waits_for;
	return one.until != NULL ? 1 : 0;
}

/* What the step asks a charm about. */
static char *
step_question(const struct engine_step *step)
{
	return xasprintf("%s\n%s\n%s",
	    step->subject != NULL ? step->subject : "",
	    json_text(step->args, "charm", ""),
	    json_text(step->args, "channel", ""));
}

/* Those that ask the same have the same answer. */
static void
steps_agree(struct engine_call *call, const struct engine_step *asked)
{
	autofree char *question = step_question(asked);

	for (size_t i = 0; i < call->nsteps; i++) {
		struct engine_step *step = &call->steps[i];
		autofree char *other = step_question(step);

		if (step->verb == asked->verb && strcmp(question, other) == 0)
			step->is_agreed = true;
	}
}

/* The first of them that a charm is being asked about; or their number. */
static ssize_t
steps_run(struct engine_call *call, struct error *err)
{
	size_t i;
	int rc = 0;

	json_decref(call->reply);
	call->reply = json_pack("{s:[]}", "messages");
	call->engine->rehearsing = true;
	for (i = 0; i < call->nsteps; i++) {
		rc = step_run(call, &call->steps[i], err);
		if (rc != 0)
			break;
	}
	call->engine->rehearsing = false;
	return rc == -1 ? -1 : (ssize_t)i;
}

static int rehearse(struct engine_call *, struct model *, struct error *);

static struct engine_step *
step_asked(struct engine_call *call)
{
	size_t i = 0;

	while (!call->steps[i].is_asked || call->steps[i].is_agreed)
		i++;
	return &call->steps[i];
}

static int
rehearsal_until_agreed(struct engine_call *call, struct error *err)
{
	int result = check_result(call->engine, call->waits_for, NULL, err);
	struct model *m = call_waiting_model(call);
	struct engine_step *step = step_asked(call);

	if (result == -1)
		return step_wrap(step, err);
	if (result == 0)
		return 0;
	if (m == NULL)
		return error_set(err, ERROR_NOT_FOUND,
		    "the model has been destroyed");
	steps_agree(call, step);
	if (rehearse(call, m, err) == -1)
		return -1;
	return call->until == NULL;
}

/* All has been taken back but the charms, which no row holds. */
static void
steps_give_back(struct engine_call *call, struct model *m)
{
	for (size_t i = call->nsteps; i-- > 0;) {
		struct engine_step *step = &call->steps[i];
		struct application *app = step->before != NULL ?
		    model_find_application(m, step->subject) :
		    NULL;

		if (app != NULL)
			refresh_give_back(app, step->before);
		charm_free(take_ptr(step->before));
	}
}

/* The steps have been taken, or as many as could be: up to `at`. */
static int
rehearsal_end(struct engine_call *call, struct model *m, ssize_t at,
    struct error *err)
{
	struct engine *e = call->engine;

	call->until = NULL;
	if (at == (ssize_t)call->nsteps) {
		json_object_set_new(call->reply, "differences",
		    engine_differences(e));
		if (json_bool(call->args, "plan", true))
			return call_plan(call, m, err);
	}
	engine_rollback(e);
	if (at >= 0 && at < (ssize_t)call->nsteps) {
		call->steps[at].is_asked = true;
		call_wait(call, m, rehearsal_until_agreed);
		call->timeout_ms = 0; /* The check always ends. */
	}
	return at == -1 ? -1 : 0;
}

static int
rehearse(struct engine_call *call, struct model *m, struct error *err)
{
	ssize_t at = steps_run(call, err);
	int rc = rehearsal_end(call, m, at, err);

	steps_give_back(call, m);
	return rc;
}

int
verb_rehearse(struct engine_call *call, struct error *err)
{
	struct model *m = call_model(call, err);

	if (m == NULL)
		return -1;
	for (size_t i = 0; i < call->nsteps; i++) {
		struct engine_step *step = &call->steps[i];

		if (!can_be_step(step->verb)) {
			(void)error_set(err, ERROR_USAGE,
			    "it cannot be rehearsed with others");
			return step_wrap(step, err);
		}
		json_object_set_new(step->args, "dry-run", json_true());
	}
	return rehearse(call, m, err);
}
