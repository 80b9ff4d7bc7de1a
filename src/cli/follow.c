/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/follow.h"
#include "cli/http.h"

#define FOLLOW_IDLE_MS      (60 * 1000)
#define FOLLOW_RETRY_MS     100
#define FOLLOW_RETRY_MAX_MS 1000

struct follow_run {
	struct follow *f;
	struct http events, until;
	char *events_path;
	uint64_t next_tick_ms, retry_at_ms, retry_ms, deadline_ms;
};

static void
follow_connect(struct follow_run *r)
{
	http_release(&r->events);
	client_start(r->f->cli->client, r->events_path, &r->events);
	r->retry_at_ms = 0;
}

static int
follow_look(struct follow_run *r, enum follow_why why, struct error *err)
{
	r->next_tick_ms = clock_mono_ms() + (uint64_t)r->f->tick_ms;
	return r->f->look(r->f, why, err);
}

/* Events whose data has come; several are one look. */
static bool
follow_take_events(struct follow_run *r)
{
	const char *end = strrchr(strbuf_cstr(&r->events.body), '\n');
	bool changed = strstr(strbuf_cstr(&r->events.body), "data:") != NULL;

	if (end == NULL || !changed)
		return false;
	strbuf_clear(&r->events.body);
	r->retry_ms = FOLLOW_RETRY_MS;
	return true;
}

/* Once it has been told, the stream ends, and nothing else will be told. */
static int
follow_take_end(struct follow_run *r, struct error *err)
{
	int rc;

	if (strstr(strbuf_cstr(&r->events.body), "event: gone\n") == NULL)
		return 0;
	rc = follow_look(r, FOLLOW_GONE, err);
	return rc != 0 ?
	    rc :
	    error_set(err, ERROR_NOT_FOUND, "the model has been destroyed");
}

/* The stream has ended: refused with a reason, or torn. */
static int
follow_lost(struct follow_run *r, struct error *err)
{
	json_auto_t *reply = NULL;

	if (r->events.state == HTTP_DONE && r->events.status >= 400 &&
	    client_answer(&r->events, &reply, err) == -1 &&
	    err->code != ERROR_UNAVAILABLE)
		return -1;
	if (r->f->loss == FOLLOW_FAIL)
		return error_set(err, ERROR_UNAVAILABLE,
		    "controller went away while waiting");
	r->retry_at_ms = clock_mono_ms() + r->retry_ms;
	r->retry_ms *= 2;
	if (r->retry_ms > FOLLOW_RETRY_MAX_MS)
		r->retry_ms = FOLLOW_RETRY_MAX_MS;
	return follow_look(r, FOLLOW_LOST, err);
}

static int
follow_until_done(struct follow_run *r, struct error *err)
{
	if (r->until.state != HTTP_DONE)
		return error_set(err, ERROR_UNAVAILABLE,
		    "controller went away while waiting");
	if (client_answer(&r->until, &r->f->reply, err) == -1)
		return -1;
	return follow_look(r, FOLLOW_CHANGED, err) == -1 ? -1 : 1;
}

/* What is over, and has not been seen to be. */
static int
follow_ends(struct follow_run *r, struct error *err)
{
	if (r->f->until != NULL && http_fd(&r->until) == -1)
		return follow_until_done(r, err);
	if (http_fd(&r->events) == -1 && r->retry_at_ms == 0)
		return follow_lost(r, err);
	return 0;
}

static int
follow_timeout(const struct follow_run *r)
{
	uint64_t now = clock_mono_ms(), next = now + FOLLOW_IDLE_MS;

	if (r->f->tick_ms > 0 && r->next_tick_ms < next)
		next = r->next_tick_ms;
	if (r->retry_at_ms > 0 && r->retry_at_ms < next)
		next = r->retry_at_ms;
	if (r->deadline_ms > 0 && r->deadline_ms < next)
		next = r->deadline_ms;
	return next > now ? (int)(next - now) : 0;
}

static int
follow_wait(struct follow_run *r, struct error *err)
{
	struct pollfd fds[FOLLOW_INPUTS_MAX + 2] = {
		{ .fd = http_fd(&r->events), .events = POLLIN },
		{ .fd = r->f->until == NULL ? -1 : http_fd(&r->until),
		    .events = POLLIN },
	};
	struct follow *f = r->f;
	int rc = 0;

	for (unsigned i = 0; i < f->ninputs; i++)
		fds[i + 2] = (struct pollfd){ .fd = f->inputs[i],
			.events = POLLIN };
	if (poll(fds, f->ninputs + 2, follow_timeout(r)) == -1 &&
	    errno != EINTR)
		return error_set_errno(err, errno, "poll");
	if (fds[0].revents != 0)
		http_read(&r->events);
	if (fds[1].revents != 0)
		http_read(&r->until);
	for (unsigned i = 0; rc == 0 && i < f->ninputs; i++) {
		if (fds[i + 2].revents != 0)
			rc = f->input(f, fds[i + 2].fd, err);
	}
	return rc;
}

static int
follow_step(struct follow_run *r, struct error *err)
{
	int rc;

	if (r->retry_at_ms > 0 && clock_mono_ms() >= r->retry_at_ms)
		follow_connect(r);
	rc = follow_take_end(r, err);
	if (rc == 0)
		rc = follow_ends(r, err);
	if (rc == 0 && follow_take_events(r))
		rc = follow_look(r, FOLLOW_CHANGED, err);
	if (rc == 0 && r->f->tick_ms > 0 && clock_mono_ms() >= r->next_tick_ms)
		rc = follow_look(r, FOLLOW_TICK, err);
	if (rc == 0 && r->deadline_ms > 0 && clock_mono_ms() >= r->deadline_ms)
		return error_set(err, ERROR_TIMEOUT, "timed out");
	return rc != 0 ? rc : follow_wait(r, err);
}

int
follow_run(struct follow *f, struct error *err)
{
	struct follow_run r = { .f = f, .retry_ms = FOLLOW_RETRY_MS };
	int rc;

	f->reply = NULL;
	if (cli_open(f->cli, err) == -1)
		return -1;
	if (f->timeout_ms > 0)
		r.deadline_ms = clock_mono_ms() + (uint64_t)f->timeout_ms;
	r.events_path = cli_path(f->cli, "events");
	client_start(f->cli->client, r.events_path, &r.events);
	r.until = (struct http){ .fd = -1 };
	if (f->until != NULL)
		client_start(f->cli->client, f->until, &r.until);
	do
		rc = follow_step(&r, err);
	while (rc == 0);
	http_release(&r.events);
	http_release(&r.until);
	free(r.events_path);
	return rc == -1 ? -1 : 0;
}
