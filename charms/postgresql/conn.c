/* SPDX-License-Identifier: Apache-2.0 */

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "charm.h"
#include "conn.h"
#include "sql.h"

#define CONN_RETRIES 8

static const char conn_options[] =
    "-c search_path=pg_catalog,pg_temp -c synchronous_commit=local "
    "-c log_min_error_statement=panic -c standard_conforming_strings=on "
    "-c statement_timeout=0 -c lock_timeout=0 -c exit_on_error=off "
    "-c idle_in_transaction_session_timeout=0 "
    "-c default_transaction_isolation=read\\ committed "
    "-c default_transaction_deferrable=off -c transform_null_equals=off "
    "-c datestyle=ISO -c bytea_output=hex "
    "-c default_transaction_read_only=";

/* What libpq says, on one line. */
static int
conn_error(struct conn *c, enum error_code code, const char *text,
    struct error *err)
{
	/* Further lines are libpq's guesses. */
	size_t len = strcspn(text, "\n");

	return error_set(err, code, "%s: %.*s", c->address, (int)len, text);
}

static int
conn_timeout(struct conn *c, const char *what, struct error *err)
{
	return error_set(err, ERROR_TIMEOUT, "%s: %s in time", c->address,
	    what);
}

/* Wait for the socket. 1 when it is ready, 0 when the time is over. */
static int
conn_wait(struct conn *c, short events, uint64_t deadline_ms)
{
	uint64_t now = clock_mono_ms();
	struct pollfd fd = { .fd = PQsocket(c->pg), .events = events };

	if (now >= deadline_ms)
		return 0;
	/* A signal, or an error, is for the next libpq call to find. */
	(void)poll(&fd, 1, (int)(deadline_ms - now));
	return 1;
}

static int
conn_establish(struct conn *c, uint64_t deadline_ms, struct error *err)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state != PGRES_POLLING_OK) {
		if (PQstatus(c->pg) == CONNECTION_BAD ||
		    state == PGRES_POLLING_FAILED) {
			enum error_code code = PQconnectionNeedsPassword(
						   c->pg) ||
				strstr(PQerrorMessage(c->pg),
				    "authentication failed") != NULL ?
			    ERROR_DENIED :
			    ERROR_UNAVAILABLE;

			return conn_error(c, code, PQerrorMessage(c->pg), err);
		}
		if (!conn_wait(c,
			state == PGRES_POLLING_READING ? POLLIN : POLLOUT,
			deadline_ms))
			return conn_timeout(c, "does not answer", err);
		state = PQconnectPoll(c->pg);
	}
	return 0;
}

/* Notices would go to standard error. */
static void
conn_on_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

/* Below what is no directory is nothing: of /dev/null libpq would complain. */
static const char no_passfile[] = "/dev/null/none";

struct conn *
conn_open(const struct conn_spec *spec, struct error *err)
{
	autofree char *options = xasprintf("%s%s", conn_options,
	    spec->plan != NULL ? "on" : "off");
	const char *const keys[] = { "hostaddr", "port", "user", "password",
		"dbname", "application_name", "options", "client_encoding",
		"passfile", "sslmode", "gssencmode", NULL };
	const char *const values[] = { spec->address, "5432", spec->user,
		spec->password, spec->dbname, "tenon", options, "UTF8",
		no_passfile, "prefer", "disable", NULL };
	struct conn *c = xcalloc(1, sizeof *c);

	c->address = xstrdup(spec->address);
	c->dbname = xstrdup(spec->dbname);
	c->timeout_ms = CONN_STATEMENT_MS;
	c->plan = spec->plan;
	c->pg = PQconnectStartParams(keys, values, 0);
	if (c->pg == NULL)
		abort(); /* Out of memory. */
	PQsetNoticeReceiver(c->pg, conn_on_notice, NULL);
	if (conn_establish(c, clock_mono_ms() + (uint64_t)spec->timeout_ms,
		err) == -1) {
		conn_free(c);
		return NULL;
	}
	c->version = PQserverVersion(c->pg);
	return c;
}

struct conn *
conn_to_be(const struct conn_spec *spec, int version)
{
	struct conn *c = xcalloc(1, sizeof *c);

	c->address = xstrdup(spec->address);
	c->dbname = xstrdup(spec->dbname);
	c->plan = spec->plan;
	c->is_to_be = true;
	c->version = version;
	return c;
}

void
conn_free(struct conn *c)
{
	if (c == NULL)
		return;
	PQfinish(c->pg);
	free(c->address);
	free(c->dbname);
	free(c);
}

void
conn_freep(struct conn **c)
{
	conn_free(*c);
}

void
conn_clearp(PGresult **result)
{
	PQclear(*result);
}

bool
conn_is_dead(const struct conn *c)
{
	struct pollfd fd = { .fd = PQsocket(c->pg), .events = POLLIN };

	if (c->pg == NULL)
		return false;
	/* To one who has asked nothing a server says little but farewell. */
	return PQstatus(c->pg) != CONNECTION_OK || poll(&fd, 1, 0) != 0;
}

/* Stop what the server is doing for us, so that the connection can go. */
static int
conn_give_up(struct conn *c, struct error *err)
{
	char reason[256];
	PGcancel *cancel = PQgetCancel(c->pg);

	if (cancel != NULL) {
		/* Best effort: the connection is closed in any case. */
		(void)PQcancel(cancel, reason, sizeof reason);
		PQfreeCancel(cancel);
	}
	return conn_timeout(c, "has not carried out a statement", err);
}

