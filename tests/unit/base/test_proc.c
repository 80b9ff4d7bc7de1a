/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/proc.h"

/* A listener on address:*port, or on any port if it is 0. */
static int
listen_on(const char *address, int *port)
{
	struct sockaddr_storage ss = { 0 };
	struct sockaddr_in *in = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;
	socklen_t size = sizeof ss;
	int fd, one = 1;

	if (inet_pton(AF_INET, address, &in->sin_addr) == 1)
		ss.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1)
		ss.ss_family = AF_INET6;
	in->sin_port = htons((uint16_t)*port); /* At the same place in both. */
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == -1 ||
	    bind(fd, (struct sockaddr *)&ss, sizeof ss) == -1 ||
	    listen(fd, 5) == -1 ||
	    getsockname(fd, (struct sockaddr *)&ss, &size) == -1) {
		mem_closep(&fd);
		return -1;
	}
	*port = ntohs(in->sin_port);
	return fd;
}

static void
a_process_keeps_its_start_time(void **state)
{
	uint64_t start = proc_start_time(getpid());
	char name[16];

	(void)state;
	assert_true(start > 0);
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_int_equal(prctl(PR_SET_NAME, "a) Z 1 (b) X 2"), 0);
	assert_int_equal(proc_start_time(getpid()), start);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	assert_true(proc_start_time(1) > 0 || getpid() == 1);
	assert_true(proc_start_time(getppid()) <= start);
}

static void
a_zombie_and_a_missing_process_have_no_start_time(void **state)
{
	pid_t child = fork();
	siginfo_t info;

	(void)state;
	assert_true(child >= 0);
	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT),
	    0);
	assert_int_equal(proc_start_time(child), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(proc_start_time(child), 0);
	assert_int_equal(proc_start_time(0), 0);
	assert_int_equal(proc_start_time(-1), 0);
}

static void
a_process_is_described_by_name_and_pid(void **state)
{
	autofree char *want = xasprintf("we?ird (pid %d)", (int)getpid());
	char name[16], text[128];

	(void)state;
	assert_int_equal(prctl(PR_GET_NAME, name), 0);
	assert_int_equal(prctl(PR_SET_NAME, "we\033ird"), 0);
	proc_describe(getpid(), text, sizeof text);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	assert_string_equal(text, want);
	proc_describe(0, text, sizeof text);
	assert_string_equal(text, "a process of another user");
}

static void
a_listener_is_named_also_when_it_listens_everywhere(void **state)
{
	static const struct {
		const char *listener, *asked;
	} cases[] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "127.9.1.2", "127.9.1.2" },
		{ "0.0.0.0", "127.9.1.2" },
		{ "127.9.1.2", "0.0.0.0" },
		{ "::", "127.9.1.2" },
		{ "::1", "::1" },
		{ "::", "::1" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autofree char *want = NULL;
		char self[128];
		int port = 0;
		autofd int fd = listen_on(cases[i].listener, &port);
		struct error err;

		if (fd == -1 && strchr(cases[i].listener, ':') != NULL)
			continue; /* A machine without IPv6. */
		assert_true(fd >= 0);
		proc_describe(getpid(), self, sizeof self);
		want = xasprintf("%s:%d is taken by %s", cases[i].asked, port,
		    self);
		assert_int_equal(proc_port_free(cases[i].asked, port, &err),
		    -1);
		assert_int_equal(err.code, ERROR_CONFLICT);
		assert_string_equal(err.msg, want);
	}
}

static void
a_port_is_free_on_another_address_and_after_a_close(void **state)
{
	struct error err = { 0 };
	int port = 0;

	(void)state;
	{
		autofd int fd = listen_on("127.9.1.2", &port);

		assert_true(fd >= 0);
		assert_int_equal(proc_port_free("127.9.1.3", port, &err), 0);
		assert_int_equal(proc_port_free("127.9.1.2", port, &err), -1);
	}
	assert_int_equal(proc_port_free("127.9.1.2", port, &err), 0);
}

