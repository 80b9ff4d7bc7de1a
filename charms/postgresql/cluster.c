/* SPDX-License-Identifier: Apache-2.0 */
/* What every engine shares: the view of the peer relation. */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "names.h"
#include "session.h"
#include "users.h"
#include "version.h"

/* In place of "ready", in the bags of a plan. */
#define STATE_TO_BE "to-be"

static int
member_compare(const void *a, const void *b)
{
	int64_t na = name_unit_number(((const struct member *)a)->unit);
	int64_t nb = name_unit_number(((const struct member *)b)->unit);

	return na < nb ? -1 : na > nb;
}

static char *
copy_text(const json_t *bag, const char *key)
{
	const char *text = json_text(bag, key, NULL);

	return text == NULL ? NULL : xstrdup(text);
}

static void
member_read_wishes(struct member *m, const json_t *bag)
{
	m->wish = copy_text(bag, "promote");
	m->options = copy_text(bag, "options");
	m->restart = copy_text(bag, "restart");
	if (strcmp(json_text(bag, "state", ""), "stopped") == 0)
		m->stopped = copy_text(bag, "stopped-at");
}

static int
cluster_add(struct hook *h, struct cluster *cl, const char *unit,
    struct error *err)
{
	json_auto_t *bag = hook_bag(h, cl->relation, unit, err);
	const char *address, *state;

	if (bag == NULL)
		return -1;
	address = json_text(bag, "address", NULL);
	state = json_text(bag, "state", "");
	if (strcmp(state, "leaving") == 0)
		return 0;
	cl->members = xrealloc(cl->members,
	    (cl->nmembers + 1) * sizeof *cl->members);
	cl->members[cl->nmembers++] = (struct member){
		.unit = xstrdup(unit),
		.address = address == NULL ? NULL : xstrdup(address),
		.is_ready = strcmp(state, "ready") == 0 ||
		    strcmp(state, STATE_TO_BE) == 0,
		.is_to_be = strcmp(state, STATE_TO_BE) == 0,
		.has_data = json_text(bag, "has-data", NULL) != NULL,
	};
	member_read_wishes(&cl->members[cl->nmembers - 1], bag);
	return 0;
}

static bool
is_departing(const struct hook *h, const char *unit)
{
	return h->departing_unit != NULL && h->endpoint != NULL &&
	    strcmp(h->endpoint, "database-peers") == 0 &&
	    strcmp(h->departing_unit, unit) == 0;
}

static int
cluster_read_members(struct hook *h, struct cluster *cl, struct error *err)
{
	json_auto_t *units = hook_remote_units(h, cl->relation, err);
	const json_t *unit;
	size_t i;

	if (units == NULL || cluster_add(h, cl, h->unit, err) == -1)
		return -1;
	json_array_foreach(units, i, unit) {
		if (is_departing(h, json_string_value(unit)))
			continue;
		if (cluster_add(h, cl, json_string_value(unit), err) == -1)
			return -1;
	}
	qsort(cl->members, cl->nmembers, sizeof *cl->members, member_compare);
	return 0;
}

/* It is the same as long as the unit lives, and looked for once. */
static const char *
peers_relation(struct hook *h, struct error *err)
{
	struct sessions *s = h->state;
	json_auto_t *relations = NULL;

	if (s->peers != NULL)
		return s->peers;
	relations = hook_relations(h, "database-peers", err);
	if (json_array_size(relations) > 0)
		s->peers = xstrdup(
		    json_string_value(json_array_get(relations, 0)));
	else if (relations != NULL)
		error_set(err, ERROR_UNAVAILABLE,
		    "the relation database-peers does not exist yet");
	return s->peers;
}

int
cluster_read(struct hook *h, struct cluster *cl, struct error *err)
{
	const char *peers = peers_relation(h, err);

	if (peers == NULL)
		return -1;
	cl->relation = xstrdup(peers);
	cl->plan = h->is_plan ? h : NULL;
	cl->bag = hook_bag(h, cl->relation, h->app, err);
	if (cl->bag == NULL)
		return -1;
	cl->primary = json_text(cl->bag, "primary", NULL);
	cl->primary_address = json_text(cl->bag, "primary-address", NULL);
	cl->target = json_text(cl->bag, "switchover-to", NULL);
	cl->chosen = json_text(cl->bag, "chosen", NULL);
	return cluster_read_members(h, cl, err);
}

void
cluster_release(struct cluster *cl)
{
	for (size_t i = 0; i < cl->nmembers; i++) {
		free(cl->members[i].unit);
		free(cl->members[i].address);
		free(cl->members[i].wish);
		free(cl->members[i].stopped);
		free(cl->members[i].options);
		free(cl->members[i].restart);
	}
	free(cl->members);
	free(cl->relation);
	json_decref(cl->bag);
	*cl = (struct cluster){ 0 };
}

const struct member *
cluster_find(const struct cluster *cl, const char *unit)
{
	for (size_t i = 0; i < cl->nmembers; i++)
		if (strcmp(cl->members[i].unit, unit) == 0)
			return &cl->members[i];
	return NULL;
}

