/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "answer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "clients.h"
#include "cluster.h"
#include "endpoints.h"
#include "later.h"
#include "names.h"
#include "request.h"
#include "revoke.h"

/* How long until a primary that does not answer is asked again. */
#define SWEEP_AGAIN_S 10

/* In the leader's state: every client is to be looked at. */
static const char all_key[] = "clients-due";

/* ... or this one: "refused-database:3". */
static const char refused_prefix[] = "refused-";

struct clients {
	json_t *relations; /* By user: {"relation-3": "database:3"}. */
	json_t *users;     /* On the server; NULL if it could not be asked. */
	json_t *state;     /* As it was before. */
};

#define autoclients __attribute__((cleanup(clients_release))) struct clients

static void
clients_release(struct clients *c)
{
	json_decref(c->relations);
	json_decref(c->users);
	json_decref(c->state);
}

static json_t *
relations_by_user(struct hook *h, struct error *err)
{
	json_auto_t *list = hook_relations(h, "database", err);
	const json_t *relation;
	json_t *found;
	size_t i;

	if (list == NULL)
		return NULL;
	found = json_object();
	json_array_foreach(list, i, relation) {
		const char *name = json_string_value(relation);
		autofree char *user = name_user(name_relation_id(name));

		json_put_text(found, user, name);
	}
	return found;
}

/* A primary that does not answer is no failure: it is asked again. */
static int
clients_read_users(struct hook *h, const struct cluster *cl, struct clients *c,
    struct error *err)
{
	struct error why = { 0 };

	c->users = revoke_candidates(h, cl, &why);
	if (c->users != NULL)
		return 0;
	if (why.code == ERROR_UNAVAILABLE || why.code == ERROR_TIMEOUT) {
		hook_log(h, "WARNING", "%s", why.msg);
		return later_ask(h, LATER_LOOK, SWEEP_AGAIN_S, err);
	}
	*err = why;
	return -1;
}

static int
clients_read(struct hook *h, const struct cluster *cl, struct clients *c,
    struct error *err)
{
	c->relations = relations_by_user(h, err);
	c->state = c->relations == NULL ? NULL : hook_state(h, err);
	if (c->state == NULL)
		return -1;
	return clients_read_users(h, cl, c, err);
}

/* ---- requests ---- */

static char *
refused_key(const char *relation)
{
	return xasprintf("%s%s", refused_prefix, relation);
}

/* Who has no user has asked for nothing, was refused, or has lost it. */
static bool
is_open(const struct clients *c, const char *user, const char *relation)
{
	autofree char *refused = refused_key(relation);

	return json_bool(c->state, all_key, false) ||
	    json_bool(c->state, refused, false) ||
	    (c->users != NULL && json_object_get(c->users, user) == NULL);
}

/* Who is refused once more is noted once more, by then. */
static int
forget_refusals(struct hook *h, const struct clients *c, struct error *err)
{
	json_t *values = json_object();
	const char *key;
	json_t *value;

	json_object_foreach(c->state, key, value)
		if (strncmp(key, refused_prefix, sizeof refused_prefix - 1) ==
		    0)
			json_object_set_new(values, key, json_null());
	if (json_bool(c->state, all_key, false))
		json_object_set_new(values, all_key, json_null());
	if (json_object_size(values) > 0)
		return hook_state_set(h, values, err);
	json_decref(values);
	return 0;
}

static int
answer_open(struct hook *h, const struct cluster *cl, const struct clients *c,
    struct error *err)
{
	const char *user;
	json_t *value;

	if (forget_refusals(h, c, err) == -1)
		return -1;
	json_object_foreach(c->relations, user, value) {
		const char *relation = json_string_value(value);

		if (is_open(c, user, relation) &&
		    request_answer(h, cl, relation, err) == -1)
			return -1;
	}
	return 0;
}

int
clients_answer(struct hook *h, const struct cluster *cl, struct error *err)
{
	autoclients c = { 0 };

	if (clients_read(h, cl, &c, err) == -1)
		return -1;
	return answer_open(h, cl, &c, err);
}

int
clients_look_at_all(struct hook *h, struct error *err)
{
	if (endpoints_forget(h, err) == -1)
		return -1;
	return hook_state_set(h, json_pack("{s:b}", all_key, 1), err);
}

int
clients_look_again(struct hook *h, const char *relation, struct error *err)
{
	autofree char *key = refused_key(relation);

	return hook_state_set(h, json_pack("{s:b}", key, 1), err);
}

/* ---- what has been left behind ---- */

static int
revoke_orphans(struct hook *h, const struct cluster *cl,
    const struct clients *c, struct error *err)
{
	const char *user;
	json_t *value;

	json_object_foreach(c->users, user, value)
		if (json_object_get(c->relations, user) == NULL &&
		    revoke_user(h, cl, user, err) == -1)
			return -1;
	return 0;
}

/*
 * A leader before us may have gone in the middle of a revocation, or a relation
 * was removed by force, without its hooks. The primary may be the one who goes:
 * then it is done after the election.
 */
static int
sweep(struct hook *h, const struct cluster *cl, const struct clients *c,
    struct error *err)
{
	struct error why = { 0 };

	if (c->users == NULL)
		return 0;
	if (revoke_orphans(h, cl, c, &why) == 0)
		return answer_forget(h, c->relations, err);
	if (why.code == ERROR_UNAVAILABLE || why.code == ERROR_TIMEOUT) {
		hook_log(h, "WARNING", "%s", why.msg);
		return later_ask(h, LATER_LOOK, SWEEP_AGAIN_S, err);
	}
	*err = why;
	return -1;
}

int
clients_converge(struct hook *h, const struct cluster *cl, struct error *err)
{
	autoclients c = { 0 };

	if (clients_read(h, cl, &c, err) == -1 ||
	    answer_open(h, cl, &c, err) == -1 ||
	    endpoints_refresh(h, cl, err) == -1)
		return -1;
	return sweep(h, cl, &c, err);
}
