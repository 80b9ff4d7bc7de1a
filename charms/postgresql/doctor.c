/* SPDX-License-Identifier: Apache-2.0 */

#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "doctor.h"
#include "doctor_ask.h"
#include "names.h"
#include "plugins.h"
#include "release.h"
#include "version.h"

/* In how many databases it looks. */
#define DOCTOR_DATABASES_MAX 200

#define MARK DOCTOR_MARK
#define SYSTEM_ROLES                                           \
	"('operator', 'replication', 'rewind', 'monitoring', " \
	"'backup', 'tenon_rescue', 'tenon_internal', "         \
	"'tenon_admins', 'tenon_clients')"

/* clang-format off */
static const struct doctor_question doctor_questions[] = {
	{ "roles", "every role is one of ours, and has what it is for",
	    ABOUT_USERS,
	    "SELECT 'warning', format('role %I is nobody''s: %s', r.rolname,"
	    " CASE WHEN " MARK " LIKE 'tenon: user of%' THEN"
	    "  'its relation is gone' WHEN " MARK " LIKE 'tenon: database%' THEN"
	    "  'its database is gone' ELSE"
	    "  'a person made it, or a client with createrole' END),"
	    " format('if nobody needs it: DROP OWNED BY %1$I; DROP ROLE %1$I"
	    "', r.rolname)"
	    " FROM pg_roles r WHERE r.oid >= 16384 AND r.rolname NOT IN "
	    SYSTEM_ROLES " AND (" MARK " NOT LIKE 'tenon: %'"
	    "  OR (" MARK " = 'tenon: user of a relation'"
	    "   AND r.rolname <> ALL ($1::text[]))"
	    "  OR (" MARK " ~ '^tenon: database [0-9]+$' AND NOT EXISTS ("
	    "   SELECT FROM pg_database d WHERE " MARK
	    "    = 'tenon: database ' || d.oid))"
	    "  OR (" MARK " = 'tenon: database' AND NOT EXISTS ("
	    "   SELECT FROM pg_database d WHERE r.rolname IN"
	    "    (d.datname || '" NAME_OWNER_SUFFIX "',"
	    "     d.datname || '" NAME_READER_SUFFIX "'))))"
	    " ORDER BY r.rolname" },
	{ "owners", "no login of a person owns anything", ABOUT_USERS,
	    "SELECT CASE WHEN r.rolname = ANY ($1::text[]) THEN 'ok' ELSE"
	    " 'warning' END, format('%I owns %s objects in database %I%s',"
	    " r.rolname, count(*), coalesce(d.datname, '(all)'),"
	    " CASE WHEN r.rolname = ANY ($1::text[]) THEN '; they become the"
	    " owner role''s when its relation goes' ELSE '' END),"
	    " CASE WHEN r.rolname <> ALL ($1::text[]) THEN format('in it:"
	    " REASSIGN OWNED BY %I TO %I', r.rolname, d.datname || ':owner')"
	    " END FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid"
	    " LEFT JOIN pg_database d ON d.oid = s.dbid"
	    " WHERE s.refclassid = 'pg_authid'::regclass AND s.deptype = 'o'"
	    " AND r.rolcanlogin AND r.oid >= 16384 AND r.rolname NOT IN "
	    SYSTEM_ROLES " GROUP BY r.rolname, d.datname"
	    " ORDER BY r.rolname, d.datname" },
	{ "drift", "databases and their roles are as we made them",
	    ABOUT_NOTHING,
	    "SELECT 'error', format('database %I belongs to %I, which may drop"
	    " it', d.datname, pg_get_userbyid(d.datdba)),"
	    " format('ALTER DATABASE %I OWNER TO operator', d.datname)"
	    " FROM pg_database d JOIN pg_roles r ON " MARK
	    "  = 'tenon: database ' || d.oid WHERE pg_get_userbyid(d.datdba)"
	    "  <> 'operator'"
	    " UNION ALL SELECT 'error', format('the gate of database %I is"
	    " called %I', d.datname, r.rolname),"
	    " format('ALTER ROLE %I RENAME TO %I', r.rolname, d.datname)"
	    " FROM pg_database d JOIN pg_roles r ON " MARK
	    "  = 'tenon: database ' || d.oid WHERE d.datname <> r.rolname"
	    " UNION ALL SELECT 'error', format('role %I is missing',"
	    "  d.datname || s.suffix), 'remove the relation and add it again'"
	    " FROM pg_database d JOIN pg_roles r ON " MARK
	    "  = 'tenon: database ' || d.oid,"
	    " (VALUES (':owner'), (':reader')) s (suffix)"
	    " WHERE to_regrole(quote_ident(d.datname || s.suffix)) IS NULL"
	    " UNION ALL SELECT 'error', format('role %I may log in, and has no"
	    " password of ours', r.rolname),"
	    " format('ALTER ROLE %I NOLOGIN', r.rolname) FROM pg_roles r"
	    " WHERE " MARK " LIKE 'tenon: database%' AND r.rolcanlogin" },
	{ "lag", "no standby lags", ABOUT_NOTHING,
	    "SELECT 'warning', format('%s has %s to replay',"
	    " application_name, pg_size_pretty(behind)),"
	    " 'look for long queries there, and at its disk' FROM"
	    " (SELECT application_name, pg_wal_lsn_diff(pg_current_wal_lsn(),"
	    "  replay_lsn) AS behind FROM pg_stat_replication"
	    "  WHERE replay_lsn IS NOT NULL) s WHERE behind > 64 * 1024 ^ 2"
	    " ORDER BY application_name" },
	{ "commits", "no commit waits for a standby", ABOUT_NOTHING,
	    "SELECT 'error', format('%s commits wait for standbys, %s', count(*),"
	    " current_setting('synchronous_standby_names')), 'let a standby"
	    " come back, or set synchronous_mode_strict=false'"
	    " FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND"
	    " query_start < now() - interval '1 second' HAVING count(*) > 0" },
};

