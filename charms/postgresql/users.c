/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cluster.h"
#include "conn.h"
#include "session.h"
#include "sql.h"
#include "users.h"

/* The operator is there from the beginning. */
static const struct {
	const char *name, *create;
} users[] = {
	{ "replication", "CREATE ROLE %I LOGIN REPLICATION PASSWORD %L;" },
	{ "rewind", "CREATE ROLE %I LOGIN PASSWORD %L;" },
	{ "monitoring", "CREATE ROLE %I LOGIN PASSWORD %L;" },
	{ "backup", "CREATE ROLE %I LOGIN REPLICATION PASSWORD %L;" },
	{ USERS_RESCUE, "CREATE ROLE %I LOGIN SUPERUSER PASSWORD %L;" },
};

/* tenon_clients comes last: that it is there means that all of it is. */
static const struct {
	int since; /* Major version. */
	const char *sql;
} grants[] = {
	{ 0,
	    "GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), "
	    "pg_stat_file(text, boolean), pg_read_binary_file(text), "
	    "pg_read_binary_file(text, bigint, bigint, boolean) TO rewind;" },
	{ 0, "GRANT pg_monitor TO monitoring;" },
	{ 0, "GRANT pg_read_all_settings, pg_read_all_data TO backup;" },
	{ 15,
	    "GRANT pg_checkpoint TO backup;"
	    "GRANT EXECUTE ON FUNCTION pg_backup_start(text, boolean), "
	    "pg_backup_stop(boolean), pg_switch_wal(), "
	    "pg_create_restore_point(text) TO backup;" },
	{ 0, "CREATE ROLE tenon_internal NOLOGIN;" },
	{ 0, "GRANT tenon_internal TO replication;" },
	{ 0, "CREATE ROLE tenon_admins NOLOGIN;" },
	{ 0, "CREATE ROLE tenon_clients NOLOGIN;" },
};

static int
users_script(struct conn *c, const struct cluster *cl, struct strbuf *sql,
    struct error *err)
{
	int major = c->version / 10000;

	for (size_t i = 0; i < nitems(users); i++) {
		const char *password = cluster_password(cl, users[i].name);
		autofree char *verifier = conn_verifier(c, users[i].name,
		    password, err);

		if (verifier == NULL ||
		    sql_build(sql, err, users[i].create, users[i].name,
			verifier) == -1)
			return -1;
	}
	for (size_t i = 0; i < nitems(grants); i++)
		if (major >= grants[i].since)
			strbuf_adds(sql, grants[i].sql);
	return 0;
}

int
users_create(struct conn *c, const struct cluster *cl, struct error *err)
{
	autostrbuf sql = { 0 };
	bool complete;

	if (conn_bool(c,
		"SELECT count(*) > 0 FROM pg_roles WHERE rolname = "
		"'tenon_clients'",
		NULL, &complete, err) == -1)
		return -1;
	if (complete)
		return 0;
	if (users_script(c, cl, &sql, err) == -1 ||
	    conn_exec(c, strbuf_cstr(&sql), err) == -1)
		return error_wrap(err, "system users");
	return 0;
}

/* The serial is a comment: it changes together with the password. */
int
users_set_password(struct conn *c, const struct password *p, struct error *err)
{
	autofree char *verifier = conn_verifier(c, p->user, p->text, err);
	autostrbuf sql = { 0 };

	if (verifier == NULL ||
	    sql_build(&sql, err,
		"ALTER ROLE %I PASSWORD %L; COMMENT ON ROLE %I IS %L;", p->user,
		verifier, p->user, p->serial) == -1)
		return -1;
	return conn_exec_retry(c, strbuf_cstr(&sql), err);
}

static int
repair_one(struct conn *c, const struct cluster *cl, const char *user,
    const char *serial, struct error *err)
{
	autofree char *key = xasprintf("%s-serial", user);
	struct password p = {
		.user = user,
		.text = cluster_password(cl, user),
		.serial = json_text(cl->bag, key, ""),
	};

	return strcmp(p.serial, serial) == 0 ? 0 :
					       users_set_password(c, &p, err);
}

int
users_repair(struct conn *c, const struct cluster *cl, struct error *err)
{
	autoresult *rows = conn_query(c,
	    "SELECT rolname, coalesce(shobj_description(oid, 'pg_authid'), '')"
	    " FROM pg_roles WHERE rolname IN ('operator', 'replication', "
	    "'rewind', 'monitoring', 'backup')",
	    NULL, err);

	if (rows == NULL)
		return -1;
	for (int i = 0; i < PQntuples(rows); i++)
		if (repair_one(c, cl, PQgetvalue(rows, i, 0),
			PQgetvalue(rows, i, 1), err) == -1)
			return -1;
	return 0;
}

int
users_rescue(const struct cluster *cl, struct error *err)
{
	struct conn_spec spec = {
		.address = cl->primary_address,
		.user = USERS_RESCUE,
		.password = cluster_password(cl, USERS_RESCUE),
		.dbname = "postgres",
		.timeout_ms = SESSION_CONNECT_MS,
		.plan = cl->plan,
	};
	autoconn *c = conn_open(&spec, err);

	return c == NULL ? -1 : users_repair(c, cl, err);
}
