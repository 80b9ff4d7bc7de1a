/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "base/strbuf.h"
#include "base/strv.h"
#include "cli/usage.h"

static const struct {
	const char *args;
	size_t n;
	const char *expected; /* Joined by a comma. */
} cases[] = {
	{ "", 0, "" },
	{ "<application>", 0, "<application>" },
	{ "<application>", 1, "" },
	{ "[<unit or application>]", 0, "<unit or application>" },
	{ "<application | unit> [-- <argument of psql> ...]", 0,
	    "<application | unit>" },
	{ "<application> [<option> | <option>=<value> ...]", 0,
	    "<application>" },
	{ "<application> [<option> | <option>=<value> ...]", 1, "<option>" },
	{ "<application> [<option> | <option>=<value> ...]", 7, "<option>" },
	{ "<application>[:<endpoint>] <application>[:<endpoint>] | <id>", 0,
	    "<application>,<id>" },
	{ "<application>[:<endpoint>] <application>[:<endpoint>] | <id>", 1,
	    "<application>" },
	{ "<application>[:<endpoint>] <application>[:<endpoint>] | <id>", 2,
	    "" },
	{ "<unit> [<unit> ...] <action> [<key>=<value> ...]", 0, "<unit>" },
	{ "<unit> [<unit> ...] <action> [<key>=<value> ...]", 1,
	    "<unit>,<action>,<key>" },
	{ "<unit> [...]", 0, "<unit>" },
	{ "<unit> [...]", 5, "<unit>" },
	{ "[<controller>|<model>|<controller>:<model>]", 0,
	    "<controller>,<model>" },
	{ "bash|zsh|fish", 0, "bash,zsh,fish" },
	{ "[<user>@]<unit or machine> [<command>]", 0,
	    "<user>,<unit or machine>" },
	{ "[<model>.]<application>:<endpoint>[,...] [<offer>]", 0,
	    "<model>,<application>" },
	{ "[<cloud>[/<region>]] [<controller name>]", 0, "<cloud>" },
	{ "[<cloud>[/<region>]] [<controller name>]", 1, "<controller name>" },
	{ "application|unit <name> | settled", 0, "application,unit,settled" },
	{ "application|unit <name> | settled", 1, "<name>" },
	{ "<cloud>[/<region>]", 0, "<cloud>" },
	{ "[", 0, "" },
	{ "<", 0, "" },
	{ "[...]", 0, "" },
};

static void
what_may_stand_where_is_read_off_the_usage_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		autostrv found = { 0 };
		autostrbuf sb = { 0 };

		usage_at(cases[i].args, NULL, cases[i].n, &found);
		for (size_t k = 0; k < found.n; k++)
			strbuf_addf(&sb, "%s%s", k > 0 ? "," : "", found.v[k]);
		if (strcmp(strbuf_cstr(&sb), cases[i].expected) != 0)
			fail_msg("\"%s\" at %zu: %s", cases[i].args, cases[i].n,
			    strbuf_cstr(&sb));
	}
}

static void
a_form_that_begins_with_another_word_does_not_count(void **state)
{
	static const char wait[] =
	    "application|unit <name> | settled [<application>]";
	static const struct {
		const char *first;
		size_t n;
		const char *expected;
	} of[] = {
		{ "unit", 0, "application" },
		{ "unit", 1, "<name>" },
		{ "settled", 1, "<application>" },
		{ "what", 1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(of); i++) {
		autostrv found = { 0 };

		usage_at(wait, of[i].first, of[i].n, &found);
		assert_int_equal(found.n,
		    of[i].expected == NULL ? 0 :
			of[i].n == 0       ? 3 :
					     1);
		if (found.n > 0)
			assert_string_equal(found.v[0], of[i].expected);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_form_that_begins_with_another_word_does_not_count),
		cmocka_unit_test(
		    what_may_stand_where_is_read_off_the_usage_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