/* The same in each database. */
static const struct doctor_question doctor_inside[] = { {
	"unlogged", "no table is lost with a crash", ABOUT_NOTHING,
	"SELECT 'warning', format('table %s in database %I is unlogged: after"
	" a crash, and on a standby that is promoted, it is empty',"
	" c.oid::regclass, current_database()),"
	" format('ALTER TABLE %s SET LOGGED', c.oid::regclass)"
	" FROM pg_class c WHERE c.relpersistence = 'u' AND c.relkind IN"
	" ('r', 'm') ORDER BY 2",
}, {
	"drift", "every database has the extensions that are enabled",
	ABOUT_EXTENSIONS,
	"SELECT 'error', format('database %I does not have extension %I, which"
	" is enabled', current_database(), a.name),"
	" format('in it: CREATE EXTENSION %I SCHEMA public', a.name)"
	" FROM pg_available_extensions a WHERE a.name = ANY ($1::text[])"
	" AND a.installed_version IS NULL ORDER BY 2",
} };

static const char databases_sql[] =
	"SELECT datname FROM pg_database WHERE datallowconn AND NOT"
	" datistemplate AND datname NOT LIKE 'tenon-spare-%' ORDER BY 1"
	" LIMIT " ;
/* clang-format on */

/* ---- what the questions are about ---- */

/* "{relation-3,relation-4}"; the names need no quotes. */
static int
doctor_users(struct hook *h, struct strbuf *array, struct error *err)
{
	json_auto_t *list = hook_relations(h, "database", err);
	const json_t *relation;
	size_t i;

	if (list == NULL)
		return -1;
	strbuf_addc(array, '{');
	json_array_foreach(list, i, relation) {
		autofree char *user = name_user(
		    name_relation_id(json_string_value(relation)));

		strbuf_addf(array, "%s%s", i > 0 ? "," : "", user);
	}
	strbuf_addc(array, '}');
	return 0;
}

