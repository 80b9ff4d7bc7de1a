/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "answer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/strv.h"
#include "charm.h"
#include "clients.h"
#include "cluster.h"
#include "conn.h"
#include "endpoints.h"
#include "later.h"
#include "names.h"
#include "plugins.h"
#include "replay.h"
#include "request.h"
#include "revoke.h"
#include "roles.h"
#include "spare.h"
#include "uri.h"
#include "version.h"
#include "wish.h"

/* Of the status key: 5000 and up is for people, not for waiting. */
#define CODE_REFUSED 5000

/* How long until a refusal for something on the server is looked at again. */
#define LOOK_AGAIN_S 10

/* A relation whose client asks, or has asked, for something. */
struct request {
	const char *relation;
	const json_t *asked; /* The client's databag. */
	const json_t *told;  /* What we have answered: answer_read(). */

	/* Sessions that have been given roles which the user is to lose. */
	bool has_old_sessions;
};

/*
 * What stands in the way on the server may go away without anybody telling us;
 * what is wrong with the request itself is changed by the client, and then we
 * are told.
 */
static int
refuse(struct hook *h, const struct request *r, const struct error *why,
    struct error *err)
{
	json_auto_t *list = json_pack("[{s:i, s:s, s:s}]", "code", CODE_REFUSED,
	    "message", why->msg, "resolution", why->hint);
	autofree char *text = json_line(list);

	if (strcmp(json_text(r->told, "status", ""), text) != 0)
		hook_log(h, "WARNING", "%s: refused: %s", r->relation,
		    why->msg);
	if (why->code == ERROR_CONFLICT &&
	    (clients_look_again(h, r->relation, err) == -1 ||
		later_ask(h, LATER_LOOK, LOOK_AGAIN_S, err) == -1))
		return -1;
	return hook_app_bag_set(h, r->relation,
	    json_pack("{s:s}", "status", text), err);
}

/* The server says it as a connection begins. */
static char *
server_version(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	const char *text = c == NULL ?
	    NULL :
	    PQparameterStatus(c->pg, "server_version");

	if (c == NULL)
		return NULL;
	return text == NULL ? xstrdup("") : version_trim(text);
}

/* What an answer depends on, beside the database. */
static const char *const terms[] = { "extra-user-roles", "extra-group-roles",
	"entity-type", "entity-permissions", "requested-secrets" };

/* What the grant was made from, as other providers keep it too. */
static char *
snapshot(const struct request *r, const struct grant *g)
{
	json_auto_t *data = json_pack("{s:s}", "database", g->database);

	for (size_t i = 0; i < nitems(terms); i++)
		json_put_text(data, terms[i],
		    json_text(r->asked, terms[i], NULL));
	return json_line(data);
}

/* An empty object if it is not known. */
static json_t *
snapshot_read(const struct request *r)
{
	const char *text = json_text(r->told, "data", "");
	struct error ignored = { 0 };
	json_t *data = json_read(text, strlen(text), LIMIT_BAG_BYTES, &ignored);

	return data != NULL ? data : json_object();
}

/* How the user is called depends on what it is. */
static void
put_user(json_t *values, const struct grant *g)
{
	static const char *const keys[][2] = {
		[WISH_OWNER] = { "username", "password" },
		[WISH_USER] = { "entity-name", "entity-password" },
		[WISH_GROUP] = { "entity-name", NULL },
	};

	json_put_text(values, keys[g->kind][0], g->user);
	if (keys[g->kind][1] != NULL)
		json_put_text(values, keys[g->kind][1], g->password);
}

static int
publish(struct hook *h, const struct cluster *cl, const struct request *r,
    const struct grant *g, struct error *err)
{
	autostrv laggards = { 0 };
	autofree char *data = snapshot(r, g);
	autofree char *version = NULL;
	struct access a = { g->user, g->kind == WISH_GROUP ? "" : g->password,
		g->database };
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
	if (laggards.n > 0 && endpoints_await(h, laggards.v[0], err) == -1)
		return -1;
	values = endpoints_values(cl, &laggards, r->asked, &a);
	json_put_text(values, "data", data);
	json_put_text(values, "database", g->database);
	put_user(values, g);
	json_put_text(values, "version", version);
	json_object_set_new(values, "status", json_null());
	return answer_write(h, r->relation, r->asked, values, err);
}

static int
grant(struct hook *h, const struct cluster *cl, const struct request *r,
    struct grant *g, struct error *err)
{
	autofree char *user = name_user(name_relation_id(r->relation));
	struct error why = { 0 };

	g->user = user;
	if (roles_grant(h, cl, g, &why) == -1) {
		if (roles_refuse(&why))
			return refuse(h, r, &why, err);
		*err = why;
		return -1;
	}
	if (plugins_add(h, cl, g->database, err) == -1)
		return -1;
	if (g->fresh != NULL) {
		g->password = *g->fresh;
		if (spare_after_grant(h, err) == -1)
			return -1;
	}
	if (r->has_old_sessions &&
	    revoke_rights(h, cl, user, g->database, err) == -1)
		return -1;
	return publish(h, cl, r, g, err);
}

