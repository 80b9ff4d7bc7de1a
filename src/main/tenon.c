/* SPDX-License-Identifier: Apache-2.0 */
/* tenon - the command line. */

#include <locale.h>
#include <stdio.h>

#include "base/error.h"
#include "base/secrecy.h"
#include "cli/cli.h"

int
main(int argc, char **argv)
{
	struct error err = { 0 };

	if (secrecy_begin(&err) == -1) {
		(void)fprintf(stderr, "ERROR %s\n", err.msg);
		return 1;
	}
	/* For the names of characters only: numbers and times are Juju's. */
	(void)setlocale(LC_CTYPE, "");
	return cli_main(argc, argv);
}
