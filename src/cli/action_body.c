/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "cli/action.h"
#include "cli/args.h"
#include "cli/text.h"

#define ACTION_LOWER  "abcdefghijklmnopqrstuvwxyz"
#define ACTION_DIGITS "0123456789"

/* "postgresql" of "postgresql/0"; 0 if it is no application's name. */
static size_t
action_app_len(const char *text)
{
	size_t n = strspn(text, ACTION_LOWER ACTION_DIGITS "-");

	return n > 0 && strchr(ACTION_LOWER, text[0]) != NULL &&
		text[n] == '/' ?
	    n :
	    0;
}

bool
action_is_unit(const char *text)
{
	size_t n = action_app_len(text);
	const char *number = text + n + 1;

	return n > 0 && number[0] != '\0' &&
	    number[strspn(number, ACTION_DIGITS)] == '\0';
}

bool
action_is_unit_or_leader(const char *text)
{
	size_t n = action_app_len(text);

	return action_is_unit(text) ||
	    (n > 0 && strcmp(text + n + 1, "leader") == 0);
}

static bool
action_is_name(const char *text)
{
	size_t len = strlen(text);

	return len > 0 && strspn(text, ACTION_LOWER ACTION_DIGITS "-") == len &&
	    strchr(ACTION_LOWER, text[0]) != NULL && text[len - 1] != '-';
}

static bool
action_is_key(const char *key, size_t len)
{
	return len > 0 && strspn(key, ACTION_LOWER ACTION_DIGITS "-") >= len &&
	    key[0] != '-' && key[len - 1] != '-';
}

/* The object that holds the last part of a.b.c, made where it is missing. */
static json_t *
action_descend(json_t *params, char **key, struct error *err)
{
	char *dot;

	for (;;) {
		json_t *below;

		dot = strchr(*key, '.');
		if (!action_is_key(*key, strcspn(*key, "."))) {
			if (dot != NULL)
				*dot = '\0';
			error_set(err, ERROR_USAGE,
			    "key \"%s\" must start and end with lowercase "
			    "alphanumeric, and contain only lowercase "
			    "alphanumeric and hyphens",
			    *key);
			return NULL;
		}
		if (dot == NULL)
			return params;
		*dot = '\0';
		below = json_child(params, *key, JSON_OBJECT);
		if (below == NULL) {
			below = json_object();
			json_object_set_new(params, *key, below);
		}
		params = below;
		*key = dot + 1;
	}
}

static int
action_add_param(json_t *params, const char *word, const struct args *args,
    struct error *err)
{
	const char *equals = strchr(word, '=');
	autofree char *copy = NULL;
	json_t *holder, *value;
	char *key;

	if (equals == NULL || equals == word)
		return error_set(err, ERROR_USAGE,
		    "argument \"%s\" must be of the form "
		    "key.key.key...=value",
		    word);
	copy = text_part(word, (size_t)(equals - word));
	key = copy;
	holder = action_descend(params, &key, err);
	if (holder == NULL)
		return -1;
	value = args_has(args, "string-args") ?
	    json_string(equals + 1) :
	    yaml_read(equals + 1, strlen(equals + 1), err);
	if (value == NULL)
		return error_wrap(err, "value of \"%s\"", key);
	json_object_set_new(holder, key, value);
	return 0;
}

static json_t *
action_params(const struct args *args, int first, struct error *err)
{
	const char *file = args_text(args, "params", NULL);
	json_t *params = file != NULL ? yaml_read_given(file, err) :
					json_object();

	if (params == NULL)
		return NULL;
	if (!json_is_object(params)) {
		json_decref(params);
		error_set(err, ERROR_USAGE, "%s holds no parameters", file);
		return NULL;
	}
	for (int i = first; i < args->n; i++) {
		if (action_add_param(params, args->v[i], args, err) == 0)
			continue;
		json_decref(params);
		return NULL;
	}
	return params;
}

json_t *
action_body(const struct args *args, struct error *err)
{
	json_auto_t *units = json_array();
	json_t *params;
	int i;

	for (i = 0; i < args->n && action_is_unit_or_leader(args->v[i]); i++)
		json_array_append_new(units, json_string(args->v[i]));
	if (i < args->n && !action_is_name(args->v[i])) {
		error_set(err, ERROR_USAGE,
		    "invalid unit or action name \"%s\"", args->v[i]);
		return NULL;
	}
	if (i == 0 || i == args->n) {
		error_set(err, ERROR_USAGE, "no %s specified",
		    i == 0 ? "unit" : "action");
		return NULL;
	}
	params = action_params(args, i + 1, err);
	if (params == NULL)
		return NULL;
	return json_pack("{s:O, s:s, s:o}", "units", units, "action",
	    args->v[i], "params", params);
}
