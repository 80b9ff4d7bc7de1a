/* SPDX-License-Identifier: Apache-2.0 */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/random.h"
#include "charm.h"
#include "conn.h"
#include "names.h"
#include "spare_look.h"

static const char passwords_key[] = "spare-passwords";

/*
 * The range is that of NAME_SPARE_PREFIX, and the index of names answers it:
 * clients' roles are not looked at, however many they are.
 */
static const char look_sql[] =
    "WITH ours AS ("
    "  SELECT regexp_replace(rolname, ':(owner|reader|user)$', '') AS name,"
    "    rolname, shobj_description(oid, 'pg_authid') AS mark FROM pg_authid"
    "    WHERE rolname >= 'tenon-spare-' AND rolname < 'tenon-spare.'),"
    "spares AS ("
    "  SELECT o.name, d.oid, count(*) AS n,"
    "    string_agg(quote_ident(o.rolname), ', ') AS roles,"
    "    bool_or(o.rolname = o.name AND"
    "      o.mark = '" SPARE_MARK " ' || d.oid) AS made,"
    "    bool_or(o.rolname = o.name AND"
    "      o.mark = '" SPARE_MARK_MAKING "') AS making"
    "    FROM ours o LEFT JOIN pg_database d ON d.datname = o.name"
    "    WHERE o.mark LIKE 'tenon: spare %' GROUP BY o.name, d.oid),"
    "wanted AS ("
    "  SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1) OR EXISTS ("
    "    SELECT FROM pg_authid WHERE rolname IN ($1, $2, $3, $4)) AS taken)"
    "SELECT w.taken, s.name, coalesce(s.oid::text, ''), s.roles,"
    "  s.made AND s.n = 4, s.made OR s.making, EXISTS ("
    "    SELECT FROM pg_stat_get_activity(NULL) a WHERE a.datid = s.oid AND"
    "    a.backend_type = 'client backend')"
    "  FROM wanted w LEFT JOIN spares s ON true ORDER BY s.oid, s.name";

void
spares_release(struct spares *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->list[i].name);
		free(s->list[i].oid);
		free(s->list[i].roles);
	}
	free(s->list);
	*s = (struct spares){ 0 };
}

static bool
is_true(const PGresult *rows, int row, int column)
{
	return *PQgetvalue(rows, row, column) == 't';
}

int
spares_look(struct conn *c, struct spares *all, const char *const *names,
    bool *taken, struct error *err)
{
	static const char *const nobody[] = { "", "", "", "", NULL };
	autoresult *rows = conn_query(c, look_sql,
	    names != NULL ? names : nobody, err);

	if (rows == NULL)
		return -1;
	if (taken != NULL)
		*taken = PQntuples(rows) > 0 && is_true(rows, 0, 0);
	all->list = xcalloc((size_t)PQntuples(rows), sizeof *all->list);
	for (int i = 0; i < PQntuples(rows); i++) {
		if (PQgetisnull(rows, i, 1))
			continue;
		all->list[all->n++] = (struct spare){
			.name = xstrdup(PQgetvalue(rows, i, 1)),
			.oid = xstrdup(PQgetvalue(rows, i, 2)),
			.roles = xstrdup(PQgetvalue(rows, i, 3)),
			.is_whole = is_true(rows, i, 4),
			.has_ours = is_true(rows, i, 5),
			.is_in_use = is_true(rows, i, 6),
		};
	}
	return 0;
}

/* ---- passwords ---- */

json_t *
spare_passwords(struct hook *h, struct error *err)
{
	json_auto_t *state = hook_state(h, err);
	json_t *known;

	if (state == NULL)
		return NULL;
	known = json_object_get(state, passwords_key);
	return json_is_object(known) ? json_copy(known) : json_object();
}

int
spare_passwords_keep(struct hook *h, json_t *stolen_passwords,
    struct error *err)
{
	return hook_state_set(h,
	    json_pack("{s:o}", passwords_key, stolen_passwords), err);
}

/* ---- names ---- */

char *
spare_new_name(void)
{
	uint64_t number;

	random_bytes(&number, sizeof number);
	return xasprintf("%s%016llx", NAME_SPARE_PREFIX,
	    (unsigned long long)number);
}

char *
spare_user(const char *spare)
{
	return xasprintf("%s:user", spare);
}
