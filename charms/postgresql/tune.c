/* SPDX-License-Identifier: Apache-2.0 */

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "gate.h"
#include "memory.h"
#include "options.h"
#include "server.h"
#include "session.h"
#include "settings.h"
#include "standby.h"
#include "tune.h"
#include "turn.h"

/* Of the unit's state. */
#define STATE_ASKED   "options-asked"   /* What was last checked. */
#define STATE_REFUSED "options-refused" /* What came of it. */
#define STATE_READ    "options-read"    /* The file that the server has read. */

/* Of what was checked, if some of it could not be. */
#define ASKED_PARTLY "partly "

/* What one look at the options is about. */
struct look {
	struct server server;
	json_t *config;  /* Owned, as all of these. */
	json_t *wanted;  /* Settings that are asked for ... */
	json_t *refused; /* ... the options among them that cannot be ... */
	json_t *inforce; /* ... and the settings in the file; or NULL. */
};

#define autolook __attribute__((cleanup(look_release))) struct look

static void
look_release(struct look *l)
{
	server_release(&l->server);
	json_decref(l->config);
	json_decref(l->wanted);
	json_decref(l->refused);
	json_decref(l->inforce);
}

/* ---- what is asked for ---- */

/* What the primary has of the things of which a standby may not have less. */
static json_t *
read_least(struct hook *h, const struct cluster *cl)
{
	struct error ignored = { 0 };
	struct conn *c = cl->primary == NULL ||
		cluster_find(cl, cl->primary) == NULL ?
	    NULL :
	    cluster_connect_primary(h, cl, &ignored);
	autoresult *found = c == NULL ?
	    NULL :
	    conn_query(c,
		"SELECT name, setting FROM pg_settings WHERE name IN "
		"('max_connections', 'max_locks_per_transaction', "
		"'max_prepared_transactions', 'max_worker_processes')",
		NULL, &ignored);
	json_t *least = found == NULL ? NULL : json_object();

	for (int i = 0; i < PQntuples(found); i++)
		json_put_text(least, PQgetvalue(found, i, 0),
		    PQgetvalue(found, i, 1));
	return least;
}

/* One that cannot be asked has what it had. */
static void
raise_to_primary(struct hook *h, const struct cluster *cl, struct look *l)
{
	json_auto_t *least = NULL;

	if (cl->primary == NULL || strcmp(cl->primary, h->unit) == 0)
		return;
	least = read_least(h, cl);
	settings_raise(l->wanted, least != NULL ? least : l->inforce);
}

static int
look(struct hook *h, struct look *l, struct error *err)
{
	if (server_open(h, &l->server, err) == -1)
		return -1;
	l->config = hook_config(h, err);
	return l->config == NULL ? -1 : 0;
}

static void
look_wanted(struct hook *h, const struct cluster *cl, struct look *l)
{
	const struct resources resources = {
		.memory_bytes = memory_of_machine(),
		.cpus = (int)sysconf(_SC_NPROCESSORS_ONLN),
	};

	l->inforce = options_read(&l->server);
	l->refused = json_object();
	l->wanted = settings_wanted(l->config, &resources, l->refused);
	raise_to_primary(h, cl, l);
}

/* ---- what is accepted ---- */

/* What is refused keeps the value in force; without one, the server's own. */
static void
keep_refused(struct look *l)
{
	const char *name;
	json_t *value;
	void *next;

	json_object_foreach_safe(l->wanted, next, name, value)
	{
		autofree char *option = settings_option(l->config, name);

		if (option != NULL &&
		    json_object_get(l->refused, option) != NULL)
			json_object_del(l->wanted, name);
	}
	if (l->inforce != NULL)
		(void)json_object_update_missing(l->wanted, l->inforce);
}

/* Those about what is in a database wait until there is one to ask. */
static int
check_inside(struct hook *h, const struct cluster *cl, struct look *l,
    bool *all, struct error *err)
{
	*all = true;
	if (!tune_asks_inside(l->wanted, l->inforce))
		return 0;
	if (cl->primary != NULL && cluster_role(h, cl) != CLUSTER_ROLE_NONE)
		return tune_check_inside(h, cl, l->wanted, l->config,
		    l->refused, err);
	*all = false;
	tune_drop_inside(l->wanted);
	return 0;
}