/* The side that closes first keeps the address for a minute. */
static void
a_connection_in_time_wait_does_not_take_a_port(void **state)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct error err;
	int port = 0;
	char byte;
	autofd int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	{
		autofd int server = listen_on("127.9.1.2", &port);
		autofd int accepted = -1;

		sin.sin_port = htons((uint16_t)port);
		assert_int_equal(inet_pton(AF_INET, "127.9.1.2", &sin.sin_addr),
		    1);
		assert_int_equal(connect(client, (struct sockaddr *)&sin,
				     sizeof sin),
		    0);
		accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
		assert_true(accepted >= 0);
		assert_int_equal(shutdown(accepted, SHUT_WR), 0);
		assert_int_equal(read(client, &byte, 1), 0);
	}
	assert_int_equal(shutdown(client, SHUT_WR), 0);
	assert_int_equal(proc_port_free("127.9.1.2", port, &err), 0);
}

/* A child that listens until it is killed; its port comes through a pipe. */
static pid_t
start_listener(const char *address, int *port)
{
	int pipe_fd[2];
	pid_t child;

	assert_int_equal(pipe(pipe_fd), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)prctl(PR_SET_NAME, "nc");
		*port = 0;
		if (listen_on(address, port) == -1 ||
		    write(pipe_fd[1], port, sizeof *port) != sizeof *port)
			_exit(1);
		for (;;)
			(void)pause();
	}
	(void)close(pipe_fd[1]);
	assert_int_equal(read(pipe_fd[0], port, sizeof *port), sizeof *port);
	(void)close(pipe_fd[0]);
	return child;
}

static void
a_listener_in_another_process_is_named(void **state)
{
	autofree char *want = NULL;
	struct error err;
	int port, rc;
	pid_t child = start_listener("127.9.1.2", &port);

	(void)state;
	want = xasprintf("127.9.1.2:%d is taken by nc (pid %d)", port,
	    (int)child);
	rc = proc_port_free("127.9.1.2", port, &err);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(rc, -1);
	assert_string_equal(err.msg, want);
	assert_int_equal(proc_port_free("127.9.1.2", port, &err), 0);
}

static void
the_listener_on_the_very_address_is_preferred(void **state)
{
	int probe_port = 0, port, rc;
	autofd int probe = listen_on("::1", &probe_port);
	autofd int everywhere = -1;
	struct error err;
	char holder[128];
	pid_t child;

	(void)state;
	if (probe == -1)
		skip(); /* A machine without IPv6. */
	child = start_listener("::1", &port);
	everywhere = listen_on("0.0.0.0", &port);
	proc_describe(child, holder, sizeof holder);
	rc = proc_port_free("::1", port, &err);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_true(everywhere >= 0);
	assert_int_equal(rc, -1);
	assert_non_null(strstr(err.msg, holder));
}

static void
what_is_no_address_or_port_is_refused(void **state)
{
	static const struct {
		const char *address;
		int port;
		enum error_code code;
		const char *msg;
	} cases[] = {
		{ "localhost", 5432, ERROR_INVALID,
		    "\"localhost\" is not an IP address" },
		{ "", 5432, ERROR_INVALID, "\"\" is not an IP address" },
		{ "127.0.0.1", 0, ERROR_INVALID,
		    "port 0 is outside 1 to 65535" },
		{ "127.0.0.1", 65536, ERROR_INVALID,
		    "port 65536 is outside 1 to 65535" },
		{ "192.0.2.1", 5432, ERROR_UNAVAILABLE,
		    "192.0.2.1:5432: cannot assign requested address" },
	};
	struct error err;

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_int_equal(proc_port_free(cases[i].address, cases[i].port,
				     &err),
		    -1);
		assert_int_equal(err.code, cases[i].code);
		assert_string_equal(err.msg, cases[i].msg);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_keeps_its_start_time),
		cmocka_unit_test(
		    a_zombie_and_a_missing_process_have_no_start_time),
		cmocka_unit_test(a_process_is_described_by_name_and_pid),
		cmocka_unit_test(
		    a_listener_is_named_also_when_it_listens_everywhere),
		cmocka_unit_test(
		    a_port_is_free_on_another_address_and_after_a_close),
		cmocka_unit_test(
		    a_connection_in_time_wait_does_not_take_a_port),
		cmocka_unit_test(a_listener_in_another_process_is_named),
		cmocka_unit_test(the_listener_on_the_very_address_is_preferred),
		cmocka_unit_test(what_is_no_address_or_port_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
