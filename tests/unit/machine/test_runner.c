/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/proc.h"
#include "base/strbuf.h"
#include "machine/runner.h"
#include "support.h"

/* What a charm said and how it ended. */
struct heard {
	uv_loop_t loop;
	struct runner *runner;     /* NULL when it is gone. */
	struct strbuf out, errors; /* Lines, in brackets. */
	json_t *messages;          /* An array. */
	size_t wanted;             /* Messages, for heard_enough(). */
	int exits, status;
	char how[64];
};

static void
on_message(void *arg, json_t *message)
{
	struct heard *h = arg;

	assert_int_equal(json_array_append(h->messages, message), 0);
}

static void
on_line(void *arg, bool is_error, const char *line)
{
	struct heard *h = arg;

	strbuf_addf(is_error ? &h->errors : &h->out, "[%s]", line);
}

static void
on_exit_of_charm(void *arg, int status, const char *how)
{
	struct heard *h = arg;

	h->exits++;
	h->status = status;
	h->runner = NULL;
	(void)snprintf(h->how, sizeof h->how, "%s", how);
}

static bool
is_gone(void *arg)
{
	return ((struct heard *)arg)->runner == NULL;
}

static bool
heard_enough(void *arg)
{
	struct heard *h = arg;

	return json_array_size(h->messages) >= h->wanted;
}

static bool
has_said_something(void *arg)
{
	return ((struct heard *)arg)->out.len > 0;
}

static void
wait_for_messages(struct heard *h, size_t n)
{
	h->wanted = n;
	loop_until(&h->loop, heard_enough, h);
}

static struct runner *
start(struct heard *h, const char *script, bool resident, struct error *err)
{
	char program[] = "/bin/sh", option[] = "-c";
	char *copy = xstrdup(script);
	char *argv[] = { program, option, copy, NULL };
	char path[] = "PATH=/usr/bin:/bin", greeting[] = "GREETING=hello";
	char *env[] = { path, greeting, NULL };
	const struct runner_spec spec = {
		.loop = &h->loop,
		.name = "app/0",
		.dir = "/usr",
		.argv = argv,
		.env = env,
		.resident = resident,
		.on_message = on_message,
		.on_line = on_line,
		.on_exit = on_exit_of_charm,
		.arg = h,
	};

	h->runner = runner_start(&spec, err);
	free(copy);
	return h->runner;
}

static void
start_resident(struct heard *h, const char *script)
{
	struct error err;

	assert_non_null(start(h, script, true, &err));
}

/* To its end. */
static void
run(struct heard *h, const char *script)
{
	struct error err;

	assert_non_null(start(h, script, false, &err));
	loop_until(&h->loop, is_gone, h);
}

/* The number that the charm has printed as its only line. */
static pid_t
pid_said(struct heard *h)
{
	loop_until(&h->loop, has_said_something, h);
	return (pid_t)strtol(strbuf_cstr(&h->out) + 1, NULL, 10);
}

static int
setup(void **state)
{
	struct heard *h = xcalloc(1, sizeof *h);

	assert_int_equal(uv_loop_init(&h->loop), 0);
	h->messages = json_array();
	*state = h;
	return 0;
}

/* Whatever the test did, on_exit was called once if something ran. */
static int
teardown(void **state)
{
	struct heard *h = *state;

	assert_null(h->runner);
	assert_in_range(h->exits, 0, 1);
	loop_finish(&h->loop);
	strbuf_release(&h->out);
	strbuf_release(&h->errors);
	json_decref(h->messages);
	free(h);
	return 0;
}

static void
output_comes_line_by_line(void **state)
{
	struct heard *h = *state;

	run(h,
	    "echo one; echo bad >&2; printf 'two\\n\\nthree'; "
	    "printf 'caf\\303\\n' >&2");
	assert_string_equal(strbuf_cstr(&h->out), "[one][two][][three]");
	assert_string_equal(strbuf_cstr(&h->errors), "[bad][caf?]");
	assert_int_equal(h->exits, 1);
	assert_int_equal(h->status, 0);
	assert_string_equal(h->how, "");
}

static void
a_long_line_comes_in_pieces(void **state)
{
	struct heard *h = *state;
	const char *text, *end;

	run(h, "head -c 5000 /dev/zero | tr '\\0' x; echo; echo y");
	text = strbuf_cstr(&h->out);
	end = strchr(text, ']');
	assert_int_equal(end - text - 1, LIMIT_LOG_LINE_BYTES);
	assert_int_equal(strspn(end + 2, "x"), 5000 - LIMIT_LOG_LINE_BYTES);
	assert_string_equal(text + h->out.len - 5, "x][y]");
}

