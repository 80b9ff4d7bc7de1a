/* SPDX-License-Identifier: Apache-2.0 */

#include <libpq-fe.h>
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
#include "hba.h"
#include "names.h"

/* In how many databases it looks. */
#define DOCTOR_DATABASES_MAX 200

/* What a question is about, as an array of texts. */
enum doctor_about {
	ABOUT_NOTHING,
	ABOUT_USERS, /* Those of relations that there are. */
	ABOUT_SLOTS  /* Those of members. */
};

/* A row of the answer is a finding: its level, its text, a hint or NULL. */
struct doctor_question {
	const char *check;
	const char *well; /* To be told if there is no row; NULL: nothing. */
	enum doctor_about about;
	const char *sql;
};

#define MARK "coalesce(shobj_description(r.oid, 'pg_authid'), '')"
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
	    "    = 'tenon: database ' || d.oid)))"
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
	    " WHERE " MARK " LIKE 'tenon: database%' AND r.rolcanlogin"
	    " UNION ALL SELECT 'error', format('user %I may not log in any"
	    " more', r.rolname), format('ALTER ROLE %I LOGIN', r.rolname)"
	    " FROM pg_roles r WHERE " MARK " = 'tenon: user of a relation'"
	    " AND NOT r.rolcanlogin" },
	{ "drift", "nobody has changed the server's settings beside us",
	    ABOUT_NOTHING,
	    "SELECT CASE WHEN f.error IS NULL THEN 'warning' ELSE 'error' END,"
	    " CASE WHEN f.error IS NULL THEN format('%s = %s was set with"
	    " ALTER SYSTEM, and goes before what the charm sets', f.name,"
	    " f.setting) ELSE format('%s, line %s: %s', f.sourcefile,"
	    " f.sourceline, f.error) END, CASE WHEN f.error IS NULL THEN"
	    " format('ALTER SYSTEM RESET %I', f.name) END"
	    " FROM pg_file_settings f WHERE f.error IS NOT NULL OR"
	    " (f.sourcefile LIKE '%/postgresql.auto.conf' AND f.name NOT IN"
	    "  ('primary_conninfo', 'primary_slot_name'))"
	    " UNION ALL SELECT 'warning', format('%s is changed with the next"
	    " start only', name), NULL FROM pg_settings WHERE pending_restart"
	    " UNION ALL SELECT 'error', format('pg_hba.conf, line %s: %s',"
	    " line_number, error), NULL FROM pg_hba_file_rules"
	    " WHERE error IS NOT NULL" },
	{ "slots", "every slot belongs to a member and is in use", ABOUT_SLOTS,
	    "SELECT CASE WHEN ours AND coalesce(wal_status, '') NOT IN"
	    "  ('lost', 'unreserved') THEN 'warning' ELSE 'error' END,"
	    " format('slot %s %s%s, and holds %s of WAL', slot_name,"
	    " CASE WHEN ours THEN 'is a member''s' ELSE 'is nobody''s' END,"
	    " CASE WHEN active THEN '' ELSE ', is not in use' END,"
	    " pg_size_pretty(held)), CASE WHEN NOT ours THEN format("
	    " 'SELECT pg_drop_replication_slot(%L)', slot_name) ELSE"
	    " 'tenon why tells what its standby does' END"
	    " FROM (SELECT slot_name, active, wal_status,"
	    "  slot_name = ANY ($1::text[]) AS ours, coalesce(pg_wal_lsn_diff("
	    "  pg_current_wal_lsn(), restart_lsn), 0) AS held"
	    "  FROM pg_replication_slots WHERE NOT temporary) s"
	    " WHERE NOT ours OR NOT active OR held > 1024 ^ 3"
	    " ORDER BY slot_name" },
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
static const struct doctor_question doctor_inside = {
	"unlogged", NULL, ABOUT_NOTHING,
	"SELECT 'warning', format('table %s in database %I is unlogged: after"
	" a crash, and on a standby that is promoted, it is empty',"
	" c.oid::regclass, current_database()),"
	" format('ALTER TABLE %s SET LOGGED', c.oid::regclass)"
	" FROM pg_class c WHERE c.relpersistence = 'u' AND c.relkind IN"
	" ('r', 'm') ORDER BY 2",
};

static const char databases_sql[] =
	"SELECT datname FROM pg_database WHERE datallowconn AND NOT"
	" datistemplate AND datname NOT LIKE 'tenon-spare-%' ORDER BY 1"
	" LIMIT " ;
/* clang-format on */

