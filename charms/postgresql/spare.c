/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "conn.h"
#include "database.h"
#include "names.h"
#include "roles.h"
#include "spare.h"
#include "spare_look.h"
#include "sql.h"

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
