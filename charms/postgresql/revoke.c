/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "names.h"
#include "replay.h"
#include "revoke.h"
#include "roles.h"
#include "sql.h"
#include "wait.h"

#define TERMINATE_MS 30000

static const char terminate_sql[] =
    "SELECT count(pg_terminate_backend(pid)) = 0 FROM pg_stat_activity "
    "WHERE usename = $1";

/*
 * How long a member may take to hear of it while others wait for us; and, since
 * it is tried again and again, how long later.
 */
#define FIRST_WAIT_MS 10000
#define LATER_WAIT_MS 200

enum standing {
	USER_NONE,
	USER_LOCKED,
	USER_MAY_LOG_IN
};

/* Of a user that is ours; -1 on error. */
static int
user_standing(struct conn *c, const char *user, struct error *err)
{
	const char *const params[] = { user, ROLES_MARK_USER, NULL };
	autoresult *role = conn_query(c,
	    "SELECT rolcanlogin FROM pg_roles WHERE rolname = $1 AND "
	    "shobj_description(oid, 'pg_authid') = $2",
	    params, err);

	if (role == NULL)
		return -1;
	if (PQntuples(role) == 0)
		return USER_NONE;
	return *PQgetvalue(role, 0, 0) == 't' ? USER_MAY_LOG_IN : USER_LOCKED;
}

/* Without password and login the server says what it says of nobody. */
static int
revoke_login(struct hook *h, struct conn *c, const char *user,
    struct error *err)
{
	autostrbuf sql = { 0 };
	int rc;

	if (sql_build(&sql, err, "ALTER ROLE %I NOLOGIN PASSWORD NULL;",
		user) == -1 ||
	    roles_lock(c, err) == -1)
		return -1;
	rc = conn_exec_retry(c, strbuf_cstr(&sql), err);
	roles_unlock(h, c);
	return rc;
}

/* A login that was under way shows up late: it takes two empty looks. */
static int
terminate_on(struct conn *c, const char *user, struct error *err)
{
	const char *const params[] = { user, NULL };

	for (int look = 0; look < 2; look++) {
		int rc = conn_may_act(c, terminate_sql, params, err);

		if (rc != 1)
			return rc;
		rc = wait_until(c, terminate_sql, params, TERMINATE_MS, err);

		if (rc == -1)
			return -1;
		if (rc == 0)
			return error_set(err, ERROR_TIMEOUT,
			    "%s: sessions of %s do not end", c->address, user);
	}
	return 0;
}

static int
revoke_sessions(struct hook *h, const struct cluster *cl, const char *user,
    struct error *err)
{
	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];
		struct error why = { 0 };
		struct conn *c = cluster_connect(h, cl, m, &why);

		/* Who is down has no sessions. */
		if (c == NULL && why.code == ERROR_UNAVAILABLE)
			continue;
		if (c == NULL) {
			*err = why;
			return -1;
		}
		if (terminate_on(c, user, err) == -1)
			return -1;
	}
	return 0;
}

/* The owner role of the user's database, or the operator. Caller frees. */
static char *
heir_of(struct conn *c, const char *user, struct error *err)
{
	const char *const params[] = { user, NULL };
	char *heir = conn_value(c,
	    "SELECT o.rolname FROM pg_roles u JOIN pg_auth_members m ON "
	    "m.member = u.oid JOIN pg_roles g ON g.oid = m.roleid JOIN "
	    "pg_roles o ON o.rolname = regexp_replace(g.rolname, "
	    "':(owner|reader)$', '') || ':owner' WHERE u.rolname = $1 AND "
	    "shobj_description(o.oid, 'pg_authid') LIKE 'tenon: %'",
	    params, err);

	if (heir != NULL && *heir == '\0')
		xreplace(&heir, "operator");
	return heir;
}

/* What a user leaves in one database. */
struct left {
	const char *database, *user, *heir;
	bool is_dropped; /* The user goes, and what it was granted. */
};

static int
revoke_objects_in(const struct cluster *cl, const struct left *l,
    struct error *err)
{
	autoconn *c = cluster_visit(cl, l->database, err);
	autostrbuf sql = { 0 };

	if (c == NULL ||
	    sql_build(&sql, err, "REASSIGN OWNED BY %I TO %I;", l->user,
		l->heir) == -1)
		return -1;
	if (l->is_dropped &&
	    sql_build(&sql, err, "DROP OWNED BY %I;", l->user) == -1)
		return -1;
	return conn_exec_retry(c, strbuf_cstr(&sql), err);
}