static void
doctor_add(json_t *findings, const char *check, const char *const *texts)
{
	json_t *entry = json_object();

	json_put_text(entry, "check", check);
	json_put_text(entry, "level", texts[0]);
	json_put_text(entry, "message", texts[1]);
	json_put_text(entry, "hint", texts[2]);
	json_array_append_new(findings, entry);
}

#define doctor_say(findings, check, ...) \
	doctor_add((findings), (check),  \
	    (const char *const[]){ __VA_ARGS__, NULL })

static int
doctor_ask(struct conn *c, const struct doctor_question *q, const char *about,
    json_t *findings, struct error *err)
{
	const char *const params[] = { about, NULL };
	autoresult *rows = conn_query(c, q->sql,
	    q->about != ABOUT_NOTHING ? params : NULL, err);

	if (rows == NULL)
		return error_wrap(err, "%s", q->check);
	for (int i = 0; i < PQntuples(rows); i++)
		doctor_say(findings, q->check, PQgetvalue(rows, i, 0),
		    PQgetvalue(rows, i, 1),
		    PQgetisnull(rows, i, 2) ? NULL : PQgetvalue(rows, i, 2));
	if (PQntuples(rows) == 0 && q->well != NULL)
		doctor_say(findings, q->check, "ok", q->well);
	return 0;
}

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

/* ---- the parts ---- */

static void
doctor_members(const struct cluster *cl, json_t *findings)
{
	size_t ready = 0;

	for (size_t i = 0; i < cl->nmembers; i++) {
		const struct member *m = &cl->members[i];
		autofree char *text = NULL, *hint = NULL;

		if (m->is_ready) {
			ready++;
			continue;
		}
		text = xasprintf("%s does not serve", m->unit);
		hint = xasprintf("tenon why %s", m->unit);
		doctor_say(findings, "members", "error", text, hint);
	}
	if (ready == cl->nmembers)
		doctor_say(findings, "members", "ok", "all members serve");
}

/* The primary's file is the one that lets clients in. */
static int
doctor_hba(struct conn *c, json_t *findings, struct error *err)
{
	autofree char *text = conn_value(c,
	    "SELECT pg_read_file(current_setting('hba_file'))", NULL, err);
	autostrbuf expected = { 0 };

	if (text == NULL)
		return -1;
	hba_render(&expected, HBA_OPEN);
	if (strcmp(text, strbuf_cstr(&expected)) == 0)
		doctor_say(findings, "drift", "ok",
		    "pg_hba.conf is as we wrote it");
	else
		doctor_say(findings, "drift", "error",
		    "pg_hba.conf is not as we wrote it",
		    "it is written again with the next change of an option");
	return 0;
}

static int
doctor_databases(const struct cluster *cl, struct conn *c, json_t *findings,
    struct error *err)
{
	autofree char *sql = xasprintf("%s%d", databases_sql,
	    DOCTOR_DATABASES_MAX);
	autoresult *names = conn_query(c, sql, NULL, err);
	size_t before = json_array_size(findings);

	if (names == NULL)
		return -1;
	for (int i = 0; i < PQntuples(names); i++) {
		struct error why = { 0 };
		autoconn *inside = cluster_visit(cl, PQgetvalue(names, i, 0),
		    &why);

		/* One that has gone meanwhile, or lets nobody in. */
		if (inside == NULL ||
		    doctor_ask(inside, &doctor_inside, NULL, findings, &why) ==
			-1)
			doctor_say(findings, "databases", "warning", why.msg);
	}
	if (json_array_size(findings) == before)
		doctor_say(findings, "unlogged", "ok",
		    "no table is lost with a crash");
	return 0;
}

int
doctor_look(struct hook *h, const struct cluster *cl, json_t *findings,
    struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	autostrbuf users = { 0 }, slots = { 0 };
	const char *about[] = { NULL, NULL, NULL };

	if (c == NULL || doctor_users(h, &users, err) == -1)
		return -1;
	doctor_slots(cl, &slots);
	about[ABOUT_USERS] = strbuf_cstr(&users);
	about[ABOUT_SLOTS] = strbuf_cstr(&slots);
	doctor_members(cl, findings);
	for (size_t i = 0; i < nitems(doctor_questions); i++) {
		const struct doctor_question *q = &doctor_questions[i];

		if (doctor_ask(c, q, about[q->about], findings, err) == -1)
			return -1;
	}
	if (doctor_hba(c, findings, err) == -1)
		return -1;
	return doctor_databases(cl, c, findings, err);
}
