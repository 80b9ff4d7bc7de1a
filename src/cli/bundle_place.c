/* SPDX-License-Identifier: Apache-2.0 */
/* The machines of a bundle, and those of the model that they mean. */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/args.h"
#include "cli/bundle_parts.h"
#include "cli/text.h"

#define MAP      "map"      /* Of the bundle: its machine -> the model's. */
#define MAP_SAME "existing" /* In the map: all others by their numbers. */

/* ---- --map-machines ---- */

static int
map_word(json_t *bundle, json_t *map, const char *word, struct error *err)
{
	const char *equals = strchr(word, '=');
	autofree char *id = text_part(word, strcspn(word, "="));

	if (strcmp(word, MAP_SAME) == 0) {
		json_put_text(map, MAP_SAME, "");
		return 0;
	}
	if (equals == NULL || id[0] == '\0' || equals[1] == '\0' ||
	    equals[1 + strspn(equals + 1, "0123456789")] != '\0')
		return error_set(err, ERROR_USAGE,
		    "error in --map-machines: expected \"existing\" or "
		    "\"<bundle-id>=<machine-id>\", got \"%s\"",
		    word);
	if (json_object_get(json_object_get(bundle, "machines"), id) == NULL)
		return error_set(err, ERROR_USAGE,
		    "error in --map-machines: the bundle has no machine \"%s\"",
		    id);
	json_put_text(map, id, equals + 1);
	return 0;
}

int
bundle_map_machines(json_t *bundle, const struct args *args, struct error *err)
{
	json_t *map = json_object();
	const char *words;
	size_t pos = 0;

	json_object_set_new(bundle, MAP, map);
	while ((words = args_next(args, "map-machines", &pos)) != NULL) {
		do {
			size_t len = strcspn(words, ",");
			autofree char *word = text_part(words, len);

			if (map_word(bundle, map, word, err) == -1)
				return -1;
			words += len;
		} while (*words++ == ',');
	}
	return 0;
}

/* The machine of the model that the directive means; NULL: a new one. */
static const char *
machine_for(const json_t *bundle, const json_t *model, const char *word)
{
	const json_t *map = json_object_get(bundle, MAP);
	const char *mapped = json_text(map, word, NULL);

	if (mapped != NULL || json_object_get(map, MAP_SAME) == NULL ||
	    json_object_get(json_object_get(model, "machines"), word) == NULL)
		return mapped;
	return word;
}

/* ---- units ---- */

/* Takes the text out of the list. Was it there? */
static bool
take_out(json_t *list, const char *text)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		if (strcmp(json_string_value(json_array_get(list, i)), text) !=
		    0)
			continue;
		json_array_remove(list, i);
		return true;
	}
	return false;
}

/*
 * A unit that is on the machine which is meant has its place. Any other has
 * been placed by then, so it has one of the places that say no machine.
 */
json_t *
bundle_places(const json_t *bundle, const json_t *model, const json_t *app,
    const json_t *there)
{
	json_auto_t *have = json_deep_copy(json_object_get(there, "machines"));
	json_t *left = json_array(), *word;
	size_t i;

	json_array_foreach(json_object_get(app, "to"), i, word) {
		const char *machine = machine_for(bundle, model,
		    json_string_value(word));

		if (machine == NULL)
			json_array_append_new(left, json_string("new"));
		else if (!take_out(have, machine))
			json_array_append_new(left, json_string(machine));
	}
	for (i = json_array_size(have); i > 0; i--)
		(void)take_out(left, "new");
	return left;
}

/* Those that say nothing at the end are not needed. */
static void
trim(json_t *places, int64_t units)
{
	size_t n = json_array_size(places);

	while (n > 0 &&
	    (n > (size_t)units ||
		strcmp(json_string_value(json_array_get(places, n - 1)),
		    "new") == 0))
		json_array_remove(places, --n);
}

char *
bundle_put_places(json_t *body, json_t *stolen_places, int64_t units)
{
	json_auto_t *places = stolen_places;
	struct strbuf sb = { 0 };
	json_t *word;
	size_t i, n;

	trim(places, units);
	n = json_array_size(places);
	if (n == 0)
		return NULL;
	json_object_set(body, "to", places);
	strbuf_adds(&sb, units > 1 ? "machines " : "machine ");
	json_array_foreach(places, i, word)
		strbuf_addf(&sb, "%s%s", i > 0 ? ", " : "",
		    json_string_value(word));
	for (; n < (size_t)units; n++)
		strbuf_adds(&sb, ", new");
	return strbuf_detach(&sb);
}
