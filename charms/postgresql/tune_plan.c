/* SPDX-License-Identifier: Apache-2.0 */
/* What a change of the options would come to; see charm.h about plans. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "tune.h"
#include "tune_look.h"

/* The settings, of all there are, that need a restart: a new reference. */
static json_t *
read_restarting(struct hook *h, const struct cluster *cl, struct error *err)
{
	struct conn *c = cluster_connect(h, cl, cluster_find(cl, h->unit), err);
	autoresult *found = c == NULL ?
	    NULL :
	    conn_query(c,
		"SELECT name FROM pg_settings WHERE context = 'postmaster'",
		NULL, err);
	json_t *names = found == NULL ? NULL : json_object();

	for (int i = 0; i < PQntuples(found); i++)
		json_object_set_new(names, PQgetvalue(found, i, 0),
		    json_true());
	return names;
}

static int
foretell_setting(struct hook *h, const char *name, const char *before,
    const char *after, struct error *err)
{
	autofree char *was = before == NULL ?
	    xstrdup("") :
	    xasprintf(", which was '%s'", before);
	autofree char *note = after == NULL ?
	    xasprintf("options.conf: no %s%s", name, was) :
	    xasprintf("options.conf: %s = '%s'%s", name, after, was);

	return hook_plan_note(h, note, err);
}

static int
foretell_restart(struct hook *h, const struct cluster *cl, const char *names,
    struct error *err)
{
	bool is_primary = strcmp(cl->primary, h->unit) == 0;
	autofree char *note = xasprintf("%s: the server is restarted%s", names,
	    cl->nmembers == 1 ? "" :
		is_primary    ? ", after those of the standbys" :
				", before that of the primary");

	return hook_plan_note(h, note, err);
}

static int
foretell_settings(struct hook *h, const struct cluster *cl, struct look *l,
    struct error *err)
{
	json_auto_t *restarting = read_restarting(h, cl, err);
	json_auto_t *all = json_copy(l->wanted);
	autostrbuf restart = { 0 };
	const char *name;
	json_t *value;

	if (restarting == NULL)
		return -1;
	if (l->inforce != NULL)
		(void)json_object_update_missing(all, l->inforce);
	json_object_foreach(all, name, value) {
		const char *before = json_text(l->inforce, name, NULL);
		const char *after = json_text(l->wanted, name, NULL);

		if (before != NULL && after != NULL &&
		    strcmp(before, after) == 0)
			continue;
		if (foretell_setting(h, name, before, after, err) == -1)
			return -1;
		if (json_object_get(restarting, name) != NULL)
			strbuf_addf(&restart, "%s%s",
			    restart.len > 0 ? ", " : "", name);
	}
	return restart.len > 0 ?
	    foretell_restart(h, cl, strbuf_cstr(&restart), err) :
	    0;
}

/* What is asked for and what of that is refused, which is said. */
static int
foretell_refused(struct hook *h, const struct cluster *cl, struct look *l,
    struct error *err)
{
	autofree char *refused = NULL, *note = NULL;
	bool all;

	if (look_check_inside(h, cl, l, &all, err) == -1 ||
	    (!look_is_in_force(l) &&
		tune_check(h, &l->server, l->wanted, l->config, l->refused,
		    err) == -1))
		return -1;
	look_keep_refused(l);
	refused = look_refusals(l);
	if (refused == NULL)
		return 0;
	note = xasprintf("refused: %s", refused);
	return hook_plan_note(h, note, err);
}

int
tune_foretell(struct hook *h, const struct cluster *cl, struct error *err)
{
	autolook l = { 0 };
	autofree char *aside = NULL;

	if (look_open(h, &l, err) == -1)
		return -1;
	look_want(h, cl, &l);
	/* What the check writes is not in the way of a hook at work. */
	aside = xasprintf("%s.plan-%d", l.server.options, (int)getpid());
	xreplace(&l.server.options, aside);
	if (foretell_refused(h, cl, &l, err) == -1)
		return -1;
	return foretell_settings(h, cl, &l, err);
}

/* The unit has no directory yet; what the check writes goes into `scratch`. */
static int
foretell_first(struct hook *h, const struct cluster *cl, const char *scratch,
    struct error *err)
{
	autofree char *options = xasprintf("%s/options.conf", scratch);
	autofree char *note = NULL;
	autolook l = { 0 };

	if (look_open(h, &l, err) == -1)
		return -1;
	look_want(h, cl, &l);
	note = xasprintf("%zu settings are written to %s",
	    json_object_size(l.wanted), l.server.options);
	xreplace(&l.server.conf_dir, scratch);
	xreplace(&l.server.options, options);
	if (foretell_refused(h, cl, &l, err) == -1)
		return -1;
	return hook_plan_note(h, note, err);
}

int
tune_foretell_first(struct hook *h, const struct cluster *cl, struct error *err)
{
	char scratch[] = "/tmp/tenon-plan-XXXXXX";
	struct error ignored = { 0 };
	int rc;

	if (mkdtemp(scratch) == NULL || chmod(scratch, 0711) == -1)
		return error_set_errno(err, errno, "%s", scratch);
	rc = foretell_first(h, cl, scratch, err);
	(void)tree_remove(scratch, &ignored);
	return rc;
}
