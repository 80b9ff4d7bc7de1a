/* SPDX-License-Identifier: Apache-2.0 */

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"
#include "charm.h"
#include "conn.h"
#include "session.h"
#include "version.h"

/* One that does what it is told is none for a plan. */
static bool
session_is_usable(const struct hook *h, const struct conn *c)
{
	if (c->pg == NULL)
		return false;
	return (c->plan != NULL) == h->is_plan && !conn_is_dead(c) &&
	    PQtransactionStatus(c->pg) == PQTRANS_IDLE;
}

/* The place of the connection, or one that is free for it. */
static struct conn **
session_place(struct sessions *s, const char *address)
{
	size_t i;

	for (i = 0; i < SESSION_MAX; i++)
		if (s->list[i] != NULL &&
		    strcmp(s->list[i]->address, address) == 0)
			return &s->list[i];
	for (i = 0; i < SESSION_MAX; i++)
		if (s->list[i] == NULL)
			return &s->list[i];
	i = s->oldest;
	s->oldest = (s->oldest + 1) % SESSION_MAX;
	conn_free(s->list[i]);
	s->list[i] = NULL;
	return &s->list[i];
}

struct conn *
session_get(struct hook *h, const char *address, const char *password,
    struct error *err)
{
	struct conn **place = session_place(h->state, address);

	if (*place != NULL && session_is_usable(h, *place)) {
		(*place)->plan = h->is_plan ? h : NULL;
		return *place;
	}
	conn_free(*place);
	*place = conn_open(
	    &(const struct conn_spec){
		.address = address,
		.user = "operator",
		.password = password,
		.dbname = "postgres",
		.timeout_ms = SESSION_CONNECT_MS,
		.plan = h->is_plan ? h : NULL,
	    },
	    err);
	return *place;
}

struct conn *
session_to_be(struct hook *h, const char *address)
{
	struct conn **place = session_place(h->state, address);

	conn_free(*place);
	*place = conn_to_be(
	    &(const struct conn_spec){
		.address = address,
		.dbname = "postgres",
		.plan = h,
	    },
	    version_planned());
	return *place;
}

void
session_drop(struct hook *h, const struct conn *c)
{
	struct sessions *s = h->state;

	for (size_t i = 0; i < SESSION_MAX; i++)
		if (s->list[i] != NULL && s->list[i] == c) {
			conn_free(s->list[i]);
			s->list[i] = NULL;
		}
}

struct conn *
session_visit(const char *address, const char *password, const char *dbname,
    struct error *err)
{
	struct conn_spec spec = {
		.address = address,
		.user = "operator",
		.password = password,
		.dbname = dbname,
		.timeout_ms = SESSION_CONNECT_MS,
	};

	return conn_open(&spec, err);
}

void
sessions_release(struct sessions *s)
{
	for (size_t i = 0; i < SESSION_MAX; i++)
		conn_free(s->list[i]);
	free(s->peers);
	*s = (struct sessions){ 0 };
}