bool
cluster_has_data(const struct cluster *cl)
{
	for (size_t i = 0; i < cl->nmembers; i++)
		if (cl->members[i].has_data)
			return true;
	return false;
}

const char *
cluster_password(const struct cluster *cl, const char *user)
{
	autofree char *key = xasprintf("%s-password", user);

	return json_text(cl->bag, key, "");
}

struct conn *
cluster_connect(struct hook *h, const struct cluster *cl,
    const struct member *m, struct error *err)
{
	struct conn *c;

	if (m->address == NULL) {
		error_set(err, ERROR_UNAVAILABLE, "%s has no address yet",
		    m->unit);
		return NULL;
	}
	if (m->is_to_be)
		return session_to_be(h, m->address);
	c = session_get(h, m->address, cluster_password(cl, "operator"), err);
	if (c == NULL)
		error_wrap(err, "%s", m->unit);
	return c;
}

static bool
primary_is_to_be(const struct cluster *cl)
{
	const struct member *m = cl->primary == NULL ?
	    NULL :
	    cluster_find(cl, cl->primary);

	return m != NULL && m->is_to_be;
}

int
cluster_pretend(struct hook *h, const struct cluster *cl, struct error *err)
{
	return hook_bag_set(h, cl->relation,
	    json_pack("{s:s, s:s}", "state", STATE_TO_BE, "has-data", "yes"),
	    err);
}

/*
 * Has the operator been given the password of the cluster back? Only the leader
 * changes it, so only the leader knows that its own view is the latest.
 */
static bool
may_rescue(struct hook *h, const struct cluster *cl)
{
	struct error why = { 0 };
	bool leader;

	if (hook_is_leader(h, &leader, &why) == -1 || !leader)
		return false;
	if (users_rescue(cl, &why) == 0)
		return true;
	hook_log(h, "WARNING", "the operator cannot log in: %s", why.msg);
	return false;
}

struct conn *
cluster_connect_primary(struct hook *h, const struct cluster *cl,
    struct error *err)
{
	struct error why = { 0 };
	struct conn *c;

	if (cl->primary_address == NULL) {
		error_set(err, ERROR_UNAVAILABLE, "there is no primary yet");
		return NULL;
	}
	if (primary_is_to_be(cl))
		return session_to_be(h, cl->primary_address);
	c = session_get(h, cl->primary_address,
	    cluster_password(cl, "operator"), &why);
	if (c == NULL && why.code == ERROR_DENIED && may_rescue(h, cl))
		c = session_get(h, cl->primary_address,
		    cluster_password(cl, "operator"), &why);
	if (c != NULL)
		return c;
	*err = why;
	error_wrap(err, "primary %s", cl->primary);
	return NULL;
}

static struct conn *
visit(const struct cluster *cl, const char *dbname, struct error *err)
{
	struct conn_spec spec = {
		.address = cl->primary_address,
		.user = "operator",
		.password = cluster_password(cl, "operator"),
		.dbname = dbname,
		.timeout_ms = SESSION_CONNECT_MS,
		.plan = cl->plan,
	};

	return primary_is_to_be(cl) ? conn_to_be(&spec, version_planned()) :
				      conn_open(&spec, err);
}

/* What template0 holds, and what nobody is let into, template1 has too. */
static struct conn *
visit_to_be(const struct cluster *cl, const char *dbname)
{
	const char *const params[] = { dbname, NULL };
	struct error ignored = { 0 };
	struct conn *c = visit(cl, "template1", &ignored);
	bool missing = false;

	if (c != NULL &&
	    conn_bool(c,
		"SELECT count(*) = 0 FROM pg_database WHERE datname = $1",
		params, &missing, &ignored) == 0 &&
	    missing) {
		xreplace(&c->dbname, dbname);
		c->is_to_be = true;
		return c;
	}
	conn_free(c);
	return NULL;
}

struct conn *
cluster_visit(const struct cluster *cl, const char *dbname, struct error *err)
{
	struct error why = { 0 };
	struct conn *c = visit(cl, dbname, &why);

	if (c == NULL && cl->plan != NULL)
		c = visit_to_be(cl, dbname);
	if (c == NULL)
		*err = why;
	return c;
}

enum cluster_role
cluster_role(struct hook *h, const struct cluster *cl)
{
	const struct member *self = cluster_find(cl, h->unit);
	struct error ignored = { 0 };
	struct conn *c;
	bool recovering;

	if (self == NULL)
		return CLUSTER_ROLE_NONE;
	c = cluster_connect(h, cl, self, &ignored);
	if (c == NULL ||
	    conn_bool(c, "SELECT pg_is_in_recovery()", NULL, &recovering,
		&ignored) == -1)
		return CLUSTER_ROLE_NONE;
	return recovering ? CLUSTER_ROLE_STANDBY : CLUSTER_ROLE_PRIMARY;
}
