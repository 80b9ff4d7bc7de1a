/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "fixture.h"

#define CROWD 50

/* Send a request that waits, and see that it does. */
static void
start_waiting(struct client *c, struct fixture *f, const char *line)
{
	int asked = f->engine.asked;

	client_open(c, f);
	client_request(c, line, NULL);
	while (f->engine.asked == asked)
		fixture_step(f);
}

static void
a_condition_that_holds_already_does_not_wait(void **state)
{
	struct fixture *f = *state;
	autofree char *body = NULL;

	f->engine.ready = true;
	body = fetch(f, "GET /v1/wait", NULL, 200);
	assert_string_equal(body, "{\"came\":\"true\"}");
	assert_int_equal(f->engine.asked, 1);
}

static void
a_waiting_call_is_looked_at_once_for_each_change(void **state)
{
	struct fixture *f = *state;
	autofree char *body = NULL;
	struct client c;

	start_waiting(&c, f, "GET /v1/wait");
	fixture_change(f);
	fixture_change(f);
	assert_int_equal(f->engine.asked, 3);
	free(fetch(f, "POST /v1/nothing", NULL, 200));
	assert_int_equal(f->engine.asked, 3);
	f->engine.ready = true;
	fixture_change(f);
	body = client_answer(&c, 200);
	assert_string_equal(body, "{\"came\":\"true\"}");
	assert_int_equal(f->engine.asked, 4);
	fixture_change(f);
	assert_int_equal(f->engine.asked, 4);
	client_close(&c);
}

static void
a_condition_that_fails_is_the_answer(void **state)
{
	struct fixture *f = *state;
	autofree char *body = NULL;
	struct client c;

	start_waiting(&c, f, "GET /v1/wait?timeout=60000");
	f->engine.broken = true;
	fixture_change(f);
	body = client_answer(&c, 409);
	assert_string_equal(body,
	    "{\"error\":{\"code\":\"conflict\",\"message\":"
	    "\"unit x/0 is in error\",\"hint\":\"\"}}");
	client_close(&c);
}

static void
a_wait_ends_when_its_time_is_up(void **state)
{
	struct fixture *f = *state;
	autofree char *body = NULL;
	struct client slow, quick;

	start_waiting(&slow, f, "GET /v1/wait?timeout=60000");
	start_waiting(&quick, f, "GET /v1/wait?timeout=20");
	body = client_answer(&quick, 504);
	assert_string_equal(body,
	    "{\"error\":{\"code\":\"timeout\",\"message\":"
	    "\"timed out waiting\",\"hint\":\"it goes on: "
	    "\\\"tenon status\\\" shows how far it is\"}}");
	f->engine.ready = true;
	fixture_change(f);
	free(client_answer(&slow, 200));
	client_close(&slow);
	client_close(&quick);
}

static void
a_connection_that_has_waited_serves_on(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_waiting(&c, f, "GET /v1/wait?timeout=1");
	free(client_answer(&c, 504));
	client_request(&c, "POST /v1/nothing", NULL);
	free(client_answer(&c, 200));
	client_close(&c);
}

static void
a_call_whose_client_has_gone_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_waiting(&c, f, "GET /v1/wait?timeout=60000");
	assert_int_equal(fixture_calls(f), 1);
	client_close(&c);
	fixture_wait_calls(f, 0);
	fixture_change(f);
	assert_int_equal(f->engine.asked, 1);
}

static void
a_crowd_waits_without_holding_up_others(void **state)
{
	struct fixture *f = *state;
	struct client c[CROWD];

	for (size_t i = 0; i < CROWD; i++)
		start_waiting(&c[i], f, "GET /v1/wait");
	free(fetch(f, "POST /v1/nothing", NULL, 200));
	for (size_t i = 0; i < CROWD; i += 2)
		client_close(&c[i]);
	fixture_wait_calls(f, CROWD / 2);
	f->engine.ready = true;
	fixture_change(f);
	for (size_t i = 1; i < CROWD; i += 2) {
		free(client_answer(&c[i], 200));
		client_close(&c[i]);
	}
	fixture_wait_calls(f, 0);
}

static void
the_end_of_the_server_answers_those_that_wait(void **state)
{
	struct fixture *f = *state;
	autofree char *body = NULL;
	struct client waiting, idle;

	client_open(&idle, f);
	client_request(&idle, "POST /v1/nothing", NULL);
	free(client_answer(&idle, 200));
	start_waiting(&waiting, f, "GET /v1/wait");
	fixture_stop(f);
	assert_int_equal(access(f->path, F_OK), -1);
	body = client_answer(&waiting, 503);
	assert_string_equal(body,
	    "{\"error\":{\"code\":\"unavailable\",\"message\":"
	    "\"tenond is stopping\",\"hint\":\"\"}}");
	client_expect_end(&waiting);
	client_expect_end(&idle);
	client_close(&waiting);
	client_close(&idle);
}

static void
what_has_come_true_at_the_end_is_answered_as_such(void **state)
{
	struct fixture *f = *state;
	struct client c;

	start_waiting(&c, f, "GET /v1/wait");
	f->engine.ready = true;
	fixture_stop(f);
	free(client_answer(&c, 200));
	client_close(&c);
}

static void
a_half_sent_request_does_not_keep_the_server(void **state)
{
	struct fixture *f = *state;
	struct client c;

	client_open(&c, f);
	client_send(&c,
	    "POST /v1/nothing HTTP/1.1\r\nHost: t\r\n"
	    "Content-Length: 10\r\n\r\n{");
	fixture_wait_calls(f, 1);
	fixture_stop(f);
	client_expect_end(&c);
	client_close(&c);
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_condition_that_holds_already_does_not_wait),
		TEST(a_waiting_call_is_looked_at_once_for_each_change),
		TEST(a_condition_that_fails_is_the_answer),
		TEST(a_wait_ends_when_its_time_is_up),
		TEST(a_connection_that_has_waited_serves_on),
		TEST(a_call_whose_client_has_gone_is_forgotten),
		TEST(a_crowd_waits_without_holding_up_others),
		TEST(the_end_of_the_server_answers_those_that_wait),
		TEST(what_has_come_true_at_the_end_is_answered_as_such),
		TEST(a_half_sent_request_does_not_keep_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
