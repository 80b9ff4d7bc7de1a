/* SPDX-License-Identifier: Apache-2.0 */

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
spare_wanted(struct hook *h, struct error *err)
{
	json_auto_t *config = hook_config(h, err);
	int64_t wanted;

	if (config == NULL)
		return -1;
	wanted = json_int(config, "spare-databases", 0);
	return (int)(wanted < 0 ? 0 : wanted > SPARE_MAX ? SPARE_MAX : wanted);
}

int
spare_after_grant(struct hook *h, struct error *err)
{
	int wanted = spare_wanted(h, err);

	if (wanted < 1)
		return wanted;
	return later_put_off(h, LATER_SPARES, QUIET_S, err);
}

/* ---- taking one ---- */

/*
 * Rather one whose password is known: a new one costs the server as much as all
 * the rest.
 */
static const struct spare *
choose(const struct spares *all, const json_t *passwords)
{
	const struct spare *found = NULL;

	for (size_t i = 0; i < all->n; i++) {
		const struct spare *s = &all->list[i];

		if (!s->is_whole || s->is_in_use)
			continue;
		if (json_object_get(passwords, s->name) != NULL)
			return s;
		if (found == NULL)
			found = s;
	}
	return found;
}

/* Who has connected in this moment would make the server wait for 5 s. */
static int
add_renames(struct strbuf *sql, const struct spare *s, const struct database *d,
    struct error *err)
{
	autofree char *owner = name_owner(s->name);
	autofree char *reader = name_reader(s->name);

	strbuf_adds(sql, ROLES_LOCK_XACT "SET LOCAL statement_timeout = '2s';");
	if (sql_build(sql, err,
		"ALTER DATABASE %I RENAME TO %I;"
		"ALTER DATABASE %I ALLOW_CONNECTIONS true;"
		"ALTER ROLE %I RENAME TO %I; ALTER ROLE %I RENAME TO %I;"
		"ALTER ROLE %I RENAME TO %I;",
		s->name, d->name, d->name, s->name, d->name, owner, d->owner,
		reader, d->reader) == -1)
		return -1;
	return database_add_marks(sql, d, err);
}

/* It has all the rights of the usual user already. */
static int
add_user(struct strbuf *sql, const char *user, const struct database *d,
    const struct grant *g, const char *verifier, struct error *err)
{
	if (sql_build(sql, err,
		"ALTER ROLE %I RENAME TO %I; ALTER ROLE %I LOGIN", user,
		g->user, g->user) == -1 ||
	    (verifier != NULL &&
		sql_build(sql, err, " PASSWORD %L", verifier) == -1))
		return -1;
	return sql_build(sql, err,
	    "; ALTER ROLE %I IN DATABASE %I SET role TO %L;"
	    "COMMENT ON ROLE %I IS %L;",
	    g->user, d->name, d->owner, g->user, ROLES_MARK_USER);
}

/* As it was when the database had no user yet. */
static int
add_no_user(struct strbuf *sql, const char *user, const struct database *d,
    struct error *err)
{
	return sql_build(sql, err,
	    "REVOKE ALL ON DATABASE %I FROM %I, %I; DROP ROLE %I;", d->name,
	    user, d->owner, user);
}

struct taking {
	const struct spare *spare;
	json_t *passwords; /* Borrowed. */
	const char *known; /* The password of its user, or NULL. */
	bool with_user;
};

static int
build(struct strbuf *sql, struct conn *c, const struct taking *t,
    const struct grant *g, struct error *err)
{
	autofree char *user = spare_user(t->spare->name);
	autofree char *verifier = NULL;
	autodatabase d = { 0 };

	database_init(&d, g->database);
	d.oid = xstrdup(t->spare->oid);
	if (add_renames(sql, t->spare, &d, err) == -1)
		return -1;
	if (!t->with_user)
		return add_no_user(sql, user, &d, err);
	if (t->known == NULL) {
		verifier = conn_verifier(c, g->user, g->password, err);
		if (verifier == NULL)
			return -1;
	}
	return add_user(sql, user, &d, g, verifier, err);
}

/* It is the client's from here on. */
static int
keep_password(struct hook *h, const struct taking *t, const struct grant *g,
    struct error *err)
{
	if (t->known == NULL)
		return 0;
	if (t->with_user)
		xreplace(g->fresh, t->known);
	json_object_del(t->passwords, t->spare->name);
	return spare_passwords_keep(h, json_incref(t->passwords), err);
}

static int
take(struct hook *h, struct conn *c, const struct taking *t,
    const struct grant *g, enum spared *got, struct error *err)
{
	autostrbuf sql = { 0 };
	struct error why = { 0 };

	if (build(&sql, c, t, g, err) == -1)
		return -1;
	if (conn_exec(c, strbuf_cstr(&sql), &why) == 0) {
		*got = t->with_user ? SPARED_USER : SPARED_DATABASE;
		return keep_password(h, t, g, err);
	}
	/* The server has said no, and nothing has happened. */
	if (why.code == ERROR_INTERNAL) {
		hook_log(h, "WARNING", "%s is not used: %s", t->spare->name,
		    why.msg);
		return 0;
	}
	*err = why;
	return -1;
}

int
spare_take(struct hook *h, struct conn *c, const struct grant *g,
    enum spared *got, struct error *err)
{
	autofree char *owner = name_owner(g->database);
	autofree char *reader = name_reader(g->database);
	const char *const names[] = { g->database, owner, reader, g->user,
		NULL };
	json_auto_t *passwords = NULL;
	autospares all = { 0 };
	struct taking t = { .with_user = g->kind == WISH_OWNER &&
		    g->extra == 0 };
	int wanted = spare_wanted(h, err);
	bool taken;

	*got = SPARED_NOTHING;
	if (wanted < 1)
		return wanted;
	passwords = spare_passwords(h, err);
	if (passwords == NULL || spares_look(c, &all, names, &taken, err) == -1)
		return -1;
	t.spare = choose(&all, passwords);
	if (taken || t.spare == NULL)
		return 0;
	t.passwords = passwords;
	t.known = json_text(passwords, t.spare->name, NULL);
	return take(h, c, &t, g, got, err);
}

/* ---- looking after them ---- */

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

/* The order of the grants is the order in which \l shows them. */
static int
make_inside(struct tending *t, const struct database *d, const char *user,
    struct error *err)
{
	autoconn *inside = cluster_visit(t->cluster, d->name, err);
	autostrbuf sql = { 0 };

	if (inside == NULL || database_add_inside(&sql, d, err) == -1 ||
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
	if (sql_build(&sql, err,
		"ALTER DATABASE %I ALLOW_CONNECTIONS false;"
		"COMMENT ON ROLE %I IS %L;",
		d->name, d->name, mark) == -1)
		return -1;
	return conn_exec_retry(t->primary, strbuf_cstr(&sql), err);
}

static int
make_one(struct tending *t, struct error *err)
{
	autofree char *name = spare_new_name();
	autofree char *user = spare_user(name);
	autodatabase d = { 0 };
	autostrbuf sql = { 0 };

	database_init(&d, name);
	if (make_roles(t, &d, user, err) == -1 ||
	    sql_build(&sql, err,
		"CREATE DATABASE %I OWNER operator TEMPLATE template0;",
		name) == -1 ||
	    conn_exec(t->primary, strbuf_cstr(&sql), err) == -1 ||
	    make_inside(t, &d, user, err) == -1 || make_ready(t, &d, err) == -1)
		return error_wrap(err, "%s", name);
	t->have++;
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
