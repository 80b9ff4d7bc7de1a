/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include <ctype.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "cli/absent.h"
#include "cli/cmd.h"
#include "cli/help.h"
#include "cli/text.h"
#include "cli/topics.h"

static void
check_flag(const struct cmd *cmd, const struct flag *flag)
{
	if (flag->help == NULL || !isupper((unsigned char)flag->help[0]) ||
	    flag->help[strlen(flag->help) - 1] == '.')
		/* A format in lower case is a word of the command line. */
		if (flag->help == NULL || strcmp(flag->name, "format") != 0)
			fail_msg("%s --%s: help \"%s\"", cmd->name, flag->name,
			    flag->help);
	for (const struct flag *g = cmd_global_flags; g->name != NULL; g++) {
		if (strcmp(g->name, flag->name) == 0 ||
		    (g->letter != 0 && g->letter == flag->letter))
			fail_msg("%s --%s hides a global flag", cmd->name,
			    flag->name);
	}
}

static void
every_row_is_complete(void **state)
{
	(void)state;
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		const struct cmd *cmd = cmd_table[i];

		assert_non_null(cmd->name);
		assert_non_null(cmd->args);
		assert_non_null(cmd->details);
		assert_non_null(cmd->run);
		assert_true(isupper((unsigned char)cmd->summary[0]));
		assert_int_equal(cmd->summary[strlen(cmd->summary) - 1], '.');
		assert_true(cmd->min_args == 0 || cmd->missing != NULL);
		assert_true(cmd->max_args == CMD_ANY_ARGS ||
		    cmd->max_args >= cmd->min_args);
		for (const struct flag *f = cmd->flags;
		     f != NULL && f->name != NULL; f++)
			check_flag(cmd, f);
	}
}

static void
no_help_has_an_empty_list_of_options(void **state)
{
	(void)state;
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		autostrbuf sb = { 0 };

		help_verb(cmd_table[i], "tenon", &sb);
		if (strstr(strbuf_cstr(&sb), "Options:\n\n") != NULL)
			fail_msg("%s", strbuf_cstr(&sb));
	}
}

static void
names_and_aliases_are_unique_and_names_sorted(void **state)
{
	(void)state;
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		const struct cmd *cmd = cmd_table[i];

		if (i > 0)
			assert_true(
			    strcmp(cmd_table[i - 1]->name, cmd->name) < 0);
		assert_ptr_equal(cmd_lookup(cmd->name), cmd);
		for (size_t a = 0;
		     a < CMD_ALIASES_MAX && cmd->aliases[a] != NULL; a++)
			assert_ptr_equal(cmd_lookup(cmd->aliases[a]), cmd);
	}
	assert_null(cmd_lookup("foo"));
}

