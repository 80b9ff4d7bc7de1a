/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "later.h"
#include "plugins.h"
#include "preload.h"
#include "sql.h"

#define PREFIX "plugin_"
#define SUFFIX "_enable"
#define MARK   "tenon: "

/* In the application's bag: the options that the databases were made to fit. */
#define KEY_APPLIED "plugins"
/* In the unit's state. */
#define KEY_REFUSED "plugins-refused"

/* When what could not be done is tried again. */
#define AGAIN_S 30

/* Others have the name of their extension. */
static const struct {
	const char *name, *extensions[5];
} named[] = {
	{ "audit", { "pgaudit" } },
	{ "spi", { "refint", "autoinc", "insert_username", "moddatetime" } },
	{ "uuid_ossp", { "uuid-ossp" } },
};

/* What is asked for, and what comes of it. */
struct plugins {
	json_t *config;  /* Owned, as all of these. */
	json_t *waiting; /* Options that come later; see preload.h. */
	json_t *refused; /* Option -> why. */
	bool has_freed;  /* A library may be needed no more. */
};

/* One database that is made to fit. */
struct fitting {
	struct conn *conn;
	struct plugins *plugins;
	json_t *have;    /* Extension -> comment. */
	json_t *refused; /* As that of the plugins, of this database. */
	bool has_moved;  /* Something was done in this round. */
};

/* "hstore" of plugin_hstore_enable, owned by the caller; or NULL. */
static char *
plugin_name(const char *option)
{
	size_t prefix = strlen(PREFIX), suffix = strlen(SUFFIX);
	size_t len = strlen(option);

	if (len <= prefix + suffix || strncmp(option, PREFIX, prefix) != 0 ||
	    strcmp(option + len - suffix, SUFFIX) != 0)
		return NULL;
	return xasprintf("%.*s", (int)(len - prefix - suffix), option + prefix);
}

/* Those that are enabled and can be made, separated by spaces. */
static char *
enabled(const struct plugins *p)
{
	autostrbuf sb = { 0 };
	const char *option;
	json_t *value;

	json_object_foreach(p->config, option, value) {
		autofree char *name = plugin_name(option);

		if (name != NULL && json_is_true(value) &&
		    json_object_get(p->waiting, option) == NULL)
			strbuf_addf(&sb, "%s%s", sb.len > 0 ? " " : "", name);
	}
	return strbuf_detach(&sb);
}

/* ---- one extension ---- */

static int
add_create(struct strbuf *sql, const char *extension, const char *mark,
    struct error *err)
{
	/* An extension goes where the search path begins. */
	return sql_build(sql, err,
	    "SET LOCAL lock_timeout = '5s'; SET LOCAL search_path = public;"
	    "CREATE EXTENSION %I; COMMENT ON EXTENSION %I IS %L;",
	    extension, extension, mark);
}

static int
add_drop(struct strbuf *sql, const char *extension, struct error *err)
{
	return sql_build(sql, err,
	    "SET LOCAL lock_timeout = '5s'; DROP EXTENSION %I;", extension);
}

/* What the server does not do is a refusal, unless it is away. */
static int
fit_extension(struct fitting *f, const char *option, const char *extension,
    struct error *err)
{
	autofree char *mark = xasprintf("%s%s", MARK, option);
	const char *found = json_text(f->have, extension, NULL);
	bool wanted = json_bool(f->plugins->config, option, false);
	bool is_ours = found != NULL && strcmp(found, mark) == 0;
	autostrbuf sql = { 0 };
	struct error why = { 0 };

	if (wanted ? found != NULL : !is_ours)
		return 0;
	if (wanted && json_object_get(f->plugins->waiting, option) != NULL)
		return 0;
	if ((wanted ? add_create(&sql, extension, mark, err) :
		      add_drop(&sql, extension, err)) == -1)
		return -1;
	if (conn_exec(f->conn, strbuf_cstr(&sql), &why) == 0) {
		json_put_text(f->have, extension, wanted ? mark : NULL);
		f->has_moved = true;
		f->plugins->has_freed |= !wanted && preload_is_about(option);
		return 0;
	}
	if (*f->conn->sqlstate == '\0') {
		*err = why;
		return -1;
	}
	error_wrap(&why, "%s", f->conn->dbname);
	json_put_text(f->refused, option, why.msg);
	return 0;
}

