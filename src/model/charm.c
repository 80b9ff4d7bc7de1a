/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "model/charm_schema.h"
#include "model/model.h"

/*
 * Names become parts of hook names, environment variables and paths, and have
 * to be usable as such.
 */
static int
check_name(const char *file, const char *what, const char *name,
    struct error *err)
{
	const char *p = name;

	if (islower((unsigned char)*p)) {
		while (islower((unsigned char)*p) ||
		    isdigit((unsigned char)*p) || *p == '-' || *p == '_')
			p++;
	}
	if (p == name || *p != '\0')
		return error_set(err, ERROR_INVALID,
		    "%s: invalid %s name \"%s\"", file, what, name);
	return 0;
}

/* The member as an object; an absent or empty one is NULL. */
static int
object_member(const json_t *of, const char *file, const char *key,
    json_t **child, struct error *err)
{
	json_t *value = json_object_get(of, key);

	if (value == NULL || json_is_null(value)) {
		*child = NULL;
		return 0;
	}
	if (!json_is_object(value))
		return error_set(err, ERROR_INVALID,
		    "%s: \"%s\" is not a mapping", file, key);
	*child = value;
	return 0;
}

static int
endpoint_parse(struct charm_endpoint *ep, const char *name, const json_t *spec,
    struct error *err)
{
	/* "db: mysql" is short for "db: {interface: mysql}". */
	const char *interface = json_is_string(spec) ?
	    json_string_value(spec) :
	    json_text(spec, "interface", "");
	int64_t limit = json_int(spec, "limit", 0);

	if (check_name("metadata.yaml", "endpoint", name, err) != 0)
		return -1;
	if (*interface == '\0')
		return error_set(err, ERROR_INVALID,
		    "metadata.yaml: endpoint \"%s\" has no interface", name);
	if (limit < 0 || limit > 1000000)
		return error_set(err, ERROR_INVALID,
		    "metadata.yaml: endpoint \"%s\" has a limit of %lld", name,
		    (long long)limit);
	ep->name = xstrdup(name);
	ep->interface = xstrdup(interface);
	ep->limit = (int)limit;
	return 0;
}

static int
compare_endpoints(const void *a, const void *b)
{
	const struct charm_endpoint *x = a, *y = b;

	if (x->role != y->role)
		return x->role < y->role ? -1 : 1;
	return name_compare(x->name, y->name);
}

static int
endpoints_parse(struct charm *c, const json_t *metadata, const char *key,
    enum endpoint_role role, struct error *err)
{
	json_t *all = NULL, *spec;
	const char *name;

	if (object_member(metadata, "metadata.yaml", key, &all, err) != 0)
		return -1;
	if (all == NULL)
		return 0;
	c->endpoints = xrealloc(c->endpoints,
	    (c->nendpoints + json_object_size(all)) * sizeof *c->endpoints);
	json_object_foreach(all, name, spec) {
		struct charm_endpoint *ep = &c->endpoints[c->nendpoints];

		if (charm_find_endpoint(c, name) != NULL)
			return error_set(err, ERROR_INVALID,
			    "metadata.yaml: two endpoints \"%s\"", name);
		memset(ep, 0, sizeof *ep);
		ep->role = role;
		if (endpoint_parse(ep, name, spec, err) != 0)
			return -1;
		c->nendpoints++;
	}
	return 0;
}

static int
all_endpoints_parse(struct charm *c, const json_t *metadata, struct error *err)
{
	static const struct {
		const char *key;
		enum endpoint_role role;
	} kinds[] = {
		{ "peers", ROLE_PEER },
		{ "provides", ROLE_PROVIDER },
		{ "requires", ROLE_REQUIRER },
	};

	for (size_t i = 0; i < nitems(kinds); i++) {
		if (endpoints_parse(c, metadata, kinds[i].key, kinds[i].role,
			err) != 0)
			return -1;
	}
	if (c->nendpoints > 0)
		qsort(c->endpoints, c->nendpoints, sizeof *c->endpoints,
		    compare_endpoints);
	return 0;
}

static int
storage_parse(struct charm *c, const json_t *metadata, struct error *err)
{
	json_t *all = NULL, *spec;
	const char *name, *type;

	if (object_member(metadata, "metadata.yaml", "storage", &all, err) != 0)
		return -1;
	json_object_foreach(all, name, spec) {
		type = json_text(spec, "type", "");
		if (check_name("metadata.yaml", "storage", name, err) != 0)
			return -1;
		if (strcmp(type, "filesystem") != 0)
			return error_set(err, ERROR_INVALID,
			    "metadata.yaml: storage \"%s\" is of type \"%s\", "
			    "only filesystem is supported",
			    name, type);
		if (c->storage != NULL)
			return error_set(err, ERROR_INVALID,
			    "metadata.yaml: two storages \"%s\" and \"%s\", "
			    "only one is supported",
			    c->storage, name);
		c->storage = xstrdup(name);
	}
	return 0;
}

