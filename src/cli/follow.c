/* SPDX-License-Identifier: Apache-2.0 */

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/follow.h"

#define FOLLOW_IDLE_MS      (60 * 1000)
#define FOLLOW_RETRY_MS     100
#define FOLLOW_RETRY_MAX_MS 1000

struct follow_run {
	struct follow *f;
	CURLM *multi;
	CURL *events, *until;
	struct strbuf events_sink, until_sink;
	char *events_path;
	uint64_t next_tick_ms, retry_at_ms, retry_ms, deadline_ms;
};

static void
follow_connect(struct follow_run *r)
{
	strbuf_clear(&r->events_sink);
	r->events = client_handle(r->f->cli->client, r->events_path,
	    &r->events_sink);
	curl_multi_add_handle(r->multi, r->events);
	r->retry_at_ms = 0;
}

static void
follow_drop(struct follow_run *r, CURL **handle)
{
	if (*handle == NULL)
		return;
	curl_multi_remove_handle(r->multi, *handle);
	curl_easy_cleanup(*handle);
	*handle = NULL;
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
	const char *end = strrchr(strbuf_cstr(&r->events_sink), '\n');
	bool changed = strstr(strbuf_cstr(&r->events_sink), "data:") != NULL;

	if (end == NULL || !changed)
		return false;
	strbuf_clear(&r->events_sink);
	r->retry_ms = FOLLOW_RETRY_MS;
	return true;
}

/* Once it has been told, the stream ends, and nothing else will be told. */
static int
follow_take_end(struct follow_run *r, struct error *err)
{
	int rc;

	if (strstr(strbuf_cstr(&r->events_sink), "event: gone\n") == NULL)
		return 0;
	rc = follow_look(r, FOLLOW_GONE, err);
	return rc != 0 ?
	    rc :
	    error_set(err, ERROR_NOT_FOUND, "the model has been destroyed");
}

/* The stream has ended: refused with a reason, or torn. */
static int
follow_lost(struct follow_run *r, CURLcode code, struct error *err)
{
	json_auto_t *reply = NULL;
	long status = 0;

	curl_easy_getinfo(r->events, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status >= 400 &&
	    client_answer(r->events, &r->events_sink, &reply, err) == -1 &&
	    err->code != ERROR_UNAVAILABLE)
		return -1;
	if (r->f->loss == FOLLOW_FAIL)
		return error_set(err, ERROR_UNAVAILABLE,
		    "controller went away while waiting");
	follow_drop(r, &r->events);
	r->retry_at_ms = clock_mono_ms() + r->retry_ms;
	r->retry_ms *= 2;
	if (r->retry_ms > FOLLOW_RETRY_MAX_MS)
		r->retry_ms = FOLLOW_RETRY_MAX_MS;
	return follow_look(r, FOLLOW_LOST, err);
}

static int
follow_until_done(struct follow_run *r, CURLcode code, struct error *err)
{
	if (code != CURLE_OK)
		return error_set(err, ERROR_UNAVAILABLE,
		    "controller went away while waiting: %s",
		    curl_easy_strerror(code));
	if (client_answer(r->until, &r->until_sink, &r->f->reply, err) == -1)
		return -1;
	return follow_look(r, FOLLOW_CHANGED, err) == -1 ? -1 : 1;
}

static int
follow_messages(struct follow_run *r, struct error *err)
{
	CURLMsg *message;
	int left, rc = 0;

	while (rc == 0 &&
	    (message = curl_multi_info_read(r->multi, &left)) != NULL) {
		if (message->msg != CURLMSG_DONE)
			continue;
		if (message->easy_handle == r->until)
			rc = follow_until_done(r, message->data.result, err);
		else
			rc = follow_lost(r, message->data.result, err);
	}
	return rc;
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
	struct curl_waitfd fds[FOLLOW_INPUTS_MAX] = { 0 };
	struct follow *f = r->f;
	int rc = 0;

	for (unsigned i = 0; i < f->ninputs; i++) {
		fds[i].fd = f->inputs[i];
		fds[i].events = CURL_WAIT_POLLIN;
	}
	if (curl_multi_poll(r->multi, fds, f->ninputs, follow_timeout(r),
		NULL) != CURLM_OK)
		return error_set(err, ERROR_INTERNAL, "cannot poll");
	for (unsigned i = 0; rc == 0 && i < f->ninputs; i++) {
		if (fds[i].revents != 0)
			rc = f->input(f, fds[i].fd, err);
	}
	return rc;
}

static int
follow_step(struct follow_run *r, struct error *err)
{
	int running, rc;

	if (r->retry_at_ms > 0 && clock_mono_ms() >= r->retry_at_ms)
		follow_connect(r);
	curl_multi_perform(r->multi, &running);
	rc = follow_take_end(r, err);
	if (rc == 0)
		rc = follow_messages(r, err);
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
	r.multi = curl_multi_init();
	if (r.multi == NULL)
		abort();
	r.events_path = cli_path(f->cli, "events");
	follow_connect(&r);
	if (f->until != NULL) {
		r.until = client_handle(f->cli->client, f->until,
		    &r.until_sink);
		curl_multi_add_handle(r.multi, r.until);
	}
	do
		rc = follow_step(&r, err);
	while (rc == 0);
	follow_drop(&r, &r.events);
	follow_drop(&r, &r.until);
	curl_multi_cleanup(r.multi);
	strbuf_release(&r.events_sink);
	strbuf_release(&r.until_sink);
	free(r.events_path);
	return rc == -1 ? -1 : 0;
}
