/* SPDX-License-Identifier: Apache-2.0 */

#include "test.h"

#include "cli/args.h"
#include "cli/cmd.h"

static const struct flag flags[] = {
	{ "num-units", NULL, 'n', FLAG_VALUE, "" },
	{ "config", NULL, 0, FLAG_VALUE, "" },
	{ "wait", NULL, 0, FLAG_OPTIONAL, "" },
	{ "no-prompt", "yes", 'y', FLAG_SWITCH, "" },
	{ "format", NULL, 0, FLAG_VALUE, "" },
	{ "exec", NULL, 0, FLAG_REST, "" },
	{ 0 },
};

static const struct cmd verb = {
	.name = "verb",
	.flags = flags,
	.min_args = 1,
	.max_args = 2,
	.missing = "no thing specified",
};

#define WORDS_MAX 8

struct parse_case {
	const char *words[WORDS_MAX];
	const char *args; /* Joined by a blank; NULL: an error. */
	const char *error;
	const char *flag, *value;
};

static const struct parse_case cases[] = {
	{ { "a" }, "a", NULL, "wait", NULL },
	{ { "a", "--exec", "sh", "-c", "-n" }, "a", NULL, "exec", "sh" },
	{ { "a", "--exec", "sh", "--wait" }, "a", NULL, "wait", NULL },
	{ { "a", "--exec" }, NULL, "option needs an argument: --exec", NULL,
	    NULL },
	{ { "a", "--exec=sh" }, NULL,
	    "option --exec takes the words that follow, not \"=sh\"", NULL,
	    NULL },
	{ { "a", "-n", "2" }, "a", NULL, "num-units", "2" },
	{ { "-n", "2", "a" }, "a", NULL, "num-units", "2" },
	{ { "-n2", "a" }, "a", NULL, "num-units", "2" },
	{ { "-n=2", "a" }, "a", NULL, "num-units", "2" },
	{ { "--num-units", "2", "a" }, "a", NULL, "num-units", "2" },
	{ { "a", "--num-units=2", "b" }, "a b", NULL, "num-units", "2" },
	{ { "-n", "1", "a", "-n", "2" }, "a", NULL, "num-units", "2" },
	{ { "--config", "a=b=c", "a" }, "a", NULL, "config", "a=b=c" },
	{ { "--config=", "a" }, "a", NULL, "config", "" },
	{ { "--wait", "5s" }, "5s", NULL, "wait", "" },
	{ { "--wait=5s", "a" }, "a", NULL, "wait", "5s" },
	{ { "-y", "a" }, "a", NULL, "no-prompt", "true" },
	{ { "--yes", "a" }, "a", NULL, "no-prompt", "true" },
	{ { "-yB", "a" }, "a", NULL, "no-prompt", "true" },
	{ { "-yn3", "a" }, "a", NULL, "num-units", "3" },
	{ { "--no-prompt=true", "a" }, "a", NULL, "no-prompt", "true" },
	{ { "-m", "ctl:admin/m", "a" }, "a", NULL, "model", "ctl:admin/m" },
	{ { "a", "--model=m" }, "a", NULL, "model", "m" },
	{ { "a", "--debug", "--quiet" }, "a", NULL, "debug", "true" },
	{ { "--", "-n" }, "-n", NULL, "num-units", NULL },
	{ { "-" }, "-", NULL, "wait", NULL },
	{ { "--help" }, "", NULL, "help", "true" },
	{ { "-h", "a", "b", "c" }, "a b c", NULL, "help", "true" },
	{ { NULL }, NULL, "no thing specified", NULL, NULL },
	{ { "a", "b", "c", "d" }, NULL, "unrecognized args: [\"c\" \"d\"]",
	    NULL, NULL },
	{ { "--foo" }, NULL, "option provided but not defined: --foo", NULL,
	    NULL },
	{ { "--foo=1" }, NULL, "option provided but not defined: --foo", NULL,
	    NULL },
	{ { "-x" }, NULL, "option provided but not defined: -x", NULL, NULL },
	{ { "-yx" }, NULL, "option provided but not defined: -x", NULL, NULL },
	{ { "--n", "2" }, NULL, "option provided but not defined: --n", NULL,
	    NULL },
	{ { "--num" }, NULL, "option provided but not defined: --num", NULL,
	    NULL },
	{ { "a", "-n" }, NULL, "option needs an argument: -n", NULL, NULL },
	{ { "a", "--config" }, NULL, "option needs an argument: --config", NULL,
	    NULL },
	{ { "a", "--no-prompt=maybe" }, NULL,
	    "invalid boolean value \"maybe\" for --no-prompt", NULL, NULL },
};

