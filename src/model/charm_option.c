/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/near.h"
#include "model/charm.h"
#include "model/secret.h"

const char *
option_type_name(enum option_type type)
{
	static const char *const names[] = {
		[OPTION_STRING] = "string",
		[OPTION_INT] = "int",
		[OPTION_FLOAT] = "float",
		[OPTION_BOOL] = "boolean",
		[OPTION_SECRET] = "secret",
	};

	return names[type];
}

static json_t *
int_value(const json_t *given)
{
	const char *text = json_string_value(given);
	long long number;
	char *end;

	if (json_is_integer(given))
		return json_integer(json_integer_value(given));
	if (text == NULL)
		return NULL;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (end == text || *end != '\0' || errno != 0)
		return NULL;
	return json_integer(number);
}

static json_t *
float_value(const json_t *given)
{
	const char *text = json_string_value(given);
	double number;
	char *end;

	if (json_is_number(given))
		return json_real(json_number_value(given));
	if (text == NULL)
		return NULL;
	errno = 0;
	number = strtod(text, &end);
	if (end == text || *end != '\0' || errno != 0 || !isfinite(number))
		return NULL;
	return json_real(number);
}

static json_t *
bool_value(const json_t *given)
{
	static const struct {
		const char *word;
		int value;
	} words[] = {
		{ "true", 1 },
		{ "yes", 1 },
		{ "on", 1 },
		{ "y", 1 },
		{ "t", 1 },
		{ "1", 1 },
		{ "false", 0 },
		{ "no", 0 },
		{ "off", 0 },
		{ "n", 0 },
		{ "f", 0 },
		{ "0", 0 },
	};
	const char *text = json_string_value(given);

	if (json_is_boolean(given))
		return json_boolean(json_is_true(given));
	for (size_t i = 0; text != NULL && i < nitems(words); i++) {
		if (strcasecmp(text, words[i].word) == 0)
			return json_boolean(words[i].value);
	}
	return NULL;
}

static json_t *
string_value(const json_t *given)
{
	return json_is_string(given) ? json_string(json_string_value(given)) :
				       NULL;
}

/* The model knows whether there is such a secret; "" names none. */
static json_t *
uri_value(const json_t *given)
{
	const char *text = json_string_value(given);
	autofree char *uri = NULL;

	if (text != NULL && *text == '\0')
		return json_null();
	if (text == NULL || strncmp(text, "secret:", 7) != 0 ||
	    !secret_id_is_valid(secret_uri_id(text)))
		return NULL;
	uri = xasprintf("secret:%s", secret_uri_id(text));
	return json_string(uri);
}

/* Of an int, whether it may be; of anything else, yes. */
static int
check_range(const struct charm_option *o, const json_t *value,
    struct error *err)
{
	int64_t n = json_integer_value(value);

	if (!o->has_range || !json_is_integer(value) ||
	    (n >= o->minimum && n <= o->maximum))
		return 0;
	return error_set(err, ERROR_INVALID,
	    "option \"%s\" is %lld, and has to be at %s %lld", o->name,
	    (long long)n, n < o->minimum ? "least" : "most",
	    (long long)(n < o->minimum ? o->minimum : o->maximum));
}

json_t *
charm_option_value(const struct charm_option *o, const json_t *given,
    struct error *err)
{
	static json_t *(*const convert[])(const json_t *) = {
		[OPTION_STRING] = string_value,
		[OPTION_INT] = int_value,
		[OPTION_FLOAT] = float_value,
		[OPTION_BOOL] = bool_value,
		[OPTION_SECRET] = uri_value,
	};
	json_t *value = convert[o->type](given);
	autofree char *text = NULL;

	if (value != NULL && check_range(o, value, err) == 0)
		return value;
	if (value != NULL) {
		json_decref(value);
		return NULL;
	}
	text = json_line(given);
	(void)error_set(err, ERROR_INVALID,
	    "option \"%s\" expected %s, got %.200s", o->name,
	    option_type_name(o->type), text);
	return NULL;
}

/* "shared_buffers" of "memory_shared_buffers", "audit-enable" of "plugin-...". */
static bool
is_end_of(const char *name, const char *option)
{
	size_t len = strlen(name), whole = strlen(option);

	return len > 0 && whole > len + 1 &&
	    strcmp(option + whole - len, name) == 0 &&
	    strchr("_-", option[whole - len - 1]) != NULL;
}

const char *
charm_suggest_option(const struct charm *c, const char *name)
{
	const char *longer = NULL;
	struct near near;

	near_start(&near, name);
	for (size_t i = 0; i < c->noptions; i++) {
		const char *option = c->options[i].name;

		near_consider(&near, option);
		/* The shortest: "maintenance_work_mem" ends as "work_mem". */
		if (is_end_of(name, option) &&
		    (longer == NULL || strlen(option) < strlen(longer)))
			longer = option;
	}
	return longer != NULL ? longer : near.found;
}
