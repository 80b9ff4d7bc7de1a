/* SPDX-License-Identifier: Apache-2.0 */

#include <arpa/inet.h>
#include <ctype.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/status.h"
#include "cli/text.h"

static bool
filter_matches(const char *const *patterns, const char *text)
{
	for (; *patterns != NULL; patterns++) {
		if (fnmatch(*patterns, text, 0) == 0)
			return true;
	}
	return false;
}

/* "127.33.0.0/16": networks in the patterns match the addresses in them. */
static bool
filter_has_address(const char *pattern, const char *address)
{
	const char *slash = strchr(pattern, '/');
	autofree char *base = text_part(pattern, strcspn(pattern, "/"));
	struct in_addr net, host;
	unsigned long bits;
	uint32_t mask;
	char *end;

	if (slash == NULL || !isdigit((unsigned char)slash[1]) ||
	    inet_pton(AF_INET, base, &net) != 1 ||
	    inet_pton(AF_INET, address, &host) != 1)
		return false;
	bits = strtoul(slash + 1, &end, 10);
	if (*end != '\0' || bits > 32)
		return false;
	mask = bits == 0 ? 0 : UINT32_MAX << (32 - bits);
	return ((ntohl(net.s_addr) ^ ntohl(host.s_addr)) & mask) == 0;
}

static bool
filter_matches_address(const char *const *patterns, const char *address)
{
	if (filter_matches(patterns, address))
		return true;
	for (; *patterns != NULL; patterns++) {
		if (filter_has_address(*patterns, address))
			return true;
	}
	return false;
}

/* "5432/tcp", or "5432" of any protocol. */
static bool
filter_matches_port(const char *const *patterns, const char *port)
{
	autofree char *number = text_part(port, strcspn(port, "/"));

	return filter_matches(patterns, port) ||
	    filter_matches(patterns, number);
}

/* "exposed", or the two words "not exposed", as in Juju. */
static bool
filter_wants_exposed(const json_t *app, const char *const *patterns)
{
	bool is_exposed = json_bool(app, "exposed", false);

	if (strcmp(patterns[0], "not") == 0 && patterns[1] != NULL &&
	    strcmp(patterns[1], "exposed") == 0)
		return !is_exposed;
	return is_exposed && filter_matches(patterns, "exposed");
}

static bool
filter_wants_app(const char *name, const json_t *app,
    const char *const *patterns)
{
	return filter_matches(patterns, name) ||
	    filter_matches(patterns, status_of(app, "status", "current")) ||
	    filter_wants_exposed(app, patterns);
}

static bool
filter_wants_unit(const char *name, const json_t *unit,
    const char *const *patterns)
{
	const json_t *port;
	size_t i;

	json_array_foreach(json_child(unit, "ports", JSON_ARRAY), i, port) {
		if (filter_matches_port(patterns, json_string_value(port)))
			return true;
	}
	return filter_matches(patterns, name) ||
	    filter_matches(patterns, status_unit_workload(unit)) ||
	    filter_matches(patterns, status_unit_agent(unit)) ||
	    filter_matches_address(patterns, json_text(unit, "address", "")) ||
	    filter_matches(patterns, json_text(unit, "machine", ""));
}

/* The application with the units asked for, or NULL. `hosts` collects. */
static json_t *
filter_app(const char *name, const json_t *app, const char *const *patterns,
    json_t *hosts)
{
	bool is_whole = filter_wants_app(name, app, patterns);
	json_t *units = json_object(), *unit, *copy;
	const char *unit_name;

	json_object_foreach(json_child(app, "units", JSON_OBJECT), unit_name,
	    unit) {
		if (!is_whole && !filter_wants_unit(unit_name, unit, patterns))
			continue;
		json_object_set(units, unit_name, unit);
		json_object_set_new(hosts, json_text(unit, "machine", ""),
		    json_true());
	}
	if (!is_whole && json_object_size(units) == 0) {
		json_decref(units);
		return NULL;
	}
	copy = json_copy(text_json(app));
	json_object_set_new(copy, "units", units);
	return copy;
}

/* "postgresql" of "postgresql:database"; owned by the caller. */
static char *
filter_endpoint_app(const json_t *relation, const char *side)
{
	const char *endpoint = json_text(relation, side, "");

	return text_part(endpoint, strcspn(endpoint, ":"));
}

/* What was consumed, by its alias or its status. */
static json_t *
filter_saas(const json_t *status, const char *const *patterns)
{
	json_t *kept = json_object(), *one;
	const char *alias;

	json_object_foreach(json_child(status, "saas", JSON_OBJECT), alias,
	    one) {
		if (filter_matches(patterns, alias) ||
		    filter_matches(patterns,
			status_of(one, "status", "current")))
			json_object_set(kept, alias, one);
	}
	return kept;
}

/* What is offered, by its name or as part of its application. */
static json_t *
filter_offers(const json_t *status, const json_t *apps,
    const char *const *patterns)
{
	json_t *kept = json_object(), *offer;
	const char *name;

	json_object_foreach(json_child(status, "offers", JSON_OBJECT), name,
	    offer) {
		if (filter_matches(patterns, name) ||
		    json_object_get(apps,
			json_text(offer, "application", "")) != NULL)
			json_object_set(kept, name, offer);
	}
	return kept;
}

static json_t *
filter_relations(const json_t *status, const json_t *apps, const json_t *saas)
{
	json_t *kept = json_array(), *relation;
	size_t i;

	json_array_foreach(json_child(status, "relations", JSON_ARRAY), i,
	    relation) {
		autofree char *a = filter_endpoint_app(relation, "provider");
		autofree char *b = filter_endpoint_app(relation, "requirer");

		if (json_object_get(apps, a) != NULL ||
		    json_object_get(apps, b) != NULL ||
		    json_object_get(saas, a) != NULL ||
		    json_object_get(saas, b) != NULL)
			json_array_append(kept, relation);
	}
	return kept;
}

json_t *
status_filter(const json_t *status, const char *const *patterns)
{
	json_t *kept = json_copy(text_json(status)), *member;
	json_t *apps, *machines, *saas;
	json_auto_t *hosts = json_object();
	const char *key;

	if (patterns == NULL || patterns[0] == NULL)
		return kept;
	apps = json_object();
	machines = json_object();
	json_object_foreach(json_child(status, "applications", JSON_OBJECT),
	    key, member) {
		json_t *app = filter_app(key, member, patterns, hosts);

		if (app != NULL)
			json_object_set_new(apps, key, app);
	}
	json_object_foreach(json_child(status, "machines", JSON_OBJECT), key,
	    member) {
		if (json_object_get(hosts, key) != NULL ||
		    filter_matches(patterns, key) ||
		    filter_matches(patterns, json_text(member, "state", "")))
			json_object_set(machines, key, member);
	}
	saas = filter_saas(status, patterns);
	json_object_set_new(kept, "relations",
	    filter_relations(status, apps, saas));
	json_object_set_new(kept, "saas", saas);
	json_object_set_new(kept, "offers",
	    filter_offers(status, apps, patterns));
	json_object_set_new(kept, "applications", apps);
	json_object_set_new(kept, "machines", machines);
	return kept;
}
