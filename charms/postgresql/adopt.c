/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "adopt.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "database.h"
#include "names.h"
#include "roles.h"
#include "sql.h"

/*
 * All that is to be handed over: what was made in the database by people, each
 * with its owner and the statement for it, quoted by the server itself. What
 * hangs on something else (indexes, serial sequences, row types) goes along; a
 * multirange with its range only since PostgreSQL 17.
 */
#define THINGS_SQL                                                              \
	"WITH things (class, object, owner, word) AS ("                         \
	"  SELECT 'pg_namespace'::regclass, n.oid, n.nspowner, 'SCHEMA'"        \
	"    FROM pg_namespace n WHERE n.nspname !~ '^pg_' AND"                 \
	"    n.nspname <> 'information_schema'"                                 \
	"  UNION ALL SELECT 'pg_class'::regclass, c.oid, c.relowner,"           \
	"    CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE'"      \
	"    WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'f' THEN 'FOREIGN TABLE'"   \
	"    ELSE 'TABLE' END"                                                  \
	"    FROM pg_class c WHERE c.relkind IN ('r','p','v','m','f','S') AND"  \
	"    c.relpersistence <> 't' AND NOT (c.relkind = 'S' AND EXISTS ("     \
	"      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"  \
	"      AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND"             \
	"      d.refclassid = 'pg_class'::regclass))"                           \
	"  UNION ALL SELECT 'pg_proc'::regclass, p.oid, p.proowner, 'ROUTINE'"  \
	"    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang"            \
	"    LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid"                    \
	"    WHERE (l.lanpltrusted OR a.aggfnoid IS NOT NULL) AND NOT EXISTS (" \
	"      SELECT FROM pg_event_trigger e WHERE e.evtfoid = p.oid)"         \
	"  UNION ALL SELECT 'pg_type'::regclass, t.oid, t.typowner, 'TYPE'"     \
	"    FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid"         \
	"    WHERE t.typtype IN ('d', 'e', 'r') OR"                             \
	"      (t.typtype = 'c' AND c.relkind = 'c') OR (t.typtype = 'm' AND"   \
	"      current_setting('server_version_num')::int < 170000)"            \
	"  UNION ALL SELECT 'pg_operator'::regclass, oid, oprowner,"            \
	"    'OPERATOR' FROM pg_operator"                                       \
	"  UNION ALL SELECT 'pg_collation'::regclass, oid, collowner,"          \
	"    'COLLATION' FROM pg_collation"                                     \
	"  UNION ALL SELECT 'pg_conversion'::regclass, oid, conowner,"          \
	"    'CONVERSION' FROM pg_conversion"                                   \
	"  UNION ALL SELECT 'pg_statistic_ext'::regclass, oid, stxowner,"       \
	"    'STATISTICS' FROM pg_statistic_ext"                                \
	"  UNION ALL SELECT 'pg_ts_config'::regclass, oid, cfgowner,"           \
	"    'TEXT SEARCH CONFIGURATION' FROM pg_ts_config"                     \
	"  UNION ALL SELECT 'pg_ts_dict'::regclass, oid, dictowner,"            \
	"    'TEXT SEARCH DICTIONARY' FROM pg_ts_dict"                          \
	"  UNION ALL SELECT 'pg_largeobject'::regclass, oid, lomowner,"         \
	"    'LARGE OBJECT' FROM pg_largeobject_metadata"                       \
	"), ours AS ("                                                          \
	"  SELECT t.* FROM things t WHERE (t.object >= 16384 OR"                \
	"    t.class = 'pg_largeobject'::regclass OR"                           \
	"    (t.class = 'pg_namespace'::regclass AND t.object ="                \
	"    to_regnamespace('public'))) AND NOT EXISTS ("                      \
	"    SELECT FROM pg_depend d WHERE d.classid = t.class AND"             \
	"    d.objid = t.object AND d.deptype = 'e'))"

/* The statements, and how many they are. */
static const char statements_sql[] = THINGS_SQL
    " SELECT format('ALTER %s %s OWNER TO %I;', t.word, i.identity, $1::text) "
    "FROM ours t, pg_identify_object(t.class, t.object, 0) i WHERE "
    "pg_get_userbyid(t.owner) <> $1::text AND i.schema IS DISTINCT FROM "
    "'information_schema' AND (i.schema IS NULL OR i.schema !~ '^pg_')";

/*
 * Who loses something by it: neither superusers, who can do without, nor the
 * server's own roles, nor users of relations, who have a database of their own.
 */
static const char owners_sql[] = THINGS_SQL
    ", owners AS (SELECT owner FROM ours UNION SELECT datdba FROM pg_database "
    "WHERE datname = current_database()) SELECT r.rolname FROM owners o JOIN "
    "pg_roles r ON r.oid = o.owner WHERE NOT r.rolsuper AND r.oid >= 16384 AND "
    "r.rolname <> $1::text AND coalesce(shobj_description(r.oid, 'pg_authid'), '') "
    "NOT LIKE 'tenon: %'";

