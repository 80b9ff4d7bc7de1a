/* SPDX-License-Identifier: Apache-2.0 */

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "model/model.h"
#include "model/open.h"

bool
unit_is_leader(const struct unit *u)
{
	return u->app->leader != NULL && strcmp(u->app->leader, u->name) == 0;
}

struct unit *
application_leader(struct application *app)
{
	return app->leader == NULL ? NULL :
				     model_find_unit(app->model, app->leader);
}

/* A unit that runs leads better than one that is still being installed. */
static struct unit *
find_candidate(struct application *app)
{
	struct unit *u, *first = NULL;

	RB_FOREACH(u, unit_tree, &app->units) {
		if (u->entity.deleted || u->life != LIFE_ALIVE)
			continue;
		if (u->local.started)
			return u;
		if (first == NULL)
			first = u;
	}
	return first;
}

static void
forget_term(struct unit *u)
{
	if (u == NULL || !u->local.leader_elected)
		return;
	u->local.leader_elected = false;
	entity_touch(&u->entity);
}

bool
application_elect(struct application *app)
{
	struct unit *old = application_leader(app), *new;

	if (old != NULL && old->life == LIFE_ALIVE)
		return false;
	new = find_candidate(app);
	/* With nobody to take over, the last one leads to its end. */
	if (new == NULL && (old != NULL || app->leader == NULL))
		return false;
	forget_term(old);
	forget_term(new);
	if (new != NULL)
		unit_stir(new);
	xreplace(&app->leader, new == NULL ? NULL : new->name);
	entity_touch(&app->entity);
	return true;
}

json_t *
application_option(const struct application *app, const char *option)
{
	const struct charm_option *o = charm_find_option(app->charm, option);
	json_t *value;

	if (o == NULL)
		return NULL;
	value = json_object_get(app->config, option);
	return value != NULL ? value : o->initial;
}

json_t *
application_effective_config(const struct application *app)
{
	json_t *all = json_object(), *value;
	const char *name;
	int rc;

	for (size_t i = 0; i < app->charm->noptions; i++) {
		name = app->charm->options[i].name;
		value = application_option(app, name);
		if (value == NULL)
			continue;
		rc = json_object_set(all, name, value);
		assert(rc == 0);
	}
	return all;
}

/* FNV-1a: stable between versions and machines, and nobody attacks it. */
static uint64_t
hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325U;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
	return hash;
}

void
application_set_option(struct application *app, const char *key,
    json_t *stolen_value)
{
	if (json_is_null(stolen_value))
		(void)json_object_del(app->config, key);
	else
		json_object_set_new(app->config, key, stolen_value);
}

void
application_rehash(struct application *app)
{
	json_auto_t *all = json_pack("{s:o, s:b}", "config",
	    application_effective_config(app), "trusted", app->trusted);
	autofree char *text = json_dumps(all, JSON_SORT_KEYS | JSON_COMPACT);
	struct unit *u;

	assert(text != NULL);
	app->config_hash = hash_text(text);
	RB_FOREACH(u, unit_tree, &app->units)
		unit_stir(u);
}