/* NULL-terminated; `same` is room for the one that has its name. */
static const char *const *
extensions_of(const char *name, const char *same[2])
{
	for (size_t i = 0; i < nitems(named); i++)
		if (strcmp(name, named[i].name) == 0)
			return named[i].extensions;
	same[0] = name;
	same[1] = NULL;
	return same;
}

static int
fit_option(struct fitting *f, const char *option, struct error *err)
{
	autofree char *name = plugin_name(option);
	const char *same[2];

	if (name == NULL)
		return 0;
	for (const char *const *e = extensions_of(name, same); *e != NULL; e++)
		if (fit_extension(f, option, *e, err) == -1)
			return -1;
	return 0;
}

/* ---- one database ---- */

static json_t *
read_extensions(struct conn *c, struct error *err)
{
	autoresult *found = conn_query(c,
	    "SELECT extname, coalesce(obj_description(oid, 'pg_extension'), "
	    "'') FROM pg_extension",
	    NULL, err);
	json_t *have = found == NULL ? NULL : json_object();

	for (int i = 0; i < PQntuples(found); i++)
		json_put_text(have, PQgetvalue(found, i, 0),
		    PQgetvalue(found, i, 1));
	return have;
}

/* Some need others: whatever failed is tried again while there is progress. */
static int
fit_rounds(struct fitting *f, struct error *err)
{
	do {
		const char *option;
		json_t *value;

		f->has_moved = false;
		json_object_clear(f->refused);
		json_object_foreach(f->plugins->config, option, value)
			if (fit_option(f, option, err) == -1)
				return -1;
	} while (f->has_moved);
	return 0;
}

static int
fit(const struct cluster *cl, const char *database, struct plugins *p,
    struct error *err)
{
	autoconn *c = cluster_visit(cl, database, err);
	json_auto_t *have = c == NULL ? NULL : read_extensions(c, err);
	json_auto_t *here = json_object();
	struct fitting f = {
		.conn = c,
		.plugins = p,
		.have = have,
		.refused = here,
	};

	if (have == NULL || fit_rounds(&f, err) == -1)
		return -1;
	return json_object_update_missing(p->refused, here);
}

/* ---- all of them ---- */

static void
plugins_release(struct plugins *p)
{
	json_decref(p->config);
	json_decref(p->waiting);
	json_decref(p->refused);
}

#define autoplugins __attribute__((cleanup(plugins_release))) struct plugins

static int
plugins_read(struct hook *h, const struct cluster *cl, struct plugins *p,
    struct error *err)
{
	const char *option;
	json_t *why;

	p->config = hook_config(h, err);
	p->waiting = json_object();
	p->refused = json_object();
	if (p->config == NULL ||
	    preload_waiting(h, cl, p->config, p->waiting, err) == -1)
		return -1;
	json_object_foreach(p->waiting, option, why)
		if (json_is_string(why))
			json_object_set(p->refused, option, why);
	return 0;
}

static int
fit_all(struct hook *h, const struct cluster *cl, struct plugins *p,
    struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	autoresult *found = c == NULL ? NULL :
					conn_query(c,
					    "SELECT datname FROM pg_database "
					    "WHERE datallowconn AND NOT "
					    "datistemplate ORDER BY 1",
					    NULL, err);

	if (found == NULL)
		return -1;
	/* A server that is still to be made has one to begin with. */
	if (c->pg == NULL)
		return fit(cl, "postgres", p, err);
	for (int i = 0; i < PQntuples(found); i++)
		if (fit(cl, PQgetvalue(found, i, 0), p, err) == -1)
			return -1;
	return 0;
}

static void
log_all(struct hook *h, json_t *refused)
{
	const char *option;
	json_t *why;

	json_object_foreach(refused, option, why)
		hook_log(h, "WARNING", "%s: %s", option,
		    json_string_value(why));
}

/* The first one: the others are in the log. Owned; NULL if there is none. */
static char *
explain(json_t *config, json_t *refused)
{
	void *first = json_object_iter(refused);
	const char *option;

	if (first == NULL)
		return NULL;
	option = json_object_iter_key(first);
	return xasprintf("%s: %s: %s",
	    json_bool(config, option, false) ? "Configuration Error" :
					       "Cannot disable plugins",
	    option, json_string_value(json_object_iter_value(first)));
}

