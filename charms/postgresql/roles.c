/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "database.h"
#include "entity.h"
#include "extra.h"
#include "names.h"
#include "roles.h"
#include "session.h"
#include "spare.h"
#include "sql.h"

/* Locks belong to a database: all of ours are taken in "postgres". */
#define LOCK_SQL "SELECT pg_advisory_lock(8387227)"

static const char mark_user[] = ROLES_MARK_USER;

int
roles_lock(struct conn *c, struct error *err)
{
	return c->plan != NULL ? 0 : conn_exec(c, LOCK_SQL, err);
}

void
roles_unlock(struct hook *h, struct conn *c)
{
	struct error ignored = { 0 };

	/* Who cannot unlock is disconnected, and that unlocks. */
	if (c->plan == NULL &&
	    conn_exec(c, "SELECT pg_advisory_unlock_all()", &ignored) == -1)
		session_drop(h, c);
}

/* 1 if it exists and is ours, 0 if it does not exist. */
static int
user_exists(struct conn *c, const struct grant *g, struct error *err)
{
	const char *const params[] = { g->user, NULL };
	autoresult *role = conn_query(c,
	    "SELECT coalesce(shobj_description(oid, 'pg_authid'), '') FROM "
	    "pg_roles WHERE rolname = $1",
	    params, err);

	if (role == NULL)
		return -1;
	if (PQntuples(role) == 0)
		return 0;
	if (strcmp(PQgetvalue(role, 0, 0), mark_user) == 0)
		return 1;
	error_set(err, ERROR_CONFLICT,
	    "role \"%s\" exists already and was not made for a relation",
	    g->user);
	return error_hint(err, "drop that role, or relate again");
}

/* It may have been made for another database, and then cut off. */
static int
user_leave_groups(struct strbuf *sql, struct conn *c, const struct grant *g,
    struct error *err)
{
	const char *const params[] = { g->user, NULL };
	autoresult *groups = conn_query(c,
	    "SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid "
	    "= m.roleid JOIN pg_roles u ON u.oid = m.member WHERE u.rolname = "
	    "$1",
	    params, err);

	if (groups == NULL)
		return -1;
	for (int i = 0; i < PQntuples(groups); i++)
		if (sql_build(sql, err, "REVOKE %I FROM %I;",
			PQgetvalue(groups, i, 0), g->user) == -1)
			return -1;
	return 0;
}

int
roles_begin_user(struct strbuf *sql, struct conn *primary,
    const struct grant *g, struct error *err)
{
	int exists = user_exists(primary, g, err);

	if (exists == -1)
		return -1;
	return exists ? user_leave_groups(sql, primary, g, err) :
			sql_build(sql, err, "CREATE ROLE %I;", g->user);
}

static int
user_base(struct strbuf *sql, const struct grant *g, const char *verifier,
    struct error *err)
{
	autofree char *owner = name_owner(g->database);
	autofree char *reader = name_reader(g->database);
	const char *group = g->extra & EXTRA_LIMITED ? reader : owner;

	if (sql_build(sql, err, "ALTER ROLE %I LOGIN PASSWORD %L", g->user,
		verifier) == -1)
		return -1;
	extra_attributes(sql, g->extra);
	return sql_build(sql, err,
	    "; COMMENT ON ROLE %I IS %L; GRANT %I, tenon_clients TO %I;",
	    g->user, mark_user, group, g->user);
}

/*
 * What a client makes belongs to the owner role, and so outlives the client.
 * One with wide rights has to keep them, and stays who it is.
 */
