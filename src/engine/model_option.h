/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model option - what can be set of a model: by itself, or for all models that
 * say nothing ("model-defaults"). Values are kept as texts.
 *
 * Names, defaults and meaning are those of Juju's model configuration. Some of
 * its options are about clouds, containers or agents, and mean nothing here:
 * they are kept, so that a program may set them and read them back, and are
 * shown only where they are set.
 */

#ifndef ENGINE_MODEL_OPTION_H
#define ENGINE_MODEL_OPTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ctl;
struct engine;
struct error;
struct model;
struct unit;

/* Those that somebody in the engine asks for. */
#define OPTION_LOGGING "logging-config"
#define OPTION_RETRY   "automatically-retry-hooks"
#define OPTION_UPDATE  "update-status-hook-interval"

struct model_option {
	const char *name, *initial, *description;
	/* What it takes, for a person, and whether it is that. */
	const char *expected;
	bool (*takes)(const char *text);
	bool hidden; /* As long as it is not set. */
};

/* In order of name; the one that has no name is the end. */
extern const struct model_option model_options[];

/* NULL, with ERROR_NOT_FOUND and a hint. */
const struct model_option *model_option_find(const char *name, struct error *);
/* Are all of them options of models, with texts that they take? */
int model_options_check(json_t *set, struct error *);
/* A text of it, as programs read it: a new reference. */
json_t *model_option_json(const struct model_option *, const char *text);

/* What the controller says for all of its models; NULL for nothing. */
const char *model_option_shared(const struct ctl *, const char *name);
/* What holds in the model; borrowed. */
const char *model_option_text(const struct ctl *, const struct model *,
    const char *name);
bool model_option_is_true(const struct ctl *, const struct model *,
    const char *name);
uint64_t model_option_ms(const struct ctl *, const struct model *,
    const char *name);

/* ---- what follows for units: model_effect.c. The caller commits. ---- */

/*
 * A charm that is run once per hook does not ask for update-status: it comes at
 * the pace of its model. To be called when that may not yet be so; does nothing
 * if it is.
 */
void unit_keep_pace(struct engine *, struct unit *);
/* Options of the model may have changed. */
void model_options_take_effect(struct engine *, struct model *);

#endif /* ENGINE_MODEL_OPTION_H */
