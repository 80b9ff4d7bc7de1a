/* SPDX-License-Identifier: Apache-2.0 */
/* Looking after spare databases: as many as are wanted, and none but whole ones. */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "database.h"
#include "later.h"
#include "names.h"
#include "roles.h"
#include "spare.h"
#include "spare_look.h"
#include "sql.h"

/*
 * How long nobody is to have asked for anything before one is made: a loop of
 * relations is not to wait for it.
 */
#define QUIET_S 2
#define NEXT_S  1
/* What could not be done is tried again. */
#define AGAIN_S 60

int
spare_after_grant(struct hook *h, struct error *err)
{
	int wanted = spare_wanted(h, err);

	if (wanted < 1)
		return wanted;
	return later_put_off(h, LATER_SPARES, QUIET_S, err);
}

/* What there is; of whose user there is a password; what is to be done. */
struct tending {
	struct hook *hook;
	const struct cluster *cluster;
	struct conn *primary;
	json_t *passwords; /* Owned. */
	size_t wanted, have;
	bool is_left; /* Something could not be done yet. */
};

static int
drop(struct tending *t, const struct spare *s, struct error *err)
{
	autostrbuf sql = { 0 };

	if (s->has_ours && *s->oid != '\0' &&
	    (sql_build(&sql, err, "DROP DATABASE %I;", s->name) == -1 ||
		conn_exec(t->primary, strbuf_cstr(&sql), err) == -1))
		return -1;
	strbuf_clear(&sql);
	/* The server has quoted them. */
	strbuf_addf(&sql, "DROP ROLE %s;", s->roles);
	return conn_exec_retry(t->primary, strbuf_cstr(&sql), err);
}

/* Nobody is disconnected. What cannot go does not keep others from coming. */
static void
drop_surplus(struct tending *t, const struct spares *all)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct spare *s = &all->list[i];
		struct error why = { 0 };

		if (s->is_whole && t->have < t->wanted) {
			t->have++;
			continue;
		}
		if (!s->is_in_use && drop(t, s, &why) == 0) {
			json_object_del(t->passwords, s->name);
			continue;
		}
		t->is_left = true;
		if (!s->is_in_use)
			hook_log(t->hook, "WARNING", "%s is not dropped: %s",
			    s->name, why.msg);
	}
}

static int
make_roles(struct tending *t, const struct database *d, const char *user,
    struct error *err)
{
	char password[ROLES_PASSWORD_LENGTH + 1];
	autofree char *verifier = NULL;
	autostrbuf sql = { 0 };

	random_password(password, ROLES_PASSWORD_LENGTH);
	json_object_set_new(t->passwords, d->name, json_string(password));
	verifier = conn_verifier(t->primary, user, password, err);
	if (verifier == NULL ||
	    sql_build(&sql, err,
		"CREATE ROLE %I NOLOGIN; CREATE ROLE %I NOLOGIN IN ROLE %I;"
		"CREATE ROLE %I NOLOGIN IN ROLE %I;"
		"CREATE ROLE %I NOLOGIN PASSWORD %L;"
		"GRANT %I, tenon_clients TO %I;",
		d->name, d->owner, d->name, d->reader, d->name, user, verifier,
		d->owner, user) == -1 ||
	    sql_build(&sql, err,
		"COMMENT ON ROLE %I IS %L; COMMENT ON ROLE %I IS %L;"
		"COMMENT ON ROLE %I IS %L; COMMENT ON ROLE %I IS %L;",
		d->name, SPARE_MARK_MAKING, d->owner, SPARE_MARK_ROLE,
		d->reader, SPARE_MARK_ROLE, user, SPARE_MARK_ROLE) == -1)
		return -1;
	return conn_exec_retry(t->primary, strbuf_cstr(&sql), err);
}

static int
alter_open(struct tending *t, const char *name, const char *open,
    struct error *err)
{
	autostrbuf sql = { 0 };

	if (sql_build(&sql, err, "ALTER DATABASE %I ALLOW_CONNECTIONS ",
		name) == -1)
		return -1;
	strbuf_adds(&sql, open);
	return conn_exec_retry(t->primary, strbuf_cstr(&sql), err);
}

static int
look_for_dump(struct tending *t, bool *is_at_work, struct error *err)
{
	autofree char *found = conn_value(t->primary,
	    "SELECT EXISTS (SELECT FROM pg_stat_activity"
	    "  WHERE application_name = 'pg_dumpall')",
	    NULL, err);

	if (found == NULL)
		return -1;
	*is_at_work = *found == 't';
	return 0;
}

/* The order of the grants is the order in which \l shows them. */
static int
make_inside(struct conn *inside, const struct database *d, const char *user,
    struct error *err)
{
	autostrbuf sql = { 0 };

	if (database_add_inside(&sql, d, err) == -1 ||
	    sql_build(&sql, err,
		"GRANT ALL ON DATABASE %I TO %I;"
		"GRANT CREATE ON DATABASE %I TO %I;",
		d->name, user, d->name, d->owner) == -1)
		return -1;
	return conn_exec_retry(inside, strbuf_cstr(&sql), err);
}