static bool
term_differs(const struct request *r, const json_t *before, const char *term)
{
	return strcmp(json_text(r->asked, term, ""),
		   json_text(before, term, "")) != 0;
}

/* What cannot change as long as the relation lasts. */
static int
check_fixed(const struct request *r, const json_t *before, const struct wish *w,
    struct error *why)
{
	const char *database = json_text(r->told, "database", "");
	const char *asked = json_text(r->asked, "database", database);
	struct error ignored = { 0 };
	enum wish_kind kind = WISH_OWNER;

	(void)wish_kind_parse(json_text(before, "entity-type", NULL), &kind,
	    &ignored);
	if (strcmp(asked, database) != 0)
		error_set(why, ERROR_INVALID,
		    "the database cannot change while related: it is \"%s\"",
		    database);
	else if (w->kind != kind)
		error_set(why, ERROR_INVALID,
		    "entity-type cannot change while related");
	else
		return 0;
	return error_hint(why, "remove the relation and add it again");
}

/* The extra roles that it has, as far as we know; none, if we do not. */
static bool
extra_differs(const struct request *r, const json_t *before,
    const struct wish *w)
{
	struct error ignored = { 0 };
	autowish had = { 0 };

	(void)wish_read(before, json_text(r->told, "database", ""), &had,
	    &ignored);
	return had.extra != w->extra;
}

/*
 * Has somebody dropped what was granted, or has the cluster begun anew? Who
 * cannot be asked does not say so.
 */
static bool
is_lost(struct hook *h, const struct cluster *cl, const struct request *r)
{
	const char *const params[] = { answer_user(r->told), NULL };
	struct error ignored = { 0 };
	struct conn *c = cluster_connect_primary(h, cl, &ignored);
	bool lost = false;

	return c != NULL &&
	    conn_bool(c, "SELECT count(*) = 0 FROM pg_roles WHERE rolname = $1",
		params, &lost, &ignored) == 0 &&
	    lost;
}

/* A database that has been granted stays; the rights may change. */
static int
answer_again(struct hook *h, const struct cluster *cl, struct request *r,
    struct error *err)
{
	json_auto_t *before = snapshot_read(r);
	autowish w = { 0 };
	struct grant g = {
		.database = json_text(r->told, "database", ""),
		.password = answer_password(r->told),
		.permissions = &w.permissions,
	};
	struct error why = { 0 };

	if (wish_read(r->asked, g.database, &w, &why) == -1 ||
	    check_fixed(r, before, &w, &why) == -1)
		return refuse(h, r, &why, err);
	g.kind = w.kind;
	g.extra = w.extra;
	r->has_old_sessions = extra_differs(r, before, &w);
	if (r->has_old_sessions ||
	    term_differs(r, before, "entity-permissions") || is_lost(h, cl, r))
		return grant(h, cl, r, &g, err);
	if (term_differs(r, before, "requested-secrets")) {
		g.user = answer_user(r->told);
		return publish(h, cl, r, &g, err);
	}
	if (json_text(r->told, "status", NULL) == NULL)
		return 0;
	return hook_app_bag_set(h, r->relation, json_pack("{s:n}", "status"),
	    err);
}

static int
answer_first(struct hook *h, const struct cluster *cl, const struct request *r,
    struct error *err)
{
	autofree char *password = xcalloc(ROLES_PASSWORD_LENGTH + 1, 1);
	autowish w = { 0 };
	struct grant g = {
		.database = json_text(r->asked, "database", ""),
		.password = password,
		.fresh = &password,
		.permissions = &w.permissions,
	};
	struct error why = { 0 };

	if (name_check_database(g.database, &why) == -1 ||
	    wish_read(r->asked, g.database, &w, &why) == -1)
		return refuse(h, r, &why, err);
	g.kind = w.kind;
	g.extra = w.extra;
	random_password(password, ROLES_PASSWORD_LENGTH);
	return grant(h, cl, r, &g, err);
}

int
request_answer(struct hook *h, const struct cluster *cl, const char *relation,
    struct error *err)
{
	autofree char *client = hook_remote_app(h, relation, err);
	json_auto_t *asked = NULL, *told = NULL;
	struct request r = { .relation = relation };

	if (client == NULL)
		return -1;
	asked = hook_bag(h, relation, client, err);
	told = asked == NULL ? NULL : answer_read(h, relation, err);
	if (told == NULL)
		return -1;
	r.asked = asked;
	r.told = told;
	if (answer_user(told) != NULL)
		return answer_again(h, cl, &r, err);
	if (*json_text(asked, "database", "") == '\0')
		return 0;
	return answer_first(h, cl, &r, err);
}
