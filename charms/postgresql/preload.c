/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "later.h"
#include "options.h"
#include "preload.h"
#include "tune_look.h"
#include "turn.h"
#include "version.h"

#define LIBRARIES "shared_preload_libraries"

/* Whoever installs a missing library tells nobody. */
#define MISSING_S 30

/* In the order in which they are loaded. */
static const struct preload {
	const char *option, *extension, *library;
	const char *before, *after;  /* The package: <before><version><after> */
	const char *setting, *value; /* What the library is to do; or NULL. */
} preloads[] = {
	{ "plugin_timescaledb_enable", "timescaledb", "timescaledb",
	    "timescaledb-2-postgresql-", "", NULL, NULL },
	/* What the older charm has audited. */
	{ "plugin_audit_enable", "pgaudit", "pgaudit", "postgresql-",
	    "-pgaudit", "pgaudit.log", "ROLE,DDL,MISC,MISC_SET" },
};

static const struct preload *
preload_of(const char *option)
{
	for (size_t i = 0; i < nitems(preloads); i++)
		if (strcmp(preloads[i].option, option) == 0)
			return &preloads[i];
	return NULL;
}

bool
preload_is_about(const char *option)
{
	return preload_of(option) != NULL;
}

/* Is it among "a, b,c"? */
static bool
has_library(const char *list, const char *library)
{
	static const char between[] = ", \"";
	size_t len = strlen(library);

	while (*(list += strspn(list, between)) != '\0') {
		size_t n = strcspn(list, between);

		if (n == len && strncmp(list, library, n) == 0)
			return true;
		list += n;
	}
	return false;
}

/* ---- what a server is to load ---- */

static bool
is_installed(const struct server *s, const struct preload *p)
{
	autofree char *path = xasprintf("%s/../lib/%s.so", s->bindir,
	    p->library);

	return file_exists(path);
}

/* It is looked for again: there is no event of a package that is installed. */
static void
refuse(struct hook *h, const struct preload *p, struct look *l)
{
	autofree char *version = version_track(l->server.bindir);
	autofree char *why =
	    xasprintf("%s.so is not installed: apt-get install %s%s%s",
		p->library, p->before, version, p->after);
	struct error ignored = { 0 };

	json_put_text(l->refused, p->option, why);
	(void)later_ask(h, LATER_LOOK, MISSING_S, &ignored);
}

/* 1 if a database of the primary has the extension, 0 if none has. */
static int
is_used(struct hook *h, const struct cluster *cl, const struct preload *p,
    struct error *err)
{
	const char *const params[] = { p->extension, NULL };
	struct conn *c = cluster_connect_primary(h, cl, err);
	autoresult *found = c == NULL ?
	    NULL :
	    conn_query(c, "SELECT datname FROM pg_database WHERE datallowconn",
		NULL, err);

	if (found == NULL)
		return -1;
	for (int i = 0; i < PQntuples(found); i++) {
		autoconn *visit = cluster_visit(cl, PQgetvalue(found, i, 0),
		    err);
		bool has;

		if (visit == NULL ||
		    conn_bool(visit,
			"SELECT EXISTS (SELECT FROM pg_extension WHERE extname "
			"= $1)",
			params, &has, err) == -1)
			return -1;
		if (has)
			return 1;
	}
	return 0;
}

/* What cannot be found out stays as it is. */
static bool
stays(struct hook *h, const struct cluster *cl, const struct preload *p,
    const struct look *l)
{
	struct error ignored = { 0 };

	if (!has_library(json_text(l->inforce, LIBRARIES, ""), p->library))
		return false;
	return cl->primary == NULL || is_used(h, cl, p, &ignored) != 0;
}

static bool
is_needed(struct hook *h, const struct cluster *cl, const struct preload *p,
    struct look *l)
{
	if (json_bool(l->config, p->option, false)) {
		if (is_installed(&l->server, p))
			return true;
		refuse(h, p, l);
	}
	return stays(h, cl, p, l);
}

/* What was in force once is said as well when it is nothing any more. */
static void
put(struct look *l, const char *name, const char *value)
{
	if (*value != '\0' || json_object_get(l->inforce, name) != NULL)
		json_put_text(l->wanted, name, value);
}

void
preload_add(struct hook *h, const struct cluster *cl, struct look *l)
{
	autostrbuf list = { 0 };

	for (size_t i = 0; i < nitems(preloads); i++) {
		const struct preload *p = &preloads[i];
		bool needed = is_needed(h, cl, p, l);

		if (needed)
			strbuf_addf(&list, "%s%s", list.len > 0 ? "," : "",
			    p->library);
		if (p->setting != NULL)
			put(l, p->setting, needed ? p->value : "");
	}
	put(l, LIBRARIES, strbuf_cstr(&list));
}

/* ---- what the servers have loaded ---- */

/*
 * Why a library that is not loaded will not be by itself, owned by the caller;
 * NULL if it will, or if it is refused for another reason.
 */
static char *
by_hand(struct hook *h, const struct cluster *cl, const struct preload *p)
{
	struct error ignored = { 0 };
	autoserver s = { 0 };
	json_auto_t *file = server_open(h, &s, &ignored) == -1 ?
	    NULL :
	    options_read(&s);

	if (!turn_is_over(h, cl) ||
	    !has_library(json_text(file, LIBRARIES, ""), p->library))
		return NULL;
	return xasprintf("%s has been set with ALTER SYSTEM, without %s",
	    LIBRARIES, p->library);
}

/* Of a server that is still to be made: what it will begin with. */
static bool
will_be_loaded(struct hook *h, const struct preload *p)
{
	struct error ignored = { 0 };
	autoserver s = { 0 };

	return server_open(h, &s, &ignored) == 0 && is_installed(&s, p);
}

/* 1 if the primary has it, 0 if not. */
static int
is_loaded(struct hook *h, const struct cluster *cl, const struct preload *p,
    struct error *err)
{
	struct conn *c = cluster_connect_primary(h, cl, err);
	autofree char *loaded = NULL;

	if (c == NULL)
		return -1;
	if (c->pg == NULL)
		return will_be_loaded(h, p);
	loaded = conn_value(c, "SHOW " LIBRARIES, NULL, err);
	return loaded == NULL ? -1 : has_library(loaded, p->library);
}

int
preload_waiting(struct hook *h, const struct cluster *cl, json_t *config,
    json_t *waiting, struct error *err)
{
	for (size_t i = 0; i < nitems(preloads); i++) {
		const struct preload *p = &preloads[i];
		autofree char *why = NULL;
		int loaded;

		if (!json_bool(config, p->option, false))
			continue;
		loaded = is_loaded(h, cl, p, err);
		if (loaded == -1)
			return -1;
		if (loaded)
			continue;
		why = by_hand(h, cl, p);
		json_object_set_new(waiting, p->option,
		    why == NULL ? json_null() : json_string(why));
	}
	return 0;
}
