/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/yaml.h"
#include "cli/args.h"
#include "cli/settings.h"
#include "cli/text.h"

int
settings_add_word(json_t *settings, const char *word, struct error *err)
{
	const char *equals = strchr(word, '=');
	autofree char *key = NULL, *text = NULL;

	if (equals == NULL || equals == word)
		return error_set(err, ERROR_USAGE,
		    "expected \"key=value\", got \"%s\"", word);
	key = text_part(word, (size_t)(equals - word));
	if (equals[1] != '@') {
		json_put_text(settings, key, equals + 1);
		return 0;
	}
	text = file_read_given(equals + 2, LIMIT_BODY_BYTES, NULL, err);
	if (text == NULL)
		return error_wrap(err, "value of option \"%s\"", key);
	json_put_text(settings, key, text);
	return 0;
}

int
settings_add_value(json_t *settings, const char *key, const json_t *value,
    struct error *err)
{
	autofree char *text = NULL;

	if (json_is_string(value)) {
		json_put_text(settings, key, json_string_value(value));
		return 0;
	}
	if (json_is_object(value) || json_is_array(value) ||
	    json_is_null(value))
		return error_set(err, ERROR_USAGE,
		    "option \"%s\": expected a text, a number or a boolean",
		    key);
	text = json_dumps(value, JSON_ENCODE_ANY);
	json_put_text(settings, key, text);
	return 0;
}

int
settings_add_file(json_t *settings, const char *path, const char *application,
    struct error *err)
{
	json_auto_t *document = yaml_read_given(path, err);
	json_t *options, *value;
	const char *key;

	if (document == NULL)
		return -1;
	options = application != NULL ?
	    json_child(document, application, JSON_OBJECT) :
	    document;
	if (application == NULL && !json_is_object(document))
		return error_set(err, ERROR_USAGE, "no settings found in %s",
		    path);
	if (options == NULL)
		return error_set(err, ERROR_USAGE,
		    "no settings found for \"%s\" in %s", application, path);
	json_object_foreach(options, key, value) {
		if (settings_add_value(settings, key, value, err) == -1)
			return -1;
	}
	return 0;
}

int
settings_collect_flag(const struct args *args, const char *flag, json_t *set,
    struct error *err)
{
	const char *value;
	size_t pos = 0;
	int rc = 0;

	while (rc == 0 && (value = args_next(args, flag, &pos)) != NULL)
		rc = strchr(value, '=') != NULL ?
		    settings_add_word(set, value, err) :
		    settings_add_file(set, value, NULL, err);
	return rc;
}

static int
settings_collect_reset(const struct args *args, const json_t *set,
    json_t *reset, struct error *err)
{
	const char *names;
	size_t pos = 0;

	while ((names = args_next(args, "reset", &pos)) != NULL) {
		while (*names != '\0') {
			size_t n = strcspn(names, ",");
			autofree char *name = text_part(names, n);

			if (json_object_get(set, name) != NULL)
				return error_set(err, ERROR_USAGE,
				    "cannot set and reset key \"%s\" "
				    "simultaneously",
				    name);
			if (n > 0)
				json_array_append_new(reset, json_string(name));
			names += n + (names[n] == ',');
		}
	}
	return 0;
}

int
settings_collect(const struct args *args, int first, json_t *set, json_t *reset,
    struct error *err)
{
	int shown = 0;

	for (int i = first; i < args->n; i++) {
		if (strchr(args->v[i], '=') == NULL)
			shown++;
		else if (settings_add_word(set, args->v[i], err) == -1)
			return -1;
	}
	if (settings_collect_reset(args, set, reset, err) == -1)
		return -1;
	if (shown > 1)
		return error_set(err, ERROR_USAGE,
		    "can only retrieve a single value, or all values");
	if (shown > 0 && json_object_size(set) + json_array_size(reset) > 0)
		return error_set(err, ERROR_USAGE,
		    "cannot set and retrieve values simultaneously");
	return shown;
}
