/* SPDX-License-Identifier: Apache-2.0 */

#include "engine/refresh.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "engine/internal.h"
#include "model/open.h"

/* ---- what is in the way ---- */

static int
refuse(const struct application *app, const struct charm *charm,
    const char *what, struct error *err)
{
	return error_set(err, ERROR_CONFLICT,
	    "cannot upgrade application \"%s\" to charm \"%s\": %s", app->name,
	    charm->name, what);
}

static int
check_storage(const struct application *app, const struct charm *charm,
    struct error *err)
{
	const char *old = app->charm->storage;
	autofree char *what = NULL;

	if (old == NULL ||
	    (charm->storage != NULL && strcmp(old, charm->storage) == 0))
		return 0;
	what = xasprintf("would break storage: storage \"%s\" removed", old);
	(void)refuse(app, charm, what, err);
	return error_hint(err,
	    "units have data there: deploy the charm as another application");
}

static bool
endpoint_fits(const struct charm *charm, const struct relation_end *end)
{
	const struct charm_endpoint *ep = charm_find_endpoint(charm,
	    end->endpoint);

	return ep != NULL && ep->role == (int)end->role &&
	    strcmp(ep->interface, end->relation->interface) == 0;
}

static int
check_relation(const struct application *app, const struct charm *charm,
    const struct relation_end *end, struct error *err)
{
	autofree char *key = relation_key(end->relation, app->model);
	autofree char *what = NULL;

	if (endpoint_fits(charm, end))
		return 0;
	what = xasprintf("would break relation \"%s\"", key);
	(void)refuse(app, charm, what, err);
	if (end->relation->nends == 1)
		return error_hint(err,
		    "its units know each other by it: leave the peers \"%s\" "
		    "in metadata.yaml",
		    end->endpoint);
	return error_hint(err, "remove it first: tenon remove-relation %s",
	    key);
}

static int
count_relations(struct application *app, const char *endpoint)
{
	struct relation_end *end;
	int n = 0;

	RB_FOREACH(end, end_tree, &app->relations)
		n += strcmp(end->endpoint, endpoint) == 0;
	return n;
}

static int
check_limits(struct application *app, const struct charm *charm,
    struct error *err)
{
	const struct charm_endpoint *ep;
	int n;

	for (size_t i = 0; i < charm->nendpoints; i++) {
		ep = &charm->endpoints[i];
		n = count_relations(app, ep->name);
		if (ep->limit > 0 && n > ep->limit)
			return error_set(err, ERROR_CONFLICT,
			    "new charm version imposes a maximum relation "
			    "limit of %d for %s:%s which cannot be satisfied "
			    "by the number of already established relations "
			    "(%d)",
			    ep->limit, app->name, ep->name, n);
	}
	return 0;
}

int
refresh_check(struct application *app, const struct charm *charm,
    struct error *err)
{
	struct relation_end *end;

	if (check_storage(app, charm, err) == -1)
		return -1;
	RB_FOREACH(end, end_tree, &app->relations) {
		if (check_relation(app, charm, end, err) == -1)
			return -1;
	}
	return check_limits(app, charm, err);
}

/* ---- what it brings and takes ---- */

/* The name of the i-th, or NULL behind the last one. */
typedef const char *name_fn(const struct charm *, size_t i);

static const char *
endpoint_name(const struct charm *charm, size_t i)
{
	return i < charm->nendpoints ? charm->endpoints[i].name : NULL;
}

static const char *
option_name(const struct charm *charm, size_t i)
{
	return i < charm->noptions ? charm->options[i].name : NULL;
}

static const char *
action_name(const struct charm *charm, size_t i)
{
	return i < charm->nactions ? charm->actions[i].name : NULL;
}

static const struct {
	const char *kind;
	name_fn *name;
} parts[] = {
	{ "endpoint", endpoint_name },
	{ "option", option_name },
	{ "action", action_name },
};

static bool
has_name(const struct charm *charm, name_fn *name, const char *wanted)
{
	const char *one;

	for (size_t i = 0; (one = name(charm, i)) != NULL; i++) {
		if (strcmp(one, wanted) == 0)
			return true;
	}
	return false;
}

