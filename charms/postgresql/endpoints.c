/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "answer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "charm.h"
#include "cluster.h"
#include "endpoints.h"
#include "lag.h"
#include "later.h"
#include "replay.h"
#include "server.h"
#include "status.h"
#include "uri.h"

/* How often to look whether a standby that lags has caught up. */
#define AWAIT_S 5

static char *
endpoints_primary(const struct cluster *cl)
{
	return xasprintf("%s:%d", cl->primary_address, SERVER_PORT);
}

static bool
is_among(const struct strv *units, const char *unit)
{
	for (size_t i = 0; units != NULL && i < units->n; i++)
		if (strcmp(units->v[i], unit) == 0)
			return true;
	return false;
}

/* One that serves, as far as it has said. */
static bool
member_is_standby(const struct cluster *cl, const struct member *m)
{
	return m->is_ready && m->address != NULL &&
	    strcmp(m->unit, cl->primary) != 0;
}

static char *
endpoints_standbys(const struct cluster *cl, const struct strv *except)
{
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (member_is_standby(cl, m) && !is_among(except, m->unit))
			strbuf_addf(&sb, "%s%s:%d", sb.len > 0 ? "," : "",
			    m->address, SERVER_PORT);
	}
	return strbuf_detach(&sb);
}

/* Null takes back what it got before. */
static void
put_uri(json_t *values, const char *key, const struct access *a,
    const char *hosts)
{
	autofree char *uri = NULL;

	if (hosts != NULL && *hosts != '\0' && *a->password != '\0')
		uri = uri_make(a, hosts);
	json_object_set_new(values, key,
	    uri != NULL ? json_string(uri) : json_null());
}

/* A client that lists nothing is an older one, which cannot ask. */
static bool
wants(const json_t *asked, const char *key)
{
	return json_text(asked, "requested-secrets", NULL) == NULL ||
	    answer_is_requested(asked, key);
}

json_t *
endpoints_values(const struct cluster *cl, const struct strv *except,
    const json_t *asked, const struct access *a)
{
	autofree char *primary = endpoints_primary(cl);
	autofree char *standbys = endpoints_standbys(cl, except);
	json_t *values = json_pack("{s:s}", "endpoints", primary);

	json_object_set_new(values, "read-only-endpoints",
	    *standbys == '\0' ? json_null() : json_string(standbys));
	put_uri(values, "uris", a, wants(asked, "uris") ? primary : NULL);
	put_uri(values, "read-only-uris", a,
	    answer_is_requested(asked, "read-only-uris") ? standbys : NULL);
	json_object_set_new(values, "tls",
	    wants(asked, "tls") ? json_string("False") : json_null());
	return values;
}

/* Is the host in a list "127.9.1.1:5432,127.9.1.2:5432"? */
static bool
is_listed(const char *list, const char *address)
{
	autofree char *host = xasprintf("%s:%d,", address, SERVER_PORT);
	autofree char *all = xasprintf(",%s,", list);
	autofree char *wanted = xasprintf(",%s", host);

	return strstr(all, wanted) != NULL;
}

/* One look at all the clients. */
struct tour {
	const struct cluster *cl;
	char *primary; /* Owned. */
	json_t *users; /* Of the primary: replay_users(). */
	json_t **seen; /* Of each member, once it has been asked. */
	struct strv laggards;
};

#define autotour __attribute__((cleanup(tour_release))) struct tour

static void
tour_release(struct tour *t)
{
	for (size_t i = 0; i < t->cl->nmembers; i++)
		json_decref(t->seen[i]);
	free(t->seen);
	json_decref(t->users);
	free(t->primary);
	strv_release(&t->laggards);
}

/* Does the member know the user as the primary does, as far as can be seen? */
static bool
member_knows(struct hook *h, struct tour *t, size_t i, const char *user)
{
	const char *there, *here;

	if (t->users == NULL)
		t->users = replay_users(h, t->cl, NULL);
	if (t->seen[i] == NULL)
		t->seen[i] = replay_users(h, t->cl, &t->cl->members[i]);
	there = json_text(t->users, user, NULL);
	here = json_text(t->seen[i], user, NULL);
	return there != NULL && here != NULL && strcmp(here, there) == 0;
}

