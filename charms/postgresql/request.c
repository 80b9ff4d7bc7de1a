/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/strv.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "endpoints.h"
#include "extra.h"
#include "names.h"
#include "replay.h"
#include "request.h"
#include "roles.h"
#include "version.h"

#define PASSWORD_LENGTH 32

/* Of the status key: 5000 and up is for people, not for waiting. */
#define CODE_REFUSED 5000

static int
refuse(struct hook *h, const char *relation, const struct error *why,
    struct error *err)
{
	json_auto_t *list = json_pack("[{s:i, s:s, s:s}]", "code", CODE_REFUSED,
	    "message", why->msg, "resolution", why->hint);
	autofree char *text = json_line(list);

	hook_log(h, "WARNING", "%s: refused: %s", relation, why->msg);
	return hook_app_bag_set(h, relation, json_pack("{s:s}", "status", text),
	    err);
}

static char *
server_version(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	autofree char *text = NULL;

	if (c == NULL)
		return NULL;
	text = conn_value(c, "SHOW server_version", NULL, err);
	return text == NULL ? NULL : version_trim(text);
}

static int
publish(struct hook *h, const struct cluster *cl, const char *relation,
    const struct grant *g, struct error *err)
{
	autostrv laggards = { 0 };
	autofree char *primary = endpoints_primary(cl);
	autofree char *standbys = NULL, *version = NULL;
	json_t *values;

	if (replay_wait(h, cl, &laggards, err) == -1)
		return -1;
	version = server_version(h, cl, err);
	if (version == NULL)
		return -1;
	for (size_t i = 0; i < laggards.n; i++)
		hook_log(h, "WARNING",
		    "%s: %s lags behind and is not among the endpoints",
		    relation, laggards.v[i]);
	standbys = endpoints_standbys(cl, &laggards);
	values = json_pack("{s:s, s:s, s:s, s:s, s:s, s:n}", "database",
	    g->database, "endpoints", primary, "password", g->password,
	    "username", g->user, "version", version, "status");
	json_object_set_new(values, "read-only-endpoints",
	    *standbys == '\0' ? json_null() : json_string(standbys));
	return hook_app_bag_set(h, relation, values, err);
}

/* Is it the request itself that cannot be granted? */
static bool
is_refusal(const struct error *e)
{
	return e->code == ERROR_INVALID || e->code == ERROR_CONFLICT;
}

static int
grant(struct hook *h, const struct cluster *cl, const char *relation,
    const json_t *asked, struct error *err)
{
	char password[PASSWORD_LENGTH + 1];
	autofree char *user = name_user(name_relation_id(relation));
	struct grant g = {
		.database = json_text(asked, "database", ""),
		.user = user,
		.password = password,
	};
	struct error why = { 0 };

	random_password(password, PASSWORD_LENGTH);
	if (name_check_database(g.database, &why) == -1 ||
	    extra_parse(json_text(asked, "extra-user-roles", ""), &g.extra,
		&why) == -1 ||
	    roles_grant(h, cl, &g, &why) == -1) {
		if (is_refusal(&why))
			return refuse(h, relation, &why, err);
		*err = why;
		return -1;
	}
	return publish(h, cl, relation, &g, err);
}

int
request_answer(struct hook *h, const struct cluster *cl, const char *relation,
    struct error *err)
{
	autofree char *client = hook_remote_app(h, relation, err);
	json_auto_t *asked = NULL, *answered = NULL;

	if (client == NULL)
		return -1;
	asked = hook_bag(h, relation, client, err);
	answered = asked == NULL ? NULL : hook_bag(h, relation, h->app, err);
	if (answered == NULL)
		return -1;
	if (*json_text(asked, "database", "") == '\0')
		return 0;
	/* What has been granted stays: the client may not change its mind. */
	if (json_text(answered, "password", NULL) != NULL)
		return 0;
	return grant(h, cl, relation, asked, err);
}

int
request_answer_all(struct hook *h, const struct cluster *cl, struct error *err)
{
	json_auto_t *relations = hook_relations(h, "database", err);
	const json_t *relation;
	size_t i;

	if (relations == NULL)
		return -1;
	json_array_foreach(relations, i, relation)
		if (request_answer(h, cl, json_string_value(relation), err) ==
		    -1)
			return -1;
	return 0;
}