static int
user_settings(struct strbuf *sql, const struct grant *g, struct error *err)
{
	autofree char *owner = name_owner(g->database);

	/* It may have had other rights before. */
	if (sql_build(sql, err,
		"REVOKE ALL ON DATABASE %I FROM %I;"
		"ALTER ROLE %I IN DATABASE %I RESET ALL;",
		g->database, g->user, g->user, g->database) == -1)
		return -1;
	if ((g->extra & (EXTRA_READER | EXTRA_READ_ALL)) != 0 &&
	    sql_build(sql, err,
		"ALTER ROLE %I IN DATABASE %I SET "
		"default_transaction_read_only TO on;",
		g->user, g->database) == -1)
		return -1;
	if (g->extra & EXTRA_LIMITED)
		return sql_build(sql, err,
		    "GRANT CONNECT ON DATABASE %I TO %I;", g->database,
		    g->user);
	if ((g->extra & EXTRA_WIDE) == 0 &&
	    sql_build(sql, err, "ALTER ROLE %I IN DATABASE %I SET role TO %L;",
		g->user, g->database, owner) == -1)
		return -1;
	/* The order of the grants is the order in which \l shows them. */
	return sql_build(sql, err,
	    "REVOKE CREATE ON DATABASE %I FROM %I;"
	    "GRANT ALL ON DATABASE %I TO %I;"
	    "GRANT CREATE ON DATABASE %I TO %I;",
	    g->database, owner, g->database, g->user, g->database, owner);
}

int
roles_add_extras(struct strbuf *sql, const struct grant *g, struct error *err)
{
	static const struct {
		unsigned flags;
		const char *group;
	} groups[] = {
		{ EXTRA_ANYWHERE, "tenon_admins" },
		{ EXTRA_ADMIN | EXTRA_READ_ALL | EXTRA_WRITE_ALL,
		    "pg_read_all_data" },
		{ EXTRA_ADMIN | EXTRA_WRITE_ALL, "pg_write_all_data" },
		{ EXTRA_STATS, "pg_monitor" },
	};

	for (size_t i = 0; i < nitems(groups); i++)
		if ((g->extra & groups[i].flags) != 0 &&
		    sql_build(sql, err, "GRANT %I TO %I;", groups[i].group,
			g->user) == -1)
			return -1;
	return 0;
}

int
roles_ensure_user(struct conn *primary, const struct grant *g,
    struct error *err)
{
	autofree char *verifier = conn_verifier(primary, g->user, g->password,
	    err);
	autostrbuf sql = { 0 };

	if (verifier == NULL || roles_begin_user(&sql, primary, g, err) == -1)
		return -1;
	if (user_base(&sql, g, verifier, err) == -1 ||
	    user_settings(&sql, g, err) == -1 ||
	    roles_add_extras(&sql, g, err) == -1)
		return -1;
	return conn_exec_retry(primary, strbuf_cstr(&sql), err);
}

/* It makes its tables as itself, and not as the owner role. */
static int
user_open_to_readers(const struct cluster *cl, const struct grant *g,
    struct error *err)
{
	autofree char *reader = name_reader(g->database);
	autoconn *inside = NULL;
	autostrbuf sql = { 0 };

	if ((g->extra & EXTRA_WIDE) == 0 || (g->extra & EXTRA_LIMITED) != 0)
		return 0;
	inside = cluster_visit(cl, g->database, err);
	if (inside == NULL ||
	    database_add_readers(&sql, g->user, reader, err) == -1)
		return -1;
	return conn_exec_retry(inside, strbuf_cstr(&sql), err);
}

static int
ensure_owner(const struct cluster *cl, struct conn *primary,
    const struct grant *g, struct error *err)
{
	if (roles_ensure_user(primary, g, err) == -1)
		return -1;
	return user_open_to_readers(cl, g, err);
}

bool
roles_refuse(const struct error *e)
{
	return e->code == ERROR_INVALID || e->code == ERROR_CONFLICT;
}

int
roles_grant(struct hook *h, const struct cluster *cl, const struct grant *g,
    struct error *err)
{
	struct conn *primary = cluster_connect_primary(h, cl, err);
	enum spared got = SPARED_NOTHING;
	int rc;

	if (primary == NULL ||
	    (g->fresh != NULL && spare_take(h, primary, g, &got, err) == -1))
		return -1;
	if (got == SPARED_USER)
		return 0;
	if (roles_lock(primary, err) == -1)
		return -1;
	rc = got == SPARED_DATABASE ?
	    0 :
	    database_ensure(cl, primary, g->database, err);
	if (rc == 0)
		rc = g->kind == WISH_OWNER ? ensure_owner(cl, primary, g, err) :
					     entity_ensure(cl, primary, g, err);
	roles_unlock(h, primary);
	/* A refusal is for the client, who knows who it is. */
	if (rc == -1 && !roles_refuse(err))
		return error_wrap(err, "%s", g->user);
	return rc;
}
