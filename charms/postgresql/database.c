/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cluster.h"
#include "conn.h"
#include "database.h"
#include "names.h"
#include "sql.h"

static const char mark_making[] = "tenon: database in the making";
static const char mark_made[] = "tenon: database";

void
database_init(struct database *d, const char *name)
{
	*d = (struct database){
		.name = name,
		.owner = name_owner(name),
		.reader = name_reader(name),
	};
}

void
database_release(struct database *d)
{
	free(d->owner);
	free(d->reader);
	free(d->oid);
	free(d->mark);
	*d = (struct database){ 0 };
}

static int
database_foreign(const struct database *d, const char *what, const char *name,
    struct error *err)
{
	error_set(err, ERROR_CONFLICT,
	    "%s \"%s\" exists already and was not made for a relation", what,
	    name);
	return error_hint(err,
	    "choose another name than \"%s\", or have it taken over with the "
	    "action adopt-database",
	    d->name);
}

/* Each of the roles is either missing, or ours. */
static int
database_read_roles(struct conn *c, struct database *d, struct error *err)
{
	const char *const params[] = { d->name, d->owner, d->reader, NULL };
	autoresult *roles = conn_query(c,
	    "SELECT rolname, coalesce(shobj_description(oid, 'pg_authid'), '')"
	    " FROM pg_roles WHERE rolname IN ($1, $2, $3)",
	    params, err);

	if (roles == NULL)
		return -1;
	for (int i = 0; i < PQntuples(roles); i++) {
		const char *name = PQgetvalue(roles, i, 0);
		const char *comment = PQgetvalue(roles, i, 1);

		if (strncmp(comment, mark_made, strlen(mark_made)) != 0)
			return database_foreign(d, "role", name, err);
		if (strcmp(name, d->name) == 0)
			xreplace(&d->mark, comment);
		d->has_owner |= strcmp(name, d->owner) == 0;
		d->has_reader |= strcmp(name, d->reader) == 0;
	}
	return 0;
}

bool
database_exists(const struct database *d)
{
	return *d->oid != '\0';
}

bool
database_has_roles(const struct database *d)
{
	return d->mark != NULL && d->has_owner && d->has_reader;
}

bool
database_is_made(const struct database *d)
{
	autofree char *mark = xasprintf("%s %s", mark_made, d->oid);

	return database_exists(d) && d->mark != NULL &&
	    strcmp(d->mark, mark) == 0;
}

/* We may have been cut off after CREATE DATABASE. */
static bool
database_is_in_the_making(const struct database *d)
{
	return d->mark != NULL && strcmp(d->mark, mark_making) == 0;
}

static int
database_read_oid(struct conn *c, struct database *d, struct error *err)
{
	const char *const params[] = { d->name, NULL };

	free(d->oid);
	d->oid = conn_value(c, "SELECT oid FROM pg_database WHERE datname = $1",
	    params, err);
	return d->oid != NULL ? 0 : -1;
}

int
database_look(struct conn *c, struct database *d, struct error *err)
{
	if (database_read_oid(c, d, err) == -1)
		return -1;
	return database_read_roles(c, d, err);
}

/* The gate lets its members into the database of its name, by pg_hba.conf. */
int
database_add_roles(struct strbuf *sql, const struct database *d,
    struct error *err)
{
	static const char create[] = "CREATE ROLE %I NOLOGIN;";

	if ((d->mark == NULL && sql_build(sql, err, create, d->name) == -1) ||
	    (!d->has_owner && sql_build(sql, err, create, d->owner) == -1) ||
	    (!d->has_reader && sql_build(sql, err, create, d->reader) == -1))
		return -1;
	return sql_build(sql, err,
	    "GRANT %I TO %I, %I; COMMENT ON ROLE %I IS %L;"
	    "COMMENT ON ROLE %I IS %L; COMMENT ON ROLE %I IS %L;",
	    d->name, d->owner, d->reader, d->name, mark_making, d->owner,
	    mark_made, d->reader, mark_made);
}

