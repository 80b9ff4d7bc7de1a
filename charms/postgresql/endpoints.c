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

/* A new standby must know the user before the client knows it. */
static void
find_laggards(struct hook *h, const struct cluster *cl, const json_t *told,
    struct strv *laggards)
{
	const char *listed = json_text(told, "read-only-endpoints", "");
	const char *user = answer_user(told);

	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (member_is_standby(cl, m) &&
		    !is_listed(listed, m->address) &&
		    !replay_knows(h, cl, m, user))
			strv_add(laggards, m->unit);
	}
}

static bool
is_current(const json_t *bag, const char *primary, const char *standbys)
{
	return strcmp(json_text(bag, "endpoints", ""), primary) == 0 &&
	    strcmp(json_text(bag, "read-only-endpoints", ""), standbys) == 0;
}

static int
refresh_one(struct hook *h, const struct cluster *cl, const char *relation,
    struct strv *laggards, struct error *err)
{
	autofree char *client = hook_remote_app(h, relation, err);
	json_auto_t *asked = NULL, *told = NULL;
	autofree char *primary = endpoints_primary(cl);
	autofree char *standbys = NULL;
	struct access a;

	asked = client == NULL ? NULL : hook_bag(h, relation, client, err);
	told = asked == NULL ? NULL : answer_read(h, relation, err);
	if (told == NULL)
		return -1;
	if (json_text(told, "endpoints", NULL) == NULL)
		return 0;
	find_laggards(h, cl, told, laggards);
	standbys = endpoints_standbys(cl, laggards);
	if (is_current(told, primary, standbys))
		return 0;
	a = (struct access){
		.user = answer_user(told),
		.password = answer_password(told),
		.database = json_text(told, "database", ""),
	};
	return answer_write(h, relation, asked,
	    endpoints_values(cl, laggards, asked, &a), err);
}

int
endpoints_refresh(struct hook *h, const struct cluster *cl, struct error *err)
{
	json_auto_t *relations = hook_relations(h, "database", err);
	autofree char *lags = NULL;
	const json_t *relation;
	size_t i;

	if (relations == NULL)
		return -1;
	json_array_foreach(relations, i, relation) {
		autostrv laggards = { 0 };

		if (refresh_one(h, cl, json_string_value(relation), &laggards,
			err) == -1)
			return -1;
		if (laggards.n > 0)
			xreplace(&lags, laggards.v[0]);
	}
	return lags == NULL ? status_application(h, err) :
			      endpoints_await(h, lags, err);
}

int
endpoints_await(struct hook *h, const char *laggard, struct error *err)
{
	if (status_lags(h, laggard, err) == -1)
		return -1;
	return hook_update_status_after(h, AWAIT_S, err);
}