static char *
refusals_text(json_t *refused)
{
	autostrbuf sb = { 0 };
	const char *option;
	json_t *why;

	if (json_object_size(refused) == 0)
		return NULL;
	json_object_foreach(refused, option, why)
		strbuf_addf(&sb, "%s%s: %s", sb.len > 0 ? "; " : "", option,
		    json_string_value(why));
	return strbuf_detach(&sb);
}

static int
remember(struct hook *h, const char *asked, const char *refused,
    struct error *err)
{
	json_t *values = json_object();

	json_object_set_new(values, STATE_ASKED, json_string(asked));
	json_object_set_new(values, STATE_REFUSED,
	    refused == NULL ? json_null() : json_string(refused));
	return hook_state_set(h, values, err);
}

/* It may have been written by a hook whose state was dropped. */
static bool
was_asked(const struct look *l, const json_t *state, const char *asked)
{
	return l->inforce != NULL &&
	    strcmp(json_text(state, STATE_ASKED, ""), asked) == 0;
}

/* But for what only a database knows: the server has taken that before. */
static bool
is_in_force(const struct look *l)
{
	json_auto_t *wanted = json_copy(l->wanted);
	json_auto_t *inforce = json_copy(l->inforce);

	tune_drop_inside(wanted);
	tune_drop_inside(inforce);
	return inforce != NULL && json_equal(wanted, inforce);
}

/* The file gets what is accepted; asked for is what has this digest. */
static int
take_accepted(struct hook *h, struct look *l, const char *asked,
    struct error *err)
{
	autofree char *refused = NULL;

	if (!is_in_force(l) &&
	    tune_check(h, &l->server, l->wanted, l->config, l->refused, err) ==
		-1)
		return -1;
	keep_refused(l);
	if (options_write(&l->server, l->wanted, l->inforce, err) == -1)
		return -1;
	refused = refusals_text(l->refused);
	if (refused != NULL)
		hook_log(h, "WARNING", "refused options: %s", refused);
	return remember(h, asked, refused, err);
}

int
tune_write(struct hook *h, const struct cluster *cl, struct error *err)
{
	autolook l = { 0 };
	autofree char *whole = NULL, *rest = NULL, *part = NULL;
	json_auto_t *state = hook_state(h, err);
	bool all;

	if (state == NULL || look(h, &l, err) == -1)
		return -1;
	look_wanted(h, cl, &l);
	whole = settings_digest(l.wanted);
	if (was_asked(&l, state, whole))
		return 0;
	if (check_inside(h, cl, &l, &all, err) == -1)
		return -1;
	/* As long as some have to wait, the others are asked about once. */
	rest = settings_digest(l.wanted);
	part = xasprintf(ASKED_PARTLY "%s", rest);
	if (!all && was_asked(&l, state, part))
		return 0;
	return take_accepted(h, &l, all ? whole : part, err);
}

char *
tune_refusal(struct hook *h, struct error *err)
{
	json_auto_t *state = hook_state(h, err);
	const char *refused = json_text(state, STATE_REFUSED, NULL);

	return refused == NULL ? NULL :
				 xasprintf("Configuration Error: %s", refused);
}

/* ---- the server ---- */

/*
 * What of our file the server would take with its next start only: names, or ""
 * for nothing. What somebody has set with ALTER SYSTEM is not in our file.
 */
static char *
read_pending(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);

	return c == NULL ?
	    NULL :
	    conn_value(c,
		"SELECT string_agg(name, ', ' ORDER BY name) FROM "
		"pg_file_settings WHERE sourcefile LIKE '%/options.conf' AND "
		"NOT applied AND error = 'setting could not be applied'",
		NULL, err);
}

static int
have_read(struct hook *h, const struct cluster *cl, const struct look *l,
    struct error *err)
{
	autofree char *pending = NULL, *seen = settings_digest(l->config);

	if (gate_reload(h, &l->server, cl, err) == -1)
		return -1;
	pending = read_pending(h, cl, err);
	if (pending == NULL)
		return -1;
	if (*pending != '\0')
		hook_log(h, "INFO", "%s: with the next start", pending);
	else
		options_forget_old(&l->server);
	return turn_publish(h, cl, seen,
	    *pending == '\0' ? TURN_NONE : TURN_WANTED, err);
}

