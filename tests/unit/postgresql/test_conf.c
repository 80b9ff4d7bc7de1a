/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "conf.h"
#include "hba.h"

/* Does the text have exactly this line? */
static int
has_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = strstr(text, line); p != NULL;
	     p = strstr(p + 1, line))
		if ((p == text || p[-1] == '\n') && p[len] == '\n')
			return 1;
	return 0;
}

static const char samerole_line[] =
    "host samerole,postgres +tenon_clients 127.0.0.0/8 scram-sha-256";

static const struct conf_spec primary = {
	.unit = "postgresql/0",
	.address = "127.33.7.1",
	.port = 5432,
	.hba_file = "/srv/o'neil\\x/pg_hba.conf",
	.ident_file = "/srv/pg_ident.conf",
	.options_file = "/srv/options.conf",
};

static void
the_configuration_names_address_and_files(void **state)
{
	autostrbuf sb = { 0 };

	(void)state;
	conf_render(&sb, &primary);
	assert_true(has_line(sb.buf, "listen_addresses = '127.33.7.1'"));
	assert_true(has_line(sb.buf, "port = 5432"));
	assert_true(has_line(sb.buf, "cluster_name = 'postgresql/0'"));
	assert_true(
	    has_line(sb.buf, "hba_file = '/srv/o''neil\\\\x/pg_hba.conf'"));
	assert_true(has_line(sb.buf, "wal_level = 'logical'"));
	assert_true(
	    has_line(sb.buf, "include_if_exists = '/srv/options.conf'"));
	assert_true(has_line(sb.buf, "unix_socket_directories = ''"));
	assert_null(strstr(sb.buf, "primary_conninfo"));
	assert_null(strstr(sb.buf, "restart_after_crash"));
	assert_null(strstr(sb.buf, "primary_slot_name"));
}

static void
a_standby_also_knows_its_primary(void **state)
{
	struct conf_spec standby = primary;
	autostrbuf conninfo = { 0 }, sb = { 0 };

	(void)state;
	conf_add_conninfo(&conninfo, "host", "127.33.7.2");
	conf_add_conninfo(&conninfo, "passfile", "/a b/it's\\x");
	assert_string_equal(strbuf_cstr(&conninfo),
	    "host='127.33.7.2' passfile='/a b/it\\'s\\\\x'");
	standby.conninfo = strbuf_cstr(&conninfo);
	standby.slot = "postgresql_1";
	conf_render(&sb, &standby);
	assert_true(has_line(sb.buf,
	    "primary_conninfo = 'host=''127.33.7.2'' "
	    "passfile=''/a b/it\\\\''s\\\\\\\\x'''"));
	assert_true(has_line(sb.buf, "primary_slot_name = 'postgresql_1'"));
}

static void
a_line_break_cannot_add_a_setting(void **state)
{
	struct conf_spec spec = primary;
	autostrbuf sb = { 0 };

	(void)state;
	spec.unit = "x\nfsync = off";
	conf_render(&sb, &spec);
	assert_true(has_line(sb.buf, "cluster_name = 'x fsync = off'"));
	assert_false(has_line(sb.buf, "fsync = off"));
}

static void
password_files_escape_colons_and_backslashes(void **state)
{
	autostrbuf sb = { 0 };

	(void)state;
	conf_add_pgpass(&sb, "127.33.7.1", "replication", "a:b\\c");
	assert_string_equal(strbuf_cstr(&sb),
	    "127.33.7.1:*:*:replication:a\\:b\\\\c\n");
}

/* The first line that matches decides, so their order is the policy. */
static void
pg_hba_lines_stand_in_their_order(void **state)
{
	static const char *const order[] = {
		"host replication replication,backup 127.0.0.0/8 scram-sha-256",
		"host replication all 127.0.0.0/8 reject",
		"host all +tenon_internal 127.0.0.0/8 reject",
		"host all +tenon_admins 127.0.0.0/8 scram-sha-256",
		samerole_line,
		"host all +tenon_clients 127.0.0.0/8 reject",
		"host all all 127.0.0.0/8 scram-sha-256",
	};
	autostrbuf sb = { 0 };
	const char *at;

	(void)state;
	hba_render(&sb, HBA_OPEN);
	at = strbuf_cstr(&sb);
	for (size_t i = 0; i < nitems(order); i++) {
		assert_true(has_line(sb.buf, order[i]));
		at = strstr(at, order[i]);
		assert_non_null(at);
	}
	assert_null(strstr(sb.buf, "trust"));
	assert_null(strstr(sb.buf, "0.0.0.0/0"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_configuration_names_address_and_files),
		cmocka_unit_test(a_standby_also_knows_its_primary),
		cmocka_unit_test(a_line_break_cannot_add_a_setting),
		cmocka_unit_test(password_files_escape_colons_and_backslashes),
		cmocka_unit_test(pg_hba_lines_stand_in_their_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
