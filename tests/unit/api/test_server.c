/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "fixture.h"

static void
a_verb_gets_its_arguments_and_its_reply_comes_back(void **state)
{
	autofree char *want = xasprintf("{\"model\":\"m\",\"subject\":\"a/b\","
					"\"args\":{\"flag\":true,"
					"\"text\":\"x\"},\"uid\":%u}",
	    (unsigned)geteuid());
	autofree char *body = fetch(*state,
	    "POST /v1/models/m/echo/a%2Fb?flag=1", "{\"text\":\"x\"}", 200);

	assert_string_equal(body, want);
}

static void
a_verb_without_a_reply_answers_with_an_empty_object(void **state)
{
	autofree char *body = fetch(*state, "POST /v1/nothing", NULL, 200);

	assert_string_equal(body, "{}");
}

static void
errors_have_a_status_a_code_a_message_and_a_hint(void **state)
{
	static const struct {
		const char *line, *body;
		int status;
		const char *answer;
	} cases[] = {
		{ "POST /v1/refuse", "{\"name\":\"x\"}", 404,
		    "{\"error\":{\"code\":\"not-found\",\"message\":"
		    "\"application \\\"x\\\" not found\","
		    "\"hint\":\"see \\\"tenon status\\\"\"}}" },
		{ "POST /v1/refuse", "{\"nam\":\"x\"}", 400,
		    "{\"error\":{\"code\":\"usage\",\"message\":"
		    "\"unknown field \\\"nam\\\"\",\"hint\":\"\"}}" },
		{ "GET /nowhere", NULL, 404,
		    "{\"error\":{\"code\":\"not-found\",\"message\":"
		    "\"no route /nowhere\",\"hint\":\"\"}}" },
		{ "GET /\xff", NULL, 404,
		    "{\"error\":{\"code\":\"not-found\",\"message\":"
		    "\"no route /?\",\"hint\":\"\"}}" },
		{ "DELETE /v1/models", NULL, 405,
		    "{\"error\":{\"code\":\"usage\",\"message\":"
		    "\"method DELETE is not allowed for /v1/models\","
		    "\"hint\":\"\"}}" },
	};

	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *body = fetch(*state, cases[i].line,
		    cases[i].body, cases[i].status);

		assert_string_equal(body, cases[i].answer);
	}
}

static void
answers_say_what_they_are_and_what_is_allowed(void **state)
{
	struct client c;

	client_open(&c, *state);
	client_request(&c, "PUT /v1/models", NULL);
	client_expect(&c, "405");
	client_expect(&c, "Content-Type: application/json\r\n");
	client_expect(&c, "Cache-Control: no-store\r\n");
	client_expect(&c, "Allow: GET\r\n");
	client_close(&c);
}

static void
a_connection_serves_request_after_request(void **state)
{
	struct client c;

	client_open(&c, *state);
	for (int i = 0; i < 3; i++) {
		client_request(&c, "POST /v1/nothing", "{}");
		client_request(&c, "GET /v1/models", NULL);
		free(client_answer(&c, 200));
		free(client_answer(&c, 200));
	}
	client_close(&c);
	fixture_wait_calls(*state, 0);
}

static void
a_request_may_come_in_pieces_and_holds_up_nobody(void **state)
{
	static const char text[] = "POST /v1/models/m/echo/s HTTP/1.1\r\n"
				   "Host: t\r\nContent-Length: 12\r\n\r\n"
				   "{\"text\":\"y\"}";
	autofree char *body = NULL;
	struct client c;

	client_open(&c, *state);
	for (size_t i = 0; i < strlen(text); i++) {
		client_send_bytes(&c, text + i, 1);
		if (i % 16 == 0)
			free(fetch(*state, "POST /v1/nothing", NULL, 200));
	}
	body = client_answer(&c, 200);
	assert_non_null(strstr(body, "\"args\":{\"text\":\"y\"}"));
	client_close(&c);
}

static void
a_body_that_announces_too_much_is_refused_unread(void **state)
{
	autofree char *text = xasprintf("POST /v1/nothing HTTP/1.1\r\n"
					"Host: t\r\nContent-Length: %d\r\n\r\n",
	    LIMIT_BODY_BYTES + 1);
	autofree char *body = NULL;
	struct client c;

	client_open(&c, *state);
	client_send(&c, text);
	body = client_answer(&c, 413);
	assert_string_equal(body,
	    "{\"error\":{\"code\":\"too-large\",\"message\":"
	    "\"body is larger than 1048576 bytes\",\"hint\":\"\"}}");
	client_expect_end(&c);
	client_close(&c);
}

/* So many chunks of 64 KiB of blanks. */
static void
send_chunks(struct client *c, int count)
{
	autostrbuf chunk = { 0 };

	strbuf_adds(&chunk, "10000\r\n");
	strbuf_pad(&chunk, ' ', 0x10000);
	strbuf_adds(&chunk, "\r\n");
	client_send(c,
	    "POST /v1/nothing HTTP/1.1\r\nHost: t\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n");
	for (int i = 0; i < count; i++)
		client_send_bytes(c, chunk.buf, chunk.len);
}

static void
a_body_that_turns_out_too_large_is_refused(void **state)
{
	struct client c;

	client_open(&c, *state);
	send_chunks(&c, 17);
	client_send(&c, "0\r\n\r\n");
	free(client_answer(&c, 413));
	client_close(&c);
}