static void
both_spellings_of_juju_are_known(void **state)
{
	static const char *const pairs[][2] = {
		{ "integrate", "relate" },
		{ "add-relation", "relate" },
		{ "resolve", "resolved" },
		{ "run", "run" },
		{ "run-action", "run-action" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(pairs); i++) {
		const struct cmd *cmd = cmd_lookup(pairs[i][0]);

		assert_non_null(cmd);
		assert_string_equal(cmd->name, pairs[i][1]);
	}
}

static void
a_mistyped_verb_finds_its_neighbour(void **state)
{
	static const struct {
		const char *typed, *meant;
	} cases[] = {
		{ "stauts", "status" },
		{ "statu", "status" },
		{ "depoly", "deploy" },
		{ "integrat", "integrate" },
		{ "remove-relaton", "remove-relation" },
		{ "foo", NULL },
		{ "frobnicate", NULL },
		{ "a-word-that-is-much-longer-than-any-verb-there-is", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		const char *found = cmd_suggest(cases[i].typed);

		if (cases[i].meant == NULL)
			assert_null(found);
		else
			assert_string_equal(found, cases[i].meant);
	}
}

static void
a_verb_that_is_absent_has_a_reason_and_is_no_verb(void **state)
{
	(void)state;
	for (size_t i = 0; i < absent_count; i++) {
		const struct absent *row = &absent_table[i];

		if (cmd_lookup(row->name) != NULL)
			fail_msg("%s is a verb of ours", row->name);
		if (i > 0)
			assert_true(strcmp(row[-1].name, row->name) < 0);
		assert_ptr_equal(absent_lookup(row->name), row);
		assert_true(row->reason->why[0] != '\0');
		assert_true(row->reason->instead[0] != '\0');
	}
	assert_ptr_equal(absent_lookup("list-users-of-mars"), NULL);
	assert_ptr_equal(absent_lookup("list-spaces"), absent_lookup("spaces"));
	assert_null(absent_lookup("status"));
}

static const struct cmd *
command_of(const char *text)
{
	autofree char *verb = xstrdup(text + strlen("\"tenon "));

	verb[strcspn(verb, " \"")] = '\0';
	return cmd_lookup(verb);
}

static void
what_stands_in_for_an_absent_verb_is_a_verb(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < absent_count; i++) {
		const char *p = absent_table[i].reason->instead;

		for (; (p = strstr(p, "\"tenon ")) != NULL; p++, found++)
			if (command_of(p) == NULL)
				fail_msg("%s: %s", absent_table[i].name, p);
	}
	assert_true(found > 0);
}

static void
help_speaks_as_the_program_was_called(void **state)
{
	static const char head[] =
	    "Usage: juju relate [options] <application>[:<endpoint>] "
	    "<application or SAAS>[:<endpoint>]\n\nSummary:\n"
	    "Relates two applications.\n";
	autostrbuf sb = { 0 };

	(void)state;
	help_verb(cmd_lookup("relate"), "juju", &sb);
	assert_ptr_equal(strstr(strbuf_cstr(&sb), head), strbuf_cstr(&sb));
	assert_non_null(strstr(strbuf_cstr(&sb), "--wait\n"));
	assert_non_null(strstr(strbuf_cstr(&sb), "-m, --model <value>\n"));
	assert_non_null(
	    strstr(strbuf_cstr(&sb), "\nAliases: integrate, add-relation\n"));
}

static void
the_overview_and_the_manual_have_every_verb_for_people(void **state)
{
	autostrbuf overview = { 0 }, man = { 0 };

	(void)state;
	help_overview("tenon", &overview);
	help_man(&man);
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		autofree char *line = xasprintf("\n  %s ", cmd_table[i]->name);
		autofree char *section = xasprintf("\n.Ss %s\n",
		    cmd_table[i]->name);

		if (cmd_table[i]->is_hidden) {
			assert_null(strstr(strbuf_cstr(&overview), line));
			assert_null(strstr(strbuf_cstr(&man), section));
			continue;
		}
		assert_non_null(strstr(strbuf_cstr(&overview), line));
		assert_non_null(strstr(strbuf_cstr(&man), section));
	}
}

static void
topics_are_no_verbs_and_fit_the_terminal(void **state)
{
	(void)state;
	for (size_t i = 0; i < topic_count; i++) {
		const struct topic *topic = &topics[i];
		autostrbuf sb = { 0 };

		assert_null(cmd_lookup(topic->name));
		assert_ptr_equal(topic_find(topic->name), topic);
		if (topic->alias != NULL) {
			assert_null(cmd_lookup(topic->alias));
			assert_ptr_equal(topic_find(topic->alias), topic);
		}
		if (i > 0)
			assert_true(
			    strcmp(topics[i - 1].name, topic->name) < 0);
		topic_show(topic, &sb);
		for (const char *p = strbuf_cstr(&sb); *p != '\0';) {
			size_t n = strcspn(p, "\n");

			if (n > 80)
				fail_msg("%s: %.*s", topic->name, (int)n, p);
			p += n + (p[n] == '\n');
		}
	}
}