/* A new standby must know the user before the client knows it. */
static void
find_laggards(struct hook *h, struct tour *t, const json_t *told,
    struct strv *laggards)
{
	const char *listed = json_text(told, "read-only-endpoints", "");
	const char *user = answer_user(told);

	for (size_t i = 0; i < t->cl->nmembers; i++) {
		const struct member *m = &t->cl->members[i];

		if (!member_is_standby(t->cl, m) ||
		    is_listed(listed, m->address) ||
		    member_knows(h, t, i, user))
			continue;
		strv_add(laggards, m->unit);
		if (!is_among(&t->laggards, m->unit))
			strv_add(&t->laggards, m->unit);
	}
}

static bool
is_current(const json_t *bag, const char *primary, const char *standbys)
{
	return strcmp(json_text(bag, "endpoints", ""), primary) == 0 &&
	    strcmp(json_text(bag, "read-only-endpoints", ""), standbys) == 0;
}

static int
refresh_one(struct hook *h, struct tour *t, const char *relation,
    struct error *err)
{
	autofree char *client = hook_remote_app(h, relation, err);
	json_auto_t *asked = NULL, *told = NULL;
	autostrv laggards = { 0 };
	autofree char *standbys = NULL;
	struct access a;

	asked = client == NULL ? NULL : hook_bag(h, relation, client, err);
	told = asked == NULL ? NULL : answer_read(h, relation, err);
	if (told == NULL)
		return -1;
	if (json_text(told, "endpoints", NULL) == NULL)
		return 0;
	find_laggards(h, t, told, &laggards);
	standbys = endpoints_standbys(t->cl, &laggards);
	if (is_current(told, t->primary, standbys))
		return 0;
	a = (struct access){
		.user = answer_user(told),
		.password = answer_password(told),
		.database = json_text(told, "database", ""),
	};
	return answer_write(h, relation, asked,
	    endpoints_values(t->cl, &laggards, asked, &a), err);
}

static int
refresh_all(struct hook *h, struct tour *t, struct error *err)
{
	json_auto_t *relations = hook_relations(h, "database", err);
	const json_t *relation;
	size_t i;

	if (relations == NULL)
		return -1;
	json_array_foreach(relations, i, relation)
		if (refresh_one(h, t, json_string_value(relation), err) == -1)
			return -1;
	return lag_replace(h, t->cl, &t->laggards, err);
}

/* All that an answer says of where to go, if nobody lags. Caller frees. */
static char *
endpoints_text(const struct cluster *cl)
{
	autofree char *primary = endpoints_primary(cl);
	autofree char *standbys = endpoints_standbys(cl, NULL);

	return xasprintf("%s %s", primary, standbys);
}

/* In the leader's state: for which endpoints_text() every client was told. */
static const char told_key[] = "endpoints";

static int
tell_all(struct hook *h, const struct cluster *cl, const char *text,
    struct error *err)
{
	autotour t = {
		.cl = cl,
		.primary = endpoints_primary(cl),
		.seen = xcalloc(cl->nmembers, sizeof(json_t *)),
	};

	if (refresh_all(h, &t, err) == -1 ||
	    hook_state_set(h, json_pack("{s:s}", told_key, text), err) == -1)
		return -1;
	return t.laggards.n == 0 ? status_application(h, err) :
				   endpoints_await(h, t.laggards.v[0], err);
}

int
endpoints_refresh(struct hook *h, const struct cluster *cl, struct error *err)
{
	autofree char *text = endpoints_text(cl);
	json_auto_t *state = hook_state(h, err);

	if (state == NULL)
		return -1;
	if (strcmp(json_text(state, told_key, ""), text) != 0 ||
	    lag_has_ended(h, cl, state))
		return tell_all(h, cl, text, err);
	return lag_any(state) == NULL ? status_application(h, err) :
					endpoints_await(h, lag_any(state), err);
}

int
endpoints_forget(struct hook *h, struct error *err)
{
	return hook_state_set(h, json_pack("{s:n}", told_key), err);
}

int
endpoints_await(struct hook *h, const char *laggard, struct error *err)
{
	if (status_lags(h, laggard, err) == -1)
		return -1;
	return later_ask(h, LATER_LOOK, AWAIT_S, err);
}
