/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A charm's metadata.yaml, config.yaml and actions.yaml, then values for its
 * options and parameters for its actions; each ended by a NUL.
 */

#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "fuzz.h"
#include "model/charm.h"

static json_t *
read_yaml(const struct fuzz_fields *f, size_t i)
{
	struct error err = { 0 };
	json_t *value;

	if (f->len[i] == 0)
		return NULL;
	value = yaml_read(f->text[i], f->len[i], &err);
	if (value == NULL)
		fuzz_require_error(&err);
	return value;
}

static void
require_option(const struct charm_option *option, const char *text)
{
	static const json_type types[] = {
		[OPTION_STRING] = JSON_STRING,
		[OPTION_INT] = JSON_INTEGER,
		[OPTION_FLOAT] = JSON_REAL,
	};
	json_auto_t *given = json_string(text);
	json_auto_t *value = NULL;
	struct error err = { 0 };

	if (given == NULL)
		return;
	value = charm_option_value(option, given, &err);
	if (value == NULL)
		fuzz_require_error(&err);
	else if (option->type == OPTION_BOOL)
		fuzz_require(json_is_boolean(value));
	else
		fuzz_require(json_typeof(value) == types[option->type]);
}

static void
require_action(const struct charm_action *action, const char *text, size_t len)
{
	struct error err = { 0 };
	json_auto_t *params = json_read(text, len, LIMIT_BODY_BYTES, &err);

	if (!json_is_object(params))
		return;
	if (charm_action_check(action, params, &err) == -1)
		fuzz_require_error(&err);
}

static void
require_charm(const struct charm *charm, const struct fuzz_fields *f)
{
	fuzz_require(charm->name != NULL && charm->name[0] != '\0');
	for (size_t i = 0; i < charm->nendpoints; i++)
		fuzz_require(charm_find_endpoint(charm,
				 charm->endpoints[i].name) != NULL);
	for (size_t i = 0; i < charm->noptions; i++) {
		fuzz_require(charm_find_option(charm, charm->options[i].name) ==
		    &charm->options[i]);
		require_option(&charm->options[i], f->text[3]);
	}
	for (size_t i = 0; i < charm->nactions; i++) {
		fuzz_require(charm_find_action(charm, charm->actions[i].name) ==
		    &charm->actions[i]);
		require_action(&charm->actions[i], f->text[4], f->len[4]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofields f = { 0 };
	json_auto_t *metadata = NULL, *config = NULL, *actions = NULL;
	struct error err = { 0 };
	struct charm *charm;

	fuzz_split(&f, data, size);
	metadata = read_yaml(&f, 0);
	config = read_yaml(&f, 1);
	actions = read_yaml(&f, 2);
	if (metadata == NULL)
		return 0;
	charm = charm_parse(metadata, config, actions, 1, &err);
	if (charm == NULL)
		fuzz_require_error(&err);
	else
		require_charm(charm, &f);
	charm_free(charm);
	return 0;
}