static void
much_output_is_read_to_its_end(void **state)
{
	struct heard *h = *state;

	run(h, "seq 1 100000");
	assert_string_equal(h->out.buf + h->out.len - 8, "[100000]");
	assert_memory_equal(h->out.buf, "[1][2][3]", 9);
}

static void
the_way_it_ended_is_told(void **state)
{
	static const struct {
		const char *script;
		int status;
		const char *how;
	} cases[] = {
		{ "exit 0", 0, "" },
		{ "exit 3", 3, "exit status 3" },
		{ "kill -9 $$", 137, "signal 9 (Killed)" },
		{ "kill -TERM $$", 143, "signal 15 (Terminated)" },
	};
	struct heard *h = *state;

	for (size_t i = 0; i < nitems(cases); i++) {
		h->exits = 0;
		run(h, cases[i].script);
		assert_int_equal(h->exits, 1);
		assert_int_equal(h->status, cases[i].status);
		assert_string_equal(h->how, cases[i].how);
	}
}

static void
a_charm_gets_its_environment_and_nothing_else(void **state)
{
	struct heard *h = *state;

	run(h,
	    "echo $GREETING $HOME $TENON_CHARM_FD; pwd; umask; "
	    "readlink /proc/self/fd/0; ls /proc/self/fd | tr '\\n' ' '; echo; "
	    "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr '\\n\\t' '  '; "
	    "[ $(cut -d' ' -f5 /proc/$$/stat) = $$ ] && echo leader");
	assert_string_equal(strbuf_cstr(&h->out),
	    "[hello][/usr][0022][/dev/null][0 1 2 3 ]"
	    "[SigBlk: 0000000000000000 SigIgn: 0000000000000000 leader]");
	assert_string_equal(strbuf_cstr(&h->errors), "");
}

static void
a_resident_charm_talks_with_us(void **state)
{
	struct heard *h = *state;
	json_auto_t *event = json_pack("{s:s}", "hook", "install");

	start_resident(h,
	    "echo fd $TENON_CHARM_FD; while read -r line <&3; "
	    "do echo \"{\\\"got\\\":$line}\" >&3; done; echo bye; exit 7");
	for (size_t i = 1; i <= 3; i++) {
		runner_send(h->runner, event);
		wait_for_messages(h, i);
	}
	runner_close(h->runner);
	runner_close(h->runner);
	loop_until(&h->loop, is_gone, h);
	assert_int_equal(json_array_size(h->messages), 3);
	assert_string_equal(json_text(json_child(json_array_get(h->messages, 2),
					  "got", JSON_OBJECT),
				"hook", NULL),
	    "install");
	assert_string_equal(strbuf_cstr(&h->out), "[fd 3][bye]");
	assert_int_equal(h->status, 7);
}

static void
large_messages_pass_in_both_directions(void **state)
{
	struct heard *h = *state;
	autostrbuf text = { 0 };
	json_auto_t *big = NULL;

	strbuf_pad(&text, 'x', LIMIT_MESSAGE_BYTES - 8);
	big = json_pack("{s:s}", "x", strbuf_cstr(&text));
	start_resident(h, "exec cat <&3 >&3");
	for (int i = 0; i < 4; i++)
		runner_send(h->runner, big);
	wait_for_messages(h, 4);
	for (size_t i = 0; i < 4; i++)
		assert_true(json_equal(json_array_get(h->messages, i), big));
	runner_close(h->runner);
	loop_until(&h->loop, is_gone, h);
	assert_int_equal(h->status, 0);
}

static void
last_words_are_heard(void **state)
{
	struct heard *h = *state;
	json_auto_t *event = json_pack("{s:s}", "hook", "install");

	start_resident(h, "echo '{\"end\":0}' >&3; echo out; exit 0");
	/* Nobody reads it; that takes nothing from what was said. */
	runner_send(h->runner, event);
	loop_until(&h->loop, is_gone, h);
	assert_int_equal(json_array_size(h->messages), 1);
	assert_string_equal(strbuf_cstr(&h->out), "[out]");
}

static void
a_charm_that_breaks_the_protocol_is_killed(void **state)
{
	static const char *const scripts[] = {
		"echo 'not json' >&3; echo '{}' >&3; sleep 1000",
		"echo '[1]' >&3; echo '{}' >&3; sleep 1000",
		"echo '{\"a\":1,\"a\":2}' >&3; sleep 1000",
		"head -c 1100000 /dev/zero | tr '\\0' x >&3; sleep 1000",
	};
	struct heard *h = *state;

	for (size_t i = 0; i < nitems(scripts); i++) {
		h->exits = 0;
		start_resident(h, scripts[i]);
		loop_until(&h->loop, is_gone, h);
		assert_string_equal(h->how, "signal 9 (Killed)");
		assert_int_equal(json_array_size(h->messages), 0);
	}
}

