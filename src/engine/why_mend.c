/* SPDX-License-Identifier: Apache-2.0 */
/* Charms say in words what they need: the command that gives it. */

#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "engine/why.h"

static bool
endpoint_is_related(struct application *app, const char *endpoint)
{
	struct relation_end *end;

	RB_FOREACH(end, end_tree, &app->relations) {
		if (strcmp(end->endpoint, endpoint) == 0)
			return true;
	}
	return false;
}

/* An application that offers what the endpoint asks for. */
static char *
mend_endpoint(struct application *app, const struct charm_endpoint *wanted)
{
	const struct charm_endpoint *given;
	struct application *far;

	RB_FOREACH(far, application_tree, &app->model->applications) {
		if (far == app || far->life != LIFE_ALIVE)
			continue;
		for (size_t i = 0; i < far->charm->nendpoints; i++) {
			given = &far->charm->endpoints[i];
			if (given->role != ROLE_PROVIDER ||
			    strcmp(given->interface, wanted->interface) != 0)
				continue;
			return xasprintf("tenon relate %s:%s %s:%s", app->name,
			    wanted->name, far->name, given->name);
		}
	}
	return NULL;
}

static char *
mend_relate(struct application *app)
{
	const struct charm_endpoint *endpoint;
	char *command;

	for (size_t i = 0; i < app->charm->nendpoints; i++) {
		endpoint = &app->charm->endpoints[i];
		if (endpoint->role != ROLE_REQUIRER ||
		    endpoint_is_related(app, endpoint->name))
			continue;
		command = mend_endpoint(app, endpoint);
		if (command != NULL)
			return command;
	}
	/* There is nobody to relate it to. */
	return xstrdup("tenon find");
}

static char *
mend_relate_again(struct application *app)
{
	struct relation_end *end;

	RB_FOREACH(end, end_tree, &app->relations) {
		autofree char *key = NULL;

		if (end->relation->nends == 1)
			continue;
		key = relation_key(end->relation, app->model);
		return xasprintf("tenon remove-relation %s && tenon relate %s",
		    key, key);
	}
	return mend_relate(app);
}

/* "database-name" is meant by "database name". */
static bool
message_names(const char *message, const char *option)
{
	autofree char *words = xstrdup(option);

	for (char *c = words; *c != '\0'; c++) {
		if (*c == '-' || *c == '_')
			*c = ' ';
	}
	return strcasestr(message, option) != NULL ||
	    strcasestr(message, words) != NULL;
}

static char *
mend_options(struct application *app, const char *message)
{
	autostrbuf command = { 0 };

	strbuf_addf(&command, "tenon config %s", app->name);
	for (size_t i = 0; i < app->charm->noptions; i++) {
		const struct charm_option *option = &app->charm->options[i];

		if (message_names(message, option->name))
			strbuf_addf(&command, " %s=VALUE", option->name);
	}
	return strbuf_detach(&command);
}

char *
why_mend_blocked(struct application *app, const char *message)
{
	if (strcasestr(message, "remove relation") != NULL)
		return mend_relate_again(app);
	if (strcasestr(message, "relate ") != NULL)
		return mend_relate(app);
	return app->charm->noptions > 0 ? mend_options(app, message) : NULL;
}