/* Of that part, what `one` has and `other` has not. */
static void
add_differences(json_t *changes, size_t part, const char *change,
    const struct charm *one, const struct charm *other)
{
	const char *name;

	for (size_t i = 0; (name = parts[part].name(one, i)) != NULL; i++) {
		if (!has_name(other, parts[part].name, name))
			json_array_append_new(changes,
			    json_pack("{s:s, s:s, s:s}", "change", change,
				"kind", parts[part].kind, "name", name));
	}
}

json_t *
refresh_changes(const struct charm *before, const struct charm *after)
{
	json_t *changes = json_array();

	for (size_t i = 0; i < nitems(parts); i++) {
		add_differences(changes, i, "added", after, before);
		add_differences(changes, i, "removed", before, after);
	}
	return changes;
}

/* ---- the change ---- */

static void
swap_charm(struct application *app, struct charm *charm)
{
	struct charm *old = app->charm;

	app->charm = charm_hold(charm);
	charm_free(old);
	application_rehash(app);
}

/* What the user has set stays set, as far as there is something to set. */
static int
keep_options(struct application *app, json_t *messages, struct error *err)
{
	const struct charm_option *option;
	const char *key;
	json_t *given, *value;
	void *next;

	json_object_foreach_safe(app->config, next, key, given)
	{
		option = charm_find_option(app->charm, key);
		if (option != NULL) {
			value = charm_option_value(option, given, err);
			if (value == NULL) {
				error_hint(err,
				    "reset the option first, or give another "
				    "value with --config");
				return -1;
			}
			application_set_option(app, key, value);
			continue;
		}
		json_array_append_new(messages,
		    json_sprintf("option \"%s\" is gone; what it was set to is "
				 "forgotten",
			key));
		json_object_del(app->config, key);
	}
	return 0;
}

static void
retry_failed(struct application *app)
{
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units) {
		if (u->local.failed_hook == NULL)
			continue;
		u->local.retry_at_ms = clock_wall_ms();
		entity_touch(&u->entity);
	}
}

int
refresh_take(struct application *app, struct charm *charm, json_t *messages,
    struct error *err)
{
	swap_charm(app, charm);
	xreplace(&app->charm_name, charm->name);
	entity_touch(&app->entity);
	if (keep_options(app, messages, err) == -1)
		return -1;
	application_rehash(app);
	application_add_peers(app);
	retry_failed(app);
	return 0;
}

void
refresh_give_back(struct application *app, struct charm *old)
{
	if (app->charm != old)
		swap_charm(app, old);
}

void
refresh_renew(struct application *app)
{
	struct unit *u;

	RB_FOREACH(u, unit_tree, &app->units) {
		u->local.charm_revision = -1;
		entity_touch(&u->entity);
		unit_stir(u);
	}
}

/* ---- channels ---- */

/* "15" of "15/stable"; "" of "edge" and of "". Owned by the caller. */
static char *
channel_track(const char *channel)
{
	size_t len = strcspn(channel, "/");

	return channel_is_risk(channel, len) ?
	    xstrdup("") :
	    xasprintf("%.*s", (int)len, channel);
}

/* Of what their data are, only the charm could tell. */
static int
refuse_track(const struct application *app, const char *from, const char *to,
    struct error *err)
{
	if (from[0] == '\0') {
		error_set(err, ERROR_CONFLICT,
		    "cannot refresh \"%s\" to track \"%s\": it follows none, "
		    "and its units store data",
		    app->name, to);
		return error_hint(err, "a risk alone can be followed, as edge");
	}
	error_set(err, ERROR_CONFLICT,
	    "cannot refresh \"%s\" from track \"%s\" to \"%s\": its units "
	    "store data of %s",
	    app->name, from, to, from);
	return error_hint(err,
	    "deploy another application with --channel %s, and move the data",
	    to);
}

char *
refresh_channel(const struct application *app, const char *given,
    struct error *err)
{
	const char *now = app->channel != NULL ? app->channel : "";
	autofree char *to = channel_track(given);
	autofree char *from = channel_track(now);

	if (from[0] != '\0' && to[0] == '\0')
		return xasprintf("%s/%s", from, given);
	if (app->charm->storage != NULL && strcmp(from, to) != 0) {
		(void)refuse_track(app, from, to, err);
		return NULL;
	}
	return xstrdup(given);
}
