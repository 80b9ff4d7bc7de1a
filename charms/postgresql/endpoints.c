/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

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

char *
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

char *
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

/* Does the relation know these already, or nothing at all yet? */
static bool
is_current(const json_t *bag, const char *primary, const char *standbys)
{
	if (json_text(bag, "username", NULL) == NULL)
		return true;
	return strcmp(json_text(bag, "endpoints", ""), primary) == 0 &&
	    strcmp(json_text(bag, "read-only-endpoints", ""), standbys) == 0;
}

static int
refresh_one(struct hook *h, const struct cluster *cl, const char *relation,
    struct error *err)
{
	json_auto_t *bag = hook_bag(h, relation, h->app, err);
	autofree char *primary = endpoints_primary(cl);
	autofree char *standbys = endpoints_standbys(cl, NULL);
	autostrv laggards = { 0 };
	json_t *values;

	if (bag == NULL)
		return -1;
	if (is_current(bag, primary, standbys))
		return 0;
	/* A new standby must know the user before the client knows it. */
	if (replay_wait(h, cl, &laggards, err) == -1)
		return -1;
	xreplace(&standbys, NULL);
	standbys = endpoints_standbys(cl, &laggards);
	values = json_pack("{s:s}", "endpoints", primary);
	json_object_set_new(values, "read-only-endpoints",
	    *standbys == '\0' ? json_null() : json_string(standbys));
	return hook_app_bag_set(h, relation, values, err);
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