int
tune_apply(struct hook *h, const struct cluster *cl, bool *changed,
    struct error *err)
{
	json_auto_t *state = hook_state(h, err);
	autofree char *file = NULL, *seen = NULL;
	autolook l = { 0 };

	if (state == NULL || cluster_find(cl, h->unit) == NULL)
		return state == NULL ? -1 : 0;
	if (cl->primary == NULL || cluster_role(h, cl) == CLUSTER_ROLE_NONE)
		return 0;
	if (strncmp(json_text(state, STATE_ASKED, ASKED_PARTLY), ASKED_PARTLY,
		strlen(ASKED_PARTLY)) == 0 &&
	    tune_write(h, cl, err) == -1)
		return -1;
	if (look(h, &l, err) == -1)
		return -1;
	file = options_digest(&l.server);
	seen = settings_digest(l.config);
	if (strcmp(json_text(state, STATE_READ, ""), file) == 0 &&
	    turn_has_published(h, cl, seen))
		return 0;
	*changed = true;
	if (have_read(h, cl, &l, err) == -1)
		return -1;
	return hook_state_set(h, json_pack("{s:s}", STATE_READ, file), err);
}

/* ---- the restart ---- */

static int
start_again(struct hook *h, const struct server *s, const struct cluster *cl,
    struct error *err)
{
	bool is_primary = strcmp(cl->primary, h->unit) == 0;
	struct error ignored = { 0 };
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit),
	    &ignored);

	/* It is away the shorter, the less there is to write as it stops. */
	if (is_primary && c != NULL)
		(void)conn_exec(c, "CHECKPOINT", &ignored);
	if (server_stop(h, err) == -1)
		return -1;
	sessions_release(h->state);
	return is_primary ? server_start(h, s, SERVER_START_MS, err) :
			    standby_follow(h, s, cl, err);
}

/* "a, b" of settings, as options. */
static char *
options_of(const char *pending, json_t *config)
{
	autofree char *copy = xstrdup(pending);
	autostrbuf sb = { 0 };
	char *next = copy, *name;

	while ((name = strsep(&next, ", ")) != NULL) {
		autofree char *option = settings_option(config, name);

		if (*name != '\0')
			strbuf_addf(&sb, "%s%s", sb.len > 0 ? ", " : "",
			    option == NULL ? name : option);
	}
	return strbuf_detach(&sb);
}

/* It does not start with what is asked for. */
static int
go_back(struct hook *h, const struct look *l, const struct cluster *cl,
    const char *pending, const struct error *why, struct error *err)
{
	autofree char *options = options_of(pending, l->config);
	autofree char *reason = xasprintf("%s: %s", options, why->msg);
	struct error missing = { 0 };

	if (options_restore_old(&l->server, &missing) == -1) {
		*err = *why;
		return -1;
	}
	hook_log(h, "WARNING", "back to the options before: %s", reason);
	if (start_again(h, &l->server, cl, err) == -1)
		return -1;
	return hook_state_set(h, json_pack("{s:s}", STATE_REFUSED, reason),
	    err);
}

int
tune_give_up(struct hook *h, const struct cluster *cl, struct error *err)
{
	autolook l = { 0 };

	if (look(h, &l, err) == -1 || options_restore_old(&l.server, err) == -1)
		return -1;
	hook_log(h, "WARNING", "a member does not start with the options");
	return have_read(h, cl, &l, err);
}

int
tune_restart(struct hook *h, const struct cluster *cl, struct error *err)
{
	autolook l = { 0 };
	autofree char *pending = NULL, *file = NULL, *seen = NULL;
	enum turn_wish wish = TURN_NONE;
	struct error why = { 0 };

	if (look(h, &l, err) == -1)
		return -1;
	pending = read_pending(h, cl, err);
	if (pending == NULL)
		return -1;
	if (*pending != '\0') {
		if (hook_status(h, "maintenance", "updating configuration",
			err) == -1)
			return -1;
		if (start_again(h, &l.server, cl, &why) == -1) {
			wish = TURN_REFUSED;
			if (go_back(h, &l, cl, pending, &why, err) == -1)
				return -1;
		}
	}
	options_forget_old(&l.server);
	file = options_digest(&l.server);
	if (hook_state_set(h, json_pack("{s:s}", STATE_READ, file), err) == -1)
		return -1;
	seen = settings_digest(l.config);
	return turn_publish(h, cl, seen, wish, err);
}
