/* SPDX-License-Identifier: Apache-2.0 */
/* model config - options of models, see model_option.h: shown, set and reset. */

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "engine/model_option.h"
#include "model/kept.h"

/* NULL for one that is not to be seen. */
static json_t *
option_json(const struct ctl *ctl, const struct model *m,
    const struct model_option *o)
{
	const char *set = json_text(m->config, o->name, NULL);
	const char *shared = model_option_shared(ctl, o->name);
	const char *text = o->initial, *source = "default";

	if (o->hidden && set == NULL && shared == NULL)
		return NULL;
	if (set != NULL) {
		text = set;
		source = "model";
	} else if (shared != NULL) {
		text = shared;
		source = "controller";
	}
	return json_pack("{s:o, s:s, s:s}", "value", model_option_json(o, text),
	    "source", source, "description", o->description);
}

int
verb_get_model_config(struct engine_call *call, struct error *err)
{
	const struct model *m = call_model(call, err);
	json_t *config;

	if (m == NULL)
		return -1;
	config = json_object();
	for (const struct model_option *o = model_options; o->name != NULL; o++)
		(void)json_object_set_new(config, o->name,
		    option_json(call->engine->ctl, m, o));
	call->reply = json_pack("{s:s, s:o}", "model", m->name, "config",
	    config);
	return 0;
}

static int
check_reset(const json_t *set, const json_t *reset, struct error *err)
{
	const json_t *name;
	size_t i;

	json_array_foreach(reset, i, name) {
		const char *text = json_is_string(name) ?
		    json_string_value(name) :
		    "";

		if (model_option_find(text, err) == NULL)
			return -1;
		if (json_object_get(set, text) != NULL)
			return error_set(err, ERROR_USAGE,
			    "cannot set and reset key \"%s\" simultaneously",
			    text);
	}
	return 0;
}

static void
change_options(json_t *texts, json_t *set, const json_t *reset)
{
	const json_t *name;
	size_t i;

	if (set != NULL)
		(void)json_object_update(texts, set);
	json_array_foreach(reset, i, name)
		(void)json_object_del(texts, json_string_value(name));
}

int
verb_set_model_config(struct engine_call *call, struct error *err)
{
	json_t *set = json_object_get(call->args, "set");
	const json_t *reset = json_object_get(call->args, "reset");
	struct model *m = call_model(call, err);
	json_auto_t *before = NULL;

	if (m == NULL || model_options_check(set, err) == -1 ||
	    check_reset(set, reset, err) == -1)
		return -1;
	before = json_copy(m->config);
	change_options(m->config, set, reset);
	if (!json_equal(before, m->config)) {
		entity_touch(&m->entity);
		model_options_take_effect(call->engine, m);
		call_journal(call, m, m->name, "model-config");
		if (engine_commit(call->engine, err) == -1)
			return -1;
	}
	call->reply = json_pack("{s:I}", "generation",
	    (json_int_t)m->generation);
	return 0;
}

/* ---- defaults ---- */

/* NULL for one that is not to be seen. */
static json_t *
default_json(const struct ctl *ctl, const struct model_option *o)
{
	const char *shared = model_option_shared(ctl, o->name);
	json_t *row;

	if (o->hidden && shared == NULL)
		return NULL;
	row = json_pack("{s:o, s:s}", "default",
	    model_option_json(o, o->initial), "description", o->description);
	if (shared != NULL)
		json_object_set_new(row, "controller",
		    model_option_json(o, shared));
	return row;
}

int
verb_get_model_defaults(struct engine_call *call, struct error *err)
{
	const struct ctl *ctl = call->engine->ctl;
	json_t *defaults;

	if (ctl->name == NULL)
		return call_no_controller(err);
	defaults = json_object();
	for (const struct model_option *o = model_options; o->name != NULL; o++)
		(void)json_object_set_new(defaults, o->name,
		    default_json(ctl, o));
	call->reply = json_pack("{s:s, s:o}", "controller", ctl->name,
	    "defaults", defaults);
	return 0;
}

int
verb_set_model_defaults(struct engine_call *call, struct error *err)
{
	json_t *set = json_object_get(call->args, "set"), *texts;
	const json_t *reset = json_object_get(call->args, "reset");
	struct ctl *ctl = call->engine->ctl;
	struct model *m;

	if (ctl->name == NULL)
		return call_no_controller(err);
	if (model_options_check(set, err) == -1 ||
	    check_reset(set, reset, err) == -1)
		return -1;
	texts = json_deep_copy(kept_find(ctl->kept, KEPT_MODEL_DEFAULTS));
	if (texts == NULL)
		texts = json_object();
	change_options(texts, set, reset);
	kept_set(&ctl->kept, KEPT_MODEL_DEFAULTS, texts);
	entity_touch(&ctl->entity);
	RB_FOREACH(m, model_tree, &ctl->models)
		model_options_take_effect(call->engine, m);
	call_journal(call, NULL, ctl->name, "model-defaults");
	call->reply = json_object();
	return engine_commit(call->engine, err);
}
