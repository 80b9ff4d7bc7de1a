/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "gate.h"
#include "later.h"
#include "options.h"
#include "server.h"
#include "session.h"
#include "settings.h"
#include "standby.h"
#include "tune.h"
#include "tune_look.h"
#include "turn.h"

/* Of the unit's state. */
#define STATE_ASKED   "options-asked"   /* What was last checked. */
#define STATE_REFUSED "options-refused" /* What came of it. */
#define STATE_READ    "options-read"    /* The file that the server has read. */

/* Of what was checked, if some of it could not be. */
#define ASKED_PARTLY "partly "

/* When a standby looks again whether it has read enough of the log. */
#define HELD_S 5

/* ---- what is accepted ---- */

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

/* The file gets what is accepted; asked for is what has this digest. */
static int
take_accepted(struct hook *h, struct look *l, const char *asked,
    struct error *err)
{
	autofree char *refused = NULL;

	if (!look_is_in_force(l) &&
	    tune_check(h, &l->server, l->wanted, l->config, l->refused, err) ==
		-1)
		return -1;
	look_keep_refused(l);
	if (options_write(&l->server, l->wanted, l->inforce, err) == -1)
		return -1;
	refused = look_refusals(l);
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

	if (state == NULL || look_open(h, &l, err) == -1)
		return -1;
	look_want(h, cl, &l);
	if (l.is_held && later_ask(h, LATER_LOOK, HELD_S, err) == -1)
		return -1;
	whole = look_digest(&l);
	if (was_asked(&l, state, whole))
		return 0;
	if (look_check_inside(h, cl, &l, &all, err) == -1)
		return -1;
	/* As long as some have to wait, the others are asked about once. */
	rest = look_digest(&l);
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
	if (look_open(h, &l, err) == -1)
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

static int
remember_refused(struct hook *h, const char *reason, struct error *err)
{
	hook_log(h, "WARNING", "back to the options before: %s", reason);
	return hook_state_set(h, json_pack("{s:s}", STATE_REFUSED, reason),
	    err);
}

/*
 * It does not start with what is asked for. If it runs, or tenond, who knows,
 * has gone, that is not why; then the turn stays ours.
 */
static int
go_back(struct hook *h, const struct look *l, const struct cluster *cl,
    const char *pending, const struct error *why, struct error *err)
{
	autofree char *options = options_of(pending, l->config);
	autofree char *reason = xasprintf("%s: %s", options, why->msg);
	struct error missing = { 0 };

	if (server_runs(h) || options_restore_old(&l->server, &missing) == -1) {
		*err = *why;
		return -1;
	}
	if (start_again(h, &l->server, cl, err) == -1)
		return -1;
	return remember_refused(h, reason, err);
}

int
tune_rescue(struct hook *h, const struct error *why, bool *rescued,
    struct error *err)
{
	autolook l = { 0 };
	autofree char *changed = NULL, *options = NULL, *reason = NULL;
	json_auto_t *wanted = NULL;

	*rescued = false;
	if (look_open(h, &l, err) == -1)
		return -1;
	wanted = options_read(&l.server);
	if (!options_has_old(&l.server))
		return 0;
	if (options_restore_old(&l.server, err) == -1)
		return -1;
	l.inforce = options_read(&l.server);
	changed = settings_changed(wanted, l.inforce);
	options = options_of(changed, l.config);
	reason = xasprintf("%s: %s", options, why->msg);
	*rescued = true;
	return remember_refused(h, reason, err);
}

int
tune_give_up(struct hook *h, const struct cluster *cl, struct error *err)
{
	autolook l = { 0 };

	if (look_open(h, &l, err) == -1 ||
	    options_restore_old(&l.server, err) == -1)
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

	if (look_open(h, &l, err) == -1)
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
