/* SPDX-License-Identifier: Apache-2.0 */
/* tenon - the command line. */

#include <locale.h>

#include "cli/cli.h"

int
main(int argc, char **argv)
{
	/* For the names of characters only: numbers and times are Juju's. */
	(void)setlocale(LC_CTYPE, "");
	return cli_main(argc, argv);
}
