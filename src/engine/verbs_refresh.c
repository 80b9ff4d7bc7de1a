/* SPDX-License-Identifier: Apache-2.0 */
/*
 * refresh of an application. A charm in a directory is read again, and counts
 * as a new revision each time: its programs may be others though its files say
 * the same. A built-in one has a new revision when tenon has been upgraded.
 */

#include "base/json.h"
#include "base/mem.h"
#include "base/missing.h"
#include "engine/check.h"
#include "engine/internal.h"
#include "engine/refresh.h"

/* What is asked for. */
struct refresh {
	struct engine_call *call;
	struct model *model;
	struct application *app;
	const char *source;  /* Where the charm comes from. Borrowed. */
	char *dir, *channel; /* Owned. */
	struct charm *charm; /* Held. */
	int revision;        /* That the application will have. */
};

static void
refresh_release(struct refresh *r)
{
	free(r->dir);
	free(r->channel);
	charm_free(r->charm);
}

#define autorefresh __attribute__((cleanup(refresh_release))) struct refresh

static bool
is_directory(const char *source)
{
	return source[0] == '/';
}

static const char *
source_word(const char *source)
{
	return is_directory(source) ? "local" : "built-in";
}

static int
read_charm(struct refresh *r, struct error *err)
{
	struct engine *e = r->call->engine;

	r->dir = charm_find_dir(e, r->source, err);
	if (r->dir == NULL) {
		if (is_directory(r->source))
			error_hint(err,
			    "\"tenon refresh %s --path DIRECTORY\" takes the "
			    "charm from elsewhere",
			    r->app->name);
		return -1;
	}
	r->charm = charm_load(e, r->dir, err);
	return r->charm != NULL ? 0 : -1;
}

/* Another charm altogether is to be asked for by --switch. */
static int
check_name(const struct refresh *r, struct error *err)
{
	if (strcmp(r->charm->name, r->app->charm_name) == 0 ||
	    json_bool(r->call->args, "switch", false))
		return 0;
	error_set(err, ERROR_CONFLICT,
	    "cannot upgrade \"%s\" to \"%s\": it is another charm",
	    r->app->charm_name, r->charm->name);
	return error_hint(err, "--switch takes another charm");
}

/* A directory is as it is now, whatever it was before. */
static int
check_revision(struct refresh *r, struct error *err)
{
	bool is_local = is_directory(r->source);
	int64_t wanted = json_int(r->call->args, "revision", -1);
	int now = r->app->charm_revision;

	r->revision = r->charm->revision;
	if (is_local && wanted != now && r->revision <= now)
		r->revision = now + 1;
	return charm_check_revision(r->charm->name, r->revision, wanted, err);
}

static int
refresh_read(struct refresh *r, struct error *err)
{
	struct engine_call *call = r->call;
	const char *channel = json_text(call->args, "channel", NULL);

	r->app = call_application(call, r->model, err);
	if (r->app == NULL)
		return -1;
	if (r->app->life != LIFE_ALIVE || r->model->life != LIFE_ALIVE) {
		error_set(err, ERROR_CONFLICT,
		    "cannot refresh \"%s\": it is being removed", r->app->name);
		(void)missing_soon(r->app->name, err);
		return -1;
	}
	r->source = json_text(call->args, "charm", r->app->charm_source);
	if (read_charm(r, err) == -1 || check_name(r, err) == -1 ||
	    check_revision(r, err) == -1 ||
	    refresh_check(r->app, r->charm, err) == -1 ||
	    (channel != NULL && channel_check(channel, err) == -1))
		return -1;
	r->channel = channel != NULL ?
	    refresh_channel(r->app, channel, err) :
	    xstrdup(r->app->channel != NULL ? r->app->channel : "");
	return r->channel != NULL ? 0 : -1;
}

static bool
is_elsewhere(const struct refresh *r)
{
	return strcmp(r->source, r->app->charm_source) != 0;
}

static bool
is_new(const struct refresh *r)
{
	return is_elsewhere(r) || r->revision != r->app->charm_revision;
}

static json_t *
refresh_reply(const struct refresh *r)
{
	return json_pack("{s:s, s:s, s:s, s:i, s:s, s:b, s:o, s:[]}",
	    "application", r->app->name, "charm", r->charm->name, "source",
	    source_word(r->source), "revision", r->revision, "channel",
	    r->channel, "refreshed", (int)is_new(r), "changes",
	    refresh_changes(r->app->charm, r->charm), "messages");
}

static int
change(struct refresh *r, struct error *err)
{
	struct application *app = r->app;
	const json_t *args = r->call->args;
	bool is_same_number = is_elsewhere(r) &&
	    r->revision == app->charm_revision;

	if (is_new(r) &&
	    refresh_take(app, r->charm,
		json_object_get(r->call->reply, "messages"), err) == -1)
		return -1;
	xreplace(&app->charm_source, r->source);
	xreplace(&app->channel, r->channel);
	app->charm_revision = r->revision;
	app->trusted = json_bool(args, "trust", app->trusted);
	entity_touch(&app->entity);
	if (is_same_number)
		refresh_renew(app);
	return application_set_options(app, json_object_get(args, "config"),
	    err);
}

/* The charm has agreed, or has nothing to say. */
static int
refresh_now(struct engine_call *call, struct model *m, struct error *err)
{
	autorefresh r = { .call = call, .model = m };
	struct charm *old;
	int rc;

	if (refresh_read(&r, err) == -1)
		return -1;
	old = charm_hold(r.app->charm);
	call->reply = refresh_reply(&r);
	call_journal(call, m, r.app->name, "refresh");
	rc = change(&r, err);
	if (rc == -1)
		engine_rollback(call->engine);
	else
		rc = call_commit(call, m, err);
	/* Going back reads the row again, but never what was in the files. */
	if (rc == 0 && call->is_step)
		call->before = charm_hold(old);
	else if (rc == -1 || call_is_dry(call))
		refresh_give_back(r.app, old);
	charm_free(old);
	return rc;
}

int
verb_refresh(struct engine_call *call, struct error *err)
{
	autorefresh r = { .call = call, .model = call_model(call, err) };

	if (r.model == NULL || refresh_read(&r, err) == -1)
		return -1;
	if (!r.charm->check)
		return refresh_now(call, r.model, err);
	return check_then(call, r.model, r.dir, r.channel, refresh_now, err);
}
