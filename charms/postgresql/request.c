/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
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
#include "revoke.h"
#include "roles.h"
#include "uri.h"
#include "version.h"

#define PASSWORD_LENGTH 32
#define ROLES           "extra-user-roles"

/* Of the status key: 5000 and up is for people, not for waiting. */
#define CODE_REFUSED 5000

/* A relation whose client asks, or has asked, for something. */
struct request {
	const char *relation;
	const json_t *asked;    /* The client's databag. */
	const json_t *answered; /* Ours. */
	bool is_granted;        /* We have answered with a user before. */
};

static int
refuse(struct hook *h, const struct request *r, const struct error *why,
    struct error *err)
{
	json_auto_t *list = json_pack("[{s:i, s:s, s:s}]", "code", CODE_REFUSED,
	    "message", why->msg, "resolution", why->hint);
	autofree char *text = json_line(list);

	hook_log(h, "WARNING", "%s: refused: %s", r->relation, why->msg);
	return hook_app_bag_set(h, r->relation,
	    json_pack("{s:s}", "status", text), err);
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

/* What the grant was made from, as other providers keep it too. */
static char *
snapshot(const struct request *r, const struct grant *g)
{
	json_auto_t *data = json_pack("{s:s}", "database", g->database);

	json_put_text(data, ROLES, json_text(r->asked, ROLES, NULL));
	return json_line(data);
}

static int
publish(struct hook *h, const struct cluster *cl, const struct request *r,
    const struct grant *g, struct error *err)
{
	autostrv laggards = { 0 };
	autofree char *data = snapshot(r, g);
	autofree char *version = NULL;
	struct access a = { g->user, g->password, g->database };
	json_t *values;

	if (replay_wait(h, cl, &laggards, err) == -1)
		return -1;
	version = server_version(h, cl, err);
	if (version == NULL)
		return -1;
	for (size_t i = 0; i < laggards.n; i++)
		hook_log(h, "WARNING",
		    "%s: %s lags behind and is not among the endpoints",
		    r->relation, laggards.v[i]);
	values = endpoints_values(cl, &laggards, r->asked, &a);
	json_put_text(values, "data", data);
	json_put_text(values, "database", g->database);
	json_put_text(values, "username", g->user);
	json_put_text(values, "password", g->password);
	json_put_text(values, "version", version);
	json_object_set_new(values, "status", json_null());
	return hook_app_bag_set(h, r->relation, values, err);
}

/* Is it the request itself that cannot be granted? */
static bool
is_refusal(const struct error *e)
{
	return e->code == ERROR_INVALID || e->code == ERROR_CONFLICT;
}

/* The user may have been granted already: then it gets the new rights. */
static int
grant(struct hook *h, const struct cluster *cl, const struct request *r,
    struct grant *g, struct error *err)
{
	autofree char *user = name_user(name_relation_id(r->relation));
	struct error why = { 0 };

	g->user = user;
	if (roles_grant(h, cl, g, &why) == -1) {
		if (is_refusal(&why))
			return refuse(h, r, &why, err);
		*err = why;
		return -1;
	}
	if (r->is_granted && revoke_rights(h, cl, user, err) == -1)
		return -1;
	return publish(h, cl, r, g, err);
}

/* The extra roles it has, as far as we know; none, if we do not. */
static unsigned
granted_extra(const struct request *r)
{
	const char *text = json_text(r->answered, "data", "");
	struct error ignored = { 0 };
	json_auto_t *data = json_read(text, strlen(text), LIMIT_BAG_BYTES,
	    &ignored);
	unsigned extra = 0;

	(void)extra_parse(json_text(data, ROLES, ""), &extra, &ignored);
	return extra;
}

/* A database that has been granted stays; the roles may change. */
static int
answer_again(struct hook *h, const struct cluster *cl, const struct request *r,
    struct error *err)
{
	struct grant g = {
		.database = json_text(r->answered, "database", ""),
		.password = json_text(r->answered, "password", ""),
	};
	struct error why = { 0 };

	if (extra_parse(json_text(r->asked, ROLES, ""), &g.extra, &why) == -1)
		return refuse(h, r, &why, err);
	if (g.extra != granted_extra(r))
		return grant(h, cl, r, &g, err);
	if (json_text(r->answered, "status", NULL) == NULL)
		return 0;
	return hook_app_bag_set(h, r->relation, json_pack("{s:n}", "status"),
	    err);
}

static int
answer_first(struct hook *h, const struct cluster *cl, const struct request *r,
    struct error *err)
{
	char password[PASSWORD_LENGTH + 1];
	struct grant g = {
		.database = json_text(r->asked, "database", ""),
		.password = password,
	};
	struct error why = { 0 };

	if (name_check_database(g.database, &why) == -1 ||
	    extra_parse(json_text(r->asked, ROLES, ""), &g.extra, &why) == -1)
		return refuse(h, r, &why, err);
	random_password(password, PASSWORD_LENGTH);
	return grant(h, cl, r, &g, err);
}

int
request_answer(struct hook *h, const struct cluster *cl, const char *relation,
    struct error *err)
{
	autofree char *client = hook_remote_app(h, relation, err);
	json_auto_t *asked = NULL, *answered = NULL;
	struct request r = { .relation = relation };

	if (client == NULL)
		return -1;
	asked = hook_bag(h, relation, client, err);
	answered = asked == NULL ? NULL : hook_bag(h, relation, h->app, err);
	if (answered == NULL)
		return -1;
	r.asked = asked;
	r.answered = answered;
	r.is_granted = json_text(answered, "password", NULL) != NULL;
	if (r.is_granted)
		return answer_again(h, cl, &r, err);
	if (*json_text(asked, "database", "") == '\0')
		return 0;
	return answer_first(h, cl, &r, err);
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
