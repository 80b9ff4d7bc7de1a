/* SPDX-License-Identifier: Apache-2.0 */

#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "memory.h"
#include "options.h"
#include "preload.h"
#include "settings.h"
#include "synchronous.h"
#include "tune.h"
#include "tune_look.h"

#define NAMES      "synchronous_standby_names"
#define CONTROL_MS 10000

void
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

/*
 * What the primary had when it wrote the log that is still to be read here:
 * with less our server does not start. Of one that cannot be read we know
 * nothing.
 */
static json_t *
read_control(struct hook *h, const struct server *s)
{
	autofree char *program = xasprintf("%s/pg_controldata", s->bindir);
	const char *const argv[] = { program, "-D", s->data, NULL };
	autostrbuf output = { 0 };
	struct error ignored = { 0 };
	const struct charm_command command = {
		.argv = argv,
		.user = SERVER_USER,
		.timeout_ms = CONTROL_MS,
		.output = &output,
	};

	if (!server_has_data(s) || charm_run(h, &command, &ignored) == -1)
		return json_object();
	return settings_read_control(strbuf_cstr(&output));
}

/* One that cannot be asked has what it had. */
static void
raise_to_primary(struct hook *h, const struct cluster *cl, struct look *l)
{
	json_auto_t *least = NULL, *control = NULL;

	if (cl->primary == NULL || strcmp(cl->primary, h->unit) == 0)
		return;
	least = read_least(h, cl);
	settings_raise(l->wanted, least != NULL ? least : l->inforce);
	if (!settings_lowers(l->wanted, l->inforce))
		return;
	control = read_control(h, &l->server);
	l->is_held = settings_lowers(l->wanted, control);
	settings_raise(l->wanted, control);
}

/* Once there were names, none are said as well. */
static void
add_synchronous(struct hook *h, const struct cluster *cl, struct look *l)
{
	size_t refused = json_object_size(l->refused);
	autofree char *names = synchronous_names(h, cl, l->config, l->refused);

	if (names != NULL)
		json_put_text(l->wanted, NAMES, names);
	else if (json_object_size(l->refused) == refused &&
	    json_object_get(l->inforce, NAMES) != NULL)
		json_put_text(l->wanted, NAMES, "");
}

int
look_open(struct hook *h, struct look *l, struct error *err)
{
	if (server_open(h, &l->server, err) == -1)
		return -1;
	l->config = hook_config(h, err);
	return l->config == NULL ? -1 : 0;
}

void
look_want(struct hook *h, const struct cluster *cl, struct look *l)
{
	const struct resources resources = {
		.memory_bytes = memory_of_machine(),
		.cpus = (int)sysconf(_SC_NPROCESSORS_ONLN),
	};

	l->inforce = options_read(&l->server);
	l->refused = json_object();
	l->wanted = settings_wanted(l->config, &resources, l->refused);
	raise_to_primary(h, cl, l);
	add_synchronous(h, cl, l);
	preload_add(h, cl, l);
}

char *
look_digest(const struct look *l)
{
	json_auto_t *both = json_pack("[O, O]", l->wanted, l->refused);

	return settings_digest(both);
}

/* ---- what is accepted ---- */

/* What is refused keeps the value in force; without one, the server's own. */
void
look_keep_refused(struct look *l)
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
int
look_check_inside(struct hook *h, const struct cluster *cl, struct look *l,
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

/* But for what only a database knows: the server has taken that before. */
bool
look_is_in_force(const struct look *l)
{
	json_auto_t *wanted = json_copy(l->wanted);
	json_auto_t *inforce = json_copy(l->inforce);

	tune_drop_inside(wanted);
	tune_drop_inside(inforce);
	return inforce != NULL && json_equal(wanted, inforce);
}

char *
look_refusals(const struct look *l)
{
	autostrbuf sb = { 0 };
	const char *option;
	json_t *why;

	if (json_object_size(l->refused) == 0)
		return NULL;
	json_object_foreach(l->refused, option, why)
		strbuf_addf(&sb, "%s%s: %s", sb.len > 0 ? "; " : "", option,
		    json_string_value(why));
	return strbuf_detach(&sb);
}