/* What a server would be if it started now. */
static char *
doctor_release(struct error *err)
{
	const char *channel = getenv("TENON_CHARM_CHANNEL");
	autofree char *bindir = version_bindir(channel != NULL ? channel : "",
	    err);

	return bindir != NULL ? release_installed(bindir, err) : NULL;
}

static void
doctor_slots(const struct cluster *cl, struct strbuf *array)
{
	strbuf_addc(array, '{');
	for (size_t i = 0; i < cl->nmembers; i++) {
		autofree char *slot = name_slot(cl->members[i].unit);

		strbuf_addf(array, "%s%s", i > 0 ? "," : "", slot);
	}
	strbuf_addc(array, '}');
}

/* ---- the look ---- */

/* Each question of each database, over one connection. */
static void
doctor_databases(const struct doctor *d, const PGresult *names)
{
	size_t found[nitems(doctor_inside)] = { 0 }, lost = 0;

	for (int i = 0; i < PQntuples(names); i++) {
		struct error why = { 0 };
		autoconn *inside = cluster_visit(d->cl, PQgetvalue(names, i, 0),
		    &why);

		for (size_t q = 0; inside != NULL && q < nitems(found); q++) {
			size_t before = json_array_size(d->findings);

			if (doctor_ask(d, &doctor_inside[q], inside, NULL,
				&why) == -1)
				break;
			found[q] += json_array_size(d->findings) - before;
		}
		/* One that has gone meanwhile, or lets nobody in. */
		if (why.code != ERROR_NONE) {
			doctor_say(d, "databases", "warning", why.msg, NULL);
			lost++;
		}
	}
	for (size_t q = 0; q < nitems(found); q++)
		doctor_well(d, &doctor_inside[q],
		    json_array_size(d->findings) - found[q] - lost);
}

static int
ask_primary(const struct doctor *d, const struct doctor_question *q,
    struct error *err)
{
	struct conn *c = cluster_connect_primary(d->h, d->cl, err);
	size_t before = json_array_size(d->findings);

	if (c == NULL || doctor_ask(d, q, c, NULL, err) == -1)
		return -1;
	doctor_well(d, q, before);
	return 0;
}

static int
look_inside(const struct doctor *d, struct error *err)
{
	autofree char *sql = xasprintf("%s%d", databases_sql,
	    DOCTOR_DATABASES_MAX);
	struct conn *c = cluster_connect_primary(d->h, d->cl, err);
	autoresult *names = c != NULL ? conn_query(c, sql, NULL, err) : NULL;

	if (names == NULL)
		return -1;
	doctor_databases(d, names);
	return 0;
}

int
doctor_look(struct hook *h, const struct cluster *cl, json_t *findings,
    struct error *err)
{
	autostrbuf users = { 0 }, slots = { 0 }, extensions = { 0 };
	autofree char *roles = doctor_expect(h, err);
	autofree char *release = doctor_release(err);
	struct doctor d = { .h = h, .cl = cl, .findings = findings };

	if (roles == NULL || release == NULL ||
	    doctor_users(h, &users, err) == -1 ||
	    plugins_expect(h, cl, &extensions, err) == -1)
		return -1;
	doctor_slots(cl, &slots);
	d.about[ABOUT_USERS] = strbuf_cstr(&users);
	d.about[ABOUT_SLOTS] = strbuf_cstr(&slots);
	d.about[ABOUT_ROLES] = roles;
	d.about[ABOUT_EXTENSIONS] = strbuf_cstr(&extensions);
	d.about[ABOUT_RELEASE] = release;
	doctor_members(&d);
	for (size_t i = 0; i < nitems(doctor_questions); i++)
		if (ask_primary(&d, &doctor_questions[i], err) == -1)
			return -1;
	if (ask_primary(&d, &doctor_roles, err) == -1)
		return -1;
	return look_inside(&d, err);
}
