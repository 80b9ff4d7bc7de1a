/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "fixture.h"

static void
start_stream(struct client *c, struct fixture *f)
{
	client_open(c, f);
	client_request(c, "GET /v1/models/-/events", NULL);
	client_expect(c, "HTTP/1.1 200 OK\r\n");
	client_expect(c, "Content-Type: text/event-stream\r\n");
	client_expect(c, "\r\n\r\n");
}

static void
the_first_event_comes_at_once(void **state)
{
	struct client c;

	start_stream(&c, *state);
	client_expect(&c,
	    "id: 0\nevent: change\n"
	    "data: {\"generation\": 7, \"settled\": false}\n\n");
	client_close(&c);
	fixture_wait_calls(*state, 0);
}

static void
a_client_that_resumes_gets_the_present_state_at_once(void **state)
{
	struct fixture *f = *state;
	struct client c;

	fixture_change(f);
	fixture_change(f);
	client_open(&c, f);
	client_send(&c,
	    "GET /v1/models/tutorial/events HTTP/1.1\r\n"
	    "Host: t\r\nLast-Event-ID: 1\r\n\r\n");
	client_expect(&c, "id: 2\nevent: change\n");
	client_close(&c);
}

static void
changes_reach_every_stream(void **state)
{
	struct fixture *f = *state;
	struct client a, b;

	start_stream(&a, f);
	start_stream(&b, f);
	client_expect(&a, "\"generation\": 7");
	client_expect(&b, "\"generation\": 7");
	f->engine.generation = 8;
	fixture_change(f);
	client_expect(&a,
	    "id: 1\nevent: change\n"
	    "data: {\"generation\": 8, \"settled\": false}\n\n");
	client_expect(&b, "\"generation\": 8");
	f->engine.settled = true;
	fixture_change(f);
	client_expect(&a,
	    "id: 2\nevent: change\n"
	    "data: {\"generation\": 8, \"settled\": true}\n\n");
	client_expect(&b, "\"settled\": true");
	client_close(&a);
	client_close(&b);
}

static void
changes_in_a_burst_share_one_event(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_stream(&c, f);
	client_expect(&c, "\"generation\": 7, \"settled\": false}\n\n");
	for (int i = 8; i <= 1000; i++) {
		f->engine.generation = i;
		fixture_change(f);
	}
	f->engine.no_model = true;
	client_expect(&c, "event: gone\n");
	assert_null(strstr(strbuf_cstr(&c.in), "change"));
	client_close(&c);
}

static void
a_quiet_stream_is_kept_alive(void **state)
{
	struct client c;

	start_stream(&c, *state);
	client_expect(&c, "\"generation\": 7");
	client_expect(&c, ": keep-alive\n\n");
	client_expect(&c, ": keep-alive\n\n");
	client_close(&c);
}

static void
the_keep_alive_timer_ends_with_the_last_stream(void **state)
{
	struct fixture *f = *state;
	uv_handle_t *timer = (uv_handle_t *)&f->server->keepalive_timer;
	struct client c;

	assert_false(uv_is_active(timer));
	start_stream(&c, f);
	assert_true(uv_is_active(timer));
	client_close(&c);
	while (uv_is_active(timer))
		fixture_step(f);
	assert_int_equal(fixture_calls(f), 0);
}

static void
a_model_that_is_gone_ends_the_stream(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_stream(&c, f);
	client_expect(&c, "\"generation\": 7");
	f->engine.no_model = true;
	fixture_change(f);
	client_expect(&c, "event: gone\ndata: {}\n\n");
	client_expect(&c, "0\r\n\r\n");
	client_close(&c);
	fixture_wait_calls(f, 0);
}

static void
another_model_of_the_same_name_is_not_the_same(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_stream(&c, f);
	client_expect(&c, "\"generation\": 7");
	f->engine.uuid = "5678";
	fixture_change(f);
	client_expect(&c, "event: gone\ndata: {}\n\n");
	client_close(&c);
}

static void
a_model_that_never_was_is_an_error(void **state)
{
	autofree char *body = fetch(*state, "GET /v1/models/none/events", NULL,
	    404);

	assert_string_equal(body,
	    "{\"error\":{\"code\":\"not-found\",\"message\":"
	    "\"model none not found\",\"hint\":\"\"}}");
}

static void
a_reader_that_hangs_up_is_forgotten_without_a_change(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_stream(&c, f);
	client_expect(&c, "\"settled\": false}\n\n");
	assert_int_equal(fixture_calls(f), 1);
	client_close(&c);
	fixture_wait_calls(f, 0);
}

static void
a_reader_that_does_not_read_holds_up_nobody(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_stream(&c, f);
	for (int i = 0; i < 5000; i++) {
		fixture_change(f);
		if (i % 10 == 0)
			free(fetch(f, "POST /v1/nothing", NULL, 200));
	}
	client_expect(&c, "id: 5000\n");
	client_close(&c);
}

static void
the_end_of_the_server_ends_the_streams(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_stream(&c, f);
	client_expect(&c, "\"generation\": 7");
	fixture_stop(f);
	client_expect(&c, "0\r\n\r\n");
	client_expect_end(&c);
	client_close(&c);
}

struct timers {
	const struct fixture *f;
	size_t n;
};

/* But for that of the test, and the one that ends a minute after a request. */
static void
timers_count(uv_handle_t *handle, void *arg)
{
	struct timers *t = arg;
	const uv_timer_t *patience = &t->f->server->patience_timer;

	t->n += handle->type == UV_TIMER && uv_is_active(handle) &&
	    handle != (const uv_handle_t *)&t->f->guard &&
	    handle != (const uv_handle_t *)patience;
}

static size_t
timers(struct fixture *f)
{
	struct timers t = { .f = f };

	uv_walk(&f->loop, timers_count, &t);
	return t.n;
}

static void
wait_for_timers(struct fixture *f, size_t n)
{
	for (int turn = 0; timers(f) != n && turn < 100; turn++)
		fixture_step(f);
	assert_int_equal(timers(f), n);
}

static void
who_only_watches_costs_one_timer_and_nobody_none(void **state)
{
	struct fixture *f = *state;
	struct client a, b;

	start_stream(&a, f);
	start_stream(&b, f);
	fixture_change(f);
	client_expect(&a, "id: 1\n");
	client_expect(&b, "id: 1\n");
	wait_for_timers(f, 1);
	assert_true(uv_is_active((uv_handle_t *)&f->server->keepalive_timer));
	client_close(&a);
	client_close(&b);
	fixture_wait_calls(f, 0);
	wait_for_timers(f, 0);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_first_event_comes_at_once),
		TEST(a_client_that_resumes_gets_the_present_state_at_once),
		TEST(changes_reach_every_stream),
		TEST(changes_in_a_burst_share_one_event),
		TEST(a_quiet_stream_is_kept_alive),
		TEST(the_keep_alive_timer_ends_with_the_last_stream),
		TEST(a_model_that_is_gone_ends_the_stream),
		TEST(another_model_of_the_same_name_is_not_the_same),
		TEST(a_model_that_never_was_is_an_error),
		TEST(a_reader_that_hangs_up_is_forgotten_without_a_change),
		TEST(a_reader_that_does_not_read_holds_up_nobody),
		TEST(who_only_watches_costs_one_timer_and_nobody_none),
		TEST(the_end_of_the_server_ends_the_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
