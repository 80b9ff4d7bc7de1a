/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/cli.h"

#define WORDS_MAX 5
#define TEXT_MAX  65536

/* What went to a descriptor while it was turned to a file in memory. */
struct capture {
	int fd, saved, memory;
	char text[TEXT_MAX];
};

static void
capture_start(struct capture *c, int fd)
{
	c->fd = fd;
	c->saved = dup(fd);
	c->memory = memfd_create("capture", MFD_CLOEXEC);
	assert_true(c->saved != -1 && c->memory != -1);
	assert_int_equal(dup2(c->memory, fd), fd);
}

static void
capture_end(struct capture *c)
{
	ssize_t n;

	(void)fflush(NULL);
	assert_int_equal(dup2(c->saved, c->fd), c->fd);
	n = pread(c->memory, c->text, sizeof c->text - 1, 0);
	assert_true(n >= 0);
	c->text[n] = '\0';
	(void)close(c->saved);
	(void)close(c->memory);
}

static struct capture out, errors;

static int
run(const char *const *words)
{
	char *argv[WORDS_MAX + 1] = { NULL };
	int argc = 0, rc;

	for (; argc < WORDS_MAX && words[argc] != NULL; argc++)
		argv[argc] = xstrdup(words[argc]);
	capture_start(&out, STDOUT_FILENO);
	capture_start(&errors, STDERR_FILENO);
	rc = cli_main(argc, argv);
	capture_end(&errors);
	capture_end(&out);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
	return rc;
}

#define HELP(verb) "\"tenon help " verb "\" shows how it is used\n"

static const struct {
	const char *words[WORDS_MAX], *error;
	int rc;
} mistakes[] = {
	{ { "/usr/bin/juju", "foo" },
	    "ERROR juju: \"foo\" is not a juju command. See "
	    "\"juju --help\".\n",
	    2 },
	{ { "tenon", "stauts" },
	    "ERROR tenon: \"stauts\" is not a tenon command. See "
	    "\"tenon --help\".\n\nDid you mean:\n\tstatus\n",
	    2 },
	{ { "/usr/bin/juju", "enable-ha", "-n", "3" },
	    "ERROR juju has no \"enable-ha\": there is one "
	    "controller, and it is on this host\ndatabases survive "
	    "the loss of a unit where there are several: \"juju "
	    "add-unit\" adds some\n",
	    1 },
	{ { "tenon", "list-spaces" },
	    "ERROR tenon has no \"spaces\": all units are on the "
	    "network of this host\n\"tenon status\" shows the address "
	    "and the ports of each unit\n",
	    1 },
	{ { "tenon", "help", "debug-hooks" },
	    "ERROR tenon has no \"debug-hooks\": hooks do not run in "
	    "a terminal\n\"tenon why\" tells why one failed, "
	    "\"tenon journal\" what led to it\n",
	    1 },
	{ { "tenon", "--foo", "status" },
	    "ERROR option provided but not defined: --foo\n"
	    "options stand behind the command; \"tenon help\" lists the "
	    "commands\n",
	    2 },
	{ { "tenon", "status", "--foo" },
	    "ERROR option provided but not defined: --foo\n" HELP("status"),
	    2 },
	{ { "tenon", "version", "x" },
	    "ERROR unrecognized args: [\"x\"]\n" HELP("version"), 2 },
	{ { "tenon", "integrate", "a" },
	    "ERROR a relation must involve two applications\n" HELP("relate"),
	    2 },
	{ { "tenon", "remove-unit" },
	    "ERROR no units specified\n" HELP("remove-unit"), 2 },
	{ { "tenon", "remove-unit", "x" },
	    "ERROR invalid unit name \"x\"\n" HELP("remove-unit"), 2 },
	{ { "tenon", "remove-application" },
	    "ERROR no application specified\n" HELP("remove-application"), 2 },
	{ { "tenon", "remove-relation", "x" },
	    "ERROR relation ID \"x\" not valid\n" HELP("remove-relation"), 2 },
	{ { "tenon", "run", "x/0" }, "ERROR no action specified\n" HELP("run"),
	    2 },
	{ { "tenon", "resolved" }, "ERROR no unit specified\n" HELP("resolved"),
	    2 },
	{ { "tenon", "status", "--color", "--no-color" },
	    "ERROR cannot mix --no-color and --color\n" HELP("status"), 2 },
	{ { "tenon", "config", "x", "a=1", "--reset=a" },
	    "ERROR cannot set and reset key \"a\" simultaneously\n" HELP(
		"config"),
	    2 },
	{ { "tenon", "config", "x", "a=1", "b" },
	    "ERROR cannot set and retrieve values simultaneously\n" HELP(
		"config"),
	    2 },
	{ { "juju", "status" },
	    "ERROR No controllers registered.\n\n"
	    "Please create a new controller using \"juju bootstrap\", "
	    "or a model using\n\"juju add-model\", which creates the "
	    "controller too.\n",
	    1 },
	{ { "tenon", "relate", "a", "b", "--via=10.0.0.0/8" },
	    "ERROR No controllers registered.\n\n"
	    "Please create a new controller using \"tenon bootstrap\","
	    " or a model using\n\"tenon add-model\", which creates the "
	    "controller too.\n",
	    1 },
};

static void
errors_have_their_words_and_exit_statuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(mistakes); i++) {
		int rc = run(mistakes[i].words);

		assert_string_equal(errors.text, mistakes[i].error);
		assert_string_equal(out.text, "");
		assert_int_equal(rc, mistakes[i].rc);
	}
}

static void
a_question_does_not_create_what_it_asks_about(void **state)
{
	static const char *const words[] = { "tenon", "models", NULL };

	(void)state;
	assert_int_equal(run(words), 1);
	assert_false(file_exists(getenv("TENON_HOME")));
}

static void
help_is_data_and_needs_nobody(void **state)
{
	static const char *const cases[][WORDS_MAX] = {
		{ "tenon" },
		{ "tenon", "--help" },
		{ "tenon", "help" },
		{ "tenon", "status", "--help" },
		{ "tenon", "help", "status" },
		{ "tenon", "deploy", "-h" },
		{ "tenon", "--version" },
		{ "tenon", "--debug", "version" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		assert_int_equal(run(cases[i]), 0);
		assert_string_equal(errors.text, "");
		assert_true(strlen(out.text) > 5);
	}
}

static int
without_state(void **state)
{
	static char directory[] = "/tmp/tenon-test-XXXXXX";
	autofree char *home = NULL;

	(void)state;
	if (mkdtemp(directory) == NULL)
		return -1;
	home = xasprintf("%s/home", directory);
	*state = directory;
	return setenv("TENON_HOME", home, 1);
}

static int
clean_up(void **state)
{
	return rmdir(*state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_their_words_and_exit_statuses),
		cmocka_unit_test(a_question_does_not_create_what_it_asks_about),
		cmocka_unit_test(help_is_data_and_needs_nobody),
	};

	return cmocka_run_group_tests(tests, without_state, clean_up);
}
