/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote - builds a statement as the charm does, for tests that give it to a
 * real server: quote TEMPLATE ARGUMENT...
 */

#include <stdio.h>

#include "base/error.h"
#include "base/mem.h"
#include "base/strbuf.h"
#include "sql.h"

int
main(int argc, char **argv)
{
	const char *args[8];
	autostrbuf sb = { 0 };
	struct error err = { 0 };
	size_t n = 0;

	if (argc < 2 || (size_t)argc - 2 > nitems(args))
		return 2;
	for (int i = 2; i < argc; i++)
		args[n++] = argv[i];
	if (sql_build_args(&sb, &err, argv[1], args, n) == -1) {
		(void)fprintf(stderr, "%s\n", err.msg);
		return 1;
	}
	(void)fputs(strbuf_cstr(&sb), stdout);
	return 0;
}