static void
what_a_topic_tells_to_do_can_be_done(void **state)
{
	static const char mark[] = "tenon ";

	(void)state;
	for (size_t i = 0; i < topic_count; i++) {
		const char *p = topics[i].text;

		while ((p = strstr(p, mark)) != NULL) {
			autofree char *verb = NULL;

			p += sizeof mark - 1;
			verb = text_part(p,
			    strspn(p, "abcdefghijklmnopqrstuvwxyz-"));
			if (cmd_lookup(verb) == NULL)
				fail_msg("%s: %s", topics[i].name, verb);
		}
	}
}

static void
the_manual_has_every_topic(void **state)
{
	autostrbuf man = { 0 };

	(void)state;
	help_man(&man);
	for (size_t i = 0; i < topic_count; i++) {
		const struct topic_entry *entry = topics[i].entries;
		autofree char *section = xasprintf("\n.Ss %s\n",
		    topics[i].summary);

		if (topics[i].text[0] != '\0' &&
		    strcmp(topics[i].name, "exit-codes") != 0)
			assert_non_null(strstr(strbuf_cstr(&man), section));
		for (; entry != NULL && entry->word != NULL; entry++) {
			autofree char *item = xasprintf("\n.It %s\n",
			    entry->word);

			assert_non_null(strstr(strbuf_cstr(&man), item));
		}
	}
}

/* What changes nothing, or only what runs for as long as it does. */
static const char *const looks[] = { "actions", "clouds", "completion",
	"constraints", "controllers", "credentials", "debug-log", "diff-bundle",
	"doctor", "export-bundle", "find", "help", "info", "journal",
	"list-credentials", "machines", "model-constraints", "models",
	"find-offers", "offers", "operations", "psql", "secrets", "ssh",
	"ssh-keys", "status", "users", "version", "wait-for", "whoami", "why" };

static bool
verb_looks(const struct cmd *cmd)
{
	if (cmd->is_hidden || strncmp(cmd->name, "show-", 5) == 0)
		return true;
	for (size_t i = 0; i < nitems(looks); i++) {
		if (strcmp(looks[i], cmd->name) == 0)
			return true;
	}
	return false;
}

static void
every_verb_that_changes_something_can_be_rehearsed(void **state)
{
	(void)state;
	for (size_t i = 0; cmd_table[i] != NULL; i++) {
		const struct cmd *cmd = cmd_table[i];
		const struct flag *f = cmd->flags;

		while (f != NULL && f->name != NULL &&
		    strcmp(f->name, "dry-run") != 0)
			f++;
		if ((f == NULL || f->name == NULL) && !verb_looks(cmd))
			fail_msg("%s has no --dry-run: give it PLAN_FLAG and "
				 "plan_post() or plan_is_told(), see "
				 "cli/plan.h; if it changes nothing, name it "
				 "in \"looks\" of this test",
			    cmd->name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(no_help_has_an_empty_list_of_options),
		cmocka_unit_test(
		    every_verb_that_changes_something_can_be_rehearsed),
		cmocka_unit_test(names_and_aliases_are_unique_and_names_sorted),
		cmocka_unit_test(both_spellings_of_juju_are_known),
		cmocka_unit_test(a_mistyped_verb_finds_its_neighbour),
		cmocka_unit_test(
		    a_verb_that_is_absent_has_a_reason_and_is_no_verb),
		cmocka_unit_test(what_stands_in_for_an_absent_verb_is_a_verb),
		cmocka_unit_test(topics_are_no_verbs_and_fit_the_terminal),
		cmocka_unit_test(what_a_topic_tells_to_do_can_be_done),
		cmocka_unit_test(the_manual_has_every_topic),
		cmocka_unit_test(help_speaks_as_the_program_was_called),
		cmocka_unit_test(
		    the_overview_and_the_manual_have_every_verb_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
