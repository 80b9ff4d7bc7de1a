/* SPDX-License-Identifier: Apache-2.0 */

#include "hba.h"
#include "base/mem.h"
#include "base/strbuf.h"

/*
 * The first line that matches decides. The last one gives a name that does not
 * exist, or no longer exists, the same answer as a wrong password, and lets the
 * operator in.
 */
struct line {
	const char *database, *user, *method, *why;
};

static const struct line lines_open[] = {
	{ "replication", "replication,backup", "scram-sha-256",
	    "standbys and base backups" },
	{ "replication", "all", "reject", "nobody else streams" },
	{ "all", "+tenon_internal", "reject", "users for replication only" },
	{ "all", "+tenon_admins", "scram-sha-256",
	    "clients with wide rights go anywhere" },
	{ "samerole,postgres", "+tenon_clients", "scram-sha-256",
	    "a client's own database, and postgres for psql --list" },
	{ "all", "+tenon_clients", "reject", "but no other" },
	{ "all", "all", "scram-sha-256", "system users, and unknown names" },
};

static const struct line lines_closed[] = {
	{ "replication", "replication,backup", "scram-sha-256",
	    "standbys and base backups" },
	{ "replication", "all", "reject", "nobody else streams" },
	{ "all", "operator,rewind,monitoring,backup", "scram-sha-256",
	    "system users" },
	{ "all", "all", "reject", "clients, until it is known who they are" },
};

static void
add_line(struct strbuf *sb, const struct line *l)
{
	static const char *const networks[] = { "127.0.0.0/8", "::1/128" };

	strbuf_addf(sb, "# %s\n", l->why);
	for (size_t i = 0; i < nitems(networks); i++)
		strbuf_addf(sb, "host %s %s %s %s\n", l->database, l->user,
		    networks[i], l->method);
}

void
hba_render(struct strbuf *sb, enum hba hba)
{
	strbuf_adds(sb, "# Written by Tenon: changes are lost.\n");
	if (hba == HBA_CLOSED) {
		for (size_t i = 0; i < nitems(lines_closed); i++)
			add_line(sb, &lines_closed[i]);
		return;
	}
	for (size_t i = 0; i < nitems(lines_open); i++)
		add_line(sb, &lines_open[i]);
}