/* Its owner may have closed it for everybody: then it is opened for us. */
static int
revoke_objects_behind(const struct cluster *cl, struct conn *primary,
    const struct left *l, struct error *err)
{
	autostrbuf open = { 0 }, close = { 0 };
	struct error ignored = { 0 };
	int rc;

	if (sql_build(&open, err, "ALTER DATABASE %I ALLOW_CONNECTIONS true;",
		l->database) == -1 ||
	    sql_build(&close, err, "ALTER DATABASE %I ALLOW_CONNECTIONS false;",
		l->database) == -1 ||
	    conn_exec_retry(primary, strbuf_cstr(&open), err) == -1)
		return -1;
	rc = revoke_objects_in(cl, l, err);
	if (conn_exec_retry(primary, strbuf_cstr(&close),
		rc == 0 ? err : &ignored) == -1)
		return -1;
	return rc;
}

/*
 * The databases in which something depends on the user: what it made when it
 * was not in the role of the owner, or was given; and in any case the one of
 * which it is the user. Shared objects, such as the rights on databases, are
 * dealt with from any database.
 */
static int
revoke_objects(const struct cluster *cl, struct conn *c, struct left *l,
    struct error *err)
{
	const char *const params[] = { l->user,
		l->database != NULL ? l->database : "", NULL };
	autoresult *databases = conn_query(c,
	    "SELECT d.datname, d.datallowconn FROM pg_database d WHERE "
	    "d.datname <> 'postgres' AND (d.datname = $2 OR EXISTS (SELECT "
	    "FROM pg_shdepend s JOIN pg_roles u ON u.oid = s.refobjid WHERE "
	    "s.dbid = d.oid AND s.refclassid = 'pg_authid'::regclass AND "
	    "u.rolname = $1)) ORDER BY 1",
	    params, err);

	if (databases == NULL)
		return -1;
	for (int i = 0; i < PQntuples(databases); i++) {
		bool is_open = *PQgetvalue(databases, i, 1) == 't';

		l->database = PQgetvalue(databases, i, 0);
		if ((is_open ? revoke_objects_in(cl, l, err) :
			       revoke_objects_behind(cl, c, l, err)) == -1)
			return -1;
	}
	l->database = "postgres";
	return revoke_objects_in(cl, l, err);
}

static int
revoke_role(struct hook *h, const struct cluster *cl, const char *user,
    struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	autofree char *heir = c == NULL ? NULL : heir_of(c, user, err);
	struct left l = { .user = user, .heir = heir, .is_dropped = true };
	autostrbuf sql = { 0 };
	int rc;

	if (heir == NULL ||
	    sql_build(&sql, err, "DROP ROLE IF EXISTS %I;", user) == -1 ||
	    roles_lock(c, err) == -1)
		return -1;
	rc = revoke_objects(cl, c, &l, err);
	if (rc == 0)
		rc = conn_exec_retry(c, strbuf_cstr(&sql), err);
	roles_unlock(h, c);
	return rc;
}

int
revoke_user(struct hook *h, const struct cluster *cl, const char *user,
    struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	int standing = c == NULL ? -1 : user_standing(c, user, err);
	int wait_ms = standing == USER_LOCKED ? LATER_WAIT_MS : FIRST_WAIT_MS;

	if (standing == -1)
		return -1;
	if (standing == USER_NONE)
		return 0;
	if (revoke_login(h, c, user, err) == -1 ||
	    replay_wait_all(h, cl, wait_ms, err) == -1 ||
	    revoke_sessions(h, cl, user, err) == -1 ||
	    revoke_role(h, cl, user, err) == -1)
		return error_wrap(err, "revoke %s", user);
	hook_log(h, "INFO", "%s is revoked on every member", user);
	return 0;
}

int
revoke_rights(struct hook *h, const struct cluster *cl, const char *user,
    const char *database, struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	autofree char *heir = c == NULL ? NULL : heir_of(c, user, err);
	struct left l = { .database = database, .user = user, .heir = heir };
	int rc;

	if (heir == NULL || replay_wait_all(h, cl, REPLAY_MS, err) == -1 ||
	    revoke_sessions(h, cl, user, err) == -1 || roles_lock(c, err) == -1)
		return -1;
	rc = revoke_objects(cl, c, &l, err);
	roles_unlock(h, c);
	return rc == -1 ? error_wrap(err, "%s", user) : 0;
}

json_t *
revoke_candidates(struct hook *h, const struct cluster *cl, struct error *err)
{
	const char *const params[] = { ROLES_MARK_USER, NULL };
	struct conn *c = cluster_connect_primary(h, cl, err);
	autoresult *users = c == NULL ? NULL :
					conn_query(c,
					    "SELECT r.rolname FROM "
					    "pg_shdescription d JOIN pg_roles "
					    "r ON r.oid = d.objoid WHERE "
					    "d.classoid = 'pg_authid'::regclass"
					    " AND d.description = $1",
					    params, err);
	json_t *found;

	if (users == NULL)
		return NULL;
	found = json_object();
	for (int i = 0; i < PQntuples(users); i++)
		json_object_set_new(found, PQgetvalue(users, i, 0),
		    json_true());
	return found;
}
