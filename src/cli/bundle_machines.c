/* SPDX-License-Identifier: Apache-2.0 */
/* machines: of a document and to: of its applications, and how they fit. */

#include <string.h>

#include "base/constraint.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "cli/bundle_parts.h"
#include "cli/charm_words.h"
#include "cli/text.h"

#define ONE_UNIT "each unit has a machine of its own here"

/* ---- machines ---- */

static bool
is_number(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* They choose nothing, but a mistake is one all the same. */
static int
take_machine_constraints(json_t *bundle, const json_t *value, struct error *err)
{
	json_auto_t *texts = json_object(), *values = NULL;

	if (!json_is_string(value))
		return error_set(err, ERROR_INVALID,
		    "constraints: expected a text such as \"mem=2G\"");
	if (charm_words_constraints(texts, json_string_value(value), err) ==
		-1 ||
	    (values = constraints_parse(texts, err)) == NULL) {
		err->code = ERROR_INVALID;
		return -1;
	}
	if (json_object_size(values) > 0)
		bundle_ignore(bundle, "constraints of machines",
		    "all units share the processors and the memory of this "
		    "host");
	return 0;
}

static int
take_machine_member(json_t *bundle, const char *key, const json_t *value,
    struct error *err)
{
	static const struct {
		const char *key, *why;
	} ignored[] = {
		{ "annotations", BUNDLE_NOT_READ },
		{ "base", BUNDLE_ONE_SYSTEM },
		{ "series", BUNDLE_ONE_SYSTEM },
	};

	if (strcmp(key, "constraints") == 0)
		return take_machine_constraints(bundle, value, err);
	for (size_t i = 0; i < nitems(ignored); i++) {
		if (strcmp(ignored[i].key, key) != 0)
			continue;
		bundle_ignore(bundle, key, ignored[i].why);
		return 0;
	}
	return error_set(err, ERROR_INVALID, "unknown key \"%s\"", key);
}

static int
take_machine(json_t *bundle, const char *id, const json_t *value,
    struct error *err)
{
	const char *key;
	json_t *member;

	if (!is_number(id))
		return error_set(err, ERROR_INVALID,
		    "invalid machine id \"%s\" found in machines", id);
	if (!json_is_object(value) && !json_is_null(value))
		return error_set(err, ERROR_INVALID,
		    "machine \"%s\": expected what it is", id);
	json_object_foreach(text_json(value), key, member) {
		if (take_machine_member(bundle, key, member, err) == -1)
			return error_wrap(err, "machine \"%s\"", id);
	}
	json_object_set_new(json_object_get(bundle, "machines"), id,
	    json_object());
	return 0;
}

int
bundle_take_machines(json_t *bundle, const json_t *value, struct error *err)
{
	const char *id;
	json_t *one;

	if (!json_is_object(value))
		return error_set(err, ERROR_INVALID,
		    "machines: expected their numbers and what they are");
	if (json_object_get(bundle, "machines") == NULL)
		json_object_set_new(bundle, "machines", json_object());
	json_object_foreach(text_json(value), id, one) {
		if (take_machine(bundle, id, one, err) == -1)
			return -1;
	}
	return 0;
}

/* ---- to ---- */

static int
check_directive(const char *word, struct error *err)
{
	static const struct {
		const char *mark, *why;
	} others[] = {
		{ ":", "there are no containers" },
		{ "=", "there are no zones and no systems of others" },
	};

	if (is_number(word) || strcmp(word, "new") == 0)
		return 0;
	for (size_t i = 0; i < nitems(others); i++) {
		if (strstr(word, others[i].mark) != NULL)
			return error_set(err, ERROR_INVALID,
			    "placement \"%s\": %s here", word, others[i].why);
	}
	return error_set(err, ERROR_INVALID, "placement \"%s\": " ONE_UNIT,
	    word);
}

static int
take_directive(json_t *list, const json_t *value, struct error *err)
{
	autofree char *number = json_is_integer(value) ?
	    xasprintf("%lld", (long long)json_integer_value(value)) :
	    NULL;
	const char *word = number != NULL ? number : json_string_value(value);

	if (word == NULL)
		return error_set(err, ERROR_INVALID,
		    "to: expected numbers of machines");
	if (check_directive(word, err) == -1)
		return error_hint(err,
		    "give the number of a machine of the bundle, or \"new\"");
	json_array_append_new(list, json_string(word));
	return 0;
}

int
bundle_take_to(json_t *app, const json_t *value, struct error *err)
{
	json_t *list = json_array(), *one;
	size_t i;

	json_object_set_new(app, "to", list);
	if (!json_is_array(value))
		return take_directive(list, value, err);
	json_array_foreach(value, i, one) {
		if (take_directive(list, one, err) == -1)
			return -1;
	}
	return 0;
}

/* ---- both ---- */

/* `taken` knows whose each machine is by now. */
static int
check_place(const json_t *bundle, const char *app, const char *word,
    json_t *taken, struct error *err)
{
	const char *owner = json_text(taken, word, NULL);

	if (!is_number(word))
		return 0;
	if (json_object_get(json_object_get(bundle, "machines"), word) ==
	    NULL) {
		error_set(err, ERROR_INVALID,
		    "placement \"%s\" refers to a machine not defined in this "
		    "bundle",
		    word);
		return error_hint(err, "add it to machines, or say \"new\"");
	}
	if (owner != NULL) {
		error_set(err, ERROR_INVALID,
		    "placement \"%s\": a unit of \"%s\" is placed there, and " ONE_UNIT,
		    word, owner);
		return error_hint(err,
		    "give it another machine, or say \"new\"");
	}
	json_put_text(taken, word, app);
	return 0;
}

static int
check_places(const json_t *bundle, const char *name, const json_t *app,
    json_t *taken, struct error *err)
{
	json_t *to = json_object_get(app, "to"), *word;
	int64_t units = json_int(app, "units", 1);
	size_t i;

	if ((int64_t)json_array_size(to) > units) {
		error_set(err, ERROR_INVALID,
		    "too many units specified in unit placement for "
		    "application \"%s\"",
		    name);
		return error_hint(err,
		    "to: has %zu of them, and num_units is %lld",
		    json_array_size(to), (long long)units);
	}
	json_array_foreach(to, i, word) {
		if (check_place(bundle, name, json_string_value(word), taken,
			err) == -1)
			return error_wrap(err, "application \"%s\"", name);
	}
	return 0;
}

int
bundle_check_machines(json_t *bundle, struct error *err)
{
	json_auto_t *taken = json_object();
	const char *name, *id;
	json_t *one;

	json_object_foreach(json_object_get(bundle, "applications"), name,
	    one) {
		if (check_places(bundle, name, one, taken, err) == -1)
			return -1;
	}
	json_object_foreach(json_object_get(bundle, "machines"), id, one) {
		autofree char *key = xasprintf("machine %s", id);

		if (json_object_get(taken, id) == NULL)
			bundle_ignore(bundle, key, "no unit is placed on it");
	}
	return 0;
}
