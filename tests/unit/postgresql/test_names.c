/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "extra.h"
#include "names.h"

#define NAME_56 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcd"

#define POSSIBLE                                                 \
	"possible are: admin, createdb, createrole, superuser, " \
	"reader, charmed_read, charmed_dml, charmed_admin, charmed_stats"
#define EXCLUSIVE                                                \
	"each of the extra user roles reader, charmed_read and " \
	"charmed_dml excludes all others but charmed_stats"

static void
odd_database_names_are_possible(void **state)
{
	static const char *const names[] = { "test-database", "Foo", "a b",
		"o'neil", "say \"hi\"", "back\\slash", "-rf", "a,b", "+x", "@x",
		"/etc", "%s", "\xc3\xa9", "relation-", "relation-3x",
		"relation", "owner", "reader", "databases", "postgres2",
		"tenon", NAME_56 };

	(void)state;
	for (size_t i = 0; i < nitems(names); i++) {
		struct error err = { 0 };

		if (name_check_database(names[i], &err) == -1)
			fail_msg("%s: %s", names[i], err.msg);
	}
}

static void
impossible_database_names_are_refused_with_a_reason(void **state)
{
	static const struct {
		const char *name, *msg;
	} cases[] = {
		{ "", "the database name is empty" },
		{ "a\nb",
		    "the database name has characters that are not text" },
		{ "a\x7f",
		    "the database name has characters that are not text" },
		{ "a\xff",
		    "the database name has characters that are not text" },
		{ NAME_56 "e",
		    "the database name is 57 bytes long, at most 56 are "
		    "possible" },
		{ "postgres", "database name \"postgres\" is reserved" },
		{ "template0", "database name \"template0\" is reserved" },
		{ "template1", "database name \"template1\" is reserved" },
		{ "all", "database name \"all\" is reserved" },
		{ "replication", "database name \"replication\" is reserved" },
		{ "operator", "database name \"operator\" is reserved" },
		{ "public", "database name \"public\" is reserved" },
		{ "pg_x", "database name \"pg_x\" is reserved" },
		{ "tenon-spare-1",
		    "database name \"tenon-spare-1\" is reserved" },
		{ "tenon_clients",
		    "database name \"tenon_clients\" is reserved" },
		{ "x:owner", "database name \"x:owner\" is reserved" },
		{ "x:reader", "database name \"x:reader\" is reserved" },
		{ "relation-3", "database name \"relation-3\" is reserved" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };

		assert_int_equal(name_check_database(cases[i].name, &err), -1);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_string_equal(err.msg, cases[i].msg);
		assert_string_equal(err.hint, "choose another database name");
	}
}

static void
names_are_derived_and_read_back(void **state)
{
	autofree char *owner = name_owner("d"), *reader = name_reader("d");
	autofree char *user = name_user(3);
	autofree char *slot = name_slot("data-base/10");

	(void)state;
	assert_string_equal(owner, "d:owner");
	assert_string_equal(reader, "d:reader");
	assert_string_equal(user, "relation-3");
	assert_string_equal(slot, "data_base_10");
	assert_int_equal(name_unit_number("postgresql/10"), 10);
	assert_int_equal(name_unit_number("postgresql"), -1);
	assert_int_equal(name_unit_number("postgresql/x"), -1);
	assert_int_equal(name_relation_id("database:3"), 3);
	assert_int_equal(name_relation_id("database"), -1);
	assert_int_equal(name_relation_id("database:3x"), -1);
	assert_true(name_is_system_user("rewind"));
	assert_false(name_is_system_user("postgres"));
}

static void
extra_roles_are_a_list_of_known_words(void **state)
{
	static const struct {
		const char *text;
		unsigned flags;
		const char *sql;
	} cases[] = {
		{ "", 0, " NOCREATEDB NOCREATEROLE NOSUPERUSER" },
		{ " , ", 0, " NOCREATEDB NOCREATEROLE NOSUPERUSER" },
		{ "reader", EXTRA_READER,
		    " NOCREATEDB NOCREATEROLE NOSUPERUSER" },
		{ "charmed_read,Charmed_Stats", EXTRA_READ_ALL | EXTRA_STATS,
		    " NOCREATEDB NOCREATEROLE NOSUPERUSER" },
		{ "charmed_dml", EXTRA_WRITE_ALL,
		    " NOCREATEDB NOCREATEROLE NOSUPERUSER" },
		{ "charmed_admin", EXTRA_ADMIN | EXTRA_CREATEDB,
		    " CREATEDB NOCREATEROLE NOSUPERUSER" },
		{ "admin", EXTRA_ADMIN | EXTRA_CREATEDB,
		    " CREATEDB NOCREATEROLE NOSUPERUSER" },
		{ " SUPERUSER ,createrole", EXTRA_SUPERUSER | EXTRA_CREATEROLE,
		    " NOCREATEDB CREATEROLE SUPERUSER" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		autostrbuf sb = { 0 };
		unsigned flags = 99;

		assert_int_equal(extra_parse(cases[i].text, &flags, &err), 0);
		assert_int_equal(flags, cases[i].flags);
		extra_attributes(&sb, flags);
		assert_string_equal(strbuf_cstr(&sb), cases[i].sql);
	}
}

static void
unknown_extra_roles_are_refused_and_the_known_named(void **state)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
		{ "admin, boss",
		    "extra user role \"boss\" is not known; " POSSIBLE },
		{ "x; DROP ROLE y",
		    "extra user role \"x; DROP ROLE y\" is not known; " POSSIBLE },
		{ "charmed_backup",
		    "extra user role \"charmed_backup\" is not known; " POSSIBLE },
		{ "reader,admin", EXCLUSIVE },
		{ "charmed_dml, charmed_read", EXCLUSIVE },
		{ "createrole,charmed_read", EXCLUSIVE },
	};

	(void)state;
	for (size_t i = 0; i < nitems(cases); i++) {
		struct error err = { 0 };
		unsigned flags = 99;

		assert_int_equal(extra_parse(cases[i].text, &flags, &err), -1);
		assert_int_equal(flags, 99);
		assert_string_equal(err.msg, cases[i].msg);
		assert_string_equal(err.hint, "change extra-user-roles");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(odd_database_names_are_possible),
		cmocka_unit_test(
		    impossible_database_names_are_refused_with_a_reason),
		cmocka_unit_test(names_are_derived_and_read_back),
		cmocka_unit_test(extra_roles_are_a_list_of_known_words),
		cmocka_unit_test(
		    unknown_extra_roles_are_refused_and_the_known_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
