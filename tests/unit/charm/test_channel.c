/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "charm/channel.h"

struct fixture {
	struct charm_channel channel;
	int peer;
};

static void
pair_open(struct fixture *f)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	f->channel.fd = fds[0];
	f->peer = fds[1];
}

static void
pair_close(struct fixture *f)
{
	channel_release(&f->channel);
	(void)close(f->channel.fd);
	if (f->peer >= 0)
		(void)close(f->peer);
}

static int
setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof *f);

	pair_open(f);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	pair_close(*state);
	free(*state);
	return 0;
}

static void
say(const struct fixture *f, const char *text)
{
	assert_int_equal(write(f->peer, text, strlen(text)), strlen(text));
}

static void
hang_up(struct fixture *f)
{
	(void)close(f->peer);
	f->peer = -1;
}

static void
lines_are_taken_apart_and_put_together(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	json_t *message = NULL;
	int i;

	say(f, "{\"a\":1}\n{\"a\":2}\n{\"a\"");
	for (i = 1; i <= 2; i++) {
		assert_int_equal(channel_receive(&f->channel, &message, &err),
		    CHANNEL_MESSAGE);
		assert_int_equal(json_int(message, "a", 0), i);
		json_decref(message);
	}
	say(f, ":3}\n");
	assert_int_equal(channel_receive(&f->channel, &message, &err),
	    CHANNEL_MESSAGE);
	assert_int_equal(json_int(message, "a", 0), 3);
	json_decref(message);
	hang_up(f);
	assert_int_equal(channel_receive(&f->channel, &message, &err),
	    CHANNEL_EOF);
}

static void
what_is_no_object_breaks_the_channel(void **state)
{
	static const struct {
		const char *line;
		const char *start;
	} cases[] = {
		{ "[]\n", "message from tenond: not an object" },
		{ "\n", "message from tenond: " },
		{ "{\n", "message from tenond: " },
		{ "{\"a\":1,\"a\":2}\n", "message from tenond: " },
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		json_t *message = NULL;
		struct fixture f = { 0 };

		pair_open(&f);
		say(&f, cases[i].line);
		assert_int_equal(channel_receive(&f.channel, &message, &err),
		    CHANNEL_FAILED);
		assert_memory_equal(err.msg, cases[i].start,
		    strlen(cases[i].start));
		assert_int_equal(channel_receive(&f.channel, &message, &err),
		    CHANNEL_FAILED);
		pair_close(&f);
	}
}

static void
a_call_gives_the_value_or_the_error_of_the_answer(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	json_t *value;

	say(f,
	    "{\"id\":1,\"ok\":[1]}\n{\"id\":2,\"ok\":null}\n"
	    "{\"id\":3,\"error\":{\"code\":\"denied\",\"message\":\"not the "
	    "leader\",\"hint\":\"ask it\"}}\n{\"id\":4}\n{\"id\":9}\n");
	value = channel_call(&f->channel, "a", NULL, &err);
	assert_true(json_is_array(value));
	json_decref(value);
	value = channel_call(&f->channel, "b", NULL, &err);
	assert_true(json_is_null(value));
	assert_null(
	    channel_call(&f->channel, "relation-set", json_object(), &err));
	assert_int_equal(err.code, ERROR_DENIED);
	assert_string_equal(err.msg, "relation-set: not the leader");
	assert_string_equal(err.hint, "ask it");
	assert_null(channel_call(&f->channel, "c", NULL, &err));
	assert_string_equal(err.msg, "c: no reason given");
	assert_null(channel_call(&f->channel, "d", NULL, &err));
	assert_string_equal(err.msg, "d: answer 9 from tenond where 5 was due");
	assert_null(channel_call(&f->channel, "e", NULL, &err));
	assert_string_equal(err.msg, "e: tenond closed the channel");
}

static void
a_call_to_nobody_fails(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };

	hang_up(f);
	assert_null(channel_call(&f->channel, "is-leader", NULL, &err));
	assert_int_equal(err.code, ERROR_UNAVAILABLE);
	assert_non_null(strstr(err.msg, "is-leader: channel to tenond: "));
}

static void
a_message_that_is_too_large_is_refused_and_the_channel_lives(void **state)
{
	struct fixture *f = *state;
	struct error err = { 0 };
	autofree char *text = xcalloc(1, LIMIT_MESSAGE_BYTES + 1);
	json_t *value;

	memset(text, 'x', LIMIT_MESSAGE_BYTES);
	assert_null(channel_call(&f->channel, "state-set",
	    json_pack("{s:s}", "key", text), &err));
	assert_int_equal(err.code, ERROR_TOO_LARGE);
	say(f, "{\"id\":2,\"ok\":true}\n");
	value = channel_call(&f->channel, "is-leader", NULL, &err);
	assert_true(json_is_true(value));
}

static void
text_is_made_utf8(void **state)
{
	static const struct {
		const char *text;
		const char *clean;
	} cases[] = {
		{ "", "" },
		{ "plain \"text\"\n", "plain \"text\"\n" },
		{ "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x98",
		    "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x98" },
		{ "\xff", "?" },
		{ "a\xc3", "a?" },
		{ "\xc3(", "?(" },
		{ "\xc0\xaf", "??" },           /* An overlong "/". */
		{ "\xed\xa0\x80", "???" },      /* A surrogate. */
		{ "\xf4\x90\x80\x80", "????" }, /* Beyond U+10FFFF. */
		{ "\xe2\x82", "??" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < nitems(cases); i++) {
		json_auto_t *clean = channel_text(cases[i].text);

		assert_string_equal(json_string_value(clean), cases[i].clean);
	}
}

int
main(void)
{
#define WITH_PAIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		WITH_PAIR(lines_are_taken_apart_and_put_together),
		cmocka_unit_test(what_is_no_object_breaks_the_channel),
		WITH_PAIR(a_call_gives_the_value_or_the_error_of_the_answer),
		WITH_PAIR(a_call_to_nobody_fails),
		WITH_PAIR(
		    a_message_that_is_too_large_is_refused_and_the_channel_lives),
		cmocka_unit_test(text_is_made_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