static void
check_case(const struct parse_case *c)
{
	char *words[WORDS_MAX + 1] = { NULL };
	autoargs args = { 0 };
	autostrbuf sb = { 0 };
	struct error err = { 0 };
	const char *value;
	int rc;

	for (size_t i = 0; i < WORDS_MAX && c->words[i] != NULL; i++)
		words[i] = xstrdup(c->words[i]);
	rc = args_parse(&args, &verb, words, &err);
	if (c->args == NULL) {
		assert_int_equal(rc, -1);
		assert_string_equal(err.msg, c->error);
		assert_int_equal(error_exit_status(err.code), 2);
	} else {
		assert_int_equal(rc, 0);
		for (int i = 0; i < args.n; i++)
			strbuf_addf(&sb, "%s%s", i > 0 ? " " : "", args.v[i]);
		assert_string_equal(strbuf_cstr(&sb), c->args);
		value = args_text(&args, c->flag, NULL);
		if (c->value == NULL)
			assert_null(value);
		else
			assert_string_equal(value, c->value);
	}
	for (size_t i = 0; words[i] != NULL; i++)
		free(words[i]);
}

static void
words_are_sorted_into_arguments_and_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(cases); i++)
		check_case(&cases[i]);
}

static char word_false[] = "--no-prompt=false", word_one[] = "--config=1",
	    word_two[] = "--config=2", word_a[] = "a", word_y[] = "-y";

static void
the_last_of_a_repeated_switch_counts(void **state)
{
	char *words[] = { word_a, word_y, word_false, NULL };
	autoargs args = { 0 };
	struct error err = { 0 };

	(void)state;
	assert_int_equal(args_parse(&args, &verb, words, &err), 0);
	assert_false(args_has(&args, "no-prompt"));
}

static void
repeated_values_are_walked_in_their_order(void **state)
{
	char *words[] = { word_one, word_a, word_two, NULL };
	autoargs args = { 0 };
	struct error err = { 0 };
	size_t pos = 0;

	(void)state;
	assert_int_equal(args_parse(&args, &verb, words, &err), 0);
	assert_string_equal(args_next(&args, "config", &pos), "1");
	assert_string_equal(args_next(&args, "config", &pos), "2");
	assert_null(args_next(&args, "config", &pos));
}

static void
numbers_durations_and_formats_are_checked_and_named(void **state)
{
	static const struct {
		char word[32];
		const char *error;
	} bad[] = {
		{ "--num-units=two",
		    "invalid value \"two\" for option --num-units: not a whole "
		    "number" },
		{ "--num-units=",
		    "invalid value \"\" for option --num-units: not a whole "
		    "number" },
		{ "--num-units=1.5",
		    "invalid value \"1.5\" for option --num-units: not a whole "
		    "number" },
		{ "--num-units=0",
		    "invalid value \"0\" for option --num-units: less than 1" },
		{ "--wait=5",
		    "invalid value \"5\" for option --wait: not a duration "
		    "such as 90s or 1m30s" },
		{ "--format=xml",
		    "invalid value \"xml\" for option --format: unknown "
		    "format \"xml\"" },
		{ "--format=js",
		    "invalid value \"js\" for option --format: unknown "
		    "format \"js\"" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(bad); i++) {
		autofree char *word = xstrdup(bad[i].word);
		char *words[] = { word_a, word, NULL };
		struct error err = { 0 };
		autoargs args = { 0 };
		int64_t n = 0, ms = 0;

		assert_int_equal(args_parse(&args, &verb, words, &err), 0);
		assert_true(args_int(&args, "num-units", 1, &n, &err) == -1 ||
		    args_duration(&args, "wait", &ms, &err) == -1 ||
		    args_check_format(&args, "json|yaml", &err) == -1);
		assert_string_equal(err.msg, bad[i].error);
		assert_int_equal(err.code, ERROR_USAGE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_sorted_into_arguments_and_flags),
		cmocka_unit_test(the_last_of_a_repeated_switch_counts),
		cmocka_unit_test(repeated_values_are_walked_in_their_order),
		cmocka_unit_test(
		    numbers_durations_and_formats_are_checked_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
