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
#include "uri.h"

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

static char *
endpoints_standbys(const struct cluster *cl, const struct strv *except)
{
	autostrbuf sb = { 0 };

	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];

		if (m->is_ready && m->address != NULL &&
		    strcmp(m->unit, cl->primary) != 0 &&
		    !is_among(except, m->unit))
			strbuf_addf(&sb, "%s%s:%d", sb.len > 0 ? "," : "",
			    m->address, SERVER_PORT);
	}
	return strbuf_detach(&sb);
}

static void
put_uri(json_t *values, const char *key, const struct access *a,
    const char *hosts)
{
	autofree char *uri = uri_make(a, hosts);

	json_object_set_new(values, key,
	    *hosts == '\0' || *a->password == '\0' ? json_null() :
						     json_string(uri));
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
	if (answer_is_requested(asked, "uris"))
		put_uri(values, "uris", a, primary);
	if (answer_is_requested(asked, "read-only-uris"))
		put_uri(values, "read-only-uris", a, standbys);
	if (answer_is_requested(asked, "tls"))
		json_put_text(values, "tls", "False");
	return values;
}

/* Does the relation know these already, or nothing at all yet? */
static bool
is_current(const json_t *bag, const char *primary, const char *standbys)
{
	if (json_text(bag, "endpoints", NULL) == NULL)
		return true;
	return strcmp(json_text(bag, "endpoints", ""), primary) == 0 &&
	    strcmp(json_text(bag, "read-only-endpoints", ""), standbys) == 0;
}

static int
refresh_one(struct hook *h, const struct cluster *cl, const char *relation,
    struct error *err)
{
	autofree char *client = hook_remote_app(h, relation, err);
	json_auto_t *asked = NULL, *told = NULL;
	autofree char *primary = endpoints_primary(cl);
	autofree char *standbys = endpoints_standbys(cl, NULL);
	autostrv laggards = { 0 };
	struct access a;

	asked = client == NULL ? NULL : hook_bag(h, relation, client, err);
	told = asked == NULL ? NULL : answer_read(h, relation, err);
	if (told == NULL)
		return -1;
	if (is_current(told, primary, standbys))
		return 0;
	/* A new standby must know the user before the client knows it. */
	if (replay_wait(h, cl, &laggards, err) == -1)
		return -1;
	a = (struct access){
		.user = answer_user(told),
		.password = answer_password(told),
		.database = json_text(told, "database", ""),
	};
	return answer_write(h, relation, asked,
	    endpoints_values(cl, &laggards, asked, &a), err);
}

int
endpoints_refresh(struct hook *h, const struct cluster *cl, struct error *err)
{
	json_auto_t *relations = hook_relations(h, "database", err);
	const json_t *relation;
	size_t i;

	if (relations == NULL)
		return -1;
	json_array_foreach(relations, i, relation)
		if (refresh_one(h, cl, json_string_value(relation), err) == -1)
			return -1;
	return 0;
}
