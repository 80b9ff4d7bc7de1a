/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cluster.h"
#include "conn.h"
#include "entity.h"
#include "extra.h"
#include "names.h"
#include "roles.h"
#include "sql.h"

/* One permission, on its way into a statement. */
struct giving {
	struct conn *inside; /* In the database. */
	const struct grant *grant;
	const struct permission *permission;
	const char *owner; /* The database's owner role. */
	struct strbuf *sql;
};

static int
missing(const struct giving *g, struct error *err)
{
	const struct permission *p = g->permission;

	error_set(err, ERROR_CONFLICT,
	    "there is no %s \"%s%s%s\" in database \"%s\", or it is not the "
	    "clients'",
	    resource_word(p->resource), p->schema, p->object != NULL ? "." : "",
	    p->object != NULL ? p->object : "", g->grant->database);
	return error_hint(err, "make it, or change entity-permissions");
}

static int
give_database(const struct giving *g, struct error *err)
{
	strbuf_adds(g->sql, "GRANT ");
	permission_add_words(g->sql, g->permission);
	return sql_build(g->sql, err, " ON DATABASE %I TO %I;",
	    g->grant->database, g->grant->user);
}

static int
check_schema(const struct giving *g, struct error *err)
{
	const char *const params[] = { g->permission->schema, g->owner, NULL };
	/* By then the owner has it; nothing else is in there. */
	bool found = strcmp(g->permission->schema, "public") == 0;

	if (!g->inside->is_to_be &&
	    conn_bool(g->inside,
		"SELECT count(*) > 0 FROM pg_namespace WHERE nspname = $1 AND "
		"nspowner = (SELECT oid FROM pg_roles WHERE rolname = $2)",
		params, &found, err) == -1)
		return -1;
	return found ? 0 : missing(g, err);
}

static int
give_schema(const struct giving *g, struct error *err)
{
	strbuf_adds(g->sql, "GRANT ");
	permission_add_words(g->sql, g->permission);
	return sql_build(g->sql, err, " ON SCHEMA %I TO %I;",
	    g->permission->schema, g->grant->user);
}

/* What will be made in the schema. */
static int
give_future(const struct giving *g, struct error *err)
{
	if (sql_build(g->sql, err,
		"ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT ",
		g->owner, g->permission->schema) == -1)
		return -1;
	permission_add_words(g->sql, g->permission);
	strbuf_adds(g->sql,
	    g->permission->resource == RESOURCE_TABLE ? " ON TABLES" :
							" ON SEQUENCES");
	return sql_build(g->sql, err, " TO %I;", g->grant->user);
}

static int
give_object(const struct giving *g, const char *object, struct error *err)
{
	strbuf_adds(g->sql, "GRANT ");
	permission_add_words(g->sql, g->permission);
	strbuf_adds(g->sql,
	    g->permission->resource == RESOURCE_TABLE ? " ON TABLE" :
							" ON SEQUENCE");
	return sql_build(g->sql, err, " %I.%I TO %I;", g->permission->schema,
	    object, g->grant->user);
}

/* The one that is named, or all. */
static int
give_objects(const struct giving *g, struct error *err)
{
	const struct permission *p = g->permission;
	bool all = strcmp(p->object, "*") == 0;
	const char *const params[] = { p->schema, g->owner,
		p->resource == RESOURCE_TABLE ? "r,p,v,m,f" : "S", p->object,
		NULL };
	autoresult *found = conn_query(g->inside,
	    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = "
	    "c.relnamespace JOIN pg_roles o ON o.oid = c.relowner WHERE "
	    "n.nspname = $1 AND o.rolname = $2 AND c.relkind::text = "
	    "ANY(string_to_array($3, ',')) AND $4::text IN ('*', c.relname::text)",
	    params, err);

	if (found == NULL)
		return -1;
	if (!all && PQntuples(found) == 0)
		return missing(g, err);
	if (sql_build(g->sql, err, "GRANT USAGE ON SCHEMA %I TO %I;", p->schema,
		g->grant->user) == -1)
		return -1;
	for (int i = 0; i < PQntuples(found); i++)
		if (give_object(g, PQgetvalue(found, i, 0), err) == -1)
			return -1;
	return all ? give_future(g, err) : 0;
}

static int
give(const struct giving *g, struct error *err)
{
	if (g->permission->resource == RESOURCE_DATABASE)
		return give_database(g, err);
	if (check_schema(g, err) == -1)
		return -1;
	return g->permission->resource == RESOURCE_SCHEMA ?
	    give_schema(g, err) :
	    give_objects(g, err);
}

static int
give_all(struct conn *inside, const struct grant *grant, struct strbuf *sql,
    struct error *err)
{
	autofree char *owner = name_owner(grant->database);
	struct giving g = {
		.inside = inside,
		.grant = grant,
		.owner = owner,
		.sql = sql,
	};

	for (size_t i = 0; i < grant->permissions->n; i++) {
		g.permission = &grant->permissions->list[i];
		if (give(&g, err) == -1)
			return -1;
	}
	return 0;
}

/* Nothing of what it had before stays; what it has made is the owner's. */
static int
begin_anew(struct strbuf *sql, const struct grant *g, struct error *err)
{
	autofree char *owner = name_owner(g->database);

	return sql_build(sql, err,
	    "REASSIGN OWNED BY %I TO %I; DROP OWNED BY %I;"
	    "ALTER ROLE %I IN DATABASE %I RESET ALL;"
	    "COMMENT ON ROLE %I IS %L;"
	    "GRANT %I TO %I; GRANT CONNECT ON DATABASE %I TO %I;",
	    g->user, owner, g->user, g->user, g->database, g->user,
	    ROLES_MARK_USER, g->database, g->user, g->database, g->user);
}

static int
set_login(struct strbuf *sql, struct conn *primary, const struct grant *g,
    struct error *err)
{
	autofree char *verifier = NULL;

	if (g->kind == WISH_GROUP)
		return sql_build(sql, err,
		    "ALTER ROLE %I NOLOGIN PASSWORD NULL;", g->user);
	verifier = conn_verifier(primary, g->user, g->password, err);
	if (verifier == NULL ||
	    sql_build(sql, err, "ALTER ROLE %I LOGIN PASSWORD %L", g->user,
		verifier) == -1)
		return -1;
	extra_attributes(sql, g->extra);
	return sql_build(sql, err, "; GRANT tenon_clients TO %I;", g->user);
}

static int
set_reader(struct strbuf *sql, const struct grant *g, struct error *err)
{
	autofree char *reader = name_reader(g->database);

	if ((g->extra & EXTRA_READER) == 0)
		return 0;
	return sql_build(sql, err, "GRANT %I TO %I;", reader, g->user);
}

int
entity_ensure(const struct cluster *cl, struct conn *primary,
    const struct grant *g, struct error *err)
{
	autoconn *inside = cluster_visit(cl, g->database, err);
	autostrbuf sql = { 0 };

	if (inside == NULL || roles_begin_user(&sql, primary, g, err) == -1 ||
	    begin_anew(&sql, g, err) == -1 ||
	    set_login(&sql, primary, g, err) == -1 ||
	    set_reader(&sql, g, err) == -1 ||
	    roles_add_extras(&sql, g, err) == -1 ||
	    give_all(inside, g, &sql, err) == -1)
		return -1;
	return conn_exec_retry(inside, strbuf_cstr(&sql), err);
}
