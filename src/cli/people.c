/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "cli/args.h"
#include "cli/people.h"
#include "cli/timetext.h"

static const char *
people_came(const json_t *user, const json_t *model)
{
	char uid[24];

	if (model == NULL)
		return json_text(user, "last-connection", NULL);
	(void)snprintf(uid, sizeof uid, "%lld",
	    (long long)json_int(user, "id", -1));
	return json_text(json_child(model, "connections", JSON_OBJECT), uid,
	    NULL);
}

char *
people_last(const struct args *args, const json_t *user, const json_t *model)
{
	const char *then = people_came(user, model);
	char text[TIMETEXT_SIZE];

	if (then == NULL)
		return xstrdup("never connected");
	return xstrdup(
	    args_has(args, "exact-time") ? then : timetext_ago(then, text));
}

const char *
people_access(const json_t *user)
{
	static const char *const words[][2] = {
		{ "viewer", "read" },
		{ "operator", "write" },
	};
	const char *role = json_text(user, "role", "");

	for (size_t i = 0; i < nitems(words); i++) {
		if (strcmp(role, words[i][0]) == 0)
			return words[i][1];
	}
	return "admin";
}

static void
people_put(const struct args *args, json_t *people, const json_t *user,
    const json_t *model)
{
	const char *name = json_text(user, "name", "");
	autofree char *last = people_last(args, user, model);

	if (strcmp(json_text(user, "kind", ""), "user") != 0)
		return;
	json_object_set_new(people, name,
	    json_pack("{s:s, s:s, s:s}", "display-name", name, "access",
		people_access(user), "last-connection", last));
}

json_t *
people_of_model(const struct args *args, const json_t *reply,
    const json_t *model)
{
	json_t *people = json_object();
	const json_t *user;
	size_t i;

	json_array_foreach(json_child(reply, "users", JSON_ARRAY), i, user)
		people_put(args, people, user, model);
	/* Who asks may have come in by a group. */
	people_put(args, people, json_child(reply, "me", JSON_OBJECT), model);
	return people;
}

const json_t *
people_find(const json_t *reply, const char *name)
{
	const json_t *user, *me = json_child(reply, "me", JSON_OBJECT);
	size_t i;

	if (name == NULL || strcmp(json_text(me, "name", ""), name) == 0)
		return me;
	json_array_foreach(json_child(reply, "users", JSON_ARRAY), i, user) {
		if (strcmp(json_text(user, "name", ""), name) == 0)
			return user;
	}
	return NULL;
}