/* Only who speaks the protocol can be told that it is not to do it. */
static int
plan_parse(struct charm *c, const json_t *tenon, struct error *err)
{
	const json_t *names = json_object_get(tenon, "plan"), *name;
	size_t i;

	if (names == NULL)
		return 0;
	if ((!json_is_array(names) && !json_is_true(names)) || !c->resident)
		return error_set(err, ERROR_INVALID, "metadata.yaml: %s",
		    c->resident ? "\"plan\" is neither a list nor true" :
				  "\"plan\" needs \"resident: true\"");
	json_array_foreach(names, i, name) {
		if (!json_is_string(name))
			return error_set(err, ERROR_INVALID,
			    "metadata.yaml: item %zu of \"plan\" is no name",
			    i);
	}
	c->plan = json_deep_copy(names);
	return 0;
}

static int
tenon_parse(struct charm *c, const json_t *metadata, struct error *err)
{
	json_t *tenon = NULL, *ports, *port;
	size_t i;

	if (object_member(metadata, "metadata.yaml", "tenon", &tenon, err) != 0)
		return -1;
	c->resident = json_bool(tenon, "resident", false);
	c->check = json_bool(tenon, "check", false);
	if (plan_parse(c, tenon, err) != 0)
		return -1;
	ports = json_object_get(tenon, "listen");
	if (ports == NULL)
		return 0;
	if (!json_is_array(ports))
		return error_set(err, ERROR_INVALID,
		    "metadata.yaml: \"listen\" is not a list");
	c->listen = xcalloc(json_array_size(ports) + 1, sizeof *c->listen);
	json_array_foreach(ports, i, port) {
		json_int_t number = json_integer_value(port);

		if (number < 1 || number > 65535)
			return error_set(err, ERROR_INVALID,
			    "metadata.yaml: \"listen\" has no valid port as "
			    "its item %zu",
			    i);
		c->listen[i] = (int)number;
	}
	return 0;
}

static int
metadata_parse(struct charm *c, const json_t *metadata, struct error *err)
{
	const char *name = json_text(metadata, "name", NULL);

	if (!json_is_object(metadata))
		return error_set(err, ERROR_INVALID,
		    "metadata.yaml: not a mapping");
	if (name == NULL)
		return error_set(err, ERROR_INVALID,
		    "metadata.yaml: \"name\" is missing");
	if (check_name("metadata.yaml", "charm", name, err) != 0)
		return -1;
	c->name = xstrdup(name);
	c->summary = xstrdup(json_text(metadata, "summary", ""));
	c->description = xstrdup(json_text(metadata, "description", ""));
	if (all_endpoints_parse(c, metadata, err) != 0)
		return -1;
	if (storage_parse(c, metadata, err) != 0)
		return -1;
	return tenon_parse(c, metadata, err);
}

static int
option_type_parse(const char *name, const char *word, enum option_type *type,
    struct error *err)
{
	for (int t = OPTION_STRING; t <= OPTION_SECRET; t++) {
		if (strcmp(word, option_type_name((enum option_type)t)) != 0)
			continue;
		*type = (enum option_type)t;
		return 0;
	}
	return error_set(err, ERROR_INVALID,
	    "config.yaml: option \"%s\" has unknown type \"%s\"", name, word);
}

static int
option_parse(struct charm_option *o, const char *name, const json_t *spec,
    struct error *err)
{
	const char *type = json_text(spec, "type", "string");
	json_t *initial = json_object_get(spec, "default");

	if (!json_is_object(spec))
		return error_set(err, ERROR_INVALID,
		    "config.yaml: option \"%s\" is not a mapping", name);
	if (option_type_parse(name, type, &o->type, err) != 0)
		return -1;
	o->has_range = json_object_get(spec, "minimum") != NULL ||
	    json_object_get(spec, "maximum") != NULL;
	o->minimum = json_int(spec, "minimum", INT64_MIN);
	o->maximum = json_int(spec, "maximum", INT64_MAX);
	o->name = xstrdup(name);
	o->description = xstrdup(json_text(spec, "description", ""));
	if (initial == NULL || json_is_null(initial))
		return 0;
	/* Text is converted on a command line, not in a charm. */
	if (o->type == OPTION_STRING || !json_is_string(initial))
		o->initial = charm_option_value(o, initial, err);
	else
		(void)error_set(err, ERROR_INVALID,
		    "option \"%s\" expected %s, got \"%s\"", name, type,
		    json_string_value(initial));
	if (o->initial == NULL)
		return error_wrap(err, "config.yaml: default");
	return 0;
}

