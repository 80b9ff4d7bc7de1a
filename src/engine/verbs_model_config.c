/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model config - what programs written for Juju set of a model. It is kept and
 * shown. A charm asks itself for update-status and what fails is always tried
 * again, so nothing here changes what tenon does; a value that would have to is
 * refused.
 */

#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/kept.h"

struct model_option {
	const char *name, *initial, *description;

	/* What it takes, for a person, and whether it is that. */
	const char *expected;
	bool (*takes)(const char *text);
};

static bool
takes_text(const char *text)
{
	return strlen(text) <= 1024;
}

static bool
takes_bool(const char *text)
{
	return strcmp(text, "true") == 0 || strcmp(text, "false") == 0;
}

static bool
takes_true(const char *text)
{
	return strcmp(text, "true") == 0;
}

/* As Go reads it, without fractions: 10s, 5m, 1h30m. */
static bool
takes_duration(const char *text)
{
	if (*text == '\0' || strlen(text) > 32)
		return false;
	while (*text != '\0') {
		if (!isdigit((unsigned char)*text))
			return false;
		while (isdigit((unsigned char)*text))
			text++;
		if (strncmp(text, "ms", 2) == 0)
			text++;
		else if (*text == '\0' || strchr("smh", *text) == NULL)
			return false;
		text++;
	}
	return true;
}

static const struct model_option options[] = {
	{ "automatically-retry-hooks", "true",
	    "Whether a hook that failed is tried again: it always is", "true",
	    takes_true },
	{ "logging-config", "<root>=INFO", "What is logged; kept only",
	    "a text of up to 1024 bytes", takes_text },
	{ "test-mode", "false", "Whether this is a test; kept only",
	    "true or false", takes_bool },
	{ "update-status-hook-interval", "5m",
	    "How often update-status runs in Juju; kept only, here a charm "
	    "asks for it",
	    "a duration such as 10s or 5m", takes_duration },
};

static const struct model_option *
find_option(const char *name, struct error *err)
{
	for (size_t i = 0; i < nitems(options); i++) {
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	error_set(err, ERROR_NOT_FOUND, "unknown model option \"%s\"", name);
	error_hint(err, "\"tenon model-config\" shows those there are");
	return NULL;
}

static json_t *
value_json(const struct model_option *option, const char *text)
{
	return option->takes == takes_bool || option->takes == takes_true ?
	    json_boolean(strcmp(text, "true") == 0) :
	    json_string(text);
}

/* What new models and those that say nothing have. */
static const char *
default_text(const struct ctl *ctl, const struct model_option *option)
{
	return json_text(kept_find(ctl->kept, KEPT_MODEL_DEFAULTS),
	    option->name, NULL);
}

static json_t *
option_json(const struct ctl *ctl, const struct model *m,
    const struct model_option *o)
{
	const char *set = json_text(m->config, o->name, NULL);
	const char *shared = default_text(ctl, o);
	const char *text = o->initial, *source = "default";

	if (set != NULL) {
		text = set;
		source = "model";
	} else if (shared != NULL) {
		text = shared;
		source = "controller";
	}
	return json_pack("{s:o, s:s, s:s}", "value", value_json(o, text),
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
	for (size_t i = 0; i < nitems(options); i++)
		json_object_set_new(config, options[i].name,
		    option_json(call->engine->ctl, m, &options[i]));
	call->reply = json_pack("{s:s, s:o}", "model", m->name, "config",
	    config);
	return 0;
}

int
model_options_check(json_t *set, struct error *err)
{
	const struct model_option *option;
	const char *name;
	json_t *value;

	json_object_foreach(set, name, value) {
		option = find_option(name, err);
		if (option == NULL)
			return -1;
		if (!json_is_string(value) ||
		    !option->takes(json_string_value(value)))
			return error_set(err, ERROR_INVALID,
			    "model option \"%s\" expected %s, got \"%s\"", name,
			    option->expected,
			    json_is_string(value) ? json_string_value(value) :
						    "");
	}
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

		if (find_option(text, err) == NULL)
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
		call_journal(call, m, m->name, "model-config");
		if (engine_commit(call->engine, err) == -1)
			return -1;
	}
	call->reply = json_pack("{s:I}", "generation",
	    (json_int_t)m->generation);
	return 0;
}

/* ---- defaults ---- */

int
verb_get_model_defaults(struct engine_call *call, struct error *err)
{
	const struct ctl *ctl = call->engine->ctl;
	json_t *defaults;

	if (ctl->name == NULL)
		return call_no_controller(err);
	defaults = json_object();
	for (size_t i = 0; i < nitems(options); i++) {
		const struct model_option *o = &options[i];
		const char *shared = default_text(ctl, o);
		json_t *row = json_pack("{s:o, s:s}", "default",
		    value_json(o, o->initial), "description", o->description);

		if (shared != NULL)
			json_object_set_new(row, "controller",
			    value_json(o, shared));
		json_object_set_new(defaults, o->name, row);
	}
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
	call_journal(call, NULL, ctl->name, "model-defaults");
	call->reply = json_object();
	return engine_commit(call->engine, err);
}