static void
a_body_without_an_end_is_cut_off(void **state)
{
	struct client c;

	client_open(&c, *state);
	send_chunks(&c, 200);
	client_expect_end(&c);
	client_close(&c);
	free(fetch(*state, "POST /v1/nothing", NULL, 200));
}

static void
noise_is_answered_or_cut_off_and_the_server_goes_on(void **state)
{
	static const char *const noise[] = { "\r\n\r\n\r\n", "GET\r\n\r\n",
		"\x16\x03\x01\x02", "GET / HTTP/9.9\r\n\r\n",
		"POST /v1/nothing HTTP/1.1\r\nHost: t\r\n"
		"Content-Length: x\r\n\r\n",
		"POST /v1/nothing HTTP/1.1\r\nHost: t\r\n"
		"Transfer-Encoding: chunked\r\n\r\nzz\r\n" };

	for (size_t i = 0; i < nitems(noise); i++) {
		struct client c;

		client_open(&c, *state);
		client_send(&c, noise[i]);
		free(fetch(*state, "POST /v1/nothing", NULL, 200));
		client_close(&c);
		fixture_wait_calls(*state, 0);
	}
}

static void
headers_without_an_end_are_refused(void **state)
{
	autostrbuf line = { 0 };
	struct client c;

	strbuf_adds(&line, "X: ");
	strbuf_pad(&line, 'x', 1000);
	strbuf_adds(&line, "\r\n");
	client_open(&c, *state);
	client_send(&c, "GET /v1/models HTTP/1.1\r\nHost: t\r\n");
	for (int i = 0; i < 100; i++)
		client_send_bytes(&c, line.buf, line.len);
	client_expect(&c, "HTTP/1.1 431 ");
	client_close(&c);
}

static void
one_connection_too_many_is_closed_and_the_others_serve_on(void **state)
{
	struct rlimit limit;
	struct client c[LIMIT_CONNECTIONS_OWN + 1];

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 4 * LIMIT_CONNECTIONS;
	if (limit.rlim_max < limit.rlim_cur ||
	    setrlimit(RLIMIT_NOFILE, &limit) == -1)
		skip();
	for (size_t i = 0; i < LIMIT_CONNECTIONS_OWN; i++) {
		client_open(&c[i], *state);
		client_request(&c[i], "POST /v1/nothing", NULL);
		free(client_answer(&c[i], 200));
	}
	client_open(&c[LIMIT_CONNECTIONS_OWN], *state);
	client_expect_end(&c[LIMIT_CONNECTIONS_OWN]);
	client_request(&c[0], "POST /v1/nothing", NULL);
	free(client_answer(&c[0], 200));
	for (size_t i = 0; i <= LIMIT_CONNECTIONS_OWN; i++)
		client_close(&c[i]);
	free(fetch(*state, "POST /v1/nothing", NULL, 200));
}

static void
metrics_count_models_units_and_requests(void **state)
{
	static const char *const lines[] = {
		"# TYPE tenon_up gauge\ntenon_up 1\n",
		"\nprocess_start_time_seconds 1",
		"\ntenon_models 2\n",
		"\ntenon_applications{model=\"tutorial\"} 2\n",
		"\ntenon_applications{model=\"a\\\"b\"} 0\n",
		"\ntenon_relations{model=\"tutorial\"} 3\n",
		"\ntenon_units{model=\"tutorial\",workload=\"active\"} 1\n",
		"\ntenon_units{model=\"tutorial\",workload=\"waiting\"} 1\n",
		"\ntenon_units{model=\"tutorial\",workload=\"error\"} 0\n",
		("\ntenon_http_requests_total{method=\"POST\","
		 "route=\"/v1/nothing\",code=\"200\"} 2\n"),
		("\ntenon_http_requests_total{method=\"\",route=\"\","
		 "code=\"404\"} 1\n"),
	};
	autofree char *body = NULL;

	free(fetch(*state, "POST /v1/nothing", NULL, 200));
	free(fetch(*state, "POST /v1/nothing", NULL, 200));
	free(fetch(*state, "GET /nowhere", NULL, 404));
	body = fetch(*state, "GET /metrics", NULL, 200);
	for (size_t i = 0; i < nitems(lines); i++) {
		if (strstr(body, lines[i]) == NULL)
			fail_msg("no \"%s\" in %s", lines[i], body);
	}
}

#define TEST(fn) \
	cmocka_unit_test_setup_teardown(fn, fixture_setup, fixture_teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_verb_gets_its_arguments_and_its_reply_comes_back),
		TEST(a_verb_without_a_reply_answers_with_an_empty_object),
		TEST(errors_have_a_status_a_code_a_message_and_a_hint),
		TEST(answers_say_what_they_are_and_what_is_allowed),
		TEST(a_connection_serves_request_after_request),
		TEST(a_request_may_come_in_pieces_and_holds_up_nobody),
		TEST(a_body_that_announces_too_much_is_refused_unread),
		TEST(a_body_that_turns_out_too_large_is_refused),
		TEST(a_body_without_an_end_is_cut_off),
		TEST(noise_is_answered_or_cut_off_and_the_server_goes_on),
		TEST(headers_without_an_end_are_refused),
		TEST(one_connection_too_many_is_closed_and_the_others_serve_on),
		TEST(metrics_count_models_units_and_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