static int
compare_options(const void *a, const void *b)
{
	const struct charm_option *x = a, *y = b;

	return name_compare(x->name, y->name);
}

static int
options_parse(struct charm *c, const json_t *config, struct error *err)
{
	json_t *all = NULL, *spec;
	const char *name;

	if (config != NULL && !json_is_null(config) && !json_is_object(config))
		return error_set(err, ERROR_INVALID,
		    "config.yaml: not a mapping");
	if (object_member(config, "config.yaml", "options", &all, err) != 0)
		return -1;
	if (all == NULL)
		return 0;
	c->options = xcalloc(json_object_size(all) + 1, sizeof *c->options);
	json_object_foreach(all, name, spec) {
		/* Counted before it is complete: charm_free() takes halves. */
		if (option_parse(&c->options[c->noptions++], name, spec, err) !=
		    0)
			return -1;
	}
	qsort(c->options, c->noptions, sizeof *c->options, compare_options);
	return 0;
}

static int
compare_actions(const void *a, const void *b)
{
	const struct charm_action *x = a, *y = b;

	return name_compare(x->name, y->name);
}

static int
actions_parse(struct charm *c, const json_t *actions, struct error *err)
{
	/* jansson iterates over what is not const only. */
	json_auto_t *all = json_deep_copy(actions);
	const char *name;
	json_t *spec;

	if (actions == NULL || json_is_null(actions))
		return 0;
	if (!json_is_object(actions))
		return error_set(err, ERROR_INVALID,
		    "actions.yaml: not a mapping");
	c->actions = xcalloc(json_object_size(actions) + 1, sizeof *c->actions);
	json_object_foreach(all, name, spec) {
		if (check_name("actions.yaml", "action", name, err) != 0)
			return -1;
		if (charm_action_parse(&c->actions[c->nactions++], name, spec,
			err) != 0)
			return -1;
	}
	qsort(c->actions, c->nactions, sizeof *c->actions, compare_actions);
	return 0;
}

struct charm *
charm_parse(const json_t *metadata, const json_t *config, const json_t *actions,
    int revision, struct error *err)
{
	struct charm *c = xcalloc(1, sizeof *c);

	c->holders = 1;
	c->revision = revision;
	/* charmcraft.yaml has all three in one. */
	if (config == NULL)
		config = json_object_get(metadata, "config");
	if (actions == NULL)
		actions = json_object_get(metadata, "actions");
	if (metadata_parse(c, metadata, err) != 0 ||
	    options_parse(c, config, err) != 0 ||
	    actions_parse(c, actions, err) != 0) {
		charm_free(c);
		return NULL;
	}
	return c;
}

struct charm *
charm_hold(struct charm *c)
{
	c->holders++;
	return c;
}

void
charm_free(struct charm *c)
{
	if (c == NULL || --c->holders > 0)
		return;
	for (size_t i = 0; i < c->nendpoints; i++) {
		free(c->endpoints[i].name);
		free(c->endpoints[i].interface);
	}
	for (size_t i = 0; i < c->noptions; i++) {
		free(c->options[i].name);
		free(c->options[i].description);
		json_decref(c->options[i].initial);
	}
	for (size_t i = 0; i < c->nactions; i++) {
		free(c->actions[i].name);
		free(c->actions[i].description);
		json_decref(c->actions[i].params);
		json_decref(c->actions[i].required);
	}
	free(c->endpoints);
	free(c->options);
	free(c->actions);
	free(c->listen);
	json_decref(c->plan);
	free(c->storage);
	free(c->name);
	free(c->summary);
	free(c->description);
	free(c);
}

const struct charm_endpoint *
charm_find_endpoint(const struct charm *c, const char *name)
{
	for (size_t i = 0; i < c->nendpoints; i++) {
		if (strcmp(c->endpoints[i].name, name) == 0)
			return &c->endpoints[i];
	}
	return NULL;
}

bool
charm_can_plan(const struct charm *c, const char *name)
{
	const json_t *item;
	size_t i;

	if (json_is_true(c->plan))
		return true;
	json_array_foreach(c->plan, i, item) {
		if (strcmp(json_string_value(item), name) == 0)
			return true;
	}
	return false;
}

const struct charm_option *
charm_find_option(const struct charm *c, const char *name)
{
	for (size_t i = 0; i < c->noptions; i++) {
		if (strcmp(c->options[i].name, name) == 0)
			return &c->options[i];
	}
	return NULL;
}

const struct charm_action *
charm_find_action(const struct charm *c, const char *name)
{
	for (size_t i = 0; i < c->nactions; i++) {
		if (strcmp(c->actions[i].name, name) == 0)
			return &c->actions[i];
	}
	return NULL;
}
