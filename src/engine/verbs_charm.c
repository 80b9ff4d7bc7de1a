/* SPDX-License-Identifier: Apache-2.0 */

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/words.h"

json_t *
charm_endpoints_json(const struct charm *charm)
{
	json_t *endpoints = json_object();

	for (size_t i = 0; i < charm->nendpoints; i++) {
		const struct charm_endpoint *e = &charm->endpoints[i];

		json_object_set_new(endpoints, e->name,
		    json_pack("{s:s, s:s, s:i}", "interface", e->interface,
			"role", role_word((enum endpoint_role)e->role), "limit",
			e->limit));
	}
	return endpoints;
}

json_t *
charm_actions_json(const struct charm *charm)
{
	json_t *actions = json_object();

	for (size_t i = 0; i < charm->nactions; i++) {
		const struct charm_action *action = &charm->actions[i];
		const char *description = action->description;

		json_object_set_new(actions, action->name,
		    json_pack("{s:s, s:O?, s:O*}", "description",
			description != NULL ? description : "", "params",
			action->params, "required", action->required));
	}
	return actions;
}

json_t *
charm_option_json(const struct charm_option *option)
{
	json_t *json = json_object();

	json_put_text(json, "type", option_type_name(option->type));
	json_put_text(json, "description", option->description);
	if (option->initial != NULL)
		json_object_set(json, "default", option->initial);
	return json;
}

static json_t *
charm_options_json(const struct charm *charm)
{
	json_t *options = json_object();

	for (size_t i = 0; i < charm->noptions; i++)
		json_object_set_new(options, charm->options[i].name,
		    charm_option_json(&charm->options[i]));
	return options;
}

static json_t *
charm_json(const struct charm *charm, const char *dir)
{
	return json_pack("{s:s, s:s, s:i, s:s}", "name", charm->name, "summary",
	    charm->summary != NULL ? charm->summary : "", "revision",
	    charm->revision, "path", dir);
}

int
verb_charms(struct engine_call *call, struct error *err)
{
	json_t *charms = json_array();
	struct error one = { 0 };
	struct charm *charm;

	(void)err;
	for (size_t i = 0; i < nitems(charms_built_in); i++) {
		autofree char *dir = charm_find_dir(call->engine,
		    charms_built_in[i], &one);

		charm = dir != NULL ? charm_load(call->engine, dir, &one) :
				      NULL;
		if (charm == NULL)
			continue;
		json_array_append_new(charms, charm_json(charm, dir));
		charm_free(charm);
	}
	call->reply = json_pack("{s:o}", "charms", charms);
	return 0;
}

/* Not one in a directory: who may see models may not read all files. */
static char *
built_in_dir(const struct engine_call *call, struct error *err)
{
	if (strchr("/.", call->subject[0]) == NULL)
		return charm_find_dir(call->engine, call->subject, err);
	error_set(err, ERROR_INVALID, "\"%s\" is not the name of a charm",
	    call->subject);
	(void)error_hint(err,
	    "\"tenon find\" lists the built-in charms; of one in a directory "
	    "its YAML files say it");
	return NULL;
}

int
verb_show_charm(struct engine_call *call, struct error *err)
{
	autofree char *dir = built_in_dir(call, err);
	struct charm *charm = dir == NULL ? NULL :
					    charm_load(call->engine, dir, err);

	if (charm == NULL)
		return -1;
	call->reply = charm_json(charm, dir);
	json_put_text(call->reply, "description",
	    charm->description != NULL ? charm->description : "");
	json_put_text(call->reply, "storage", charm->storage);
	json_object_set_new(call->reply, "endpoints",
	    charm_endpoints_json(charm));
	json_object_set_new(call->reply, "options", charm_options_json(charm));
	json_object_set_new(call->reply, "actions", charm_actions_json(charm));
	charm_free(charm);
	return 0;
}