static int
remember(struct hook *h, const struct cluster *cl, const char *wanted,
    const char *refusal, struct error *err)
{
	json_t *bag = json_object(), *state = json_object();

	json_object_set_new(bag, KEY_APPLIED,
	    *wanted == '\0' ? json_null() : json_string(wanted));
	json_object_set_new(state, KEY_REFUSED,
	    refusal == NULL ? json_null() : json_string(refusal));
	if (hook_app_bag_set(h, cl->relation, bag, err) == -1) {
		json_decref(state);
		return -1;
	}
	return hook_state_set(h, state, err);
}

/* Nobody tells us when what is in the way has gone. */
static int
look_again(struct hook *h, const struct plugins *p, struct error *err)
{
	if (p->has_freed)
		return later_ask(h, LATER_LOOK, 0, err);
	return json_object_size(p->refused) == 0 ?
	    0 :
	    later_ask(h, LATER_LOOK, AGAIN_S, err);
}

int
plugins_converge(struct hook *h, const struct cluster *cl, bool *changed,
    struct error *err)
{
	autoplugins p = { 0 };
	json_auto_t *state = hook_state(h, err);
	autofree char *wanted = NULL, *refusal = NULL;

	if (state == NULL || plugins_read(h, cl, &p, err) == -1)
		return -1;
	wanted = enabled(&p);
	if (strcmp(json_text(cl->bag, KEY_APPLIED, ""), wanted) == 0 &&
	    json_text(state, KEY_REFUSED, NULL) == NULL &&
	    json_object_size(p.refused) == 0)
		return 0;
	if (fit_all(h, cl, &p, err) == -1 || look_again(h, &p, err) == -1)
		return -1;
	*changed = true;
	log_all(h, p.refused);
	refusal = explain(p.config, p.refused);
	return remember(h, cl, wanted, refusal, err);
}

int
plugins_add(struct hook *h, const struct cluster *cl, const char *database,
    struct error *err)
{
	autoplugins p = { 0 };
	autofree char *wanted = NULL;

	if (plugins_read(h, cl, &p, err) == -1)
		return -1;
	wanted = enabled(&p);
	if (*wanted == '\0')
		return 0;
	if (fit(cl, database, &p, err) == -1)
		return -1;
	log_all(h, p.refused);
	return 0;
}

int
plugins_expect(struct hook *h, const struct cluster *cl, struct strbuf *array,
    struct error *err)
{
	autoplugins p = { 0 };
	const char *option, *same[2], *separator = "";
	json_t *value;

	if (plugins_read(h, cl, &p, err) == -1)
		return -1;
	strbuf_addc(array, '{');
	json_object_foreach(p.config, option, value) {
		autofree char *name = plugin_name(option);

		if (name == NULL || !json_is_true(value) ||
		    json_object_get(p.waiting, option) != NULL)
			continue;
		for (const char *const *e = extensions_of(name, same);
		     *e != NULL; e++) {
			strbuf_addf(array, "%s%s", separator, *e);
			separator = ",";
		}
	}
	strbuf_addc(array, '}');
	return 0;
}

int
plugins_foretell(struct hook *h, const struct cluster *cl, struct error *err)
{
	autoplugins p = { 0 };
	const char *option;
	json_t *why;
	bool changed;

	if (plugins_converge(h, cl, &changed, err) == -1 ||
	    plugins_read(h, cl, &p, err) == -1)
		return -1;
	json_object_foreach(p.waiting, option, why) {
		autofree char *note = xasprintf("%s: the extension follows "
						"when every server has loaded "
						"its library",
		    option);

		if (hook_plan_note(h, note, err) == -1)
			return -1;
	}
	return 0;
}

/* What a leader before has found is not looked at any more. */
char *
plugins_refusal(struct hook *h, struct error *err)
{
	json_auto_t *state = hook_state(h, err);
	const char *refusal = json_text(state, KEY_REFUSED, NULL);
	bool leader;

	if (refusal == NULL || hook_is_leader(h, &leader, err) == -1 || !leader)
		return NULL;
	return xstrdup(refusal);
}
