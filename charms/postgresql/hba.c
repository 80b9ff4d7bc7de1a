/* SPDX-License-Identifier: Apache-2.0 */

#include "hba.h"
#include "base/mem.h"
#include "base/strbuf.h"

/*
 * The first line that matches decides. The last one gives a name that does not
 * exist, or no longer exists, the same answer as a wrong password, and lets the
 * operator in.
 */
static const struct {
	const char *database, *user, *method, *why;
} lines[] = {
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

void
hba_render(struct strbuf *sb)
{
	static const char *const networks[] = { "127.0.0.0/8", "::1/128" };

	strbuf_adds(sb, "# Written by Tenon: changes are lost.\n");
	for (size_t i = 0; i < nitems(lines); i++) {
		strbuf_addf(sb, "# %s\n", lines[i].why);
		for (size_t j = 0; j < nitems(networks); j++)
			strbuf_addf(sb, "host %s %s %s %s\n", lines[i].database,
			    lines[i].user, networks[j], lines[i].method);
	}
}
