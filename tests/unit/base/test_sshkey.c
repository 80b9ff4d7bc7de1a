/* SPDX-License-Identifier: Apache-2.0 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/sshkey.h"

#define ED25519                                                        \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGXAsN0Tu3UcVnZKbuKSLwKb" \
	"pkYOmd8UVLg6YDlgmqCF"
#define RSA                                                               \
	"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCj2e+YSNwAzxBx72s+VOed+"   \
	"owTYLP4aCDH1hNSOsrUTxPGuUiWc1MTzJUGQrmFhsZdWnFmFK2JHRJA0L+J5uCt" \
	"u17rdASU+TPi2TxtOKe2UcVXrfMSD/LN9JzqlZcvLh+zt9Rhc/V4hHBf2k3IrI"  \
	"wxcTyTpxedP/f8HRbWkC58NQ=="

static const char padded[] = ED25519 "=";
static const char two_lines[] = ED25519 "\nssh-rsa AAAA";

/* The fingerprints are those that ssh-keygen -l prints. */
static void
a_key_has_the_fingerprint_that_ssh_shows(void **state)
{
	static const struct {
		const char *line, *fingerprint, *comment;
	} rows[] = {
		{ ED25519 " me@here",
		    "SHA256:n5LtgCw1nfTOY+QuiCDJ47/CNosTrCLbbk8549/yw4U",
		    "me@here" },
		{ ED25519, "SHA256:n5LtgCw1nfTOY+QuiCDJ47/CNosTrCLbbk8549/yw4U",
		    "" },
		{ RSA " two words",
		    "SHA256:6Iaiz6DsKaBSkNRxy23X4OsT9BBqGJDDD1kF50MAU7Q",
		    "two words" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		struct error err = { 0 };
		const char *comment = NULL;
		autofree char *fingerprint = sshkey_fingerprint(rows[i].line,
		    &comment, &err);

		assert_non_null(fingerprint);
		assert_string_equal(fingerprint, rows[i].fingerprint);
		assert_string_equal(comment, rows[i].comment);
	}
}

static void
what_is_no_key_is_refused(void **state)
{
	static const char *const lines[] = { "", " ", "ssh-rsa", "ssh-rsa ",
		"ssh-rsa !!!!", "ssh-rsa ====", "ssh-rsa AAAA",
		"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIGXAsN0Tu3UcVnZKbuKSLwKb",
		" AAAAC3NzaC1lZDI1NTE5", padded, two_lines,
		"-----BEGIN OPENSSH PRIVATE KEY-----" };

	(void)state;
	for (size_t i = 0; i < nitems(lines); i++) {
		struct error err = { 0 };
		const char *comment = NULL;

		if (sshkey_fingerprint(lines[i], &comment, &err) != NULL)
			fail_msg("taken: \"%s\"", lines[i]);
		assert_int_equal(err.code, ERROR_INVALID);
		assert_null(comment);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_has_the_fingerprint_that_ssh_shows),
		cmocka_unit_test(what_is_no_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
