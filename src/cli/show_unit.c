/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/emit.h"
#include "cli/show.h"

static void
show_put(json_t *doc, const char *key, const char *text)
{
	if (text[0] != '\0')
		json_put_text(doc, key, text);
}

/* A databag in the order of its keys. */
static json_t *
show_bag(const json_t *object, const char *key)
{
	const json_t *bag = json_child(object, key, JSON_OBJECT);

	return bag != NULL ? emit_sorted(bag) : json_object();
}

static json_t *
show_member(const json_t *member)
{
	return json_pack("{s:b, s:o}", "in-scope",
	    json_bool(member, "in-scope", false), "data",
	    show_bag(member, "data"));
}

static bool
show_wants_unit(const struct show_choice *choice, const char *name)
{
	return choice->related_unit == NULL ||
	    strcmp(choice->related_unit, name) == 0;
}

static json_t *
show_related_units(const json_t *relation, const struct show_choice *choice)
{
	json_t *units = json_object(), *member;
	const char *name;

	json_object_foreach(json_child(relation, "related-units", JSON_OBJECT),
	    name, member) {
		if (show_wants_unit(choice, name))
			json_object_set_new(units, name, show_member(member));
	}
	return units;
}

/* As Juju does it: what nobody has said anything in is not worth a line. */
static bool
show_says_something(const json_t *relation, const json_t *doc,
    const struct show_choice *choice)
{
	const json_t *local = json_object_get(doc, "local-unit");

	return (choice->endpoint != NULL &&
		   strcmp(choice->endpoint,
		       json_text(relation, "endpoint", "")) == 0) ||
	    json_object_size(json_object_get(doc, "application-data")) > 0 ||
	    json_object_size(json_object_get(doc, "related-units")) > 0 ||
	    json_object_size(json_object_get(local, "data")) > 0;
}

/*
 * What the application says to its own units is for nobody else; clients read
 * their passwords in relations with others.
 */
static void
show_hide(json_t *bag)
{
	static const char ending[] = "password";
	const size_t n = sizeof ending - 1;
	const char *key;
	json_t *value;

	json_object_foreach(bag, key, value) {
		size_t len = strlen(key);

		if (len >= n && strcmp(key + len - n, ending) == 0)
			json_object_set_new(bag, key, json_string("********"));
	}
}

static json_t *
show_applications(const json_t *unit, const json_t *relation,
    const struct show_choice *choice)
{
	const char *app = json_text(unit, "application", "");
	json_t *far = show_bag(relation, "application-data");
	json_t *near = show_bag(relation, "local-application-data");

	if (choice->secrets == SHOW_HIDDEN &&
	    strcmp(json_text(relation, "related-application", ""), app) == 0) {
		show_hide(far);
		show_hide(near);
	}
	return json_pack("{s:I, s:s, s:s, s:o, s:o}", "relation-id",
	    (json_int_t)json_int(relation, "id", 0), "endpoint",
	    json_text(relation, "endpoint", ""), "related-endpoint",
	    json_text(relation, "related-endpoint", ""), "application-data",
	    far, "local-application-data", near);
}

static json_t *
show_relation(const json_t *unit, const json_t *relation,
    const struct show_choice *choice)
{
	json_t *doc = show_applications(unit, relation, choice), *units;

	if (choice->parts == SHOW_APPLICATION_DATA)
		return doc;
	if (show_wants_unit(choice, json_text(unit, "unit", "")))
		json_object_set_new(doc, "local-unit",
		    show_member(
			json_child(relation, "local-unit", JSON_OBJECT)));
	units = show_related_units(relation, choice);
	if (json_object_size(units) > 0)
		json_object_set(doc, "related-units", units);
	json_decref(units);
	return doc;
}

static json_t *
show_relations(const json_t *unit, const struct show_choice *choice)
{
	json_t *list = json_array();
	const json_t *relation;
	size_t i;

	json_array_foreach(json_child(unit, "relations", JSON_ARRAY), i,
	    relation) {
		json_t *doc;

		if (choice->endpoint != NULL &&
		    strcmp(choice->endpoint,
			json_text(relation, "endpoint", "")) != 0)
			continue;
		doc = show_relation(unit, relation, choice);
		if (choice->parts == SHOW_APPLICATION_DATA ||
		    show_says_something(relation, doc, choice))
			json_array_append(list, doc);
		json_decref(doc);
	}
	return list;
}

/* As status has it. */
static void
show_put_charm(json_t *doc, const json_t *unit)
{
	const char *charm = json_text(unit, "charm", "");
	autofree char *local = xasprintf("local:%s-%lld", charm,
	    (long long)json_int(unit, "charm-rev", 0));
	bool is_local = strcmp(json_text(unit, "charm-origin", ""), "local") ==
	    0;

	json_put_text(doc, "charm", is_local ? local : charm);
}

json_t *
show_unit(const json_t *unit, const struct show_choice *choice)
{
	const json_t *ports = json_child(unit, "ports", JSON_ARRAY);
	json_t *doc = json_object(), *relations;

	show_put(doc, "workload-version", json_text(unit, "version", ""));
	show_put(doc, "machine", json_text(unit, "machine", ""));
	json_object_set_new(doc, "opened-ports",
	    ports != NULL ? json_deep_copy(ports) : json_array());
	show_put(doc, "public-address", json_text(unit, "address", ""));
	show_put_charm(doc, unit);
	json_object_set_new(doc, "leader",
	    json_boolean(json_bool(unit, "leader", false)));
	json_put_text(doc, "life", json_text(unit, "life", "alive"));
	relations = show_relations(unit, choice);
	if (json_array_size(relations) > 0)
		json_object_set(doc, "relation-info", relations);
	json_decref(relations);
	return doc;
}