static const char schemas_sql[] = THINGS_SQL
    " SELECT n.nspname FROM ours t JOIN pg_namespace n ON n.oid = t.object "
    "WHERE t.class = 'pg_namespace'::regclass";

static int
check_database(struct conn *c, const struct database *d, struct error *err)
{
	const char *const params[] = { d->name, NULL };
	bool fit;

	if (!database_exists(d))
		return error_set(err, ERROR_NOT_FOUND,
		    "database \"%s\" does not exist", d->name);
	if (conn_bool(c,
		"SELECT datallowconn AND NOT datistemplate FROM pg_database "
		"WHERE datname = $1",
		params, &fit, err) == -1)
		return -1;
	if (fit)
		return 0;
	return error_set(err, ERROR_CONFLICT,
	    "database \"%s\" is a template, or lets nobody in", d->name);
}

/* Before the owner changes: they are to be able to do what they could. */
static int
add_owners(struct strbuf *sql, struct conn *inside, const struct database *d,
    struct error *err)
{
	const char *const params[] = { d->owner, NULL };
	autoresult *owners = conn_query(inside, owners_sql, params, err);

	if (owners == NULL)
		return -1;
	for (int i = 0; i < PQntuples(owners); i++)
		if (sql_build(sql, err, "GRANT %I TO %I;", d->owner,
			PQgetvalue(owners, i, 0)) == -1)
			return -1;
	return 0;
}

static int
add_statements(struct strbuf *sql, struct conn *inside,
    const struct database *d, size_t *n, struct error *err)
{
	const char *const params[] = { d->owner, NULL };
	autoresult *statements = conn_query(inside, statements_sql, params,
	    err);

	if (statements == NULL)
		return -1;
	for (int i = 0; i < PQntuples(statements); i++)
		strbuf_adds(sql, PQgetvalue(statements, i, 0));
	*n = (size_t)PQntuples(statements);
	return 0;
}

/*
 * Others may have been let into the schemas, and stay there. Before PostgreSQL
 * 15 everybody could make tables in `public`.
 */
static int
add_schemas(struct strbuf *sql, struct conn *inside, const struct database *d,
    struct error *err)
{
	autoresult *schemas = conn_query(inside, schemas_sql, NULL, err);

	if (schemas == NULL)
		return -1;
	for (int i = 0; i < PQntuples(schemas); i++) {
		const char *schema = PQgetvalue(schemas, i, 0);

		if (strcmp(schema, "public") == 0)
			strbuf_adds(sql,
			    "REVOKE CREATE ON SCHEMA public FROM PUBLIC;");
		if (sql_build(sql, err,
			"GRANT USAGE ON SCHEMA %I TO %I;"
			"GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I;"
			"GRANT SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I;",
			schema, d->reader, schema, d->reader, schema,
			d->reader) == -1)
			return -1;
	}
	return database_add_readers(sql, d->owner, d->reader, err);
}

static int
add_database(struct strbuf *sql, const struct database *d, struct error *err)
{
	strbuf_adds(sql, "SET LOCAL lock_timeout = '5s';");
	if (!database_has_roles(d) && database_add_roles(sql, d, err) == -1)
		return -1;
	return sql_build(sql, err,
	    "ALTER DATABASE %I OWNER TO operator;"
	    "GRANT CREATE ON DATABASE %I TO %I;"
	    "GRANT CONNECT ON DATABASE %I TO %I;",
	    d->name, d->name, d->owner, d->name, d->reader);
}

static int
take_over(const struct cluster *cl, const struct database *d, size_t *n,
    struct error *err)
{
	autoconn *inside = cluster_visit(cl, d->name, err);
	autostrbuf sql = { 0 };

	if (inside == NULL || add_database(&sql, d, err) == -1 ||
	    add_owners(&sql, inside, d, err) == -1 ||
	    add_statements(&sql, inside, d, n, err) == -1 ||
	    add_schemas(&sql, inside, d, err) == -1 ||
	    database_add_mark(&sql, d, err) == -1)
		return -1;
	if (conn_exec_retry(inside, strbuf_cstr(&sql), err) == 0)
		return 0;
	if (strcmp(inside->sqlstate, "55P03") != 0)
		return -1;
	error_set(err, ERROR_CONFLICT, "database \"%s\" is in use", d->name);
	return error_hint(err, "try again when its sessions have ended");
}

int
adopt_database(struct hook *h, const struct cluster *cl, const char *name,
    size_t *handed_over, struct error *err)
{
	struct conn *primary;
	autodatabase d = { 0 };
	int rc;

	*handed_over = 0;
	if (name_check_database(name, err) == -1)
		return -1;
	primary = cluster_connect_primary(h, cl, err);
	if (primary == NULL || roles_lock(primary, err) == -1)
		return -1;
	database_init(&d, name);
	rc = database_look(primary, &d, err);
	if (rc == 0)
		rc = check_database(primary, &d, err);
	if (rc == 0 && !database_is_made(&d))
		rc = take_over(cl, &d, handed_over, err);
	roles_unlock(h, primary);
	return rc;
}
