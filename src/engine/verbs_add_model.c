/* SPDX-License-Identifier: Apache-2.0 */
/* add model - a model with all that it can be given at once. */

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "engine/internal.h"
#include "engine/model_option.h"
#include "model/kept.h"

/* Who may do what is decided for the controller, not model by model. */
static int
owner_check(const char *owner, struct error *err)
{
	if (strcmp(owner, "admin") == 0)
		return 0;
	error_set(err, ERROR_INVALID,
	    "no model can be owned by \"%.64s\": the owner of all is admin",
	    owner);
	return error_hint(err,
	    "access.yaml in the state directory says who may do what");
}

static int
check_new(const struct engine_call *call, const char *name, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;

	if (ctl->name == NULL)
		return call_no_controller(err);
	if (ctl->life != LIFE_ALIVE)
		return error_set(err, ERROR_CONFLICT,
		    "controller \"%s\" is being destroyed", ctl->name);
	if (ctl_find_model(ctl, name) != NULL)
		return error_set(err, ERROR_CONFLICT,
		    "failed to create new model: model \"%s\" for admin "
		    "already exists (already exists)",
		    name);
	if (cloud_check(json_text(call->args, "cloud", ctl->cloud), err) ==
		-1 ||
	    credential_check(ctl,
		json_text(call->args, "credential", CREDENTIAL_HERE),
		err) == -1 ||
	    owner_check(json_text(call->args, "owner", "admin"), err) == -1)
		return -1;
	return model_options_check(json_object_get(call->args, "config"), err);
}

static struct model *
make_model(const struct engine_call *call, const char *name)
{
	json_t *config = json_object_get(call->args, "config");
	const char *credential = json_text(call->args, "credential", NULL);
	char uuid[UUID_TEXT_SIZE];
	struct model *m;

	random_uuid(uuid);
	m = model_add(call->engine->ctl, name, uuid, clock_wall_ms());
	xreplace(&m->owner, "admin");
	if (config != NULL)
		(void)json_object_update(m->config, config);
	if (credential != NULL)
		kept_set(&m->kept, KEPT_CREDENTIAL, json_string(credential));
	return m;
}

int
verb_add_model(struct engine_call *call, struct error *err)
{
	struct ctl *ctl = call->engine->ctl;
	const char *name = call_text(call, "name", err);
	struct model *m;

	if (name == NULL || model_name_check(name, err) == -1 ||
	    check_new(call, name, err) == -1)
		return -1;
	m = make_model(call, name);
	if (json_bool(call->args, "switch", true))
		ctl_focus(ctl, name);
	call_journal(call, m, name, "add-model");
	call_journal(call, NULL, name, "add-model");
	if (engine_commit(call->engine, err) == -1)
		return -1;
	call->reply = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "name",
	    m->name, "uuid", m->uuid, "cloud", ctl->cloud, "region",
	    ctl->region, "owner", m->owner, "credential",
	    json_text(m->kept, KEPT_CREDENTIAL, CREDENTIAL_HERE));
	return 0;
}