/* The next result, or NULL when there is no more. Read before waiting. */
static int
conn_next(struct conn *c, uint64_t deadline_ms, PGresult **result,
    struct error *err)
{
	int unsent = 1;

	while (unsent != 0 || PQisBusy(c->pg)) {
		unsent = unsent == 0 ? 0 : PQflush(c->pg);
		if (unsent == -1 || !PQconsumeInput(c->pg))
			return conn_error(c, ERROR_UNAVAILABLE,
			    PQerrorMessage(c->pg), err);
		if (unsent == 0 && !PQisBusy(c->pg))
			break;
		if (!conn_wait(c, (short)(unsent ? POLLIN | POLLOUT : POLLIN),
			deadline_ms))
			return conn_give_up(c, err);
	}
	*result = PQgetResult(c->pg);
	return 0;
}

static int
conn_failed(struct conn *c, const PGresult *result, struct error *err)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (state != NULL)
		(void)snprintf(c->sqlstate, sizeof c->sqlstate, "%s", state);
	return conn_error(c,
	    PQstatus(c->pg) == CONNECTION_OK ? ERROR_INTERNAL :
					       ERROR_UNAVAILABLE,
	    text == NULL ? PQresultErrorMessage(result) : text, err);
}

/* Read all results; keep the last. The first error wins. */
static PGresult *
conn_collect(struct conn *c, struct error *err)
{
	uint64_t deadline_ms = clock_mono_ms() + (uint64_t)c->timeout_ms;
	PGresult *last = NULL, *result = NULL;
	int failed = 0;

	c->sqlstate[0] = '\0';
	for (;;) {
		if (conn_next(c, deadline_ms, &result, err) == -1) {
			PQclear(last);
			return NULL;
		}
		if (result == NULL)
			break;
		if (PQresultStatus(result) != PGRES_COMMAND_OK &&
		    PQresultStatus(result) != PGRES_TUPLES_OK &&
		    PQresultStatus(result) != PGRES_EMPTY_QUERY && !failed)
			failed = conn_failed(c, result, err);
		PQclear(last);
		last = result;
	}
	if (failed || last == NULL) {
		if (!failed)
			conn_error(c, ERROR_UNAVAILABLE, PQerrorMessage(c->pg),
			    err);
		PQclear(last);
		return NULL;
	}
	return last;
}

int
conn_exec(struct conn *c, const char *sql, struct error *err)
{
	autoresult *result = NULL;

	if (c->plan != NULL)
		return hook_plan_sql(c->plan, c->address, c->dbname, sql, err);
	if (!PQsendQuery(c->pg, sql))
		return conn_error(c, ERROR_UNAVAILABLE, PQerrorMessage(c->pg),
		    err);
	result = conn_collect(c, err);
	return result == NULL ? -1 : 0;
}

int
conn_exec_retry(struct conn *c, const char *sql, struct error *err)
{
	struct error last = { 0 };

	for (int i = 0; i < CONN_RETRIES; i++) {
		if (conn_exec(c, sql, &last) == 0)
			return 0;
		if (strcmp(c->sqlstate, "XX000") != 0)
			break;
	}
	*err = last;
	return -1;
}

PGresult *
conn_query(struct conn *c, const char *sql, const char *const *params,
    struct error *err)
{
	int n = 0;

	if (c->pg == NULL)
		return PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
	while (params != NULL && params[n] != NULL)
		n++;
	if (!PQsendQueryParams(c->pg, sql, n, NULL, params, NULL, NULL, 0)) {
		conn_error(c, ERROR_UNAVAILABLE, PQerrorMessage(c->pg), err);
		return NULL;
	}
	return conn_collect(c, err);
}

char *
conn_value(struct conn *c, const char *sql, const char *const *params,
    struct error *err)
{
	autoresult *result = conn_query(c, sql, params, err);

	if (result == NULL)
		return NULL;
	if (PQntuples(result) == 0 || PQnfields(result) == 0)
		return xstrdup("");
	return xstrdup(PQgetvalue(result, 0, 0));
}

int
conn_bool(struct conn *c, const char *sql, const char *const *params,
    bool *value, struct error *err)
{
	autofree char *text = conn_value(c, sql, params, err);

	if (text == NULL)
		return -1;
	*value = text[0] == 't';
	return 0;
}

/* The text of the parameter, "$1" with all that follows it, as a literal. */
static const char *
add_parameter(struct strbuf *sb, const char *at, const char *const *params,
    struct error *err)
{
	char *end;
	unsigned long n = strtoul(at + 1, &end, 10);

	return sql_build(sb, err, "%L", params[n - 1]) == -1 ? NULL : end;
}

int
conn_may_act(struct conn *c, const char *sql, const char *const *params,
    struct error *err)
{
	autostrbuf text = { 0 };

	if (c->plan == NULL)
		return 1;
	for (const char *at = sql; at != NULL && *at != '\0';) {
		if (*at == '$')
			at = add_parameter(&text, at, params, err);
		else
			strbuf_addc(&text, *at++);
		if (at == NULL)
			return -1;
	}
	return hook_plan_sql(c->plan, c->address, c->dbname, strbuf_cstr(&text),
	    err);
}

char *
conn_verifier(struct conn *c, const char *user, const char *password,
    struct error *err)
{
	char *made, *copy;

	if (c->plan != NULL)
		return xstrdup("***");
	made = PQencryptPasswordConn(c->pg, password, user, "scram-sha-256");
	if (made == NULL) {
		conn_error(c, ERROR_INTERNAL, PQerrorMessage(c->pg), err);
		return NULL;
	}
	copy = xstrdup(made);
	PQfreemem(made);
	return copy;
}
