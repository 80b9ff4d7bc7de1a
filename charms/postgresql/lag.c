/* SPDX-License-Identifier: Apache-2.0 */

#include <stddef.h>

#include "base/error.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/strv.h"
#include "charm.h"
#include "cluster.h"
#include "conn.h"
#include "lag.h"

/* In the leader's state: {"postgresql/1": "0/3000148"}. */
static const char key[] = "lags";

static json_t *
lag_read(struct hook *h, struct error *err)
{
	json_auto_t *state = hook_state(h, err);
	const json_t *lags = json_child(state, key, JSON_OBJECT);

	if (state == NULL)
		return NULL;
	return lags == NULL ? json_object() : json_deep_copy(lags);
}

/* The one that waits longest is to come on first: its place stays. */
static void
lag_put(json_t *lags, const struct strv *units, const char *lsn)
{
	for (size_t i = 0; i < units->n; i++)
		if (json_object_get(lags, units->v[i]) == NULL)
			json_put_text(lags, units->v[i], lsn);
}

static int
lag_write(struct hook *h, json_t *stolen_lags, struct error *err)
{
	json_auto_t *lags = stolen_lags;

	return hook_state_set(h,
	    json_pack("{s:O}", key,
		json_object_size(lags) > 0 ? lags : json_null()),
	    err);
}

bool
lag_is_known(struct hook *h, const char *unit)
{
	struct error ignored = { 0 };
	json_auto_t *lags = lag_read(h, &ignored);

	return json_object_get(lags, unit) != NULL;
}

int
lag_note(struct hook *h, const struct strv *units, const char *lsn,
    struct error *err)
{
	json_t *lags;

	if (units->n == 0)
		return 0;
	lags = lag_read(h, err);
	if (lags == NULL)
		return -1;
	lag_put(lags, units, lsn);
	return lag_write(h, lags, err);
}

/* A primary that cannot be asked: then any place is good to look again. */
static char *
lag_lsn(struct hook *h, const struct cluster *cl)
{
	struct error ignored = { 0 };
	struct conn *c = cluster_connect_primary(h, cl, &ignored);
	char *lsn = NULL;

	if (c != NULL)
		lsn = conn_value(c, "SELECT pg_current_wal_flush_lsn()", NULL,
		    &ignored);
	return lsn != NULL ? lsn : xstrdup("0/0");
}

int
lag_replace(struct hook *h, const struct cluster *cl, const struct strv *units,
    struct error *err)
{
	json_t *lags = json_object();

	if (units->n > 0) {
		autofree char *lsn = lag_lsn(h, cl);

		lag_put(lags, units, lsn);
	}
	return lag_write(h, lags, err);
}

const char *
lag_any(const json_t *state)
{
	json_t *lags = json_child(state, key, JSON_OBJECT);

	return json_object_iter_key(json_object_iter(lags));
}

static bool
has_come_on(struct hook *h, const struct cluster *cl, const char *unit,
    const char *lsn)
{
	const struct member *m = cluster_find(cl, unit);
	const char *const params[] = { lsn, NULL };
	struct error ignored = { 0 };
	struct conn *c = m == NULL ? NULL : cluster_connect(h, cl, m, &ignored);
	bool has = false;

	return c != NULL &&
	    conn_bool(c,
		"SELECT NOT pg_is_in_recovery() OR "
		"pg_last_wal_replay_lsn() >= $1::pg_lsn",
		params, &has, &ignored) == 0 &&
	    has;
}

bool
lag_has_ended(struct hook *h, const struct cluster *cl, const json_t *state)
{
	const char *unit;
	json_t *lsn;

	json_object_foreach(json_child(state, key, JSON_OBJECT), unit, lsn)
		if (has_come_on(h, cl, unit, json_string_value(lsn)))
			return true;
	return false;
}