static int
make_ready(struct tending *t, const struct database *d, struct error *err)
{
	const char *const params[] = { d->name, NULL };
	autofree char *oid = conn_value(t->primary,
	    "SELECT oid FROM pg_database WHERE datname = $1", params, err);
	autofree char *mark = NULL;
	autostrbuf sql = { 0 };

	if (oid == NULL)
		return -1;
	mark = xasprintf("%s %s", SPARE_MARK, oid);
	if (sql_build(&sql, err, "COMMENT ON ROLE %I IS %L;", d->name, mark) ==
	    -1)
		return -1;
	return conn_exec_retry(t->primary, strbuf_cstr(&sql), err);
}

/*
 * Whoever dumps all databases looks which are open, and fails if it cannot
 * connect to one of them later. So it is open until there is a session in it,
 * and no longer; and if one began to dump meanwhile, until that has ended.
 */
static int
make_closed(struct tending *t, const char *name, bool *is_closed,
    struct error *err)
{
	bool is_dumped;

	if (alter_open(t, name, "false", err) == -1 ||
	    look_for_dump(t, &is_dumped, err) == -1)
		return -1;
	*is_closed = !is_dumped;
	return is_dumped ? alter_open(t, name, "true", err) : 0;
}

static int
make_database(struct tending *t, const struct database *d, const char *user,
    struct error *err)
{
	autoconn *inside = NULL;
	autostrbuf sql = { 0 };
	bool is_closed;

	if (sql_build(&sql, err,
		"CREATE DATABASE %I OWNER operator TEMPLATE template0;",
		d->name) == -1 ||
	    conn_exec(t->primary, strbuf_cstr(&sql), err) == -1 ||
	    (inside = cluster_visit(t->cluster, d->name, err)) == NULL ||
	    make_closed(t, d->name, &is_closed, err) == -1)
		return -1;
	if (!is_closed) {
		t->is_left = true;
		return 0;
	}
	if (make_inside(inside, d, user, err) == -1 ||
	    make_ready(t, d, err) == -1)
		return -1;
	t->have++;
	return 0;
}

static int
make_one(struct tending *t, struct error *err)
{
	autofree char *name = spare_new_name();
	autofree char *user = spare_user(name);
	autodatabase d = { 0 };

	database_init(&d, name);
	if (make_roles(t, &d, user, err) == -1 ||
	    make_database(t, &d, user, err) == -1)
		return error_wrap(err, "%s", name);
	return 0;
}

/* Passwords of what has been taken or dropped are of no use. */
static void
forget_passwords(json_t *passwords, const struct spares *all)
{
	const char *name;
	json_t *password;
	void *next;

	json_object_foreach_safe(passwords, next, name, password)
	{
		bool found = false;

		for (size_t i = 0; i < all->n && !found; i++)
			found = strcmp(all->list[i].name, name) == 0;
		if (!found)
			json_object_del(passwords, name);
	}
}

/* One at a time: who comes meanwhile waits for one only. */
static int
tend(struct tending *t, struct error *err)
{
	autospares all = { 0 };
	int rc;

	if (look_for_dump(t, &t->is_left, err) == -1)
		return -1;
	if (t->is_left)
		return 0;
	if (roles_lock(t->primary, err) == -1)
		return -1;
	rc = spares_look(t->primary, &all, NULL, NULL, err);
	if (rc == 0) {
		forget_passwords(t->passwords, &all);
		drop_surplus(t, &all);
	}
	if (rc == 0 && t->have < t->wanted)
		rc = make_one(t, err);
	roles_unlock(t->hook, t->primary);
	return rc;
}

int
spare_tend(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct tending t = { .hook = h, .cluster = cl };
	struct error why = { 0 };
	int wanted = spare_wanted(h, err), rc;

	if (wanted == -1)
		return -1;
	t.passwords = spare_passwords(h, err);
	if (t.passwords == NULL)
		return -1;
	t.wanted = (size_t)wanted;
	t.primary = cluster_connect_primary(h, cl, &why);
	rc = t.primary == NULL ? -1 : tend(&t, &why);
	if (rc == -1)
		hook_log(h, "WARNING", "spare databases: %s", why.msg);
	if (spare_passwords_keep(h, t.passwords, err) == -1)
		return -1;
	if (rc == -1 || t.is_left)
		return later_ask(h, LATER_SPARES, AGAIN_S, err);
	return t.have < t.wanted ? later_ask(h, LATER_SPARES, NEXT_S, err) : 0;
}

static bool
is_as_wanted(const struct spares *all, int wanted)
{
	size_t whole = 0;

	for (size_t i = 0; i < all->n; i++)
		whole += all->list[i].is_whole;
	return whole == all->n && whole == (size_t)wanted;
}

int
spare_plan(struct hook *h, const struct cluster *cl, struct error *err)
{
	int wanted = spare_wanted(h, err);
	struct error why = { 0 };
	autospares all = { 0 };
	struct conn *c = wanted == -1 ? NULL :
					cluster_connect_primary(h, cl, &why);

	if (wanted == -1)
		return -1;
	/* One that cannot be asked is looked at again when it is up. */
	if (c == NULL || spares_look(c, &all, NULL, NULL, &why) == -1 ||
	    is_as_wanted(&all, wanted))
		return 0;
	return later_ask(h, LATER_SPARES, QUIET_S, err);
}
