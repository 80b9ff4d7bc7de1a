/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/http.h"

#include "../scratch.h"

/* The other side of one request. */
struct peer {
	char *path;
	int listener, fd;
	char request[512];
	struct http http;
};

static void
peer_listen(struct peer *p, const char *dir)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	*p = (struct peer){ .path = xasprintf("%s/s", dir), .fd = -1 };
	assert_true(strlen(p->path) < sizeof at.sun_path);
	memcpy(at.sun_path, p->path, strlen(p->path) + 1);
	p->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(p->listener, -1);
	assert_int_equal(bind(p->listener, (const struct sockaddr *)&at,
			     sizeof at),
	    0);
	assert_int_equal(listen(p->listener, 1), 0);
}

static void
peer_accept(struct peer *p, const char *body)
{
	http_start(&p->http, p->path, "/v1", body);
	p->fd = accept(p->listener, NULL, NULL);
	assert_int_not_equal(p->fd, -1);
	assert_true(recv(p->fd, p->request, sizeof p->request - 1, 0) > 0);
}

static void
peer_say(struct peer *p, const char *text)
{
	size_t len = strlen(text);

	assert_int_equal(send(p->fd, text, len, MSG_NOSIGNAL), (ssize_t)len);
	http_read(&p->http);
}

static void
peer_hang_up(struct peer *p)
{
	(void)close(p->fd);
	p->fd = -1;
	http_wait(&p->http);
}

static void
peer_release(struct peer *p)
{
	http_release(&p->http);
	if (p->fd != -1)
		(void)close(p->fd);
	(void)close(p->listener);
	(void)unlink(p->path);
	free(p->path);
}

static void
a_request_says_what_it_wants_and_how_much_it_brings(void **state)
{
	static const struct {
		const char *body, *request;
	} cases[] = {
		{ NULL, "GET /v1 HTTP/1.0\r\nHost: tenon\r\n\r\n" },
		{ "{}\n",
		    "POST /v1 HTTP/1.0\r\nHost: tenon\r\n"
		    "Content-Type: application/json\r\n"
		    "Content-Length: 3\r\n\r\n{}\n" },
	};

	for (size_t i = 0; i < nitems(cases); i++) {
		struct peer p;

		peer_listen(&p, *state);
		peer_accept(&p, cases[i].body);
		assert_string_equal(p.request, cases[i].request);
		peer_release(&p);
	}
}

/* At whatever place it is cut in two. */
static void
an_answer_is_whole_however_it_comes(void **state)
{
	static const char answer[] =
	    "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
	    "content-length: 6\r\nConnection: close\r\n\r\n{\"a\":1";

	for (size_t cut = 1; cut < sizeof answer - 1; cut++) {
		autofree char *first = xasprintf("%.*s", (int)cut, answer);
		struct peer p;

		peer_listen(&p, *state);
		peer_accept(&p, NULL);
		peer_say(&p, first);
		assert_int_not_equal(p.http.state, HTTP_DONE);
		peer_say(&p, answer + cut);
		assert_int_equal(p.http.state, HTTP_DONE);
		assert_int_equal(http_fd(&p.http), -1);
		assert_int_equal(p.http.status, 404);
		assert_string_equal(strbuf_cstr(&p.http.body), "{\"a\":1");
		peer_release(&p);
	}
}

static void
a_stream_comes_as_it_is_sent_and_ends_with_its_connection(void **state)
{
	struct peer p;

	peer_listen(&p, *state);
	peer_accept(&p, NULL);
	peer_say(&p, "HTTP/1.0 200 OK\r\n\r\n: hello\n");
	assert_int_equal(p.http.state, HTTP_BODY);
	assert_string_equal(strbuf_cstr(&p.http.body), ": hello\n");
	strbuf_clear(&p.http.body);
	http_read(&p.http); /* Nothing there: it does not wait. */
	assert_int_equal(p.http.state, HTTP_BODY);
	peer_say(&p, "data: {}\n");
	assert_string_equal(strbuf_cstr(&p.http.body), "data: {}\n");
	peer_hang_up(&p);
	assert_int_equal(p.http.state, HTTP_DONE);
	peer_release(&p);
}

static void
an_answer_that_breaks_off_is_lost(void **state)
{
	static const struct {
		const char *said;
		int errnum;
	} cases[] = {
		{ "", 0 },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n", 0 },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n{}", 0 },
		{ "HTTP/1.0 200 OK\r\nContent-Length: -3\r\n\r\n", EPROTO },
		{ "HTTP/1.0 200 OK\r\nContent-Length: 3x\r\n\r\n{}\n", EPROTO },
		{ "HTTP/1.0 99 Odd\r\n\r\n", EPROTO },
		{ "SSH-2.0-OpenSSH\r\n\r\n", EPROTO },
	};

	for (size_t i = 0; i < nitems(cases); i++) {
		struct peer p;

		peer_listen(&p, *state);
		peer_accept(&p, NULL);
		peer_say(&p, cases[i].said);
		peer_hang_up(&p);
		assert_int_equal(p.http.state, HTTP_LOST);
		assert_int_equal(p.http.errnum, cases[i].errnum);
		peer_release(&p);
	}
}

static void
who_sends_a_head_without_end_is_not_listened_to(void **state)
{
	struct peer p;

	peer_listen(&p, *state);
	peer_accept(&p, NULL);
	peer_say(&p, "HTTP/1.0 200 OK\r\n");
	for (int i = 0; i < 70000 && p.http.state == HTTP_HEAD; i++)
		peer_say(&p, "x");
	assert_int_equal(p.http.state, HTTP_LOST);
	assert_int_equal(p.http.errnum, EMSGSIZE);
	peer_release(&p);
}

static void
where_nobody_listens_nobody_is_reached(void **state)
{
	autofree char *path = xasprintf("%s/none", (const char *)*state);
	char longer[200];
	struct http h;

	http_start(&h, path, "/v1", NULL);
	assert_int_equal(h.state, HTTP_UNREACHED);
	http_wait(&h);
	http_release(&h);
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	http_start(&h, longer, "/v1", NULL);
	assert_int_equal(h.state, HTTP_UNREACHED);
	http_release(&h);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		scratch_test(
		    a_request_says_what_it_wants_and_how_much_it_brings),
		scratch_test(an_answer_is_whole_however_it_comes),
		scratch_test(
		    a_stream_comes_as_it_is_sent_and_ends_with_its_connection),
		scratch_test(an_answer_that_breaks_off_is_lost),
		scratch_test(who_sends_a_head_without_end_is_not_listened_to),
		scratch_test(where_nobody_listens_nobody_is_reached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
