/* SPDX-License-Identifier: Apache-2.0 */
/* The roles that there are to be: what they may, and what they are in. */

#include <string.h>

#include "answer.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "charm.h"
#include "doctor_ask.h"
#include "extra.h"
#include "names.h"
#include "wish.h"

#define AGAIN "remove the relation and add it again"

/* clang-format off */
#define ATTRIBUTES                              \
	"('LOGIN', r.rolcanlogin),"             \
	" ('SUPERUSER', r.rolsuper),"           \
	" ('CREATEDB', r.rolcreatedb),"         \
	" ('CREATEROLE', r.rolcreaterole),"     \
	" ('REPLICATION', r.rolreplication),"   \
	" ('BYPASSRLS', r.rolbypassrls)"

/* A group that this version of the server does not have is left out. */
const struct doctor_question doctor_roles = {
	"drift", "every role of ours may do what it is for, and no more",
	ABOUT_ROLES,
	"WITH ours (name, attributes, groups) AS (VALUES"
	" ('operator', '{LOGIN,SUPERUSER,CREATEDB,CREATEROLE,REPLICATION,"
	"BYPASSRLS}'::text[], '{}'::text[]),"
	" ('replication', '{LOGIN,REPLICATION}', '{tenon_internal}'),"
	" ('rewind', '{LOGIN}', '{}'),"
	" ('monitoring', '{LOGIN}', '{pg_monitor}'),"
	" ('backup', '{LOGIN,REPLICATION}',"
	"  '{pg_read_all_settings,pg_read_all_data,pg_checkpoint}'),"
	" ('tenon_rescue', '{LOGIN,SUPERUSER}', '{}'),"
	" ('tenon_internal', '{}', '{}'), ('tenon_admins', '{}', '{}'),"
	" ('tenon_clients', '{}', '{}')),"
	" expected AS (SELECT name, attributes, groups, format("
	"   'CREATE ROLE %I %s%s', name, array_to_string(attributes, ' '),"
	"   CASE WHEN name NOT LIKE 'tenon%' THEN '; then give it a password"
	" with the action set-password' END) AS mend"
	"  FROM ours UNION ALL SELECT name, attributes, groups, '" AGAIN "'"
	"  FROM json_to_recordset($1::json)"
	"   AS (name text, attributes text[], groups text[]))"
	" SELECT 'error', format('role %I is missing', e.name), e.mend"
	" FROM expected e LEFT JOIN pg_roles r ON r.rolname = e.name"
	" WHERE r.oid IS NULL"
	" UNION ALL SELECT 'error', format('role %I %s', e.name, CASE WHEN a.has"
	"  THEN 'was given ' ELSE 'has lost ' END || a.word),"
	" format('ALTER ROLE %I %s', e.name, CASE WHEN a.has THEN 'NO' ELSE ''"
	"  END || a.word)"
	" FROM expected e JOIN pg_roles r ON r.rolname = e.name,"
	" LATERAL (VALUES " ATTRIBUTES ") a (word, has)"
	" WHERE a.has <> (a.word = ANY (e.attributes))"
	" UNION ALL SELECT 'error', format('role %I is not in %I any more',"
	"  e.name, g.rolname), format('GRANT %I TO %I', g.rolname, e.name)"
	" FROM expected e JOIN pg_roles r ON r.rolname = e.name"
	" JOIN pg_roles g ON g.rolname = ANY (e.groups)"
	" WHERE NOT EXISTS (SELECT FROM pg_auth_members m"
	"  WHERE m.roleid = g.oid AND m.member = r.oid) ORDER BY 2"
};
/* clang-format on */

static void
add_word(json_t *list, const char *word)
{
	json_array_append_new(list, json_string(word));
}

/* As roles_grant() makes it. */
static json_t *
attributes_of(const struct wish *w)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {
		{ EXTRA_CREATEDB, "CREATEDB" },
		{ EXTRA_CREATEROLE, "CREATEROLE" },
		{ EXTRA_SUPERUSER, "SUPERUSER" },
	};
	json_t *list = json_array();

	if (w->kind != WISH_GROUP)
		add_word(list, "LOGIN");
	for (size_t i = 0; i < nitems(words); i++)
		if (w->extra & words[i].flag)
			add_word(list, words[i].word);
	return list;
}

static json_t *
groups_of(const struct wish *w, const char *database)
{
	autofree char *owner = name_owner(database);
	autofree char *reader = name_reader(database);
	const char *of_owner = w->extra & EXTRA_LIMITED ? reader : owner;
	json_t *list = json_array();

	add_word(list, w->kind == WISH_OWNER ? of_owner : database);
	if (w->kind != WISH_GROUP)
		add_word(list, "tenon_clients");
	return list;
}

/* What it was granted, not what it has asked for since. */
static int
expect(struct hook *h, const char *relation, json_t *expected,
    struct error *err)
{
	json_auto_t *told = answer_read(h, relation, err);
	const char *user = told != NULL ? answer_user(told) : NULL;
	const char *database = json_text(told, "database", "");
	const char *text = json_text(told, "data", "");
	struct error ignored = { 0 };
	json_auto_t *granted = NULL;
	autowish w = { 0 };

	if (user == NULL)
		return told != NULL ? 0 : -1;
	granted = json_read(text, strlen(text), LIMIT_BAG_BYTES, &ignored);
	if (granted == NULL || wish_read(granted, database, &w, &ignored) == -1)
		return 0;
	json_array_append_new(expected,
	    json_pack("{s:s, s:o, s:o}", "name", user, "attributes",
		attributes_of(&w), "groups", groups_of(&w, database)));
	return 0;
}

char *
doctor_expect(struct hook *h, struct error *err)
{
	json_auto_t *list = hook_relations(h, "database", err);
	json_auto_t *expected = json_array();
	const json_t *relation;
	size_t i;

	if (list == NULL)
		return NULL;
	json_array_foreach(list, i, relation)
		if (expect(h, json_string_value(relation), expected, err) == -1)
			return NULL;
	return json_line(expected);
}