static void
a_charm_that_does_not_read_is_killed(void **state)
{
	struct heard *h = *state;
	autostrbuf text = { 0 };
	json_auto_t *big = NULL;

	strbuf_pad(&text, 'x', LIMIT_MESSAGE_BYTES - 8);
	big = json_pack("{s:s}", "x", strbuf_cstr(&text));
	start_resident(h, "exec sleep 1000");
	for (int i = 0; i < 20; i++)
		runner_send(h->runner, big);
	loop_until(&h->loop, is_gone, h);
	assert_string_equal(h->how, "signal 9 (Killed)");
}

static void
kill_reaches_the_whole_group_and_can_be_repeated(void **state)
{
	struct heard *h = *state;
	pid_t grandchild;

	start_resident(h, "sleep 1000 & echo $!; wait");
	grandchild = pid_said(h);
	assert_true(proc_start_time(grandchild) != 0);
	runner_kill(h->runner);
	runner_kill(h->runner);
	assert_int_equal(h->exits, 0);
	loop_until(&h->loop, is_gone, h);
	process_wait_end(grandchild);
	assert_int_equal(h->status, 137);
}

static void
a_grandchild_with_the_output_does_not_delay_the_end(void **state)
{
	struct heard *h = *state;
	pid_t grandchild;

	run(h, "sleep 1000 & echo $!; printf last");
	grandchild = pid_said(h);
	assert_true(proc_start_time(grandchild) != 0);
	assert_string_equal(h->out.buf + h->out.len - 6, "[last]");
	assert_int_equal(kill(grandchild, SIGKILL), 0);
	process_wait_end(grandchild);
}

static void
what_cannot_be_started_is_not_started(void **state)
{
	char missing[] = "/no/such/dispatch", text[] = "/etc/passwd";
	/* clang-format off */
	static const struct {
		bool has_program;
		const char *dir, *msg;
	} cases[] = {
		{ true, "/no/such/dir",
		  "enter directory /no/such/dir: no such file or directory" },
		{ false, "/",
		  "run /no/such/dispatch: no such file or directory" },
		{ true, "/", "run /etc/passwd: permission denied" },
	};
	/* clang-format on */
	struct heard *h = *state;

	for (size_t i = 0; i < nitems(cases); i++) {
		char *argv[] = { cases[i].has_program ? text : missing, NULL };
		char *env[] = { NULL };
		const struct runner_spec spec = { .loop = &h->loop,
			.name = "app/0",
			.dir = cases[i].dir,
			.argv = argv,
			.env = env,
			.resident = true,
			.on_message = on_message,
			.on_line = on_line,
			.on_exit = on_exit_of_charm,
			.arg = h };
		struct error err;

		assert_null(runner_start(&spec, &err));
		assert_string_equal(err.msg, cases[i].msg);
	}
	assert_int_equal(uv_run(&h->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(h->exits, 0);
}

/* In a process of its own: start a charm, say its pid, run until killed. */
static void __attribute__((noreturn)) be_a_controller(int say)
{
	struct heard h = { .messages = json_array() };
	pid_t pid;

	assert_int_equal(uv_loop_init(&h.loop), 0);
	start_resident(&h, "echo $$; exec sleep 1000");
	pid = pid_said(&h);
	assert_int_equal(write(say, &pid, sizeof pid), sizeof pid);
	(void)uv_run(&h.loop, UV_RUN_DEFAULT);
	_exit(0);
}

static void
a_charm_dies_with_us(void **state)
{
	int say[2];
	pid_t controller, charm;

	(void)state;
	assert_int_equal(pipe(say), 0);
	controller = fork();
	if (controller == 0)
		be_a_controller(say[1]);
	close(say[1]);
	assert_int_equal(read(say[0], &charm, sizeof charm), sizeof charm);
	close(say[0]);
	assert_true(proc_start_time(charm) != 0);
	assert_int_equal(kill(controller, SIGKILL), 0);
	process_wait_end(charm);
	assert_int_equal(waitpid(controller, NULL, 0), controller);
}

#define runner_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		runner_test(output_comes_line_by_line),
		runner_test(a_long_line_comes_in_pieces),
		runner_test(much_output_is_read_to_its_end),
		runner_test(the_way_it_ended_is_told),
		runner_test(a_charm_gets_its_environment_and_nothing_else),
		runner_test(a_resident_charm_talks_with_us),
		runner_test(large_messages_pass_in_both_directions),
		runner_test(last_words_are_heard),
		runner_test(a_charm_that_breaks_the_protocol_is_killed),
		runner_test(a_charm_that_does_not_read_is_killed),
		runner_test(kill_reaches_the_whole_group_and_can_be_repeated),
		runner_test(
		    a_grandchild_with_the_output_does_not_delay_the_end),
		runner_test(what_cannot_be_started_is_not_started),
		runner_test(a_charm_dies_with_us),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
