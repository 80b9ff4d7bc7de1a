/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/mem.h"
#include "fixture.h"

#define PATIENCE_MS 60
#define LARGE_BYTES (LIMIT_BODY_BYTES - 64)

static int
setup(void **state)
{
	struct fixture *f;

	if (fixture_setup(state) != 0)
		return -1;
	f = *state;
	f->server->spec.patience_ms = PATIENCE_MS;
	return 0;
}

static size_t
count_peers(const struct fixture *f)
{
	const struct api_peer *peer;
	size_t n = 0;

	TAILQ_FOREACH(peer, &f->server->peers, entry)
		n++;
	return n;
}

static void
wait_peers(struct fixture *f, size_t n)
{
	while (count_peers(f) != n)
		fixture_step(f);
}

/* An echo of a text of that size. */
static void
request_echo(struct client *c, size_t len)
{
	autostrbuf body = { 0 };

	strbuf_adds(&body, "{\"text\":\"");
	strbuf_pad(&body, 'x', len);
	strbuf_adds(&body, "\"}");
	client_request(c, "POST /v1/models/m/echo/s", strbuf_cstr(&body));
}

/* Each byte is a sign of life, and still it takes too long. */
static void
who_sends_a_request_byte_by_byte_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct client c;
	uint64_t start, now;
	char byte = 'G';

	client_open(&c, f);
	wait_peers(f, 1);
	start = uv_now(&f->loop);
	while (count_peers(f) == 1) {
		(void)send(c.fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		byte = 'x';
		fixture_step(f);
	}
	now = uv_now(&f->loop);
	assert_true(now - start >= PATIENCE_MS / 2);
	client_expect_end(&c);
	client_close(&c);
}

static void
who_sends_a_body_byte_by_byte_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct client c;

	client_open(&c, f);
	client_send(&c,
	    "POST /v1/nothing HTTP/1.1\r\nHost: t\r\n"
	    "Content-Length: 1000000\r\n\r\n");
	wait_peers(f, 1);
	while (count_peers(f) == 1) {
		(void)send(c.fd, " ", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
		fixture_step(f);
	}
	client_expect_end(&c);
	client_close(&c);
}

static void
who_does_not_read_an_answer_is_cut_off(void **state)
{
	struct fixture *f = *state;
	struct client c;

	client_open(&c, f);
	request_echo(&c, LARGE_BYTES);
	fixture_wait_calls(f, 1);
	fixture_wait_calls(f, 0);
	wait_peers(f, 0);
	client_close(&c);
}

static void
a_connection_without_a_request_is_closed_in_time(void **state)
{
	struct fixture *f = *state;
	struct client c;

	client_open(&c, f);
	client_request(&c, "POST /v1/nothing", NULL);
	free(client_answer(&c, 200));
	wait_peers(f, 0);
	client_expect_end(&c);
	client_close(&c);
}

static void
who_waits_for_us_is_not_cut_off(void **state)
{
	struct fixture *f = *state;
	struct client waits, other;

	client_open(&waits, f);
	client_request(&waits, "GET /v1/wait", NULL);
	while (f->engine.asked == 0)
		fixture_step(f);
	/* Long enough: who began later has been cut off meanwhile. */
	for (int i = 0; i < 3; i++) {
		client_open(&other, f);
		client_expect_end(&other);
		client_close(&other);
	}
	f->engine.ready = true;
	fixture_change(f);
	free(client_answer(&waits, 200));
	client_close(&waits);
}

static void
nothing_runs_when_the_last_client_has_gone(void **state)
{
	struct fixture *f = *state;

	free(fetch(f, "POST /v1/nothing", NULL, 200));
	wait_peers(f, 0);
	assert_false(uv_is_active((uv_handle_t *)&f->server->patience_timer));
}

/*
 * The answers do not fit into their sockets, so that the server holds them
 * until the clients have gone.
 */
static void
too_many_large_answers_are_refused(void **state)
{
	enum {
		N = LIMIT_USER_BYTES / LARGE_BYTES - 1
	};
	struct fixture *f = *state;
	struct client c[N], late;

	f->server->spec.patience_ms = 0;
	for (size_t i = 0; i < N; i++) {
		client_open(&c[i], f);
		request_echo(&c[i], LARGE_BYTES / 2);
		fixture_wait_calls(f, i + 1);
	}
	while (peer_user_bytes(TAILQ_FIRST(&f->server->peers)) <
	    (size_t)N * LARGE_BYTES)
		fixture_step(f);
	client_open(&late, f);
	request_echo(&late, LARGE_BYTES);
	free(client_answer(&late, 503));
	client_close(&late);
	free(fetch(f, "POST /v1/nothing", NULL, 200));
	for (size_t i = 0; i < N; i++)
		client_close(&c[i]);
	wait_peers(f, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, fixture_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(who_sends_a_request_byte_by_byte_is_cut_off),
		TEST(who_sends_a_body_byte_by_byte_is_cut_off),
		TEST(who_does_not_read_an_answer_is_cut_off),
		TEST(a_connection_without_a_request_is_closed_in_time),
		TEST(who_waits_for_us_is_not_cut_off),
		TEST(nothing_runs_when_the_last_client_has_gone),
		TEST(too_many_large_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