static int
database_make_roles(struct conn *c, const struct database *d, struct error *err)
{
	autostrbuf sql = { 0 };

	if (database_add_roles(&sql, d, err) == -1)
		return -1;
	return conn_exec_retry(c, strbuf_cstr(&sql), err);
}

/* The operator owns it, so that a client can neither drop nor rename it. */
static int
database_make(struct conn *c, const struct database *d, struct error *err)
{
	autostrbuf sql = { 0 };

	if (sql_build(&sql, err,
		"CREATE DATABASE %I OWNER operator TEMPLATE template0;",
		d->name) == -1)
		return -1;
	return conn_exec(c, strbuf_cstr(&sql), err);
}

/* What `maker` will make can be read by the readers. */
int
database_add_readers(struct strbuf *sql, const char *maker, const char *reader,
    struct error *err)
{
	return sql_build(sql, err,
	    "ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT USAGE ON SCHEMAS "
	    "TO %I;"
	    "ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT SELECT ON TABLES "
	    "TO %I;"
	    "ALTER DEFAULT PRIVILEGES FOR ROLE %I GRANT SELECT ON "
	    "SEQUENCES TO %I;",
	    maker, reader, maker, reader, maker, reader);
}

int
database_add_mark(struct strbuf *sql, const struct database *d,
    struct error *err)
{
	autofree char *mark = xasprintf("%s %s", mark_made, d->oid);

	return sql_build(sql, err, "COMMENT ON ROLE %I IS %L;", d->name, mark);
}

int
database_add_marks(struct strbuf *sql, const struct database *d,
    struct error *err)
{
	if (sql_build(sql, err,
		"COMMENT ON ROLE %I IS %L; COMMENT ON ROLE %I IS %L;", d->owner,
		mark_made, d->reader, mark_made) == -1)
		return -1;
	return database_add_mark(sql, d, err);
}

int
database_add_inside(struct strbuf *sql, const struct database *d,
    struct error *err)
{
	if (sql_build(sql, err,
		"ALTER SCHEMA public OWNER TO %I;"
		"REVOKE ALL ON SCHEMA public FROM PUBLIC;"
		"GRANT USAGE ON SCHEMA public TO %I;",
		d->owner, d->reader) == -1)
		return -1;
	return database_add_readers(sql, d->owner, d->reader, err);
}

static int
database_prepare(const struct cluster *cl, const struct database *d,
    struct error *err)
{
	autoconn *inside = cluster_visit(cl, d->name, err);
	autostrbuf sql = { 0 };

	if (inside == NULL)
		return -1;
	if (database_add_inside(&sql, d, err) == -1 ||
	    database_add_mark(&sql, d, err) == -1)
		return -1;
	return conn_exec_retry(inside, strbuf_cstr(&sql), err);
}

/* The roles may be left of one that was dropped, or some of them be missing. */
static int
database_begin(struct conn *primary, struct database *d, struct error *err)
{
	autostrbuf sql = { 0 };

	if (!database_has_roles(d))
		return database_make_roles(primary, d, err);
	if (database_is_in_the_making(d))
		return 0;
	if (sql_build(&sql, err, "COMMENT ON ROLE %I IS %L;", d->name,
		mark_making) == -1)
		return -1;
	return conn_exec_retry(primary, strbuf_cstr(&sql), err);
}

int
database_ensure(const struct cluster *cl, struct conn *primary,
    const char *name, struct error *err)
{
	autodatabase d = { 0 };

	database_init(&d, name);
	if (database_look(primary, &d, err) == -1)
		return -1;
	if (database_is_made(&d) && database_has_roles(&d))
		return 0;
	if (database_exists(&d) && !database_is_made(&d) &&
	    !database_is_in_the_making(&d))
		return database_foreign(&d, "database", d.name, err);
	if (database_begin(primary, &d, err) == -1)
		return -1;
	if (!database_exists(&d) &&
	    (database_make(primary, &d, err) == -1 ||
		database_read_oid(primary, &d, err) == -1))
		return -1;
	/* Which number it will get the server alone knows. */
	if (!database_exists(&d))
		xreplace(&d.oid, "<oid>");
	return database_prepare(cl, &d, err);
}
