/* SPDX-License-Identifier: Apache-2.0 */
/* What each member is asked: its settings, its slots, who may come in. */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cluster.h"
#include "conn.h"
#include "doctor_ask.h"
#include "hba.h"
#include "session.h"

/* clang-format off */
static const struct doctor_question questions[] = {
	{ "drift", "nobody has changed the servers' settings beside us",
	    ABOUT_NOTHING,
	    "SELECT CASE WHEN by_hand THEN 'warning' ELSE 'error' END,"
	    " CASE WHEN by_hand THEN format('%s = %s was set with ALTER"
	    " SYSTEM, and goes before what the charm sets', name, setting)"
	    " ELSE format('%s, line %s: %s', sourcefile, sourceline,"
	    " concat_ws(': ', name, error)) END,"
	    " CASE WHEN by_hand THEN format('ALTER SYSTEM RESET %I', name) END"
	    " FROM (SELECT *, name IS NOT NULL AND sourcefile LIKE"
	    "   '%/postgresql.auto.conf' AS by_hand FROM pg_file_settings) f"
	    " WHERE (by_hand AND name NOT IN"
	    "   ('primary_conninfo', 'primary_slot_name'))"
	    "  OR (error IS NOT NULL AND NOT EXISTS (SELECT FROM pg_settings s"
	    "   WHERE s.name = lower(f.name) AND s.pending_restart))"
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
	    "  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
	    "  ELSE pg_current_wal_lsn() END, restart_lsn), 0) AS held"
	    "  FROM pg_replication_slots WHERE NOT temporary) s"
	    " WHERE NOT ours OR NOT active OR held > 1024 ^ 3"
	    " ORDER BY slot_name" },
	{ "release", "every member runs the release that is installed",
	    ABOUT_RELEASE,
	    "SELECT 'warning', format('it runs PostgreSQL %s, and %s is"
	    " installed', release, $1::text), format('when clients may be cut off,"
	    " standbys first: kill -INT %s; its charm starts it again',"
	    " split_part(pg_read_file('postmaster.pid'), E'\\n', 1))"
	    " FROM (SELECT split_part(current_setting('server_version'), ' ',"
	    "  1) AS release) s WHERE release <> $1::text" },
	{ "lag", NULL, ABOUT_NOTHING,
	    "SELECT 'warning', 'somebody has paused it: it does not replay',"
	    " 'SELECT pg_wal_replay_resume()' WHERE CASE WHEN"
	    " pg_is_in_recovery() THEN pg_is_wal_replay_paused() END" },
};
/* clang-format on */

static const struct doctor_question hba = {
	.check = "drift",
	.well = "pg_hba.conf is as we wrote it",
};

/* The file of a member that serves is the one that lets clients in. */
static int
look_at_hba(const struct doctor *d, const struct doctor_question *q,
    struct conn *c, const char *unit, struct error *err)
{
	autofree char *found = conn_value(c,
	    "SELECT pg_read_file(current_setting('hba_file'))", NULL, err);
	autofree char *text = NULL;
	autostrbuf expected = { 0 };

	if (found == NULL)
		return error_wrap(err, "%s", q->check);
	hba_render(&expected, HBA_OPEN);
	if (strcmp(found, strbuf_cstr(&expected)) == 0)
		return 0;
	text = xasprintf("%s: pg_hba.conf is not as we wrote it", unit);
	doctor_say(d, q->check, "error", text,
	    "it is written again with the next change of an option");
	return 0;
}

/*
 * Who comes anew is let in only by a server that works; a session that there is
 * waits for one that was stopped.
 */
static bool
member_serves(const struct doctor *d, const struct member *m)
{
	autofree char *text = NULL, *hint = xasprintf("tenon why %s", m->unit);
	struct error why = { 0 };
	autoconn *c = m->is_ready ?
	    session_visit(m->address, cluster_password(d->cl, "operator"),
		"postgres", &why) :
	    NULL;

	if (c != NULL)
		return true;
	text = xasprintf("%s does not serve%s%s", m->unit,
	    m->is_ready ? ": " : "", why.msg);
	doctor_say(d, "members", "error", text, hint);
	return false;
}

typedef int look_fn(const struct doctor *, const struct doctor_question *,
    struct conn *, const char *unit, struct error *);

/* Whoever goes away meanwhile is told, and the others are asked. */
static void
look_at_all(const struct doctor *d, const struct doctor_question *q,
    look_fn *look, const bool *serves)
{
	size_t before = json_array_size(d->findings);

	for (size_t i = 0; i < d->cl->nmembers; i++) {
		const struct member *m = &d->cl->members[i];
		struct error why = { 0 };
		struct conn *c = NULL;

		if (!serves[i])
			continue;
		c = cluster_connect(d->h, d->cl, m, &why);
		if (c == NULL || look(d, q, c, m->unit, &why) == -1) {
			error_wrap(&why, "%s", m->unit);
			doctor_say(d, "members", "error", why.msg, NULL);
		}
	}
	doctor_well(d, q, before);
}

void
doctor_members(const struct doctor *d)
{
	autofree bool *serves = xcalloc(d->cl->nmembers + 1, sizeof *serves);
	size_t n = 0;

	for (size_t i = 0; i < d->cl->nmembers; i++) {
		serves[i] = member_serves(d, &d->cl->members[i]);
		n += serves[i];
	}
	if (n == d->cl->nmembers)
		doctor_say(d, "members", "ok", "all members serve", NULL);
	for (size_t i = 0; i < nitems(questions); i++)
		look_at_all(d, &questions[i], doctor_ask, serves);
	look_at_all(d, &hba, look_at_hba, serves);
}
